#include "policy/retention_fate.h"

#include <algorithm>

namespace policy {
namespace {

Fate fate_of(const RetentionSnapshot& snapshot, bool on_path, bool future) {
  if (snapshot.pinned || snapshot.in_use || snapshot.state == SnapshotState::InProgress ||
      snapshot.owner == Owner::Foreign || snapshot.keeper != Keeper::Us) {
    return Fate::Hard;
  }
  if (!on_path) return Fate::Detached;
  if (future) return Fate::Future;
  if (snapshot.orphan) return Fate::Orphan;
  return snapshot.state == SnapshotState::Complete ? Fate::Candidate : Fate::Partial;
}

/// A detached snapshot goes only when the whole branch above it goes too: what stays needs it. How
/// long it is detached only the history knows: what the current path has been made of since says
/// nothing, for the running point may have been back in between.
void release_detached(Fates& fates, const RetentionInput& input, const SnapshotOrder& order,
                      Time since) {
  std::vector<bool> carries(fates.of.size(), false);
  // Children first: whatever the clocks say, a child is deeper than its parent.
  std::vector<std::uint32_t> deepest_first = order.newest_first;
  std::stable_sort(
      deepest_first.begin(), deepest_first.end(),
      [&](std::uint32_t a, std::uint32_t b) { return order.depth[a] > order.depth[b]; });
  for (const std::uint32_t i : deepest_first) {
    if (fates.of[i] == Fate::Detached && !carries[i]) {
      const std::optional<Time>& left = input.snapshots[i].detached_since;
      if (left && *left <= since) {
        fates.of[i] = Fate::DetachedGo;
        fates.going_detached.push_back(i);
      }
    }
    const auto parent = input.snapshots[i].parent;
    if (fates.of[i] != Fate::DetachedGo && parent) carries[*parent] = true;
  }
}

}  // namespace

Fates classify(const RetentionInput& input, const SnapshotOrder& order, const RetentionRules& rules,
               const Zone& zone) {
  Fates fates;
  fates.of.reserve(input.snapshots.size());
  for (std::uint32_t i = 0; i < input.snapshots.size(); ++i) {
    fates.of.push_back(fate_of(input.snapshots[i], order.on_path[i], order.future[i]));
  }
  fates.candidates.reserve(order.path.size());
  for (const std::uint32_t i : order.path) {
    if (fates.of[i] == Fate::Candidate) fates.candidates.push_back(i);
  }
  const bool all_on_path = order.path.size() == input.snapshots.size();
  if (rules.detached && !all_on_path) {
    release_detached(fates, input, order, subtract(input.now, *rules.detached, zone));
  }
  return fates;
}

}  // namespace policy
