// A place in a JSON document that knows its pointer, so that every mistake in a file is told at
// once and by where it is.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/model/objects.h"

namespace sim {

/// Reads go on after a mistake: they note it and answer something harmless.
class Place {
 public:
  using Problems = std::vector<std::string>;
  Place(const nlohmann::json& value, std::string pointer, Problems& problems)
      : value_(&value), pointer_(std::move(pointer)), problems_(&problems) {}

  const nlohmann::json& value() const { return *value_; }
  /// "/vms/3/name: what"
  void wrong(const std::string& what) const;
  /// Notes each key that is none of these, and a value that is no object.
  void only(std::initializer_list<std::string_view> keys) const;
  bool has(std::string_view key) const;  ///< and is not null
  Place at(std::string_view key) const;  ///< must be there

  /// Without `otherwise` the key is required.
  std::string text(std::string_view key, std::optional<std::string> otherwise = {}) const;
  std::optional<std::string> optional_text(std::string_view key) const;
  bool flag(std::string_view key, bool otherwise) const;
  double number(std::string_view key,
                std::optional<double> otherwise = {}) const;  ///< not negative
  std::uint64_t count(std::string_view key, std::optional<std::uint64_t> otherwise = {}) const;
  std::optional<Time> time(std::string_view key) const;  ///< RFC 3339 UTC
  std::vector<Place> list(std::string_view key) const;   ///< empty when absent
  std::vector<std::pair<std::string, Place>> entries(std::string_view key) const;  ///< of an object
  std::vector<std::string> texts(std::string_view key) const;

 private:
  const nlohmann::json* value_;
  std::string pointer_;
  Problems* problems_;
};

}  // namespace sim
