#include "policy/inventory.h"

#include <algorithm>

namespace policy {

std::string flag_name(VmFlag flag) {
  switch (flag) {
    case VmFlag::CurrentSnapshotUnset:
      return "current-snapshot-unset";
    case VmFlag::ConsolidationNeeded:
      return "consolidation-needed";
    case VmFlag::HelperSnapshot:
      return "helper-snapshot";
    case VmFlag::OrphanDeltas:
      return "orphan-deltas";
    case VmFlag::IndependentDisk:
      return "independent-disk";
    case VmFlag::RdmPhysical:
      return "rdm-physical";
    case VmFlag::RdmVirtual:
      return "rdm-virtual";
    case VmFlag::SharedDisk:
      return "shared-disk";
    case VmFlag::Template:
      return "template";
    case VmFlag::FaultTolerant:
      return "fault-tolerant";
    case VmFlag::Suspended:
      return "suspended";
    case VmFlag::Disconnected:
      return "disconnected";
    case VmFlag::Inaccessible:
      return "inaccessible";
    case VmFlag::LinkedClone:
      return "linked-clone";
    case VmFlag::LayoutUnknown:
      return "layout-unknown";
    case VmFlag::ChainMismatch:
      return "chain-mismatch";
    case VmFlag::FileInaccessible:
      return "file-inaccessible";
    case VmFlag::QuestionPending:
      return "question-pending";
    case VmFlag::Unreadable:
      return "unreadable";
  }
  return "unknown";
}

bool has_flag(const Vm& vm, VmFlag flag) {
  return std::find(vm.flags.begin(), vm.flags.end(), flag) != vm.flags.end();
}

const Snapshot* snapshot_of(const Vm& vm, const std::string& moid) {
  const auto found = std::find_if(vm.snapshots.begin(), vm.snapshots.end(),
                                  [&](const Snapshot& one) { return one.moid == moid; });
  return found == vm.snapshots.end() ? nullptr : &*found;
}

}  // namespace policy
