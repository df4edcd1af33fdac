#include "tests/simulator/inventory/read_disks.h"

#include <algorithm>
#include <cmath>

#include "tests/simulator/model/workload.h"

namespace sim {
namespace {

std::uint64_t bytes_of(double number, double unit) {
  return static_cast<std::uint64_t>(std::llround(number * unit));
}

DiskKind kind_of(const Place& place) {
  static const std::map<std::string, DiskKind> kKinds = {
      {"normal", DiskKind::Normal},
      {"independentPersistent", DiskKind::IndependentPersistent},
      {"independentNonpersistent", DiskKind::IndependentNonpersistent},
      {"rdmPhysical", DiskKind::RdmPhysical},
      {"rdmVirtual", DiskKind::RdmVirtual},
      {"multiWriter", DiskKind::MultiWriter}};
  const auto found = kKinds.find(place.text("kind", "normal"));
  if (found != kKinds.end()) return found->second;
  place.at("kind").wrong(
      "must be normal, independentPersistent, independentNonpersistent, rdmPhysical, rdmVirtual or "
      "multiWriter");
  return DiskKind::Normal;
}

// Some runs with gaps between them, as guests leave them; exactly `blocks` of `capacity`.
void spread(BlockMap& map, std::uint64_t blocks, std::uint64_t capacity, std::uint64_t stamp) {
  constexpr std::uint64_t kRuns = 8;
  if (blocks < kRuns || blocks > capacity / 8 * 7 || capacity < 8 * kRuns)
    return map.write(0, blocks, stamp);
  for (std::uint64_t run = 0; run < kRuns; ++run)
    map.write(capacity / kRuns * run, blocks * (run + 1) / kRuns - blocks * run / kRuns,
              stamp + 2 * run);
}

}  // namespace

void DiskReader::read(const Snapshot* stands_on) {
  for (const Place& place : place_.list("disks")) read_disk(place, stands_on);
  for (const Place& place : place_.list("snapshots")) read_snapshot(place);
  if (!vm_.snapshots.empty()) {
    const Snapshot* current =
        place_.has("current") ? earlier(place_, "current") : &vm_.snapshots.back();
    if (current) vm_.current_snapshot = current->ref;
  }
  const Snapshot* current =
      vm_.current_snapshot ? Operations::find(vm_, *vm_.current_snapshot) : nullptr;
  for (Disk& disk : vm_.disks) {
    const bool on_current = current && current->frozen.contains(disk.key);
    const LayerPtr floor = on_current ? current->frozen.at(disk.key) : floors_.at(disk.key);
    // What others hold still is written over in a delta of its own.
    disk.running = stack(place_, disk, floor, on_current || linked_.contains(disk.key) ? 1 : 0);
  }
  track_changes();
}

void DiskReader::read_disk(const Place& place, const Snapshot* stands_on) {
  place.only({"key", "label", "size_gib", "used_gib", "kind", "thin", "datastore", "file", "unit",
              "controller_key", "uuid"});
  const std::size_t index = vm_.disks.size();
  Disk disk;
  disk.key = static_cast<int>(place.count("key", 2000 + index));
  disk.controller_key = static_cast<int>(place.count("controller_key", 1000));
  disk.unit = static_cast<int>(place.count("unit", index < 7 ? index : index + 1));
  disk.label = place.text("label", "Hard disk " + std::to_string(index + 1));
  disk.kind = kind_of(place);
  disk.capacity_bytes = bytes_of(place.number("size_gib"), kGibBytes);
  if (floors_.contains(disk.key)) return place.wrong("two disks have this key");
  if (disk.capacity_bytes < world_.options().block_bytes)
    place.wrong("size_gib must be at least one block");
  if (stands_on && !place.has("used_gib") && stands_on->frozen.contains(disk.key)) {
    linked_.insert(disk.key);
    disk.running = stands_on->frozen.at(disk.key);
    for (LayerPtr layer = disk.running; layer; layer = layer->parent) layer->shared = true;
  } else {
    disk.running = base_of(place, disk, index);
  }
  floors_[disk.key] = disk.running;
  vm_.disks.push_back(std::move(disk));
}

LayerPtr DiskReader::base_of(const Place& place, const Disk& disk, std::size_t index) {
  LayerPtr made = Operations(world_).new_layer();
  Layer& base = *made;
  base.capacity_bytes = disk.capacity_bytes;
  base.datastore = vm_.home_datastore;
  if (const auto name = place.optional_text("datastore")) {
    const auto named = site_.datastores.find(*name);
    if (named == site_.datastores.end())
      place.at("datastore").wrong("is none of this datacenter: \"" + *name + "\"");
    else
      base.datastore = named->second;
  }
  base.thin = place.flag("thin", true);
  base.raw_mapping = disk.kind == DiskKind::RdmPhysical || disk.kind == DiskKind::RdmVirtual;
  const auto from = vm_.home.find("] ");
  const std::string stem = vm_.home.substr(from, vm_.home.rfind('.') - from);
  const auto& datastore = world_.datastores.at(base.datastore.value);
  base.file = place.text(
      "file", "[" + datastore.name + stem + (index ? "_" + std::to_string(index) : "") + ".vmdk");
  base.uuid = place.text("uuid", base.uuid);
  if (datastore.type == "vsan" || datastore.type == "VVOL")
    base.object_id = Operations::uuid_from(mix(world_.options().seed, base.id), "");
  fill(base, place.number("used_gib", 0) * 1024, place);
  return made;
}

void DiskReader::fill(Layer& layer, double mib, const Place& place) const {
  const std::uint64_t block = world_.options().block_bytes;
  const std::uint64_t capacity = layer.capacity_bytes / block;
  const std::uint64_t blocks = bytes_of(mib, kMibBytes) / block;
  if (capacity == 0) return;  // told already
  if (blocks > capacity) return place.wrong("holds more than the disk's size_gib");
  spread(layer.blocks, blocks, capacity, mix(world_.options().seed, layer.id) | 1);
}

bool DiskReader::takes_part(const Place& place, const Disk& disk) const {
  if (!Operations::in_snapshots(disk)) return false;
  return !place.has("written_mib") || !place.at("written_mib").value().is_object() ||
         place.at("written_mib").has(std::to_string(disk.key));
}

LayerPtr DiskReader::stack(const Place& place, Disk& disk, LayerPtr layer, std::size_t least) {
  const auto add = [&](double mib, const Place& from) {
    layer = Operations(world_).delta_on(vm_, disk, layer);
    disk.running = layer;  // so that the next one takes another file name
    if (from.has("file")) layer->file = from.text("file");
    fill(*layer, mib, from);
  };
  std::size_t added = 0;
  const auto add_entry = [&](const Place& entry) {
    ++added;
    if (entry.value().is_object()) {
      entry.only({"mib", "file"});
      add(entry.number("mib"), entry);
    } else if (entry.value().is_number() && entry.value().get<double>() >= 0) {
      add(entry.value().get<double>(), entry);
    } else {
      entry.wrong("must be MiB, or {\"mib\", \"file\"}");
    }
  };
  if (place.has("written_mib") && takes_part(place, disk)) {
    const Place written = place.at("written_mib");
    const std::string key = std::to_string(disk.key);
    if (!written.value().is_object()) {
      add_entry(written);
    } else if (written.at(key).value().is_array()) {
      for (const Place& entry : written.list(key)) add_entry(entry);
    } else {
      add_entry(written.at(key));
    }
  }
  for (; added < least; ++added) add(0, place_);
  return layer;
}

Time DiskReader::created(const Place& place) const {
  const Time start = world_.options().start;
  if (place.has("created") == place.has("age_hours"))
    place.wrong("needs either \"created\" or \"age_hours\"");
  if (!place.has("created"))
    return start - Duration(std::llround(place.number("age_hours", 0) * 3.6e9));
  const Time when = place.time("created").value_or(start);
  if (when > start) place.at("created").wrong("lies after the start of the simulation");
  return when;
}

// By moid, else by a name that only one snapshot before has.
const Snapshot* DiskReader::earlier(const Place& place, std::string_view key) const {
  const std::string name = place.text(key);
  const Snapshot* found = nullptr;
  for (const Snapshot& one : vm_.snapshots) {
    if (one.ref.value == name) return &one;
  }
  for (const Snapshot& one : vm_.snapshots) {
    if (one.name != name) continue;
    if (found) place.at(key).wrong("two snapshots are named \"" + name + "\": say which by moid");
    found = &one;
  }
  if (!found) place.at(key).wrong("names no snapshot before it: \"" + name + "\"");
  return found;
}

void DiskReader::read_snapshot(const Place& place) {
  place.only({"name", "moid", "id", "description", "parent", "created", "age_hours", "memory_mib",
              "quiesced", "helper", "backup_manifest", "written_mib"});
  Snapshot taken;
  taken.ref = ref_of(world_, place, "VirtualMachineSnapshot");
  taken.id = static_cast<int>(place.count("id", static_cast<unsigned>(vm_.last_snapshot_id + 1)));
  vm_.last_snapshot_id = std::max(vm_.last_snapshot_id, taken.id);
  taken.name = place.text("name");
  taken.description = place.text("description", "");
  taken.created = created(place);
  taken.quiesced = place.flag("quiesced", false);
  taken.helper = place.flag("helper", false);
  taken.backup_manifest = place.text("backup_manifest", "");
  taken.memory_bytes = bytes_of(place.number("memory_mib", 0), kMibBytes);
  taken.powered_on = taken.memory_bytes > 0;
  const std::string stem =
      vm_.home.substr(0, vm_.home.rfind('.')) + "-Snapshot" + std::to_string(taken.id);
  taken.data_file = stem + ".vmsn";
  if (taken.memory_bytes) taken.memory_file = stem + ".vmem";
  const Snapshot* parent = vm_.snapshots.empty() ? nullptr : &vm_.snapshots.back();
  const bool root = place.value().is_object() && place.value().contains("parent") &&
                    place.value().at("parent").is_null();
  if (root) parent = nullptr;
  if (place.has("parent")) parent = earlier(place, "parent");
  if (parent) taken.parent = parent->ref;
  const auto frozen_below = parent ? parent->frozen : std::map<int, LayerPtr>{};
  vm_.snapshots.push_back(std::move(taken));
  for (Disk& disk : vm_.disks) {
    if (!takes_part(place, disk)) continue;
    const auto below = frozen_below.find(disk.key);
    const bool on_parent = below != frozen_below.end();
    const LayerPtr floor = on_parent ? below->second : floors_.at(disk.key);
    // A linked clone's first snapshot freezes the delta that the clone was made with.
    const std::size_t least = on_parent || linked_.contains(disk.key) ? 1 : 0;
    vm_.snapshots.back().frozen[disk.key] = stack(place, disk, floor, least);
  }
}

// As if tracking had been on from the first snapshot: one epoch each, in order.
void DiskReader::track_changes() {
  if (!vm_.change_tracking) return;
  Operations(world_).activate_tracking(vm_);
  for (Snapshot& one : vm_.snapshots) {
    for (Disk& disk : vm_.disks) {
      const auto frozen = one.frozen.find(disk.key);
      if (frozen == one.frozen.end() || disk.change_uuid.empty()) continue;
      const std::uint64_t serial = disk.epochs.size() + 1;
      frozen->second->change_serial = serial;
      disk.epochs.push_back({serial, frozen->second->blocks});
      one.change_ids[disk.key] = disk.change_uuid + "/" + std::to_string(serial);
    }
  }
  for (Disk& disk : vm_.disks)
    if (disk.running->parent && !disk.change_uuid.empty()) disk.changed = disk.running->blocks;
}

}  // namespace sim
