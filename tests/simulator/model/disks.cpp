// Disks that come and go by ReconfigVM_Task, and what a revert makes of it.
#include <algorithm>

#include "tests/simulator/model/disk_changes.h"
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

bool held_by_a_snapshot(const Vm& vm, int key) {
  return std::any_of(vm.snapshots.begin(), vm.snapshots.end(),
                     [&](const Snapshot& one) { return one.frozen.contains(key); });
}

bool taken(const std::vector<Disk>& disks, int key) {
  return std::any_of(disks.begin(), disks.end(), [&](const Disk& disk) { return disk.key == key; });
}

// "[ds] vm/name_2.vmdk": the first that neither a disk nor a snapshot of the VM has.
std::string free_file(const Vm& vm, const std::string& datastore) {
  const auto layers = Operations::layers_of(vm);
  const std::size_t from = vm.home.find("] ") + 2;
  const std::string stem = "[" + datastore + "] " + vm.home.substr(from, vm.home.rfind('.') - from);
  for (int number = 0;; ++number) {
    const std::string file = stem + (number ? "_" + std::to_string(number) : "") + ".vmdk";
    if (std::none_of(layers.begin(), layers.end(),
                     [&](const LayerPtr& layer) { return layer->file == file; }))
      return file;
  }
}

Disk new_disk(World& world, const Vm& vm, const DiskChange& change) {
  Disk disk;
  disk.key = 2000;  // never a key that a snapshot knows: a revert would mix them up
  while (taken(vm.disks, disk.key) || taken(vm.detached, disk.key) ||
         held_by_a_snapshot(vm, disk.key))
    ++disk.key;
  disk.controller_key = change.controller_key;
  disk.unit = change.unit.value();
  disk.label = "Hard disk " + std::to_string(disk.key - 1999);
  disk.kind = change.kind.value_or(DiskKind::Normal);
  disk.capacity_bytes = change.capacity_bytes;
  disk.running = Operations(world).new_layer();
  const Datastore& datastore =
      world.datastores.at(change.datastore.value_or(vm.home_datastore).value);
  disk.running->datastore = datastore.ref;
  disk.running->capacity_bytes = change.capacity_bytes;
  disk.running->thin = change.thin || datastore.type != "VMFS";  // others know thin files alone
  disk.running->file = change.file.empty() ? free_file(vm, datastore.name) : change.file;
  if (datastore.type == "vsan" || datastore.type == "VVOL")
    disk.running->object_id = Operations::uuid_from(world.random()(), "");
  return disk;
}

}  // namespace

std::optional<FaultValue> Operations::change_disks(Vm& vm, std::vector<DiskChange> changes) {
  if (changes.empty()) return std::nullopt;
  if (auto refused = settle_disk_changes(world_, vm, changes)) return refused;
  for (const DiskChange& change : changes) {
    if (change.act == DiskChange::Act::Add) {
      vm.disks.push_back(new_disk(world_, vm, change));
      count(*vm.disks.back().running);
      continue;
    }
    const auto found = std::find_if(vm.disks.begin(), vm.disks.end(),
                                    [&](const Disk& disk) { return disk.key == change.key; });
    if (change.act == DiskChange::Act::Edit) {
      discount(*found->running);
      found->kind = change.kind.value_or(found->kind);
      found->capacity_bytes = found->running->capacity_bytes =
          std::max(found->capacity_bytes, change.capacity_bytes);
      count(*found->running);
      continue;
    }
    const auto before = layers_of(vm);
    if (held_by_a_snapshot(vm, found->key)) vm.detached.push_back(*found);
    vm.disks.erase(found);
    if (change.destroy_file) drop_lost(vm, before);  // else it goes on taking its space
  }
  tree_changed(vm);
  return std::nullopt;
}

void Operations::disks_as_of(Vm& vm, const Snapshot& target) {
  std::erase_if(vm.disks, [&](Disk& disk) {
    const bool added_since = in_snapshots(disk) && !target.frozen.contains(disk.key);
    if (added_since && held_by_a_snapshot(vm, disk.key)) vm.detached.push_back(disk);
    return added_since;
  });
  std::erase_if(vm.detached, [&](Disk& disk) {
    if (!target.frozen.contains(disk.key) || taken(vm.disks, disk.key)) return false;
    vm.disks.push_back(disk);
    return true;
  });
  std::sort(vm.disks.begin(), vm.disks.end(),
            [](const Disk& a, const Disk& b) { return a.key < b.key; });
}

}  // namespace sim
