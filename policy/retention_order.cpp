#include "policy/retention_order.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>

namespace policy {
namespace {

/// Roots first, each parent before its children.
std::vector<std::uint32_t> parents_first(std::span<const RetentionSnapshot> snapshots,
                                         std::vector<std::uint32_t>& depth) {
  constexpr std::uint32_t kUnknown = UINT32_MAX;
  const std::size_t count = snapshots.size();
  depth.assign(count, kUnknown);
  std::vector<std::uint32_t> order;
  std::vector<std::uint32_t> climbed;
  order.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    climbed.clear();
    std::optional<std::uint32_t> at = i;
    while (at && depth[*at] == kUnknown) {
      climbed.push_back(*at);
      if (climbed.size() > count) {
        throw std::invalid_argument("the parents of snapshot " + std::string(snapshots[i].id) +
                                    " form a ring");
      }
      at = snapshots[*at].parent;
      if (at && *at >= count) {
        throw std::invalid_argument("the parent of snapshot " +
                                    std::string(snapshots[climbed.back()].id) +
                                    " is not in the list");
      }
    }
    std::uint32_t next = at ? depth[*at] + 1 : 0;
    for (auto down = climbed.rbegin(); down != climbed.rend(); ++down) {
      depth[*down] = next++;
      order.push_back(*down);
    }
  }
  return order;
}

}  // namespace

SnapshotOrder order_of(const RetentionInput& input) {
  const auto snapshots = input.snapshots;
  const std::size_t count = snapshots.size();
  SnapshotOrder result;
  result.effective.resize(count);
  result.on_path.assign(count, false);
  result.future.resize(count);
  // For sorting only: here even a clock that is ahead raises the descendants.
  std::vector<Time> sorted_by(count);
  std::optional<std::uint32_t> current;
  for (const std::uint32_t i : parents_first(snapshots, result.depth)) {
    const RetentionSnapshot& snapshot = snapshots[i];
    result.future[i] = snapshot.time > input.now + input.clock_skew;
    result.effective[i] = snapshot.time;
    sorted_by[i] = snapshot.time;
    if (snapshot.parent) {
      // The nearest ancestor whose clock can be believed.
      std::optional<std::uint32_t> older = snapshot.parent;
      while (older && result.future[*older]) older = snapshots[*older].parent;
      if (older) result.effective[i] = std::max(snapshot.time, result.effective[*older]);
      sorted_by[i] = std::max(snapshot.time, sorted_by[*snapshot.parent]);
    }
    if (snapshot.current && !current) current = i;
  }
  result.newest_first.resize(count);
  std::iota(result.newest_first.rbegin(), result.newest_first.rend(), 0U);
  const auto newer = [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(sorted_by[a], result.depth[a], snapshots[a].id) >
           std::tie(sorted_by[b], result.depth[b], snapshots[b].id);
  };
  // As a server lists them: the oldest first.
  if (!std::is_sorted(result.newest_first.begin(), result.newest_first.end(), newer)) {
    std::sort(result.newest_first.begin(), result.newest_first.end(), newer);
  }
  if (!current && count > 0 && input.newest_is_current) current = result.newest_first.front();
  for (auto at = current; at; at = snapshots[*at].parent) {
    result.on_path[*at] = true;
    result.path.push_back(*at);
  }
  return result;
}

}  // namespace policy
