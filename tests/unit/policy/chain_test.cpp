// Chains of VMs that are as vSphere leaves them: snapshots, reverts, clones, merges half done.
#include "policy/chain_evidence.h"
#include "tests/unit/policy/chain_fixture.h"

namespace {

using policy::build_vm;
using policy::DeltaKind;
using policy::Disk;
using policy::Layer;
using policy::Snapshot;
using policy::Vm;
using policy::VmFlag;
using policy::VmSeen;
using policy_test::SeenVm;
using testing::ElementsAre;
using testing::IsEmpty;
using Merge = SeenVm::Merge;
using policy_test::kMiB;
using policy_test::one_disk;
using policy_test::owners;
using policy_test::snapshot;

TEST(Chain, OfADiskWithoutSnapshotsIsItsBase) {
  const Vm vm = build_vm(one_disk().seen());
  ASSERT_EQ(vm.disks.size(), 1U);
  const Disk& disk = vm.disks[0];
  EXPECT_EQ(disk.depth, 0);
  EXPECT_EQ(disk.kind, DeltaKind::None);
  EXPECT_EQ(disk.probes, policy::ProbeEstimate{});
  ASSERT_EQ(disk.layers.size(), 1U);
  EXPECT_EQ(disk.layers[0].file, "[ds1] vm/vm.vmdk");
  EXPECT_EQ(disk.layers[0].bytes, kMiB) << "descriptor and extent together";
  EXPECT_THAT(vm.flags, IsEmpty());
}

TEST(Chain, OrdersLayersNewestFirstAndNamesTheSnapshotThatMadeEach) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  const auto s2 = model.create();
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.depth, 2);
  EXPECT_EQ(vm.tree_depth, 2);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s2, s1, "-"));
  EXPECT_EQ(vm.disks[0].layers[0].file, "[ds1] vm/vm-000002.vmdk");
  EXPECT_EQ(vm.disks[0].orphans, 0);
  EXPECT_EQ(snapshot(vm, s1).bytes, 2 * kMiB);
  EXPECT_EQ(snapshot(vm, s2).bytes, 3 * kMiB);
  EXPECT_TRUE(snapshot(vm, s2).current);
  EXPECT_FALSE(snapshot(vm, s1).current);
  EXPECT_TRUE(snapshot(vm, s1).on_current_path);
  EXPECT_THAT(vm.flags, IsEmpty());
}

TEST(Chain, CountsALeftoverDeltaAsOrphanAndStillNamesTheOthers) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  const auto s2 = model.create();
  const auto s3 = model.create();
  model.remove(s2, Merge::Fails);
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.depth, 3);
  EXPECT_EQ(vm.tree_depth, 2);
  EXPECT_EQ(vm.disks[0].orphans, 1);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s3, "orphan", s1, "-"));
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::OrphanDeltas));
}

TEST(Chain, FindsOrphansWhereTheWholeTreeIsGone) {
  SeenVm model = one_disk();
  model.create();
  model.create();
  model.snapshots.clear();
  model.current.reset();
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.depth, 2);
  EXPECT_EQ(vm.tree_depth, 0);
  EXPECT_EQ(vm.disks[0].orphans, 2);
  EXPECT_EQ(vm.disks[0].inherited, 0);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::OrphanDeltas));
}

TEST(Chain, FindsTheOrphanOfARemovedRoot) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  const auto s2 = model.create();
  model.remove(s1, Merge::Fails);
  EXPECT_THAT(owners(build_vm(model.seen()).disks[0]), ElementsAre(s2, "orphan", "-"));
}

TEST(Chain, JudgesEachDiskByItselfAfterAPartialMerge) {
  SeenVm model;
  model.add_disk(2000, "vm");
  model.add_disk(2001, "vm_1");
  const auto s1 = model.create();
  const auto s2 = model.create();
  model.remove(s2, Merge::Fails);
  model.disks[0].chain.pop_back();  // the merge was done here and failed there
  const Vm vm = build_vm(model.seen());
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s1, "-"));
  EXPECT_THAT(owners(vm.disks[1]), ElementsAre("orphan", s1, "-"));
  EXPECT_EQ(vm.depth, 2);
}

