// Disks that come and go by ReconfigVM_Task, and what a revert makes of it.
#include <algorithm>
#include <set>

#include "tests/simulator/model/faults.h"
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

int free_unit(const Vm& vm, int controller) {
  int unit = 0;
  const auto used = [&](const Disk& disk) {
    return disk.controller_key == controller && disk.unit == unit;
  };
  while (unit == 7 || std::any_of(vm.disks.begin(), vm.disks.end(), used)) ++unit;
  return unit;
}

// "name_2.vmdk": the first that neither a disk nor a snapshot of the VM has.
std::string free_file(const Vm& vm) {
  const auto layers = Operations::layers_of(vm);
  const std::string stem = vm.home.substr(0, vm.home.rfind('.'));
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
  disk.unit = change.unit.value_or(free_unit(vm, change.controller_key));
  disk.label = "Hard disk " + std::to_string(disk.key - 1999);
  disk.kind = change.kind;
  disk.capacity_bytes = change.capacity_bytes;
  disk.running = Operations(world).new_layer();
  disk.running->datastore = vm.home_datastore;
  disk.running->capacity_bytes = change.capacity_bytes;
  disk.running->file = free_file(vm);
  const std::string& type = world.datastores.at(vm.home_datastore.value).type;
  if (type == "vsan" || type == "VVOL")
    disk.running->object_id = Operations::uuid_from(world.random()(), "");
  return disk;
}

std::optional<FaultValue> wrong_device(std::size_t index) {
  FaultValue value = fault("InvalidDeviceSpec",
                           "Invalid configuration for device '" + std::to_string(index) + "'.");
  value.fields = {{"property", "virtualDeviceSpec.device"}, {"deviceIndex", std::to_string(index)}};
  return value;
}

}  // namespace

std::optional<FaultValue> Operations::change_disks(Vm& vm, const std::vector<DiskChange>& changes) {
  if (changes.empty()) return std::nullopt;
  std::set<int> removed;
  for (std::size_t index = 0; index < changes.size(); ++index) {
    const DiskChange& change = changes[index];
    const bool fits = change.remove
                          ? taken(vm.disks, change.key) && removed.insert(change.key).second
                          : change.capacity_bytes >= world_.options_.block_bytes;
    if (!fits) return wrong_device(index);
  }
  for (const DiskChange& change : changes) {
    if (!change.remove) {
      vm.disks.push_back(new_disk(world_, vm, change));
      count(*vm.disks.back().running);
      continue;
    }
    const auto before = layers_of(vm);
    const auto found = std::find_if(vm.disks.begin(), vm.disks.end(),
                                    [&](const Disk& disk) { return disk.key == change.key; });
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
