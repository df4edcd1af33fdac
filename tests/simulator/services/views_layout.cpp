// The files of a VM: layoutEx with its keys and chains, the older layout, and the space they take.
#include <algorithm>
#include <array>
#include <map>

#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

// Sizes of small files, from recordings of 6.7 and 8.0.1.
constexpr std::uint64_t kVmxBytes = 4328, kNvramBytes = 270840, kLogBytes = 376337,
                        kUwSwapBytes = 115343360, kSnapshotDataBytes = 282651,
                        kSnapshotDataWithMemoryBytes = 12049359;

struct File {
  int key = 0;
  std::string name, type;
  std::uint64_t size = 0, unique = 0;
  std::string object_id;
  Ref datastore;
  const Layer* layer = nullptr;  ///< whose data the file holds, or describes
};

struct Chain {
  int disk_key = 0;
  std::vector<std::array<int, 2>>
      units;  ///< file keys, base first; the second -1 when there is one
};

struct SnapshotFiles {
  const Snapshot* snapshot = nullptr;
  int data_key = -1, memory_key = -1;
  std::vector<Chain> disks;
};

struct Layout {
  std::vector<File> files;
  std::vector<Chain> disks;
  std::vector<SnapshotFiles> snapshots;
};

std::string extent_of(const Layer& layer, DiskKind kind) {
  std::string name = layer.file.substr(0, layer.file.rfind(".vmdk"));
  if (!layer.parent && kind == DiskKind::RdmPhysical) return name + "-rdmp.vmdk";
  if (!layer.parent && kind == DiskKind::RdmVirtual) return name + "-rdm.vmdk";
  switch (layer.form) {
    case LayerForm::VmfsSparse:
    case LayerForm::VsanSparse:
      return name + "-delta.vmdk";
    case LayerForm::SeSparse:
      return name + "-sesparse.vmdk";
    case LayerForm::Flat:
    case LayerForm::Native:
      break;
  }
  return name + "-flat.vmdk";
}

class Builder {
 public:
  explicit Builder(const Vm& vm)
      : vm_(vm), directory_(directory_of(vm.home)), stem_(stem_of(vm.home)) {}

  Layout build() {
    small("config", stem_ + ".vmx", kVmxBytes);
    small("nvram", stem_ + ".nvram", kNvramBytes);
    small("snapshotList", stem_ + ".vmsd", vm_.snapshots.empty() ? 0 : 512 * vm_.snapshots.size());
    for (const Disk& disk : vm_.disks)
      if (disk.running) layout_.disks.push_back(chain(disk.key, disk.kind, disk.running));
    for (const Snapshot& snapshot : vm_.snapshots) add(snapshot);
    add_running_files();
    return std::move(layout_);
  }

 private:
  int add(File file) {
    file.key = static_cast<int>(layout_.files.size());
    layout_.files.push_back(std::move(file));
    return layout_.files.back().key;
  }

  int small(const std::string& type, const std::string& name, std::uint64_t size) {
    return add({0, directory_ + name, type, size, size, {}, vm_.home_datastore});
  }

  std::array<int, 2> unit(const Layer& layer, DiskKind kind) {
    const auto [known, fresh] = units_.try_emplace(&layer, std::array<int, 2>{-1, -1});
    if (!fresh) return known->second;
    const std::uint64_t size = layer.listed_bytes;
    // A file in another VM's directory is shared: this VM's removal would free none of it.
    const std::uint64_t unique = directory_of(layer.file) == directory_ ? size : 0;
    std::array<int, 2> keys{-1, -1};
    if (!layer.object_id.empty()) {
      // Objects have no extent: the descriptor's entry carries the size.
      keys[0] = add({0, layer.file, "diskDescriptor", size, unique, layer.object_id,
                     layer.datastore, &layer});
    } else {
      keys[0] = add({0, layer.file, "diskDescriptor", 0, 0, {}, layer.datastore, &layer});
      keys[1] =
          add({0, extent_of(layer, kind), "diskExtent", size, unique, {}, layer.datastore, &layer});
    }
    units_[&layer] = keys;
    return keys;
  }

