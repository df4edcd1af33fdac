// The disks of a VM that is played forward: how deltas grow, freeze and merge; playback.h is the
// way in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policy/playback.h"

namespace policy {

class PlayedDisks {
 public:
  explicit PlayedDisks(const PlaybackInput& input);
  /// Says which snapshot (moid) has which serial, so that deltas find theirs.
  void own_deltas(const std::map<std::string_view, std::uint32_t>& serials);

  std::span<const PlayedDisk> all() const { return disks_; }
  int depth() const;
  int files() const;  ///< deltas and inherited layers of the disk with the most
  std::optional<std::uint64_t> deepest_capacity() const;
  std::uint64_t bytes_of(std::uint32_t serial) const;
  double allocated() const;  ///< what a full copy takes

  /// The running deltas take the writes of that time.
  void grow(Time from, Time to);
  void freeze(std::uint32_t serial, Time at);
  /// The deltas of a snapshot go into those below: f = 1-(1-f_a)(1-f_b); a base that is thin grows
  /// by what it lacked. Gives the bytes to copy. Nothing for a snapshot that made none.
  std::uint64_t merge_down(std::uint32_t serial);

 private:
  struct Running {
    Time since{};          ///< its age tells what it writes by the model
    bool as_seen = false;  ///< it ran before the start: its growth was measured
  };
  void own_unseen(PlayedDisk& disk, const std::map<std::string_view, std::uint32_t>& serials) const;
  GrowthRange written(std::size_t disk, Time from, Time to) const;

  const PlaybackInput& input_;
  std::vector<PlayedDisk> disks_;
  std::vector<Running> running_;
};

}  // namespace policy
