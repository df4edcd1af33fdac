// Chains where the server's answers contradict each other or are missing, and what every VM must be
// told by: kinds, sizes, flags.
#include "policy/chain_evidence.h"
#include "tests/unit/policy/chain_fixture.h"

namespace {

using policy::build_vm;
using policy::DeltaKind;
using policy::Disk;
using policy::Vm;
using policy::VmFlag;
using policy::VmSeen;
using policy_test::SeenVm;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using Merge = SeenVm::Merge;
using policy_test::kMiB;
using policy_test::one_disk;
using policy_test::owners;
using policy_test::snapshot;

TEST(Chain, BelievesLongerBackingsAndSaysSo) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  const VmSeen before = model.seen();
  const auto s2 = model.create();
  VmSeen seen = model.seen();
  seen.layout = before.layout;  // layoutEx is a cache
  seen.snapshot_layouts = before.snapshot_layouts;
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.depth, 2);
  EXPECT_EQ(vm.disks[0].orphans, 0) << "a snapshot that layoutEx does not list yet explains one";
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s2, s1, "-"));
  EXPECT_EQ(vm.disks[0].layers[1].bytes, 2 * kMiB) << "sizes are found by name";
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::ChainMismatch));
}

TEST(Chain, BelievesALongerLayoutAndSaysSo) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  const auto s2 = model.create();
  VmSeen seen = model.seen();
  seen.disks[0].backings.erase(seen.disks[0].backings.begin());
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.depth, 2);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s2, s1, "-"));
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::ChainMismatch));
}

TEST(Chain, TakesTheDevicesNamesAfterARelocationThatLayoutExHasNotSeen) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  VmSeen seen = model.seen();
  seen.home = "[ds9] moved/vm.vmx";
  seen.snapshot_directory.clear();
  for (auto& backing : seen.disks[0].backings) backing.file.replace(0, 8, "[ds9] moved");
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.disks[0].layers[1].file, "[ds9] moved/vm.vmdk");
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s1, "-"));
  EXPECT_EQ(vm.disks[0].layers[0].bytes, 2 * kMiB);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::ChainMismatch));
}

TEST(Chain, WithoutLayoutExCountsFromTheBackings) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  const auto s2 = model.create();
  VmSeen seen = model.seen();
  seen.layout_known = false;
  seen.layout.clear();
  seen.snapshot_layouts.clear();
  seen.files.clear();
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.depth, 2);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s2, s1, "-"));
  EXPECT_EQ(vm.disks[0].probes.best, 3) << "unknown sizes: the safe side";
  EXPECT_EQ(vm.disks[0].probes.low, 1);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::LayoutUnknown));
}

TEST(Chain, WithoutLayoutExAnOwnerIsNotGuessedWhenTheCountsDiffer) {
  SeenVm model = one_disk();
  model.create();
  const auto s2 = model.create();
  model.remove(s2, Merge::Fails);
  VmSeen seen = model.seen();
  seen.layout_known = false;
  seen.layout.clear();
  seen.snapshot_layouts.clear();
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.disks[0].orphans, 1);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre("orphan", "-", "-"));
}

TEST(Chain, WithoutDevicesReadsTheDisksFromLayoutEx) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.devices_known = false;
  seen.disks.clear();
  const Vm vm = build_vm(seen);
  ASSERT_EQ(vm.disks.size(), 1U);
  EXPECT_EQ(vm.depth, 1);
  EXPECT_EQ(vm.disks[0].kind, DeltaKind::SeSparse) << "told by the name of the extent";
  EXPECT_EQ(vm.disks[0].probes.best, 2) << "without a capacity there is no fill";
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::Unreadable));
}

TEST(Chain, WithoutATreeNothingIsCalledAnOrphan) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.snapshots.clear();
  seen.current_snapshot.reset();
  seen.snapshots_known = false;
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.depth, 1);
  EXPECT_EQ(vm.disks[0].orphans, 0);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::Unreadable));
}

TEST(Chain, WithoutACurrentSnapshotOnlyDeltasBetweenSnapshotsAreExplained) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  model.create();
  VmSeen seen = model.seen();
  seen.current_snapshot.reset();
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.tree_depth, 0);
  EXPECT_EQ(vm.depth, 2);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre("orphan", s1, "-"));
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::CurrentSnapshotUnset, VmFlag::OrphanDeltas));
}