  Chain chain(int key, DiskKind kind, const LayerPtr& running) {
    Chain made{key, {}};
    const std::vector<const Layer*> layers = World::chain(running);
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer)
      made.units.push_back(unit(**layer, kind));
    return made;
  }

  void add(const Snapshot& snapshot) {
    SnapshotFiles files;
    files.snapshot = &snapshot;
    for (const auto& [key, layer] : snapshot.frozen) {
      const auto disk = std::ranges::find(vm_.disks, key, &Disk::key);
      files.disks.push_back(
          chain(key, disk == vm_.disks.end() ? DiskKind::Normal : disk->kind, layer));
    }
    const std::string base = directory_ + stem_ + "-Snapshot" + std::to_string(snapshot.id);
    if (snapshot.memory_bytes > 0)
      files.memory_key = add({0,
                              snapshot.memory_file.empty() ? base + ".vmem" : snapshot.memory_file,
                              "snapshotMemory",
                              snapshot.memory_bytes,
                              snapshot.memory_bytes,
                              {},
                              vm_.home_datastore});
    const std::uint64_t data =
        snapshot.memory_bytes > 0 ? kSnapshotDataWithMemoryBytes : kSnapshotDataBytes;
    files.data_key = add({0,
                          snapshot.data_file.empty() ? base + ".vmsn" : snapshot.data_file,
                          "snapshotData",
                          data,
                          data,
                          {},
                          vm_.home_datastore});
    if (!snapshot.backup_manifest.empty())
      add({0,
           snapshot.backup_manifest,
           "snapshotManifestList",
           kVmxBytes,
           kVmxBytes,
           {},
           vm_.home_datastore});
    layout_.snapshots.push_back(std::move(files));
  }

  void add_running_files() {
    const std::uint64_t memory = std::uint64_t{vm_.memory_mib} << 20;
    if (vm_.power == PowerState::On) {
      small("swap", stem_ + "-" + vm_.instance_uuid.substr(0, 8) + ".vswp", memory);
      small("uwswap", "vmx-" + stem_ + "-1.vswp", kUwSwapBytes);
    } else if (vm_.power == PowerState::Suspended) {
      small("suspend", stem_ + ".vmss", kSnapshotDataWithMemoryBytes);
      small("suspendMemory", stem_ + ".vmem", memory);
    }
    if (vm_.ever_powered_on || vm_.power != PowerState::Off) small("log", "vmware.log", kLogBytes);
  }

  const Vm& vm_;
  std::string directory_, stem_;
  Layout layout_;
  std::map<const Layer*, std::array<int, 2>> units_;
};

Value chain_value(const Chain& chain) {
  Value value = Value::object("VirtualMachineFileLayoutExDiskLayout");
  value.set("key", Value::integer(chain.disk_key));
  std::vector<Value> units;
  for (const auto& keys : chain.units) {
    std::vector<Value> files{Value::integer(keys[0])};
    if (keys[1] >= 0) files.push_back(Value::integer(keys[1]));
    units.push_back(Value::object("VirtualMachineFileLayoutExDiskUnit"));
    units.back().set_all("fileKey", std::move(files));
  }
  value.set_all("chain", std::move(units));
  return value;
}

std::vector<Value> chain_values(const std::vector<Chain>& chains) {
  std::vector<Value> values;
  for (const Chain& chain : chains) values.push_back(chain_value(chain));
  return values;
}

Value file_value(const World& world, const File& file) {
  Value value = Value::object("VirtualMachineFileLayoutExFileInfo");
  value.set("key", Value::integer(file.key))
      .set("name", Value::text(file.name))
      .set("type", Value::text(file.type))
      .set("size", Value::long_integer(static_cast<std::int64_t>(file.size)))
      .set("uniqueSize", Value::long_integer(static_cast<std::int64_t>(file.unique)));
  if (!file.object_id.empty()) value.set("backingObjectId", Value::text(file.object_id));
  const auto datastore = world.datastores.find(file.datastore.value);
  value.set("accessible",
            Value::boolean(datastore == world.datastores.end() || datastore->second.accessible));
  return value;
}

}  // namespace

