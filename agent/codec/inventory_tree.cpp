#include "agent/codec/inventory_tree.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace agent {
namespace {

using Parents = std::vector<std::optional<std::size_t>>;

Parents parents_of(const JsonPlace& list, const std::vector<policy::Snapshot>& snapshots) {
  std::unordered_map<std::string_view, std::size_t> places;
  bool current = false;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    if (!places.emplace(snapshots[i].moid, i).second) {
      list.item(i).at("moid").fail("another snapshot of the VM has this moid");
    }
    if (snapshots[i].current && std::exchange(current, true)) {
      list.item(i).at("current").fail("another snapshot of the VM is current");
    }
  }
  Parents parents(snapshots.size());
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    if (!snapshots[i].parent) continue;
    const auto found = places.find(*snapshots[i].parent);
    if (found != places.end()) parents[i] = found->second;
  }
  return parents;
}

bool in_order(const Parents& parents) {
  for (std::size_t i = 0; i < parents.size(); ++i) {
    if (parents[i] && *parents[i] >= i) return false;
  }
  return true;
}

/// Level by level from the roots, siblings by creation. What is in a ring, or stands on one, is
/// never reached.
void put_in_order(const JsonPlace& list, const Parents& parents,
                  std::vector<policy::Snapshot>& snapshots) {
  std::vector<std::size_t> order;
  std::vector<std::vector<std::size_t>> children(snapshots.size());
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    (parents[i] ? children[*parents[i]] : order).push_back(i);
  }
  const auto older = [&](std::size_t a, std::size_t b) {
    return snapshots[a].created < snapshots[b].created;
  };
  std::stable_sort(order.begin(), order.end(), older);
  std::vector<bool> reached(snapshots.size(), false);
  for (std::size_t next = 0; next < order.size(); ++next) {
    std::vector<std::size_t>& above = children[order[next]];
    reached[order[next]] = true;
    std::stable_sort(above.begin(), above.end(), older);
    order.insert(order.end(), above.begin(), above.end());
  }
  const auto lost = std::find(reached.begin(), reached.end(), false);
  if (lost != reached.end()) {
    list.item(static_cast<std::size_t>(lost - reached.begin()))
        .at("parent")
        .fail("its ancestors form a ring");
  }
  std::vector<policy::Snapshot> ordered;
  ordered.reserve(snapshots.size());
  for (const std::size_t i : order) ordered.push_back(std::move(snapshots[i]));
  snapshots = std::move(ordered);
}

/// Parents stand before their children, so one look backwards climbs all the way.
int mark_path(std::vector<policy::Snapshot>& snapshots) {
  int depth = 0;
  bool at_root = false;
  const std::string* wanted = nullptr;
  for (auto one = snapshots.rbegin(); one != snapshots.rend(); ++one) {
    const bool next = !at_root && (wanted == nullptr ? one->current : one->moid == *wanted);
    one->on_current_path = next;
    if (!next) continue;
    ++depth;
    at_root = !one->parent;
    if (!at_root) wanted = &*one->parent;
  }
  return depth;
}

}  // namespace

void settle_tree(const JsonPlace& place, policy::Vm& vm) {
  vm.tree_depth = 0;
  if (vm.snapshots.empty()) return;
  const JsonPlace list = place.at("snapshots");
  const Parents parents = parents_of(list, vm.snapshots);
  if (!in_order(parents)) put_in_order(list, parents, vm.snapshots);
  vm.tree_depth = mark_path(vm.snapshots);
  constexpr policy::VmFlag kUnset = policy::VmFlag::CurrentSnapshotUnset;
  if (vm.tree_depth > 0 || policy::has_flag(vm, kUnset)) return;
  vm.flags.insert(std::upper_bound(vm.flags.begin(), vm.flags.end(), kUnset), kUnset);
}

}  // namespace agent
