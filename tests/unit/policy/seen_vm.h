// A VM whose snapshots move files as vSphere moves them, and which then shows itself as a scan
// would see it: the truth that the chain model is tested against.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/observation.h"

namespace policy_test {

/// One file pair of a disk. `maker` is the snapshot whose creation (or the revert to it) made it.
struct ModelLayer {
  std::string file;
  std::uint64_t bytes = 0;
  std::string maker;
};

struct ModelDisk {
  int key = 2000;
  std::string stem = "vm";  ///< of the file names
  std::string mode = "persistent";
  std::vector<int> chain;  ///< indices into SeenVm::layers, base first
  bool takes_part() const { return !mode.starts_with("independent"); }
};

struct ModelSnapshot {
  std::string moid;
  std::optional<std::string> parent;
  std::map<int, std::vector<int>> frozen;  ///< by disk key
};

class SeenVm {
 public:
  std::string folder = "[ds1] vm";
  std::vector<ModelLayer> layers;
  std::vector<ModelDisk> disks;
  std::vector<ModelSnapshot> snapshots;
  std::optional<std::string> current;

  /// A disk that stands on `parents` layers of another VM.
  ModelDisk& add_disk(int key, const std::string& stem, int parents = 0) {
    ModelDisk disk{key, stem, "persistent", {}};
    for (int i = 0; i < parents; ++i) {
      disk.chain.push_back(add_layer("[ds1] replica/r-" + std::to_string(i) + ".vmdk", ""));
    }
    disk.chain.push_back(add_layer(folder + "/" + stem + ".vmdk", ""));
    disks.push_back(disk);
    return disks.back();
  }

  std::string create() {
    ModelSnapshot snapshot{"snapshot-" + std::to_string(++made_), current, {}};
    for (ModelDisk& disk : disks) {
      if (!disk.takes_part()) continue;
      snapshot.frozen[disk.key] = disk.chain;
      disk.chain.push_back(add_delta(disk, snapshot.moid));
    }
    current = snapshot.moid;
    snapshots.push_back(snapshot);
    return snapshots.back().moid;
  }

  void revert(const std::string& moid) {
    const ModelSnapshot& snapshot = find(moid);
    std::erase_if(disks, [&](const ModelDisk& disk) {  // it was not there yet: it is detached
      return disk.takes_part() && snapshot.frozen.count(disk.key) == 0;
    });
    for (ModelDisk& disk : disks) {
      const auto frozen = snapshot.frozen.find(disk.key);
      if (frozen == snapshot.frozen.end()) continue;
      disk.chain = frozen->second;
      disk.chain.push_back(add_delta(disk, moid));
    }
    current = moid;
  }

  enum class Merge { Done, Fails };

  /// Only for a snapshot with at most one thing above it: a child or the running point.
  void remove(const std::string& moid, Merge merge) {
    const ModelSnapshot gone = find(moid);
    snapshots.erase(std::find_if(snapshots.begin(), snapshots.end(),
                                 [&](const ModelSnapshot& s) { return s.moid == moid; }));
    for (ModelSnapshot& child : snapshots) {
      if (child.parent == moid) child.parent = gone.parent;
    }
    if (current == moid) current = gone.parent;
    if (merge == Merge::Fails) return;
    for (const auto& [key, frozen] : gone.frozen) {
      for (ModelDisk& disk : disks) {
        if (disk.key == key) drop_above(disk.chain, frozen.back());
      }
      for (ModelSnapshot& other : snapshots) {
        const auto chain = other.frozen.find(key);
        if (chain != other.frozen.end()) drop_above(chain->second, frozen.back());
      }
    }
  }

  /// Children of a snapshot, the running point among them.
  int above(const std::string& moid) const {
    const auto children = std::count_if(snapshots.begin(), snapshots.end(),
                                        [&](const ModelSnapshot& s) { return s.parent == moid; });
    return static_cast<int>(children) + (current == moid ? 1 : 0);
  }

  bool alive(const std::string& moid) const {
    return std::any_of(snapshots.begin(), snapshots.end(),
                       [&](const ModelSnapshot& s) { return s.moid == moid; });
  }

