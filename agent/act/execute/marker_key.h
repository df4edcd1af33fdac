// The secret that makes markers ours: without it nobody can make a snapshot look like one that
// deltakeep may delete.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "policy/marker.h"

namespace agent {

/// 32 random bytes in a file of their own beside the state ("STATE.key", 0600), never in it: a copy
/// of the state alone forges nothing. Never logged, never printed; wiped from memory at the end.
class MarkerKey {
 public:
  enum class WhenMissing { Create, Fail };
  /// Reads, or makes, the key of a state. Throws Error "key" (exit 2) for a file that others can
  /// read, that belongs to another user, is a link, is not a key, or that is missing with Fail; and
  /// (exit 1) when it can't be made. With Create the file is durable before it returns, so that no
  /// marker is ever signed with a key that a crash takes away. Two that make it at once get the
  /// same one.
  static MarkerKey load(const std::string& state, WhenMissing when_missing);
  static std::string file_of(const std::string& state);

  MarkerKey(const MarkerKey&) = default;
  MarkerKey& operator=(const MarkerKey&) = default;
  ~MarkerKey();

  /// 32 hex digits: HMAC-SHA256 over the marker's signed text, its first 128 bits.
  std::string mac(const policy::Marker& marker) const;
  /// The same over another text, for a `domain` of its own ("clone"): none is ever a marker's.
  std::string mac(std::string_view domain, std::string_view text) const;
  /// In constant time.
  bool verifies(const policy::FoundMarker& found) const;
  /// Made by `load` just now: what was marked before with another key is foreign from now on.
  bool is_new() const { return is_new_; }

 private:
  static constexpr std::size_t kBytes = 32;
  MarkerKey() = default;
  std::string mac_of(std::string_view text) const;
  std::array<unsigned char, kBytes> key_{};
  bool is_new_ = false;
};

}  // namespace agent
