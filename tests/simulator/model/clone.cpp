// CloneVM_Task: full clones are flattened copies, linked ones stand on a snapshot's layers.
#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

// "[ds] name/name.vmx", with a number when the folder is taken.
std::string home_for(const World& world, const std::string& name, const std::string& datastore) {
  for (int number = 0;; ++number) {
    const std::string folder = number == 0 ? name : name + "_" + std::to_string(number);
    std::string home = "[" + datastore + "] " + folder + "/" + name + ".vmx";
    const bool taken = std::any_of(world.vms.begin(), world.vms.end(), [&](const auto& entry) {
      return Operations::folder_of(entry.second.home) == folder;
    });
    if (!taken) return home;
  }
}

struct CloneJob {
  CloneSpec spec;
  std::string user;
  std::map<int, BlockMap> copies;  ///< full clone: contents at the start, by disk key
};

LayerPtr source_of(const Vm& vm, const Disk& disk, const Snapshot* snapshot) {
  if (!snapshot) return disk.running;
  const auto frozen = snapshot->frozen.find(disk.key);
  return frozen == snapshot->frozen.end() ? (vm.disks.empty() ? nullptr : disk.running)
                                          : frozen->second;
}

/// Nothing takes a disk away while its VM is being cloned.
const Disk& disk_with(const Vm& vm, int key) {
  return *std::find_if(vm.disks.begin(), vm.disks.end(),
                       [key](const Disk& disk) { return disk.key == key; });
}

std::optional<FaultValue> give_disks(World& world, const CloneJob& job, const Vm& source, Vm& copy,
                                     const Snapshot* snapshot) {
  Operations operations(world);
  const Datastore& datastore = world.datastores.at(copy.home_datastore.value);
  std::uint64_t needed = 0;
  for (std::size_t index = 0; index < copy.disks.size(); ++index) {
    Disk& disk = copy.disks[index];
    const LayerPtr below = source_of(source, disk_with(source, disk.key), snapshot);
    disk.change_uuid.clear();
    disk.epochs.clear();
    disk.changed = {};
    if (job.spec.linked && Operations::in_snapshots(disk)) {
      for (LayerPtr layer = below; layer; layer = layer->parent) layer->shared = true;
      disk.running = operations.delta_on(copy, disk, below);
    } else {
      LayerPtr base = operations.new_layer();
      base->datastore = copy.home_datastore;
      base->capacity_bytes = disk.capacity_bytes;
      base->thin = below->thin;
      base->raw_mapping = disk.kind == DiskKind::RdmPhysical;  // both map the same LUN
      if (disk.kind == DiskKind::RdmVirtual) disk.kind = DiskKind::Normal;
      if (!base->raw_mapping) base->blocks = job.copies.at(disk.key);
      base->file = copy.home.substr(0, copy.home.rfind('.')) +
                   (index ? "_" + std::to_string(index) : "") + ".vmdk";
      disk.running = base;
    }
    needed += world.stored_bytes(*disk.running);
  }
  if (needed > world.free_bytes(datastore)) return no_disk_space(copy.home, datastore.name);
  return std::nullopt;
}

