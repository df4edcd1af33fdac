#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/simulator/model_test/small_world.h"

namespace sim::test {
namespace {

bool has_helper(const Vm& vm) {
  return std::any_of(vm.snapshots.begin(), vm.snapshots.end(), [](const Snapshot& one) {
    return one.helper && one.name.starts_with("Consolidate Helper");
  });
}

TEST(MergeTest, TheNodeLeavesTheTreeBeforeTheDataIsMerged) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 0, 4096, 9);
  const Ref task = small.world.remove_snapshot(vm, first, false, true, "u").task.value();
  small.world.step(1s);
  EXPECT_EQ(Operations::find(vm, first), nullptr);
  EXPECT_EQ(small.world.tasks.at(task.value).state, TaskState::Running);
  EXPECT_TRUE(has_helper(vm)) << "the guest writes somewhere while its layer is merged";
  small.world.step(60s);  // 4 GiB at 200 MB/s take 21 s
  EXPECT_EQ(small.world.tasks.at(task.value).state, TaskState::Success);
  EXPECT_TRUE(vm.snapshots.empty());
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 1U);
  EXPECT_EQ(vm.disks[0].running->file, "[ds1] a/a.vmdk");
}

TEST(MergeTest, WhatTheGuestWritesDuringTheMergeIsKept) {
  SmallWorld small;
  Vm& vm = small.add("a", 1, 100e9);
  const Ref first = small.snapshot(vm, "one");
  small.world.step(300s);
  const Task& task = small.ended(small.world.remove_snapshot(vm, first, false, true, "u"));
  ASSERT_FALSE(task.error);
  const BlockMap merged = small.world.contents(vm.disks[0].running);

  // The same guest without any snapshot holds the same data, but for what a stun kept it from
  // writing.
  SmallWorld plain;
  Vm& twin = plain.add("a", 1, 100e9);
  plain.world.step(small.world.now() - plain.world.now());
  const BlockMap written = plain.world.contents(plain.world.vm(twin.ref.value)->disks[0].running);
  std::uint64_t differs = 0;
  for (std::uint64_t block = 0; block < 10240; ++block)
    differs += merged.stamp_at(block) != written.stamp_at(block);
  EXPECT_GT(merged.allocated(), 5000U);
  EXPECT_LT(differs, 100U) << "a stun of a second keeps about 27 blocks from being written";
}

TEST(MergeTest, AFasterGuestMeansMoreRoundsAndAnEndAllTheSame) {
  SmallWorld small;
  Vm& vm = small.add("a", 1, 0.8 * 200e6 * 3600);  // four fifths of what the merge can move
  const Ref first = small.snapshot(vm, "one");
  small.world.step(20s);
  const int before = vm.last_snapshot_id;
  const Task& task = small.ended(small.world.remove_snapshot(vm, first, false, true, "u"));
  EXPECT_FALSE(task.error);
  EXPECT_EQ(vm.last_snapshot_id, before + 1) << "one helper, whatever the rounds";
  EXPECT_TRUE(vm.snapshots.empty());
  EXPECT_FALSE(vm.stunned);
  EXPECT_GT(*task.completed - *task.started, 30s);
}

TEST(MergeTest, TheLowerFileGrowsWhileTheCopyGoesOn) {
  SmallWorld small;
  Vm& vm = small.add("a", 1, 36e9);
  small.write(vm, 0, 4096, 1);
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 5000, 4096, 9);
  const LayerPtr base = Operations::find(vm, first)->frozen.at(2000);
  const std::uint64_t before = base->blocks.allocated();
  const Ref task = small.world.remove_snapshot(vm, first, false, true, "u").task.value();
  std::vector<std::uint64_t> sizes;
  std::uint64_t helper_delta = 0;
  for (int tick = 0; tick < 20; ++tick) {  // 4 GiB at 200 MB/s take 21 s
    small.world.step(1s);
    if (small.world.tasks.at(task.value).completed) break;
    sizes.push_back(base->blocks.allocated());
    helper_delta =
        std::max(helper_delta, small.world.vm(vm.ref.value)->disks[0].running->blocks.allocated());
  }
  EXPECT_GT(sizes.back(), before + 2000) << "not all at the end";
  EXPECT_GT(std::set<std::uint64_t>(sizes.begin(), sizes.end()).size(), 5U) << "by and by";
  EXPECT_TRUE(std::is_sorted(sizes.begin(), sizes.end()));
  EXPECT_GT(helper_delta, 50U) << "the guest writes 10 MB/s meanwhile, above the helper";
}

