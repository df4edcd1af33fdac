// Layers of disks: which exist, how deltas are named and stored, who stands on whom.
#include <algorithm>
#include <set>

#include "tests/simulator/model/operations.h"
#include "tests/simulator/model/workload.h"

namespace sim {
namespace {

LayerForm delta_form(const Layer& parent, const World& world) {
  if (parent.form != LayerForm::Flat) return parent.form;  // a chain is of one form throughout
  const auto found = world.datastores.find(parent.datastore.value);
  if (found == world.datastores.end()) return LayerForm::SeSparse;
  const Datastore& datastore = found->second;
  if (datastore.type == "vsan") return LayerForm::VsanSparse;
  if (datastore.type == "VVOL") return LayerForm::Native;
  if (datastore.type == "VMFS" && datastore.vmfs_major >= 6) return LayerForm::SeSparse;
  constexpr std::uint64_t kTwoTib = std::uint64_t{2} << 40;
  return parent.capacity_bytes >= kTwoTib ? LayerForm::SeSparse : LayerForm::VmfsSparse;
}

std::string hex(std::uint64_t number, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    text += "0123456789abcdef"[(number >> shift) & 15];
  return text;
}

// "[ds] folder/name.vmx" -> "folder/name", and for the second disk "folder/name_1".
std::string stem_of(const Vm& vm, const Disk& disk) {
  const std::size_t from = vm.home.find("] ") + 2;
  const std::string stem = vm.home.substr(from, vm.home.rfind('.') - from);
  const auto index = &disk - vm.disks.data();
  return index == 0 ? stem : stem + "_" + std::to_string(index);
}

}  // namespace

bool Operations::in_snapshots(const Disk& disk) {
  return disk.kind == DiskKind::Normal || disk.kind == DiskKind::RdmVirtual;
}

std::vector<LayerPtr> Operations::layers_of(const Vm& vm) {
  std::vector<LayerPtr> all;
  std::set<const Layer*> seen;
  const auto add = [&](LayerPtr layer) {
    for (; layer && seen.insert(layer.get()).second; layer = layer->parent) all.push_back(layer);
  };
  for (const Disk& disk : vm.disks) add(disk.running);
  for (const Snapshot& one : vm.snapshots) {
    for (const auto& [key, layer] : one.frozen) add(layer);
  }
  return all;
}

std::string Operations::folder_of(const std::string& file) {
  const std::size_t from = file.find("] ") + 2;
  return file.substr(from, file.rfind('/') - from);
}

std::string Operations::uuid_from(std::uint64_t random, const std::string& prefix) {
  const std::string digits = prefix + hex(mix(random, 1), 16) + hex(mix(random, 2), 16);
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
         digits.substr(16, 4) + "-" + digits.substr(20, 12);
}

LayerPtr Operations::new_layer() {
  if (!world_.counted_) world_.recount();  // so that ids rise above those of a loaded inventory
  auto layer = std::make_shared<Layer>();
  layer->id = ++world_.last_layer_;
  const std::uint64_t random = mix(world_.options_.seed, layer->id);
  layer->uuid = "6000C29" + hex(random, 1) + "-" + hex(random >> 4, 4) + "-" +
                hex(random >> 20, 4) + "-" + hex(random >> 36, 4) + "-" + hex(mix(random, 1), 12);
  layer->content_id = hex(mix(random, 2), 16) + hex(mix(random, 3), 16);
  layer->cid = hex(mix(random, 4), 8);
  return layer;
}

LayerPtr Operations::delta_on(const Vm& vm, const Disk& disk, const LayerPtr& parent) {
  LayerPtr layer = new_layer();
  layer->parent = parent;
  layer->form = delta_form(*parent, world_);
  // Beside its parent; a linked clone's first delta and an RDM's lie with the VM instead.
  const bool beside = !parent->raw_mapping && folder_of(parent->file) == folder_of(vm.home);
  layer->datastore = beside ? parent->datastore : vm.home_datastore;
  layer->uuid = parent->uuid;  // a disk keeps its identity over its deltas
  layer->capacity_bytes = disk.capacity_bytes;
  std::set<std::string> taken;
  for (const LayerPtr& one : layers_of(vm)) taken.insert(one->file);
  const auto datastore = world_.datastores.find(layer->datastore.value);
  const std::string stem = "[" +
                           (datastore == world_.datastores.end() ? "" : datastore->second.name) +
                           "] " + stem_of(vm, disk);
  for (int number = 1;; ++number) {
    const std::string digits = std::to_string(number);
    layer->file = stem + "-" + std::string(6 - std::min<std::size_t>(digits.size(), 6), '0') +
                  digits + ".vmdk";
    if (!taken.contains(layer->file)) break;
  }
  if (layer->form == LayerForm::VsanSparse || layer->form == LayerForm::Native) {
    layer->object_id = hex(mix(layer->id, 5), 8) + "-" + hex(mix(layer->id, 6), 4) + "-" +
                       hex(mix(layer->id, 7), 4) + "-" + hex(mix(layer->id, 8), 4) + "-" +
                       hex(mix(layer->id, 9), 12);
  }
  return layer;
}

std::map<int, LayerPtr> Operations::freeze(Vm& vm) {
  std::map<int, LayerPtr> frozen;
  for (Disk& disk : vm.disks) {
    if (!in_snapshots(disk) || !disk.running) continue;
    frozen[disk.key] = disk.running;
    disk.running = delta_on(vm, disk, disk.running);
    count(*disk.running);
  }
  return frozen;
}

bool Operations::stood_on_by_others(const Vm& vm, const LayerPtr& layer) const {
  if (!layer->shared) return false;
  for (const auto& [moid, other] : world_.vms) {
    if (other.ref == vm.ref) continue;
    const auto theirs = layers_of(other);
    if (std::find(theirs.begin(), theirs.end(), layer) != theirs.end()) return true;
  }
  return false;
}

void Operations::drop_lost(const Vm& vm, const std::vector<LayerPtr>& before) {
  const auto after = layers_of(vm);
  for (const LayerPtr& layer : before) {
    if (std::find(after.begin(), after.end(), layer) != after.end()) continue;
    if (!stood_on_by_others(vm, layer)) discount(*layer);
  }
}

std::vector<LayerPtr> Operations::unneeded(const Vm& vm) const {
  const auto all = layers_of(vm);
  std::map<const Layer*, int> children;
  std::set<const Layer*> needed;
  for (const LayerPtr& layer : all) {
    if (layer->parent) ++children[layer->parent.get()];
  }
  for (const Disk& disk : vm.disks) needed.insert(disk.running.get());
  for (const Snapshot& one : vm.snapshots) {
    for (const auto& [key, layer] : one.frozen) needed.insert(layer.get());
  }
  std::vector<LayerPtr> found;
  for (const LayerPtr& layer : all) {
    if (needed.contains(layer.get()) || children[layer.get()] != 1) continue;
    if (folder_of(layer->file) != folder_of(vm.home) || stood_on_by_others(vm, layer)) continue;
    found.push_back(layer);
  }
  return found;
}

Snapshot* Operations::find(Vm& vm, const Ref& snapshot) {
  const auto found = std::find_if(vm.snapshots.begin(), vm.snapshots.end(),
                                  [&](const Snapshot& one) { return one.ref == snapshot; });
  return found == vm.snapshots.end() ? nullptr : &*found;
}

int Operations::depth(const Vm& vm) {
  int nodes = 0;
  for (auto at = vm.current_snapshot; at; ++nodes) {
    const auto found = std::find_if(vm.snapshots.begin(), vm.snapshots.end(),
                                    [&](const Snapshot& one) { return one.ref == *at; });
    if (found == vm.snapshots.end()) break;
    at = found->parent;
  }
  return nodes;
}

}  // namespace sim