TEST(Chain, ACurrentSnapshotThatIsNotInTheTreeIsUnset) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.current_snapshot = "snapshot-77";
  EXPECT_THAT(build_vm(seen).flags, Contains(VmFlag::CurrentSnapshotUnset));
}

TEST(Chain, SnapshotsOfADiskOnItsBaseAreLegalWithoutACurrentOne) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.current_snapshot.reset();
  seen.layout[0].chain.pop_back();
  seen.disks[0].backings.erase(seen.disks[0].backings.begin());
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.depth, 0);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::CurrentSnapshotUnset));
}

TEST(Chain, IdZeroIsAnId) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.snapshots[0].id = 0;
  EXPECT_EQ(build_vm(seen).snapshots[0].id, 0);
  EXPECT_EQ(build_vm(seen).tree_depth, 1);
}

TEST(Chain, KeepsMemoryFilesApartFromDeltas) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  VmSeen seen = model.seen();
  seen.files.push_back({100, "[ds1] vm/vm-Snapshot1.vmsn", "snapshotData", 7, true});
  seen.files.push_back({101, "[ds1] vm/vm-Snapshot1.vmem", "snapshotMemory", 1000, true});
  seen.snapshot_layouts[0].data_key = 100;
  EXPECT_FALSE(build_vm(seen).snapshots[0].memory);
  seen.snapshot_layouts[0].memory_key = 101;
  const Vm vm = build_vm(seen);
  EXPECT_TRUE(snapshot(vm, s1).memory);
  EXPECT_EQ(snapshot(vm, s1).memory_bytes, 1007U);
  EXPECT_EQ(snapshot(vm, s1).bytes, 2 * kMiB);
  seen.snapshot_layouts[0].memory_key = 100;
  EXPECT_EQ(build_vm(seen).snapshots[0].memory_bytes, 7U) << "memory in the .vmsn, counted once";
}

TEST(Chain, ThePowerStateTellsOfMemoryThatLayoutExHasNoFileFor) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.snapshots[0].state = "poweredOn";
  EXPECT_TRUE(build_vm(seen).snapshots[0].memory) << "old hosts keep it in the .vmsn";
  seen.snapshot_layouts.clear();
  EXPECT_TRUE(build_vm(seen).snapshots[0].memory);
}

TEST(Chain, AMissingFileKeyIsASizeOfZero) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  std::erase_if(seen.files, [](const policy::FileSeen& file) { return file.key >= 2; });
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.depth, 1);
  EXPECT_EQ(vm.disks[0].layers[0].bytes, 0U);
  EXPECT_EQ(vm.disks[0].layers[0].file, "[ds1] vm/vm-000001.vmdk") << "the backing has the name";
  EXPECT_EQ(vm.disks[0].probes.low, 1) << "it may hold everything";
  EXPECT_EQ(vm.disks[0].probes.best, 2) << "or nothing";
}

TEST(Chain, NamesALayerByItsDescriptorWhereverItIsListed) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  for (auto& unit : seen.layout[0].chain) std::swap(unit.file_keys[0], unit.file_keys[1]);
  seen.disks[0].backings.pop_back();  // so that layoutEx is believed
  EXPECT_EQ(build_vm(seen).disks[0].layers[0].file, "[ds1] vm/vm-000001.vmdk");
}

TEST(Chain, SumsThatOverflowSaturate) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  for (auto& file : seen.files) file.bytes = UINT64_MAX;
  EXPECT_EQ(build_vm(seen).disks[0].layers[0].bytes, UINT64_MAX);
}

TEST(Chain, TellsKindsByFormatVariantAndExtent) {
  struct Case {
    const char* format;
    const char* variant;
    const char* extent;
    DeltaKind kind;
  };
  for (const Case& c :
       {Case{"seSparseFormat", "", "-sesparse", DeltaKind::SeSparse},
        Case{"redoLogFormat", "vsanSparseVariant", "", DeltaKind::VsanSparse},
        Case{"redoLogFormat", "vmfsSparseVariant", "-delta", DeltaKind::VmfsSparse},
        Case{"redoLogFormat", "", "-delta", DeltaKind::VmfsSparse},
        Case{"redoLogFormat", "", "-sesparse", DeltaKind::SeSparse},
        Case{"redoLogFormat", "", "", DeltaKind::VmfsSparse},
        Case{"redoLogFormat", "laterVariant", "", DeltaKind::Unknown},
        Case{"nativeFormat", "", "-flat", DeltaKind::Native},
        Case{"laterFormat", "", "-delta", DeltaKind::Unknown},
        Case{"", "", "-sesparse", DeltaKind::SeSparse},
        Case{"", "", "-delta", DeltaKind::VmfsSparse}, Case{"", "", "", DeltaKind::Unknown}}) {
    SeenVm model = one_disk();
    model.create();
    VmSeen seen = model.seen();
    seen.disks[0].backings[0].delta_format = c.format;
    seen.disks[0].backings[0].delta_variant = c.variant;
    seen.files[3].name = std::string("[ds1] vm/vm-000001") + c.extent + ".vmdk";
    EXPECT_EQ(build_vm(seen).disks[0].kind, c.kind) << c.format << c.variant << c.extent;
  }
}