Operations::Outcome run(World& world, Vm& source, const CloneJob& job) {
  Operations operations(world);
  Operations::Outcome outcome;
  const CloneSpec& spec = job.spec;
  const Snapshot* snapshot = spec.snapshot ? Operations::find(source, *spec.snapshot) : nullptr;
  Vm copy = source;
  copy.ref = world.next_ref("VirtualMachine");
  copy.name = spec.name;
  copy.folder = spec.folder;
  if (spec.pool) copy.pool = *spec.pool;
  if (spec.host) copy.host = *spec.host;
  if (spec.datastore) copy.home_datastore = *spec.datastore;
  copy.home = home_for(world, spec.name, world.datastores.at(copy.home_datastore.value).name);
  copy.instance_uuid = Operations::uuid_from(world.random()(), "50");
  copy.bios_uuid = Operations::uuid_from(world.random()(), "42");
  copy.is_template = spec.as_template;
  if (spec.as_template) copy.pool = {};
  copy.power = PowerState::Off;
  copy.snapshots.clear();
  copy.current_snapshot.reset();
  copy.last_snapshot_id = 0;
  copy.recent_tasks.clear();
  copy.detached.clear();
  copy.registered = world.now();
  copy.boot_time.reset();
  copy.suspend_time.reset();
  copy.question.reset();
  copy.change_tracking = copy.change_tracking_active = copy.consolidation_needed = false;
  copy.ever_powered_on = false;
  copy.change_version = 1;
  copy.writes.seed = world.random()();
  copy.written_until = world.now();
  copy.network_connected = source.network_connected && spec.network_connected;
  std::erase_if(copy.disks,
                [&](const Disk& disk) { return spec.without_disks.contains(disk.key); });
  if (spec.annotation) copy.annotation = *spec.annotation;
  for (const auto& [key, value] : spec.extra_config) {
    std::erase_if(copy.extra_config,
                  [&, &name = key](const auto& pair) { return pair.first == name; });
    copy.extra_config.emplace_back(key, value);
  }
  if ((outcome.error = give_disks(world, job, source, copy, snapshot))) return outcome;
  for (const Disk& disk : copy.disks) operations.count(*disk.running);
  Vm& made = world.vms[copy.ref.value] = std::move(copy);
  outcome.result = made.ref;
  if (spec.power_on && !spec.as_template) operations.set_power(made, PowerState::On);
  operations.log("VmClonedEvent", job.user, "Cloned " + source.name + " to " + made.name, made);
  world.touch(made.ref);
  world.touch(made.folder, "childEntity");
  world.touch(made.host, "vm");
  world.touch(made.home_datastore, "vm");
  operations.tree_changed(made);
  return outcome;
}

std::optional<FaultValue> unfit(const World& world, Vm& vm, const CloneSpec& spec) {
  if (spec.name.empty() || spec.name.size() > 80) return invalid_name(spec.name);
  for (const auto& [moid, other] : world.vms) {
    if (other.folder == spec.folder && other.name == spec.name)
      return duplicate_name(spec.name, other.ref);
  }
  if (spec.snapshot && !Operations::find(vm, *spec.snapshot))
    return object_not_found(*spec.snapshot);
  if (spec.linked && !spec.snapshot) return invalid_argument("spec.location.diskMoveType");
  if (vm.is_template && !spec.as_template && !spec.pool)
    return invalid_argument("spec.location.pool");
  if (!world.folders.contains(spec.folder.value)) return object_not_found(spec.folder);
  if (spec.datastore && !world.datastores.contains(spec.datastore->value))
    return object_not_found(*spec.datastore);
  if (!spec.datastore && !world.datastores.contains(vm.home_datastore.value))
    return object_not_found(vm.home_datastore);
  return std::nullopt;
}

}  // namespace

Started World::clone(Vm& vm, const CloneSpec& spec, const std::string& user) {
  Operations operations(*this);
  const Operations::Kind kind = {"CloneVM_Task", "VirtualMachine.clone", false, true};
  operations.play(vm, now());
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  if (auto wrong = unfit(*this, vm, spec)) return {std::nullopt, wrong};
  CloneJob job;
  job.spec = spec;
  job.user = user;
  const Snapshot* snapshot = spec.snapshot ? Operations::find(vm, *spec.snapshot) : nullptr;
  std::uint64_t bytes = 0;
  for (const Disk& disk : vm.disks) {
    if (spec.without_disks.contains(disk.key)) continue;
    const bool copied = !spec.linked || !Operations::in_snapshots(disk);
    if (copied) job.copies[disk.key] = contents(source_of(vm, disk, snapshot));
    if (copied) bytes += job.copies[disk.key].allocated() * options_.block_bytes;
  }
  operations.log("VmBeingClonedEvent", user, "Cloning " + vm.name + " to " + spec.name, vm);
  const Duration copying(static_cast<std::int64_t>(static_cast<double>(bytes) * 1e6 /
                                                   options_.merge_bytes_per_second));
  return operations.start(
      vm, kind, user, options_.short_time + copying,
      [this, job = std::move(job)](Vm& source) { return run(*this, source, job); });
}

}  // namespace sim
