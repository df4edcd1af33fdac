#include <gtest/gtest.h>

#include "tests/simulator/model_test/small_world.h"

namespace sim::test {
namespace {

const Task& change(SmallWorld& small, Vm& vm, const DiskChange& change) {
  ReconfigSpec spec;
  spec.disks = {change};
  return small.ended(small.world.reconfigure(vm, spec, "u"));
}

DiskChange adding(std::uint64_t bytes) {
  DiskChange change;
  change.capacity_bytes = bytes;
  return change;
}

DiskChange removing(int key) {
  DiskChange change;
  change.act = DiskChange::Act::Remove;
  change.destroy_file = true;
  change.key = key;
  return change;
}

TEST(DisksTest, ADiskAddedAfterASnapshotLeavesWithTheRevert) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref before = small.snapshot(vm, "before");
  ASSERT_FALSE(change(small, vm, adding(5 * kGib)).error);
  ASSERT_EQ(vm.disks.size(), 2U);
  EXPECT_EQ(vm.disks[1].key, 2001);
  EXPECT_EQ(vm.disks[1].running->file, "[ds1] a/a_1.vmdk");
  small.write(vm, 0, 100, 9, 1);
  ASSERT_FALSE(small.ended(small.world.revert_to_snapshot(vm, before, true, "u")).error);
  EXPECT_EQ(vm.disks.size(), 1U);
}

TEST(DisksTest, ADiskTakenOutAfterASnapshotComesBackWithItsData) {
  SmallWorld small;
  Vm& vm = small.add("a", 2);
  const BlockMap data = small.world.contents(vm.disks[1].running);
  const Ref before = small.snapshot(vm, "before");
  small.write(vm, 0, 100, 9, 1);
  ASSERT_FALSE(change(small, vm, removing(2001)).error);
  ASSERT_EQ(vm.disks.size(), 1U);
  ASSERT_FALSE(small.ended(small.world.revert_to_snapshot(vm, before, true, "u")).error);
  ASSERT_EQ(vm.disks.size(), 2U);
  EXPECT_EQ(small.world.contents(vm.disks[1].running), data);
}

TEST(DisksTest, ASnapshotOfARemovedDiskMergesItsOtherDisks) {
  SmallWorld small;
  Vm& vm = small.add("a", 2);
  const std::uint64_t free = small.world.free_bytes(small.world.datastores.begin()->second);
  const Ref first = small.snapshot(vm, "one");
  ASSERT_FALSE(change(small, vm, removing(2001)).error);
  ASSERT_FALSE(small.ended(small.world.remove_snapshot(vm, first, false, true, "u")).error);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 1U);
  EXPECT_TRUE(Operations(small.world).unneeded(vm).empty());
  EXPECT_EQ(small.world.free_bytes(small.world.datastores.begin()->second), free + 4 * kGib)
      << "the removed disk's file is nobody's";
}

TEST(DisksTest, ANewDiskNeverTakesAKeyThatASnapshotKnows) {
  SmallWorld small;
  Vm& vm = small.add("a", 2);
  small.snapshot(vm, "one");
  ASSERT_FALSE(change(small, vm, removing(2001)).error);
  ASSERT_FALSE(change(small, vm, adding(kGib)).error);
  EXPECT_EQ(vm.disks[1].key, 2002);
  EXPECT_EQ(vm.disks[1].running->file, "[ds1] a/a_2.vmdk");
}

TEST(DisksTest, WrongDevicesAreRefusedAndNothingChanges) {
  SmallWorld small;
  Vm& vm = small.add("a");
  ReconfigSpec spec;
  spec.disks = {adding(kGib), removing(2009)};
  const Task& task = small.ended(small.world.reconfigure(vm, spec, "u"));
  ASSERT_TRUE(task.error);
  EXPECT_EQ(task.error->type, "InvalidDeviceSpec");
  EXPECT_EQ(vm.disks.size(), 1U);
}

}  // namespace
}  // namespace sim::test
