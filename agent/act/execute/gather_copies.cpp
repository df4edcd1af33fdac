#include "agent/act/execute/gather_copies.h"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/act/execute/copy_claim.h"
#include "policy/copy_findings.h"

namespace agent {
namespace {

constexpr std::chrono::minutes kClocksApart{10};

}  // namespace

policy::Copy plan_copy(const storage::Copy& copy, const MarkerKey* key,
                       const storage::ScanSummary& scan) {
  policy::Copy known;
  known.op = copy.op;
  known.endpoint = scan.endpoint.name;
  known.source_moid = copy.source.moid;
  known.source_uuid = copy.source.instance_uuid;
  known.source_name = copy.source.name;
  known.policy = copy.policy;
  known.taken = copy.taken;
  known.moid = copy.image.moid;
  known.instance_uuid = copy.image.instance_uuid;
  known.name = copy.image.name;
  known.path = copy.image.path;
  known.bytes = copy.image.bytes;
  known.verified = copy.verified.has_value();
  // The one time is the server's, the other ours.
  known.scanned = copy.verified && scan.started > *copy.verified + kClocksApart;
  known.authentic = key != nullptr && is_authentic(*key, copy);
  known.released = copy.state == storage::CopyState::Released;
  known.why = copy.why;
  return known;
}

KnownCopies known_copies(storage::Journal& journal, const MarkerKey* key,
                         const std::vector<storage::ScanSummary>& scans) {
  KnownCopies known;
  for (const storage::ScanSummary& scan : scans) {
    if (scan.endpoint.uuid.empty()) continue;
    for (const storage::Copy& copy : storage::Copies(journal).copies(scan.endpoint.uuid)) {
      if (copy.state == storage::CopyState::Deleted) continue;
      const bool released = copy.state == storage::CopyState::Released;
      if (!released) known.never_selected.insert(copy.image.instance_uuid);
      if (copy.state == storage::CopyState::Lost) continue;
      known.copies.push_back(plan_copy(copy, key, scan));
    }
  }
  return known;
}

void forget_deleted_copies(storage::Journal& journal, std::vector<storage::GoneVm>& gone) {
  if (gone.empty()) return;
  std::set<std::string> deleted;
  for (const storage::Copy& copy : storage::Copies(journal).copies()) {
    if (copy.state == storage::CopyState::Deleted) deleted.insert(copy.image.instance_uuid);
  }
  std::erase_if(
      gone, [&](const storage::GoneVm& vm) { return deleted.contains(vm.identity.instance_uuid); });
}

void look_at_released(const policy::Inventory& inventory, KnownCopies& known) {
  std::map<std::pair<std::string, std::string>, const policy::Vm*> vms;
  for (const policy::Copy& copy : known.copies) {
    if (copy.released) vms.emplace(std::pair(copy.endpoint, copy.moid), nullptr);
  }
  if (vms.empty()) return;
  for (const policy::Vm& vm : inventory.vms) {
    const auto found = vms.find({vm.identity.endpoint, vm.identity.moid});
    if (found != vms.end()) found->second = &vm;
  }
  std::erase_if(known.copies, [&](const policy::Copy& copy) {
    if (!copy.released) return false;
    const policy::Vm* const vm = vms.at({copy.endpoint, copy.moid});
    if (vm == nullptr || vm->identity.instance_uuid != copy.instance_uuid) return true;
    if (policy::lies_in_its_folder(copy, *vm)) known.never_selected.insert(copy.instance_uuid);
    return false;
  });
}

}  // namespace agent
