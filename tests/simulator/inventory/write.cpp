// A world in the format of an inventory file.
#include <algorithm>

#include "tests/simulator/control/control.h"
#include "tests/simulator/inventory/inventory.h"
#include "tests/simulator/model/operations.h"
#include "tests/simulator/model/words.h"

namespace sim {
namespace {

using nlohmann::json;

constexpr double kGib = 1073741824, kMib = 1048576;

const char* pattern_word(WriteModel::Pattern pattern) {
  switch (pattern) {
    case WriteModel::Pattern::None:
      return "none";
    case WriteModel::Pattern::Uniform:
      return "uniform";
    case WriteModel::Pattern::HotSet:
      return "hot_set";
    case WriteModel::Pattern::Sequential:
      return "sequential";
  }
  return "";
}

std::string type_word(const Datastore& datastore) {
  if (datastore.type == "NFS") return "nfs";
  if (datastore.type == "vsan") return "vsan";
  if (datastore.type == "VVOL") return "vvol";
  return datastore.vmfs_major == 5 ? "vmfs5" : "vmfs6";
}

/// What another VM's snapshot holds, so that linked clones can say where they stand.
struct Frozen {
  Ref vm, snapshot;
};
using FrozenLayers = std::map<const Layer*, Frozen>;

FrozenLayers frozen_layers(const World& world) {
  FrozenLayers all;
  for (const auto& [moid, vm] : world.vms) {
    for (const Snapshot& one : vm.snapshots) {
      // A clone's own snapshots may freeze what it stands on: the owner comes first.
      for (const auto& [key, layer] : one.frozen) {
        if (Operations::folder_of(layer->file) == Operations::folder_of(vm.home))
          all.try_emplace(layer.get(), Frozen{vm.ref, one.ref});
      }
    }
  }
  return all;
}

class VmWriter {
 public:
  VmWriter(const World& world, const FrozenLayers& frozen, const Vm& vm)
      : world_(world), frozen_(frozen), vm_(vm) {
    for (const Disk& disk : vm.disks) floors_[disk.key] = floor_of(disk);
  }

  json write() {
    json made = {{"moid", vm_.ref.value},
                 {"name", vm_.name},
                 {"instance_uuid", vm_.instance_uuid},
                 {"bios_uuid", vm_.bios_uuid},
                 {"guest_id", vm_.guest_id},
                 {"version", vm_.version},
                 {"memory_mib", vm_.memory_mib},
                 {"cpus", vm_.cpus},
                 {"host", vm_.host.value},
                 {"datastore", vm_.home_datastore.value},
                 {"home", vm_.home},
                 {"power", word(vm_.power)},
                 {"connection", word(vm_.connection)},
                 {"tools_running", vm_.tools_running},
                 {"last_snapshot_id", vm_.last_snapshot_id},
                 {"consolidation_needed", vm_.consolidation_needed}};
    put_place(made);
    put_options(made);
    made["disks"] = json::array();
    for (const Disk& disk : vm_.disks) made["disks"].push_back(disk_json(disk));
    made["snapshots"] = json::array();
    for (const Snapshot& one : vm_.snapshots) made["snapshots"].push_back(snapshot_json(one));
    if (vm_.current_snapshot) made["current"] = vm_.current_snapshot->value;
    json written = json::object();
    const Snapshot* current = find(vm_.current_snapshot);
    for (const Disk& disk : vm_.disks)
      written[std::to_string(disk.key)] = layers_above(disk.running, floor_at(current, disk.key));
    made["written_mib"] = std::move(written);
    if (source_)
      made["linked_clone_of"] = {{"vm", source_->vm.value}, {"snapshot", source_->snapshot.value}};
    return made;
  }

 private:
  const Snapshot* find(const std::optional<Ref>& ref) const {
    if (!ref) return nullptr;
    for (const Snapshot& one : vm_.snapshots)
      if (one.ref == *ref) return &one;
    return nullptr;
  }