  policy::VmSeen seen() const {
    policy::VmSeen vm;
    vm.identity = {"prod", "vm-1", "uuid-1", "bios-1", "vm", "vm"};
    vm.home = folder + "/vm.vmx";
    vm.snapshot_directory = folder + "/";
    vm.state.connection = policy::Connection::Connected;
    vm.state.power = policy::Power::On;
    vm.layout_known = vm.devices_known = vm.snapshots_known = true;
    vm.current_snapshot = current;
    for (std::size_t i = 0; i < layers.size(); ++i) show_files(static_cast<int>(i), vm);
    for (const ModelDisk& disk : disks) show_disk(disk, vm);
    for (const ModelSnapshot& snapshot : snapshots) show_snapshot(snapshot, vm);
    return vm;
  }

 private:
  static constexpr std::uint64_t kMiB = 1024 * 1024;

  const ModelSnapshot& find(const std::string& moid) const {
    return *std::find_if(snapshots.begin(), snapshots.end(),
                         [&](const ModelSnapshot& s) { return s.moid == moid; });
  }

  int add_layer(const std::string& file, const std::string& maker) {
    layers.push_back({file, (layers.size() + 1) * kMiB, maker});
    return static_cast<int>(layers.size()) - 1;
  }

  int add_delta(const ModelDisk& disk, const std::string& maker) {
    const std::string number = std::to_string(1000000 + ++deltas_).substr(1);
    return add_layer(folder + "/" + disk.stem + "-" + number + ".vmdk", maker);
  }

  static void drop_above(std::vector<int>& chain, int layer) {
    const auto at = std::find(chain.begin(), chain.end(), layer);
    if (at != chain.end() && at + 1 != chain.end()) chain.erase(at + 1);
  }

  bool is_delta(int layer) const { return !layers[static_cast<std::size_t>(layer)].maker.empty(); }

  void show_files(int layer, policy::VmSeen& vm) const {
    const ModelLayer& shown = layers[static_cast<std::size_t>(layer)];
    const std::string stem = shown.file.substr(0, shown.file.size() - 5);
    const std::string extent = stem + (is_delta(layer) ? "-sesparse.vmdk" : "-flat.vmdk");
    vm.files.push_back({2 * layer, shown.file, "diskDescriptor", 0, true});
    vm.files.push_back({2 * layer + 1, extent, "diskExtent", shown.bytes, true});
  }

  static policy::DiskLayoutSeen show_chain(int key, const std::vector<int>& chain) {
    policy::DiskLayoutSeen layout{key, {}};
    for (const int layer : chain) layout.chain.push_back({{2 * layer, 2 * layer + 1}});
    return layout;
  }

  void show_disk(const ModelDisk& disk, policy::VmSeen& vm) const {
    policy::DiskSeen seen;
    seen.key = disk.key;
    seen.label = "Hard disk " + std::to_string(disk.key - 1999);
    seen.capacity_bytes = 1024 * kMiB;
    seen.backing = policy::BackingKind::Flat;
    seen.mode = disk.mode;
    seen.datastore = "datastore-1";
    seen.uuid = "6000C29-" + std::to_string(disk.key);
    for (auto layer = disk.chain.rbegin(); layer != disk.chain.rend(); ++layer) {
      const bool base = layer + 1 == disk.chain.rend();
      seen.backings.push_back({layers[static_cast<std::size_t>(*layer)].file,
                               base ? "" : "seSparseFormat", "", std::nullopt});
    }
    vm.disks.push_back(seen);
    vm.layout.push_back(show_chain(disk.key, disk.chain));
  }

  void show_snapshot(const ModelSnapshot& snapshot, policy::VmSeen& vm) const {
    const int id = std::stoi(snapshot.moid.substr(9));
    policy::SnapshotSeen seen;
    seen.moid = snapshot.moid;
    seen.id = id;
    seen.name = seen.raw_name = "s" + std::to_string(id);
    seen.created = policy::Time{std::chrono::hours{id}};
    seen.parent = snapshot.parent;
    seen.state = "poweredOff";
    vm.snapshots.push_back(seen);
    policy::SnapshotLayoutSeen layout;
    layout.snapshot = snapshot.moid;
    for (const auto& [key, chain] : snapshot.frozen) layout.disks.push_back(show_chain(key, chain));
    vm.snapshot_layouts.push_back(layout);
  }

  int made_ = 0;
  int deltas_ = 0;
};

}  // namespace policy_test