TEST(MergeTest, ARunOutOfSpaceHalfwayKeepsEveryBlock) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 5000, 4096, 9);
  const BlockMap data = small.world.contents(vm.disks[0].running);
  const Ref task = small.world.remove_snapshot(vm, first, false, true, "u").task.value();
  small.world.step(8s);
  Datastore& datastore = small.world.datastores.at(small.datastore.value);
  datastore.other_bytes += small.world.free_bytes(datastore);
  small.world.step(20s);
  ASSERT_TRUE(small.world.tasks.at(task.value).error);
  EXPECT_EQ(small.world.tasks.at(task.value).error->type, "NoDiskSpace");
  EXPECT_TRUE(vm.consolidation_needed);
  EXPECT_EQ(small.world.contents(vm.disks[0].running), data);
  datastore.other_bytes = 0;
  EXPECT_FALSE(small.ended(small.world.consolidate(vm, "u")).error);
  EXPECT_EQ(small.world.contents(vm.disks[0].running), data);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 1U);
}

TEST(MergeTest, OfflineThereIsNoHelper) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 0, 4096, 9);
  small.ended(small.world.power(vm, PowerState::Off, "u"));
  const Ref task = small.world.remove_snapshot(vm, first, false, true, "u").task.value();
  small.world.step(2s);
  EXPECT_EQ(small.world.tasks.at(task.value).state, TaskState::Running);
  EXPECT_TRUE(vm.snapshots.empty());
}

TEST(MergeTest, ALockedFileLeavesDeltasAndTheFlag) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 0, 10, 9);
  const BlockMap before = small.world.contents(vm.disks[0].running);
  small.world.locked_files.insert(vm.disks[0].running->file);
  const Task& task = small.ended(small.world.remove_snapshot(vm, first, false, true, "u"));
  ASSERT_TRUE(task.error);
  EXPECT_EQ(task.error->type, "FileLocked");
  EXPECT_TRUE(vm.snapshots.empty());
  small.world.step(0s);
  EXPECT_TRUE(vm.consolidation_needed);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 2U);

  small.world.locked_files.clear();
  EXPECT_FALSE(small.ended(small.world.consolidate(vm, "u")).error);
  EXPECT_FALSE(vm.consolidation_needed);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 1U);
  EXPECT_EQ(small.world.contents(vm.disks[0].running), before);
}

TEST(MergeTest, TheFlagOfADebtMayLag) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  World::NextTask knob;
  knob.method = "RemoveSnapshot_Task";
  knob.leave_consolidation_debt = true;
  knob.flag_lag = 90s;
  small.world.next_tasks.push_back(knob);
  EXPECT_FALSE(small.ended(small.world.remove_snapshot(vm, first, false, true, "u")).error);
  small.world.step(80s);
  EXPECT_FALSE(vm.consolidation_needed);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 2U);
  small.world.step(11s);
  EXPECT_TRUE(vm.consolidation_needed);
}

TEST(MergeTest, ABranchPointStaysAsASharedLayer) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref root = small.snapshot(vm, "root");
  const Ref left = small.snapshot(vm, "left");
  small.ended(small.world.revert_to_snapshot(vm, root, true, "u"));
  const Ref right = small.snapshot(vm, "right");
  const BlockMap of_left = small.world.contents(Operations::find(vm, left)->frozen.at(2000));
  EXPECT_FALSE(small.ended(small.world.remove_snapshot(vm, root, false, true, "u")).error);
  EXPECT_EQ(Operations::find(vm, left)->parent, std::nullopt) << "two roots now";
  EXPECT_EQ(Operations::find(vm, right)->parent, std::nullopt);
  EXPECT_EQ(Operations::find(vm, left)->frozen.at(2000)->parent,
            Operations::find(vm, right)->frozen.at(2000)->parent);
  EXPECT_EQ(small.world.contents(Operations::find(vm, left)->frozen.at(2000)), of_left);
  EXPECT_FALSE(vm.consolidation_needed);
}

TEST(MergeTest, ALayerThatALinkedCloneStandsOnIsNotMergedInto) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 0, 10, 9);
  CloneSpec spec;
  spec.name = "b";
  spec.folder = small.folder;
  spec.linked = true;
  spec.snapshot = first;
  const Ref made = small.ended(small.world.clone(vm, spec, "u")).result_ref.value();
  const Vm& clone = small.world.vms.at(made.value);
  const BlockMap of_clone = small.world.contents(clone.disks[0].running);
  EXPECT_FALSE(small.ended(small.world.remove_snapshot(vm, first, false, true, "u")).error);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 2U)
      << "the base must stay as the clone knows it";
  EXPECT_EQ(small.world.contents(clone.disks[0].running), of_clone);
  EXPECT_EQ(clone.disks[0].running->file, "[ds1] b/b-000001.vmdk");
}

TEST(MergeTest, WithoutRoomTheMergeFailsAndTheTreeIsGoneAllTheSame) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 5000, 2048, 9);
  Datastore& datastore = small.world.datastores.at(small.datastore.value);
  datastore.other_bytes = 0;
  datastore.other_bytes = small.world.free_bytes(datastore) - kGib;
  const Task& task = small.ended(small.world.remove_snapshot(vm, first, false, true, "u"));
  ASSERT_TRUE(task.error);
  EXPECT_EQ(task.error->type, "NoDiskSpace");
  small.world.step(0s);
  EXPECT_TRUE(vm.consolidation_needed);
}

}  // namespace
}  // namespace sim::test
