// Plays retention forward: when a kept snapshot will go, and how deep a policy lets a chain become.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policy/retention.h"

namespace policy {

/// For each snapshot of the input the run that removes it: unset for those that survive them all or
/// that are not kept now. At each time of `runs` (rising, later than now) a complete snapshot is
/// made on top and retention runs; what goes is gone at once. Sizes of snapshots to come count as
/// 0. Throws as evaluate() does.
std::vector<std::optional<Time>> lost_at(const RetentionInput& input, const RetentionRules& rules,
                                         std::span<const Time> runs);

/// What a policy settles at, on a VM that nobody else snapshots.
struct SteadyState {
  int between_runs = 0;            ///< deltas, those marked for removal included
  int deepest = 0;                 ///< during a run, with the one being created
  Time deepest_at{};               ///< the first run that reached it
  std::chrono::seconds oldest{0};  ///< age of the oldest snapshot just before it is removed
  bool conflict = false;           ///< a cap could not be met
  bool operator==(const SteadyState&) const = default;
};

/// `runs` rising; they should span more than the policy looks back. `delay` is the number of runs
/// between marking and removing: 1 unless a policy sets it to 0.
SteadyState steady_state(const RetentionRules& rules, const Zone& zone, std::span<const Time> runs,
                         int delay = 1);

}  // namespace policy