  /// The disk's own base, or what it stands on of another VM; a clone whose source is no longer
  /// held by a snapshot is written as if it had a base of its own.
  const Layer* floor_of(const Disk& disk) {
    const Layer* own = nullptr;
    for (const Layer* layer : World::chain(disk.running)) {
      if (Operations::folder_of(layer->file) == Operations::folder_of(vm_.home)) {
        own = layer;
        continue;
      }
      const auto held = frozen_.find(layer);
      if (held == frozen_.end() || held->second.vm == vm_.ref || !layer || !own) continue;
      if (source_ && source_->snapshot != held->second.snapshot) continue;
      source_ = held->second;
      linked_.insert(disk.key);
      return layer;
    }
    return World::chain(disk.running).back();
  }

  const Layer* floor_at(const Snapshot* parent, int key) const {
    const bool held = parent && parent->frozen.contains(key);
    return held ? parent->frozen.at(key).get() : floors_.at(key);
  }

  /// Oldest first, down to `floor`, which is not in it.
  json layers_above(const LayerPtr& top, const Layer* floor) const {
    std::vector<json> layers;
    for (const Layer* layer = top.get(); layer && layer != floor; layer = layer->parent.get())
      layers.push_back({{"mib", mib(*layer)}, {"file", layer->file}});
    return json(std::vector<json>(layers.rbegin(), layers.rend()));
  }

  double mib(const Layer& layer) const {
    return static_cast<double>(layer.blocks.allocated() * world_.options().block_bytes) / kMib;
  }

  json disk_json(const Disk& disk) const {
    json made = {
        {"key", disk.key},         {"label", disk.label},
        {"unit", disk.unit},       {"controller_key", disk.controller_key},
        {"kind", word(disk.kind)}, {"size_gib", static_cast<double>(disk.capacity_bytes) / kGib}};
    if (linked_.contains(disk.key)) return made;
    const Layer& base = *floors_.at(disk.key);
    made["used_gib"] = mib(base) / 1024;
    made["thin"] = base.thin;
    made["datastore"] = base.datastore.value;
    made["file"] = base.file;
    made["uuid"] = base.uuid;
    return made;
  }

  json snapshot_json(const Snapshot& one) const {
    json made = {{"moid", one.ref.value},
                 {"id", one.id},
                 {"name", one.name},
                 {"description", one.description},
                 {"created", time_text(one.created)},
                 {"parent", one.parent ? json(one.parent->value) : json()},
                 {"memory_mib", static_cast<double>(one.memory_bytes) / kMib},
                 {"quiesced", one.quiesced},
                 {"helper", one.helper}};
    if (!one.backup_manifest.empty()) made["backup_manifest"] = one.backup_manifest;
    json written = json::object();
    const Snapshot* parent = find(one.parent);
    for (const auto& [key, layer] : one.frozen) {
      if (floors_.contains(key))
        written[std::to_string(key)] = layers_above(layer, floor_at(parent, key));
    }
    made["written_mib"] = std::move(written);
    return made;
  }

  void put_place(json& made) const {
    std::string path;
    for (auto at = world_.folders.find(vm_.folder.value); at != world_.folders.end();) {
      const auto above = world_.folders.find(at->second.parent.value);
      if (above == world_.folders.end()) {  // the datacenter's "vm"
        const auto datacenter = world_.datacenters.find(at->second.parent.value);
        if (datacenter != world_.datacenters.end()) made["datacenter"] = datacenter->second.name;
        break;
      }
      path = at->second.name + (path.empty() ? "" : "/" + path);
      at = above;
    }
    if (!path.empty()) made["folder"] = path;
    if (!vm_.pool.empty()) made["pool"] = vm_.pool.value;
  }

  void put_options(json& made) const {
    if (vm_.is_template) made["template"] = true;
    if (vm_.vcls_agent) made["vcls"] = true;
    if (vm_.fault_tolerant) made["fault_tolerant"] = true;
    if (vm_.change_tracking) made["change_tracking"] = true;
    if (!vm_.annotation.empty()) made["annotation"] = vm_.annotation;
    if (!vm_.managed_by_key.empty())
      made["managed_by"] = {{"key", vm_.managed_by_key}, {"type", vm_.managed_by_type}};
    if (vm_.question) made["question"] = vm_.question->text;
    if (!vm_.extra_disabled_methods.empty()) made["disabled_methods"] = vm_.extra_disabled_methods;
    if (vm_.boot_time) made["booted"] = time_text(*vm_.boot_time);
    if (vm_.suspend_time) made["suspended"] = time_text(*vm_.suspend_time);
    for (const auto& [key, value] : vm_.extra_config) made["extra_config"][key] = value;
    for (const CustomField& field : world_.fields) {
      const auto value = vm_.custom_values.find(field.key);
      if (value != vm_.custom_values.end()) made["attributes"][field.name] = value->second;
    }
    for (const Tag& tag : world_.tags) {
      if (std::find(tag.attached.begin(), tag.attached.end(), vm_.ref) == tag.attached.end())
        continue;
      for (const TagCategory& category : world_.categories)
        if (category.id == tag.category) made["tags"].push_back(category.name + ":" + tag.name);
    }
    made["writes"] = {{"pattern", pattern_word(vm_.writes.pattern)},
                      {"bytes_per_hour", vm_.writes.bytes_per_hour},
                      {"hot_fraction", vm_.writes.hot_fraction},
                      {"hot_share", vm_.writes.hot_share},
                      {"seed", vm_.writes.seed}};
  }