TEST(Chain, NativeDeltasCountInDepthButAreNotSearched) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.disks[0].backings[0].delta_format = "nativeFormat";
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.depth, 1);
  EXPECT_EQ(vm.probes, 1);
}

TEST(Chain, ReadsTheGrainOfTheDeviceAndElseTheFormatsOwn) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  EXPECT_EQ(build_vm(seen).disks[0].probes.map_bytes, 2 * kMiB);
  seen.disks[0].backings[0].delta_format = "redoLogFormat";
  seen.disks[0].backings[0].delta_variant = "vmfsSparseVariant";
  const Vm vmfs = build_vm(seen);
  EXPECT_EQ(vmfs.disks[0].probes.map_bytes, 8 * kMiB) << "4 bytes for each sector of 1 GiB";
  EXPECT_LT(vmfs.disks[0].probes.split_64k, 1.1) << "guests write whole blocks of 4 KiB";
  seen.disks[0].backings[0].grain_bytes = 65536;
  EXPECT_EQ(build_vm(seen).disks[0].probes.map_bytes, 64 * 1024U);
  seen.disks[0].backings[0].grain_bytes = 3;
  EXPECT_EQ(build_vm(seen).disks[0].probes.map_bytes, 8 * kMiB) << "no such grain exists";
}

TEST(Chain, ProbesMatchTheFormula) {
  SeenVm model = one_disk();
  model.create();
  model.create();
  const Disk disk = build_vm(model.seen()).disks[0];
  const double newer = 3.0 / 1024, older = 2.0 / 1024;
  EXPECT_DOUBLE_EQ(disk.probes.best, 1 + (1 - newer) + (1 - newer) * (1 - older));
}

TEST(Chain, SizesAtCreationAreSubtractedWhereTheHistoryKnowsThem) {
  SeenVm model = one_disk();
  model.create();
  const Disk disk = build_vm(model.seen()).disks[0];
  const auto probes = policy::disk_probes(disk, {{disk.layers[0].file, kMiB}});
  EXPECT_DOUBLE_EQ(probes.best, 2 - 1.0 / 1024);
  EXPECT_DOUBLE_EQ(policy::disk_probes(disk, {{disk.layers[0].file, 9 * kMiB}}).best, 2);
}

TEST(Chain, FlagsWhatAGuardMustKnow) {
  const auto flags_of = [](auto change) {
    SeenVm model = one_disk();
    model.create();
    VmSeen seen = model.seen();
    change(seen);
    return build_vm(seen).flags;
  };
  using policy::BackingKind;
  using policy::Connection;
  const auto is = [](VmFlag flag) { return ElementsAre(flag); };
  EXPECT_THAT(flags_of([](VmSeen& s) { s.state.consolidation_needed = true; }),
              is(VmFlag::ConsolidationNeeded));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.snapshots[0].name = "Consolidate Helper- 0"; }),
              is(VmFlag::HelperSnapshot));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.snapshots[0].name = "my Consolidate Helper"; }),
              IsEmpty());
  EXPECT_THAT(flags_of([](VmSeen& s) { s.disks[0].backing = BackingKind::RdmPhysical; }),
              is(VmFlag::RdmPhysical));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.disks[0].backing = BackingKind::RdmVirtual; }),
              is(VmFlag::RdmVirtual));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.disks[0].multi_writer = true; }), is(VmFlag::SharedDisk));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.state.is_template = true; }), is(VmFlag::Template));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.state.fault_tolerant = true; }),
              is(VmFlag::FaultTolerant));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.state.power = policy::Power::Suspended; }),
              is(VmFlag::Suspended));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.state.connection = Connection::Disconnected; }),
              is(VmFlag::Disconnected));
  for (const auto gone : {Connection::Orphaned, Connection::Inaccessible, Connection::Invalid}) {
    EXPECT_THAT(flags_of([gone](VmSeen& s) { s.state.connection = gone; }),
                is(VmFlag::Inaccessible));
  }
  EXPECT_THAT(flags_of([](VmSeen& s) { s.files[3].accessible = false; }),
              is(VmFlag::FileInaccessible));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.state.question = "msg"; }), is(VmFlag::QuestionPending));
  EXPECT_THAT(flags_of([](VmSeen& s) { s.state.unreadable = {"config"}; }), is(VmFlag::Unreadable));
}

