// Generators: a VM after any history of snapshots, and an observation with no sense in it at all.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

#include "policy/observation.h"
#include "tests/unit/policy/seen_vm.h"

namespace policy_test {

enum class Removals { MayFail, AlwaysMerge };

/// Creates, reverts, removals and disks added, in any order. The tree branches; a removal may leave
/// its delta behind.
inline SeenVm any_history(Removals removals = Removals::MayFail) {
  SeenVm vm;
  vm.add_disk(2000, "vm", *rc::gen::inRange(0, 3));
  if (*rc::gen::arbitrary<bool>()) vm.add_disk(2001, "vm_1").mode = "independent_persistent";
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 10), rc::gen::inRange(0, 100)));
  int key = 2001;
  for (const auto& [kind, pick] : steps) {
    if (kind < 5 || vm.snapshots.empty()) {
      vm.create();
      continue;
    }
    const std::string moid =
        vm.snapshots[static_cast<std::size_t>(pick) % vm.snapshots.size()].moid;
    if (kind < 7) {
      vm.revert(moid);
    } else if (kind == 7) {
      ++key;
      vm.add_disk(key, "vm_" + std::to_string(key));
    } else if (vm.above(moid) <= 1) {
      const bool fails = kind == 9 && removals == Removals::MayFail;
      vm.remove(moid, fails ? SeenVm::Merge::Fails : SeenVm::Merge::Done);
    }
  }
  return vm;
}

namespace garbage {

inline int number() { return *rc::gen::inRange(-1, 8); }

inline std::string word() {
  return *rc::gen::element<std::string>(
      "", "s1", "s2", "s3", "s4", "[ds] vm/a.vmdk", "[ds] vm/a-000001.vmdk", "[ds] p/b.vmdk",
      "[ds2] vm/", "[", "] x/y", "vm", "independent_persistent", "redoLogFormat", "seSparseFormat",
      "nativeFormat", "vsanSparseVariant", "Consolidate Helper", "poweredOn", "diskDescriptor",
      "[ds] vm/a-000001-sesparse.vmdk");
}

template <class Make>
auto some(Make make, int most = 6) {
  std::vector<decltype(make())> items;
  const int count = *rc::gen::inRange(0, most);
  for (int i = 0; i < count; ++i) items.push_back(make());
  return items;
}

inline std::uint64_t bytes() {
  return *rc::gen::element<std::uint64_t>(0, 1, 4096, 1ULL << 30, UINT64_MAX);
}

inline std::optional<std::string> maybe_word() {
  if (*rc::gen::arbitrary<bool>()) return word();
  return std::nullopt;
}

inline policy::DiskLayoutSeen layout() {
  return {number(), some([] { return policy::LayerSeen{some(number, 4)}; })};
}

inline policy::DiskSeen disk() {
  policy::DiskSeen disk;
  disk.key = number();
  disk.capacity_bytes = bytes();
  disk.backing = static_cast<policy::BackingKind>(*rc::gen::inRange(0, 8));
  disk.mode = word();
  disk.multi_writer = *rc::gen::arbitrary<bool>();
  disk.backings = some([] {
    return policy::BackingSeen{word(), word(), word(),
                               *rc::gen::element<std::uint32_t>(0, 512, 4096, UINT32_MAX)};
  });
  return disk;
}

inline policy::SnapshotSeen snapshot() {
  policy::SnapshotSeen snapshot;
  snapshot.moid = word();
  snapshot.id = number();
  snapshot.name = word();
  snapshot.created = policy::Time{std::chrono::hours{number()}};
  snapshot.parent = maybe_word();
  snapshot.state = word();
  return snapshot;
}

}  // namespace garbage

/// Rings of parents, keys that collide, chains that contradict each other, files that are missing.
inline policy::VmSeen any_observation() {
  using namespace garbage;
  policy::VmSeen vm;
  vm.home = word();
  vm.snapshot_directory = word();
  vm.files = some([] { return policy::FileSeen{number(), word(), word(), bytes(), {}}; }, 10);
  vm.layout = some(layout, 4);
  vm.snapshot_layouts = some([] {
    return policy::SnapshotLayoutSeen{word(), number(), number(), some(layout, 4)};
  });
  vm.layout_known = *rc::gen::arbitrary<bool>();
  vm.devices_known = *rc::gen::arbitrary<bool>();
  vm.disks = some(disk, 4);
  vm.snapshots = some(snapshot, 8);
  vm.current_snapshot = maybe_word();
  vm.snapshots_known = *rc::gen::arbitrary<bool>();
  return vm;
}

}  // namespace policy_test