Value layout_ex_value(World& world, const Vm& vm) {
  const Layout layout = Builder(vm).build();
  std::vector<Value> files, snapshots;
  for (const File& file : layout.files) files.push_back(file_value(world, file));
  for (const SnapshotFiles& of : layout.snapshots) {
    Value value = Value::object("VirtualMachineFileLayoutExSnapshotLayout");
    value.set("key", Value::ref(of.snapshot->ref))
        .set("dataKey", Value::integer(of.data_key))
        .set("memoryKey", Value::integer(of.memory_key))
        .set_all("disk", chain_values(of.disks));
    snapshots.push_back(std::move(value));
  }
  Value value = Value::object("VirtualMachineFileLayoutEx");
  value.set_all("file", std::move(files))
      .set_all("disk", chain_values(layout.disks))
      .set_all("snapshot", std::move(snapshots))
      .set("timestamp", Value::time(vm.layout_time));
  return value;
}

Value layout_value(const Vm& vm) {
  const Layout layout = Builder(vm).build();
  std::vector<Value> config, logs, disks, snapshots;
  Value value = Value::object("VirtualMachineFileLayout");
  for (const File& file : layout.files) {
    const std::string name = file.name.substr(file.name.rfind('/') + 1);
    if (file.type == "nvram" || file.type == "snapshotList") config.push_back(Value::text(name));
    if (file.type == "log") logs.push_back(Value::text(name));
    if (file.type == "swap") value.set("swapFile", Value::text(file.name));
  }
  const auto descriptors = [&](const Chain& chain) {
    std::vector<Value> names;
    for (const auto& keys : chain.units)
      names.push_back(Value::text(layout.files[static_cast<std::size_t>(keys[0])].name));
    return names;
  };
  for (const Chain& chain : layout.disks) {
    disks.push_back(Value::object("VirtualMachineFileLayoutDiskLayout"));
    disks.back().set("key", Value::integer(chain.disk_key)).set_all("diskFile", descriptors(chain));
  }
  for (const SnapshotFiles& of : layout.snapshots) {
    std::vector<Value> names{Value::text(layout.files[static_cast<std::size_t>(of.data_key)].name)};
    for (const Chain& chain : of.disks)
      for (Value& name : descriptors(chain)) names.push_back(std::move(name));
    snapshots.push_back(Value::object("VirtualMachineFileLayoutSnapshotLayout"));
    snapshots.back()
        .set("key", Value::ref(of.snapshot->ref))
        .set_all("snapshotFile", std::move(names));
  }
  value.set_all("configFile", std::move(config))
      .set_all("logFile", std::move(logs))
      .set_all("disk", std::move(disks))
      .set_all("snapshot", std::move(snapshots));
  return value;
}

std::map<std::string, Usage> storage_usage(const Vm& vm) {
  std::map<std::string, Usage> usage;
  for (const File& file : Builder(vm).build().files) {
    Usage& at = usage[file.datastore.value];
    at.committed += file.size;
    at.unshared += file.unique;
  }
  // What the running layers may still grow by.
  for (const Disk& disk : vm.disks) {
    if (!disk.running) continue;
    const std::uint64_t listed = disk.running->listed_bytes;
    if (listed < disk.capacity_bytes)
      usage[disk.running->datastore.value].uncommitted += disk.capacity_bytes - listed;
  }
  return usage;
}

std::vector<StoredFile> files_of(const Vm& vm) {
  std::vector<StoredFile> files;
  for (File& file : Builder(vm).build().files)
    files.push_back(
        {std::move(file.name), std::move(file.type), file.size, file.datastore, file.layer});
  return files;
}

std::vector<Ref> datastores_of(const Vm& vm) {
  std::vector<Ref> refs{vm.home_datastore};
  const auto add = [&](const LayerPtr& running) {
    for (const Layer* layer = running.get(); layer != nullptr; layer = layer->parent.get())
      if (!layer->datastore.empty() && std::ranges::find(refs, layer->datastore) == refs.end())
        refs.push_back(layer->datastore);
  };
  for (const Disk& disk : vm.disks) add(disk.running);
  for (const Snapshot& snapshot : vm.snapshots)
    for (const auto& [key, layer] : snapshot.frozen) add(layer);
  if (refs.front().empty()) refs.erase(refs.begin());
  return refs;
}

}  // namespace sim::views
