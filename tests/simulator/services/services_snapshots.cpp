// Snapshot operations: arguments in, the world's answer out.
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"

namespace sim {
namespace {

constexpr const char* kCreate = "VirtualMachine.State.CreateSnapshot";
constexpr const char* kRemove = "VirtualMachine.State.RemoveSnapshot";
constexpr const char* kRevert = "VirtualMachine.State.RevertToSnapshot";
constexpr const char* kRename = "VirtualMachine.State.RenameSnapshot";

std::string required_text(const Call& call, const char* name) {
  const auto text = optional_text(call.arguments, name);
  if (!text) throw wrong_argument(name);
  return *text;
}

CreateSpec create_spec(const Call& call) {
  CreateSpec spec;
  spec.name = required_text(call, "name");
  spec.description = optional_text(call.arguments, "description").value_or("");
  required_text(call, "memory");
  spec.memory = flag_of(call.arguments, "memory", false);
  return spec;
}

std::string create(Call& call) {
  CreateSpec spec = create_spec(call);
  required_text(call, "quiesce");
  spec.quiesce = flag_of(call.arguments, "quiesce", false);
  return return_task(call.world.create_snapshot(target_vm(call), spec, user_of(call)));
}

std::string create_ex(Call& call) {
  CreateSpec spec = create_spec(call);
  spec.ex = true;
  if (const auto quiesce = child_named(call.arguments, "quiesceSpec")) {
    spec.quiesce = true;
    if (const auto timeout = optional_text(quiesce, "timeout")) {
      const auto minutes = number_of(*timeout);
      if (!minutes || *minutes < 5 || *minutes > 240) throw wrong_argument("quiesceSpec.timeout");
      spec.quiesce_minutes = static_cast<int>(*minutes);
    }
    if (const auto vss = optional_text(quiesce, "vssBackupType")) {
      const auto type = number_of(*vss);
      if (!type) throw wrong_argument("quiesceSpec.vssBackupType");
      spec.vss_backup_type = static_cast<int>(*type);
    }
  }
  return return_task(call.world.create_snapshot(target_vm(call), spec, user_of(call)));
}

std::string rename(Call& call) {
  const auto [vm, snapshot] = target_snapshot(call);
  const auto name = optional_text(call.arguments, "name");
  const auto description = optional_text(call.arguments, "description");
  if (!name && !description) throw wrong_argument("name");
  if (const auto fault = call.world.rename_snapshot(vm, snapshot, name, description, user_of(call)))
    throw FaultReply{*fault};
  return {};
}

std::string revert(Call& call) {
  const auto [vm, snapshot] = target_snapshot(call);
  const bool suppress = flag_of(call.arguments, "suppressPowerOn", false);
  return return_task(call.world.revert_to_snapshot(vm, snapshot, suppress, user_of(call)));
}

std::string revert_to_current(Call& call) {
  const bool suppress = flag_of(call.arguments, "suppressPowerOn", false);
  return return_task(call.world.revert_to_current(target_vm(call), suppress, user_of(call)));
}

std::string remove(Call& call) {
  const auto [vm, snapshot] = target_snapshot(call);
  required_text(call, "removeChildren");
  const bool children = flag_of(call.arguments, "removeChildren", false);
  const bool merge = flag_of(call.arguments, "consolidate", true);
  return return_task(call.world.remove_snapshot(vm, snapshot, children, merge, user_of(call)));
}

std::string remove_all(Call& call) {
  // The age purge of 8.0.3 (spec.retentionDays) is not modelled: refusing it beats removing too
  // much.
  if (child_named(call.arguments, "spec")) throw unsupported();
  const bool merge = flag_of(call.arguments, "consolidate", true);
  return return_task(call.world.remove_all_snapshots(target_vm(call), merge, user_of(call)));
}

std::string consolidate(Call& call) {
  return return_task(call.world.consolidate(target_vm(call), user_of(call)));
}

std::string estimate(Call& call) {
  return return_task(call.world.estimate_consolidate(target_vm(call), user_of(call)));
}

}  // namespace

void add_snapshot_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  const std::string vm = "VirtualMachine", node = "VirtualMachineSnapshot";
  table.add({vm, "CreateSnapshot_Task", Session, kCreate, create});
  table.add({vm, "CreateSnapshotEx_Task", Session, kCreate, create_ex});
  table.add({node, "RenameSnapshot", Session, kRename, rename});
  table.add({node, "RevertToSnapshot_Task", Session, kRevert, revert});
  table.add({vm, "RevertToCurrentSnapshot_Task", Session, kRevert, revert_to_current});
  table.add({node, "RemoveSnapshot_Task", Session, kRemove, remove});
  table.add({vm, "RemoveAllSnapshots_Task", Session, kRemove, remove_all});
  table.add({vm, "ConsolidateVMDisks_Task", Session, kRemove, consolidate});
  table.add({vm, "EstimateStorageForConsolidateSnapshots_Task", Session, kRemove, estimate});
  add_vm_services(table);
}

}  // namespace sim
