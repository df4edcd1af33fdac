#include "agent/act/execute/detached.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace agent {

DetachedLook::DetachedLook(const storage::Watch& watch, std::string endpoint_uuid)
    : endpoint_uuid_(std::move(endpoint_uuid)) {
  for (const storage::DetachedSnapshot& one : watch.detached(endpoint_uuid_)) {
    known_[one.vm_moid].insert(one.snapshot_moid);
  }
}

void DetachedLook::see(const policy::Vm& vm) {
  // What a host that is not connected shows is old.
  if (vm.stale || vm.state.connection != policy::Connection::Connected) return;
  const bool current = std::any_of(vm.snapshots.begin(), vm.snapshots.end(),
                                   [](const policy::Snapshot& one) { return one.current; });
  Moids detached;
  for (const policy::Snapshot& one : vm.snapshots) {
    if (current && !one.on_current_path) detached.insert(one.moid);
  }
  const auto known = known_.find(vm.identity.moid);
  const bool same = known == known_.end() ? detached.empty() : known->second == detached;
  if (!same) changed_[vm.identity.moid] = std::move(detached);
}

void DetachedLook::store(storage::Watch& watch, policy::Time now) const {
  for (const auto& [moid, detached] : changed_) {
    watch.set_detached(endpoint_uuid_, moid,
                       std::vector<std::string>(detached.begin(), detached.end()), now);
  }
}

}  // namespace agent