  const World& world_;
  const FrozenLayers& frozen_;
  const Vm& vm_;
  std::map<int, const Layer*> floors_;
  std::set<int> linked_;
  std::optional<Frozen> source_;
};

void put_folders(const World& world, const Ref& under, const std::string& path, json& list) {
  for (const auto& [moid, folder] : world.folders) {
    if (folder.parent != under) continue;
    const std::string own = path.empty() ? folder.name : path + "/" + folder.name;
    list.push_back({{"path", own}, {"moid", moid}});
    put_folders(world, folder.ref, own, list);
  }
}

void put_pools(const World& world, const Ref& under, json& list) {
  for (const auto& [moid, pool] : world.pools) {
    if (pool.parent != under) continue;
    list.push_back({{"name", pool.name}, {"moid", moid}, {"under", under.value}});
    put_pools(world, pool.ref, list);
  }
}

json cluster_json(const World& world, const Compute& compute) {
  json made = {{"name", compute.name},
               {"moid", compute.ref.value},
               {"pool_moid", compute.pool.value},
               {"standalone", !compute.cluster},
               {"hosts", json::array()},
               {"pools", json::array()}};
  for (const auto& [moid, host] : world.hosts) {
    if (host.compute != compute.ref) continue;
    made["hosts"].push_back({{"name", host.name},
                             {"moid", moid},
                             {"uuid", host.uuid},
                             {"connected", host.connected},
                             {"maintenance", host.in_maintenance}});
  }
  put_pools(world, compute.pool, made["pools"]);
  return made;
}

json datacenter_json(const World& world, const Datacenter& datacenter) {
  json made = {{"name", datacenter.name},
               {"moid", datacenter.ref.value},
               {"moids",
                {{"vm", datacenter.vm_folder.value},
                 {"host", datacenter.host_folder.value},
                 {"datastore", datacenter.datastore_folder.value},
                 {"network", datacenter.network_folder.value}}},
               {"folders", json::array()},
               {"datastores", json::array()},
               {"clusters", json::array()}};
  put_folders(world, datacenter.vm_folder, "", made["folders"]);
  for (const auto& [moid, datastore] : world.datastores) {
    if (datastore.folder != datacenter.datastore_folder) continue;
    made["datastores"].push_back(
        {{"name", datastore.name},
         {"moid", moid},
         {"type", type_word(datastore)},
         {"capacity_gib", static_cast<double>(datastore.capacity_bytes) / kGib},
         {"other_gib", static_cast<double>(datastore.other_bytes) / kGib},
         {"accessible", datastore.accessible}});
  }
  for (const auto& [moid, compute] : world.computes)
    if (compute.folder == datacenter.host_folder)
      made["clusters"].push_back(cluster_json(world, compute));
  return made;
}

}  // namespace

json inventory_json(World& world) {
  world.play_all();
  json made = {{"vcenter_sim", 1},
               {"start", time_text(world.now())},
               {"root_moid", world.root_folder.value},
               {"datacenters", json::array()},
               {"vms", json::array()}};
  for (const auto& [moid, datacenter] : world.datacenters)
    made["datacenters"].push_back(datacenter_json(world, datacenter));
  const FrozenLayers frozen = frozen_layers(world);
  for (const auto& [moid, vm] : world.vms)
    made["vms"].push_back(VmWriter(world, frozen, vm).write());
  return made;
}

}  // namespace sim
