// Creating, renaming and reverting to snapshots.
#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

constexpr std::size_t kLongestName = 80;
constexpr std::uint64_t kMib = 1 << 20;

bool valid_name(const std::string& name) { return !name.empty() && name.size() <= kLongestName; }

// Whether all that a new snapshot puts on disk has room; the fault names what does not.
std::optional<FaultValue> no_room(World& world, const Vm& vm, std::uint64_t memory) {
  std::map<std::string, std::uint64_t> needed;
  if (memory) needed[vm.home_datastore.value] += memory;
  for (const Disk& disk : vm.disks) {
    if (!Operations::in_snapshots(disk) || !disk.running) continue;
    const LayerPtr delta = Operations(world).delta_on(vm, disk, disk.running);
    needed[delta->datastore.value] += world.stored_bytes(*delta);
  }
  for (const auto& [moid, bytes] : needed) {
    const auto datastore = world.datastores.find(moid);
    if (datastore == world.datastores.end() || bytes <= world.free_bytes(datastore->second))
      continue;
    return no_disk_space(vm.home, datastore->second.name);
  }
  return std::nullopt;
}

Operations::Outcome take(World& world, Vm& vm, const CreateSpec& spec, std::uint64_t memory) {
  Operations operations(world);
  Operations::Outcome outcome;
  if ((outcome.error = operations.locked(vm))) return outcome;
  if ((outcome.error = no_room(world, vm, memory))) return outcome;
  operations.activate_tracking(vm);
  Snapshot taken;
  taken.ref = world.next_ref("VirtualMachineSnapshot");
  taken.id = ++vm.last_snapshot_id;
  taken.name = spec.name;
  taken.description = spec.description;
  taken.created = world.now();
  taken.powered_on = memory > 0 && vm.power == PowerState::On;
  // Memory wins over quiescing, and without running Tools the wish is ignored silently.
  taken.quiesced = spec.quiesce && memory == 0 && vm.power == PowerState::On && vm.tools_running;
  taken.memory_bytes = memory;
  const std::string stem = vm.home.substr(0, vm.home.rfind('.'));
  taken.data_file = stem + "-Snapshot" + std::to_string(taken.id) + ".vmsn";
  if (memory) taken.memory_file = stem + "-Snapshot" + std::to_string(taken.id) + ".vmem";
  if (taken.quiesced) taken.vss_backup_type = spec.vss_backup_type;
  if (taken.quiesced && vm.guest_id.starts_with("windows")) {
    taken.backup_manifest = stem + "-vss_manifests" + std::to_string(taken.id) + ".zip";
  }
  taken.parent = vm.current_snapshot;
  taken.change_ids = Operations::close_epochs(vm);
  taken.frozen = operations.freeze(vm);
  operations.count_memory(vm, memory, true);
  vm.current_snapshot = taken.ref;
  outcome.result = taken.ref;
  world.touch(taken.ref);
  vm.snapshots.push_back(std::move(taken));
  operations.tree_changed(vm);
  return outcome;
}

}  // namespace

Started World::create_snapshot(Vm& vm, const CreateSpec& spec, const std::string& user) {
  Operations operations(*this);
  const Operations::Kind kind = {
      spec.ex ? "CreateSnapshotEx_Task" : "CreateSnapshot_Task",
      spec.ex ? "VirtualMachine.createSnapshotEx" : "VirtualMachine.createSnapshot", true, true};
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  if (!valid_name(spec.name)) return {std::nullopt, invalid_name(spec.name)};
  const bool memory =
      (spec.memory && vm.power == PowerState::On) || vm.power == PowerState::Suspended;
  const std::uint64_t memory_bytes = memory ? vm.memory_mib * kMib : 0;
  Duration duration = options_.snapshot_time;
  duration += Duration(static_cast<std::int64_t>(static_cast<double>(memory_bytes) * 1e6 /
                                                 options_.merge_bytes_per_second));
  return operations.start(
      vm, kind, user, duration, [this, spec, memory, memory_bytes](Vm& machine) {
        Operations inside(*this);
        Operations::Outcome outcome;
        if ((outcome.error = inside.unfit_for_snapshot(machine, memory))) return outcome;
        const Snapshot* current = machine.current_snapshot
                                      ? Operations::find(machine, *machine.current_snapshot)
                                      : nullptr;
        if (machine.power == PowerState::Suspended && current && current->memory_bytes > 0 &&
            std::all_of(machine.disks.begin(), machine.disks.end(), [](const Disk& disk) {
              return !Operations::in_snapshots(disk) || disk.running->blocks.empty();
            })) {
          outcome.error = fault("SnapshotNoChange",
                                "The virtual machine has not changed since its last snapshot.");
          return outcome;
        }
        return take(*this, machine, spec, memory_bytes);
      });
}