TEST(Chain, AfterARevertOtherBranchesAreDetachedAndTheirDeltasCountForTheirMaker) {
  SeenVm model = one_disk();
  const auto s1 = model.create();
  const auto s2 = model.create();
  const auto s3 = model.create();
  model.revert(s1);
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.tree_depth, 1);
  EXPECT_EQ(vm.depth, 1);
  EXPECT_FALSE(snapshot(vm, s2).on_current_path);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s1, "-"));
  // Layer n of the model has n + 1 MiB: deltas 1 and 2 were frozen, 3 was discarded, 4 runs.
  EXPECT_EQ(snapshot(vm, s1).bytes, (2 + 5) * kMiB) << "one delta on each branch";
  EXPECT_EQ(snapshot(vm, s2).bytes, 3 * kMiB);
  EXPECT_EQ(snapshot(vm, s3).bytes, 0U) << "its delta went with the revert";
  EXPECT_THAT(vm.flags, IsEmpty());
}

TEST(Chain, PutsParentsBeforeChildrenAndSiblingsByCreation) {
  SeenVm model = one_disk();
  model.create();  // 1
  model.create();  // 2
  model.revert("snapshot-1");
  model.create();  // 3
  model.revert("snapshot-2");
  model.create();  // 4
  VmSeen seen = model.seen();
  std::reverse(seen.snapshots.begin(), seen.snapshots.end());
  std::vector<std::string> order;
  for (const Snapshot& s : build_vm(seen).snapshots) order.push_back(s.moid);
  EXPECT_THAT(order, ElementsAre("snapshot-1", "snapshot-2", "snapshot-4", "snapshot-3"));
}

TEST(Chain, OfALinkedCloneCountsParentLayersApart) {
  SeenVm model;
  model.add_disk(2000, "vm", 2);
  Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.disks[0].depth, 0);
  EXPECT_EQ(vm.disks[0].inherited, 2);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre("-", "inherited", "inherited"));
  EXPECT_EQ(vm.disks[0].orphans, 0);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::LinkedClone));
  EXPECT_EQ(vm.disks[0].probes.worst, 3) << "a read looks in the parent's layers too";
  EXPECT_GT(vm.probes, 2.9);

  const auto s1 = model.create();
  vm = build_vm(model.seen());
  EXPECT_EQ(vm.disks[0].depth, 1);
  EXPECT_EQ(vm.disks[0].inherited, 2);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s1, "-", "inherited", "inherited"));
}

TEST(Chain, TakesTheSameFolderOnAnotherDatastoreForItsOwn) {
  SeenVm model = one_disk();
  model.create();
  model.snapshots.clear();
  model.current.reset();
  model.layers[0].file = "[ds2] vm/vm.vmdk";
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.disks[0].inherited, 0);
  EXPECT_EQ(vm.disks[0].depth, 1);
}

TEST(Chain, TakesABaseThatASnapshotFrozeForItsOwnWhereverItLies) {
  SeenVm model = one_disk();
  model.create();
  model.layers[0].file = "[ds2] elsewhere/vm_1.vmdk";
  EXPECT_EQ(build_vm(model.seen()).disks[0].inherited, 0);
}

TEST(Chain, FindsItsOwnFolderWhenSnapshotsGoToAnotherDirectory) {
  SeenVm model = one_disk();
  model.create();
  model.snapshots.clear();
  model.current.reset();
  model.layers[1].file = "[ds1] redo/vm-000001.vmdk";
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.disks[0].inherited, 0) << "the base lies in the home folder";
  EXPECT_EQ(vm.disks[0].orphans, 1);
}

TEST(Chain, TakesTheFolderOfTheRunningLayerForItsOwn) {
  SeenVm model = one_disk();
  model.create();
  model.snapshots.clear();
  model.current.reset();
  for (auto& layer : model.layers) layer.file.replace(0, 8, "[ds2] data_1");
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.disks[0].inherited, 0) << "a second disk may lie in a folder that is not the VM's";
  EXPECT_EQ(vm.disks[0].depth, 1);
}

