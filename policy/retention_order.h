// What is older than what: the tree decides, clocks only where the tree is silent.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/retention.h"

namespace policy {

struct SnapshotOrder {
  std::vector<std::uint32_t> path;          ///< the running point's ancestors, newest first
  std::vector<std::uint32_t> newest_first;  ///< all
  std::vector<std::uint32_t> depth;         ///< ancestors of each
  std::vector<bool> on_path;
  std::vector<bool> future;  ///< later than now + skew
  /// An ancestor's is never later than a descendant's: a clock that was behind is raised to the
  /// parent's. A clock that is ahead of now raises nobody: it is wrong for sure.
  std::vector<Time> effective;
};

/// Throws std::invalid_argument when parents form a ring or lead outside of the list.
SnapshotOrder order_of(const RetentionInput& input);

}  // namespace policy
