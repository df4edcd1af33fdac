#include "tests/simulator/model/disk_changes.h"

#include <algorithm>
#include <set>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

constexpr int kFirstScsi = 1000, kFirstSata = 15000;
constexpr int kMostUnits = 64;

struct Judge {
  World& world;
  const Vm& vm;
  std::set<int> keys;                   // of the disks that are there, less those taken out
  std::set<std::pair<int, int>> slots;  // controller and unit
  std::set<std::string> files;
  std::map<std::string, std::uint64_t> claimed = {};  // bytes, by datastore

  std::optional<FaultValue> add(DiskChange& change, std::size_t index);
  std::optional<FaultValue> remove(const DiskChange& change, std::size_t index);
  std::optional<FaultValue> edit(const DiskChange& change, std::size_t index);
  std::optional<FaultValue> claim(const Ref& datastore, std::uint64_t bytes,
                                  const std::string& file);
  const Disk& disk(int key) const {
    return *std::find_if(vm.disks.begin(), vm.disks.end(),
                         [key](const Disk& one) { return one.key == key; });
  }
};

FaultValue device_fault(const char* type, const std::string& what, std::size_t index) {
  FaultValue value = fault(type, what + " for device '" + std::to_string(index) + "'.");
  value.fields = {{"property", "virtualDeviceSpec.device"}, {"deviceIndex", std::to_string(index)}};
  return value;
}

FaultValue wrong_device(std::size_t index) {
  return device_fault("InvalidDeviceSpec", "Invalid configuration", index);
}

FaultValue wrong_edit(std::size_t index, const std::string& why) {
  FaultValue value = device_fault("InvalidDeviceOperation", "Invalid operation", index);
  if (!why.empty()) value.message += " " + why;
  value.fields.emplace_back("badOp", "edit");
  return value;
}

// The first SCSI and SATA controllers are in every VM, others come with their disks. SCSI
// controllers sit on unit 7 themselves, the CD drive on the first of SATA.
std::set<std::pair<int, int>> slots_of(const Vm& vm) {
  std::set<std::pair<int, int>> slots{{kFirstScsi, 7}, {kFirstSata, 0}};
  for (const Disk& disk : vm.disks) {
    slots.emplace(disk.controller_key, disk.unit);
    if (disk.controller_key < kFirstSata) slots.emplace(disk.controller_key, 7);
  }
  return slots;
}

std::optional<FaultValue> Judge::claim(const Ref& datastore, std::uint64_t bytes,
                                       const std::string& file) {
  std::uint64_t& sum = claimed[datastore.value];
  sum += bytes;
  if (sum <= Operations(world).room_on(datastore.value)) return std::nullopt;
  return no_disk_space(file, world.datastores.at(datastore.value).name);
}

std::optional<FaultValue> Judge::add(DiskChange& change, std::size_t index) {
  if (change.capacity_bytes < world.options().block_bytes) return wrong_device(index);
  const auto known = slots.lower_bound({change.controller_key, 0});
  if (known == slots.end() || known->first != change.controller_key) {
    FaultValue value = device_fault("InvalidController", "Invalid controller", index);
    value.fields.emplace_back("controllerKey", std::to_string(change.controller_key));
    return value;
  }
  if (!change.unit)
    for (change.unit = 0; slots.contains({change.controller_key, *change.unit});) ++*change.unit;
  if (*change.unit < 0 || *change.unit >= kMostUnits ||
      !slots.emplace(change.controller_key, *change.unit).second)
    return wrong_device(index);
  if (!change.file.empty() && !files.insert(change.file).second) {
    FaultValue value =
        fault("FileAlreadyExists",
              "Cannot complete the operation because the file " + change.file + " already exists.");
    value.fields = {{"file", change.file}};
    return value;
  }
  const Ref datastore = change.datastore.value_or(vm.home_datastore);
  const bool reserves = !change.thin && world.datastores.at(datastore.value).type == "VMFS";
  return claim(datastore, reserves ? change.capacity_bytes : 0, change.file);
}

std::optional<FaultValue> Judge::remove(const DiskChange& change, std::size_t index) {
  if (keys.erase(change.key) == 0) return wrong_device(index);
  slots.erase({disk(change.key).controller_key, disk(change.key).unit});
  return std::nullopt;
}

std::optional<FaultValue> Judge::edit(const DiskChange& change, std::size_t index) {
  if (!keys.contains(change.key)) return wrong_device(index);
  const Disk& edited = disk(change.key);
  const Layer& layer = *edited.running;
  if (change.kind && *change.kind != edited.kind) {
    if (vm.power != PowerState::Off) return invalid_power_state(PowerState::Off, vm.power);
    if (layer.parent)
      return device_fault("DisallowedDiskModeChange", "Disk mode change is not allowed", index);
  }
  if (change.capacity_bytes < edited.capacity_bytes) return wrong_edit(index, "");
  if (change.capacity_bytes == edited.capacity_bytes) return std::nullopt;
  if (layer.raw_mapping) return wrong_edit(index, "");
  if (layer.parent) return wrong_edit(index, "Disks with parents cannot be expanded.");
  const std::uint64_t more = change.capacity_bytes - edited.capacity_bytes;
  return claim(layer.datastore, layer.thin ? 0 : more, layer.file);
}

}  // namespace

std::optional<FaultValue> settle_disk_changes(World& world, const Vm& vm,
                                              std::vector<DiskChange>& changes) {
  Judge judge{world, vm, {}, slots_of(vm), {}};
  for (const Disk& disk : vm.disks) judge.keys.insert(disk.key);
  for (const LayerPtr& layer : Operations::layers_of(vm)) judge.files.insert(layer->file);
  for (std::size_t index = 0; index < changes.size(); ++index) {
    DiskChange& change = changes[index];
    std::optional<FaultValue> refused;
    switch (change.act) {
      case DiskChange::Act::Add:
        refused = judge.add(change, index);
        break;
      case DiskChange::Act::Remove:
        refused = judge.remove(change, index);
        break;
      case DiskChange::Act::Edit:
        refused = judge.edit(change, index);
        break;
    }
    if (refused) return refused;
  }
  return std::nullopt;
}

}  // namespace sim
