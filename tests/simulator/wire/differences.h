// What changed between two readings of a property, as partial updates name it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/wire/value.h"

namespace sim {

struct Difference {
  enum class Op { Assign, Add, Remove } op = Op::Assign;
  std::string path;            ///< "config.hardware.device[2000].backing.fileName"
  std::optional<Value> value;  ///< unset: the property is unset now, or the item was removed
};

/// The smallest changes that turn `before` into `after`, in schema order: nested paths, items of
/// arrays by their `key` (text keys in quotes); arrays without keys are assigned whole.
std::vector<Difference> differences(const std::string& path, const std::optional<Value>& before,
                                    const std::optional<Value>& after);

}  // namespace sim