TEST(Chain, IsStaleWhenTheHostIsNotConnected) {
  SeenVm model = one_disk();
  VmSeen seen = model.seen();
  EXPECT_FALSE(build_vm(seen).stale);
  seen.state.connection = policy::Connection::Disconnected;
  EXPECT_TRUE(build_vm(seen).stale);
  seen.state.connection = policy::Connection::Unknown;
  EXPECT_FALSE(build_vm(seen).stale) << "what was not told is not claimed";
}

TEST(Chain, SurvivesARingOfParents) {
  SeenVm model = one_disk();
  model.create();
  model.create();
  VmSeen seen = model.seen();
  seen.snapshots[0].parent = "snapshot-2";
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.snapshots.size(), 2U);
  EXPECT_FALSE(vm.snapshots[0].parent.has_value());
  EXPECT_EQ(vm.tree_depth, 2);
}

TEST(Chain, OfTwoSnapshotsOrDisksWithOneNameTheFirstCounts) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.snapshots.push_back(seen.snapshots[0]);
  seen.snapshot_layouts.push_back(seen.snapshot_layouts[0]);
  seen.disks.push_back(seen.disks[0]);
  seen.layout.push_back(seen.layout[0]);
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.snapshots.size(), 1U);
  EXPECT_EQ(vm.disks.size(), 1U);
  EXPECT_EQ(vm.depth, 1);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::ChainMismatch));
}

TEST(Chain, AParentThatIsNotThereMakesARoot) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.snapshots[0].parent = "snapshot-99";
  const Vm vm = build_vm(seen);
  EXPECT_FALSE(vm.snapshots[0].parent.has_value());
  EXPECT_EQ(vm.tree_depth, 1);
}

TEST(Chain, ADeviceThatLayoutExDoesNotListIsNoMismatchUntilItHasDeltas) {
  SeenVm model = one_disk();
  VmSeen seen = model.seen();
  seen.layout.clear();
  EXPECT_THAT(build_vm(seen).flags, IsEmpty());
  seen.disks[0].backings.push_back({"[ds1] vm/x.vmdk", "", "", {}});
  EXPECT_THAT(build_vm(seen).flags, Contains(VmFlag::ChainMismatch));
}

TEST(Chain, FiveHundredSnapshotsAreTracedInLinearTime) {
  SeenVm model = one_disk();
  for (int i = 0; i < 500; ++i) model.create();
  const VmSeen seen = model.seen();
  const auto begin = std::chrono::steady_clock::now();
  const Vm vm = build_vm(seen);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(vm.depth, 500);
  EXPECT_EQ(vm.disks[0].orphans, 0);
  EXPECT_LT(took, std::chrono::seconds{2}) << "a quadratic search takes longer even unoptimised";
}

TEST(Folder, LeavesOutTheDatastoreAndTheFile) {
  EXPECT_EQ(policy::folder_of("[ds] a/b/c.vmdk"), "a/b");
  EXPECT_EQ(policy::folder_of("[ds] a/b/"), "a/b");
  EXPECT_EQ(policy::folder_of("[ds] a/"), "a");
  EXPECT_EQ(policy::folder_of("[ds] c.vmdk"), "");
  EXPECT_EQ(policy::folder_of("[d]s] a/c.vmdk"), "s] a");
  EXPECT_EQ(policy::folder_of("a/c"), "a");
  EXPECT_EQ(policy::folder_of(""), "");
  EXPECT_EQ(policy::folder_of("["), "");
  EXPECT_EQ(policy::folder_of("[ds]   "), "");
  EXPECT_EQ(policy::folder_of("/"), "");
}

}  // namespace