TEST(Chain, ADiskThatOnlyLayoutExListsIsAMismatch) {
  SeenVm model = one_disk();
  VmSeen seen = model.seen();
  seen.layout.push_back(seen.layout[0]);
  seen.layout[1].disk_key = 2001;
  const Vm vm = build_vm(seen);
  EXPECT_EQ(vm.disks.size(), 1U);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::ChainMismatch));
}

TEST(Chain, DoesNotJudgeABaseByItsName) {
  SeenVm model = one_disk();
  model.layers[0].file = "[ds1] vm/Citi Demo-000002.vmdk";
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.depth, 0);
  EXPECT_THAT(vm.flags, IsEmpty());
}

TEST(Chain, AnIndependentDiskTakesNoPartInSnapshots) {
  SeenVm model;
  model.add_disk(2000, "vm");
  model.add_disk(2001, "vm_1").mode = "independent_persistent";
  model.create();
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.disks[1].depth, 0);
  EXPECT_EQ(vm.disks[1].orphans, 0);
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::IndependentDisk));
}

TEST(Chain, ADiskThatWasAddedLaterTakesNoPartInOlderSnapshots) {
  SeenVm model = one_disk();
  model.create();
  model.add_disk(2001, "vm_1");
  const auto s2 = model.create();
  const Vm vm = build_vm(model.seen());
  EXPECT_EQ(vm.disks[0].depth, 2);
  EXPECT_EQ(vm.disks[1].depth, 1);
  EXPECT_EQ(vm.disks[1].orphans, 0);
  EXPECT_THAT(owners(vm.disks[1]), ElementsAre(s2, "-"));
}

TEST(Chain, AReusedDeviceKeyDoesNotMixTwoDisks) {
  SeenVm model = one_disk();
  model.create();
  model.disks.clear();
  model.add_disk(2000, "other");
  const auto s2 = model.create();
  const Vm vm = build_vm(model.seen());
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre(s2, "-"));
  EXPECT_THAT(vm.flags, IsEmpty()) << "another disk's chain contradicts nothing";
}

TEST(Chain, OfTwoSnapshotsThatFrozeOneLeafTheLaterMadeTheDelta) {
  SeenVm model = one_disk();
  model.create();
  const auto s2 = model.create();
  VmSeen seen = model.seen();
  seen.snapshot_layouts[1].disks = seen.snapshot_layouts[0].disks;
  seen.layout[0].chain.erase(seen.layout[0].chain.begin() + 1);
  seen.disks[0].backings.erase(seen.disks[0].backings.begin() + 1);
  EXPECT_THAT(owners(build_vm(seen).disks[0]), ElementsAre(s2, "-"));
}

TEST(Chain, ASnapshotWhoseChainContradictsTheRunningOneIsNotGuessedToBeAnOwner) {
  SeenVm model = one_disk();
  model.create();
  VmSeen seen = model.seen();
  seen.snapshot_layouts[0].disks[0].chain.push_back({{98, 99}});
  const Vm vm = build_vm(seen);
  EXPECT_THAT(owners(vm.disks[0]), ElementsAre("-", "-"));
  EXPECT_EQ(vm.disks[0].orphans, 0) << "it still stands for one delta";
  EXPECT_THAT(vm.flags, ElementsAre(VmFlag::ChainMismatch));
}

TEST(Chain, SnapshotsThatADiskTakesNoPartInDoNotHideItsOrphans) {
  SeenVm model = one_disk();
  model.create();
  model.add_disk(2001, "vm_1");
  const auto s2 = model.create();
  const auto s3 = model.create();
  model.remove(s3, Merge::Fails);
  EXPECT_THAT(owners(build_vm(model.seen()).disks[1]), ElementsAre("orphan", s2, "-"));

  VmSeen blind = model.seen();
  blind.layout_known = false;
  blind.layout.clear();
  blind.snapshot_layouts.clear();
  blind.disks[1].mode = "independent_persistent";
  EXPECT_EQ(build_vm(blind).disks[1].orphans, 2);
}

}  // namespace