std::optional<FaultValue> World::rename_snapshot(Vm& vm, const Ref& snapshot,
                                                 const std::optional<std::string>& name,
                                                 const std::optional<std::string>& description,
                                                 const std::string& user) {
  Operations operations(*this);
  now();
  if (auto refused = operations.refuse(vm, {"RenameSnapshot", "vm.Snapshot.rename"}))
    return refused;
  Snapshot* found = Operations::find(vm, snapshot);
  if (!found) return object_not_found(snapshot);
  if (!name && !description) return invalid_argument("name");
  if (name && !valid_name(*name)) return invalid_name(*name);
  if (name) found->name = *name;
  if (description) found->description = *description;
  operations.log("TaskEvent", user, "Task: Rename snapshot", vm);
  touch(vm.ref, "snapshot");
  return std::nullopt;
}

namespace {

Operations::Outcome revert(World& world, Vm& vm, const Ref& snapshot, bool suppress_power_on) {
  Operations operations(world);
  Operations::Outcome outcome;
  const Snapshot* target = Operations::find(vm, snapshot);
  if (!target) {
    outcome.error = object_not_found(snapshot);
    return outcome;
  }
  if ((outcome.error = operations.locked(vm))) return outcome;
  const auto before = Operations::layers_of(vm);
  operations.disks_as_of(vm, *target);
  for (Disk& disk : vm.disks) {
    const auto frozen = target->frozen.find(disk.key);
    if (frozen == target->frozen.end()) continue;  // outside snapshots: keeps its data
    disk.running = operations.delta_on(vm, disk, frozen->second);
    operations.count(*disk.running);
  }
  operations.drop_lost(vm, before);
  operations.restart_tracking(vm);
  vm.current_snapshot = snapshot;
  vm.question.reset();
  operations.set_power(vm,
                       target->powered_on && !suppress_power_on ? PowerState::On : PowerState::Off);
  operations.tree_changed(vm);
  return outcome;
}

}  // namespace

Started World::revert_to_snapshot(Vm& vm, const Ref& snapshot, bool suppress_power_on,
                                  const std::string& user) {
  Operations operations(*this);
  const Operations::Kind kind = {"RevertToSnapshot_Task", "vm.Snapshot.revert"};
  if (!Operations::find(vm, snapshot)) return {std::nullopt, object_not_found(snapshot)};
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  return operations.start(vm, kind, user, options_.short_time,
                          [this, snapshot, suppress_power_on](Vm& machine) {
                            return revert(*this, machine, snapshot, suppress_power_on);
                          });
}

Started World::revert_to_current(Vm& vm, bool suppress_power_on, const std::string& user) {
  Operations operations(*this);
  const Operations::Kind kind = {"RevertToCurrentSnapshot_Task",
                                 "VirtualMachine.revertToCurrentSnapshot"};
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  if (!vm.current_snapshot) {
    return {std::nullopt, fault("NotFound", "The virtual machine has no current snapshot.")};
  }
  return operations.start(vm, kind, user, options_.short_time,
                          [this, snapshot = *vm.current_snapshot, suppress_power_on](Vm& machine) {
                            return revert(*this, machine, snapshot, suppress_power_on);
                          });
}

}  // namespace sim
