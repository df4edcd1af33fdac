#include <gtest/gtest.h>

#include "tests/simulator/model_test/small_world.h"

namespace sim::test {
namespace {

Ref copy_of(SmallWorld& small, Vm& vm, const std::string& name) {
  CloneSpec spec;
  spec.name = name;
  spec.folder = small.folder;
  return small.ended(small.world.clone(vm, spec, "u")).result_ref.value();
}

TEST(RollbackTest, NumbersOfTheForgottenTimeAreGivenAgain) {
  SmallWorld small;
  Vm& vm = small.add("a");
  small.world.step(1h);
  const Ref forgotten = copy_of(small, vm, "b");
  small.world.step(30min);  // the task's object is long gone
  small.world.roll_back(1h);
  EXPECT_FALSE(small.world.vms.contains(forgotten.value));
  EXPECT_EQ(copy_of(small, vm, "c"), forgotten) << "another VM under the same number";
}

TEST(RollbackTest, WhatIsOlderStays) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref old = copy_of(small, vm, "b");
  const Ref kept = small.snapshot(vm, "kept");
  small.world.step(2h);
  small.world.roll_back(1h);
  EXPECT_TRUE(small.world.vms.contains(old.value));
  EXPECT_NE(Operations::find(vm, kept), nullptr);
  EXPECT_FALSE(small.world.events.empty());
  const Ref next = small.world.next_ref("VirtualMachine");
  EXPECT_FALSE(small.world.vms.contains(next.value));
}

TEST(RollbackTest, SnapshotsSinceAreListedAnewUnderOtherNumbers) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref kept = small.snapshot(vm, "kept");
  small.world.step(2h);
  copy_of(small, vm, "b");  // takes a number that the backup does not know either
  const Ref first = small.snapshot(vm, "first"), second = small.snapshot(vm, "second");
  small.world.roll_back(1h);
  ASSERT_EQ(vm.snapshots.size(), 3U) << "the host has them all the same";
  EXPECT_EQ(vm.snapshots[0].ref, kept);
  EXPECT_EQ(Operations::find(vm, second), nullptr);
  EXPECT_EQ(vm.snapshots[1].name, "first");
  EXPECT_EQ(vm.snapshots[2].parent, vm.snapshots[1].ref);
  EXPECT_EQ(vm.current_snapshot, vm.snapshots[2].ref);
  EXPECT_NE(vm.snapshots[1].ref, first);
  EXPECT_EQ(vm.snapshots[2].ref, first)
      << "one's old number is another's new one: that is the trap";
}

TEST(RollbackTest, ARunningTaskIsForgottenAndItsWorkIsDone) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 0, 4096, 9);
  small.world.step(1h);
  const Ref task = small.world.remove_snapshot(vm, first, false, true, "u").task.value();
  small.world.step(2s);
  small.world.roll_back(1min);
  EXPECT_FALSE(small.world.tasks.contains(task.value));
  Vm& other = small.add("other");
  CreateSpec spec;
  spec.name = "s";
  const Started next = small.world.create_snapshot(other, spec, "u");
  EXPECT_NE(next.task.value(), task) << "the host still works under that number";
  small.world.step(1min);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 1U);
  EXPECT_EQ(small.world.tasks.at(next.task->value).state, TaskState::Success);
}

TEST(RollbackTest, ATaskUnderAnOldNumberLivesItsOwnTime) {
  SmallWorld small;
  Vm& vm = small.add("a");
  small.world.step(1h);
  small.snapshot(vm, "one");
  const std::string moid = small.world.recent_tasks.back().value;
  small.world.step(5min);
  small.world.roll_back(1h);
  small.snapshot(vm, "two");
  ASSERT_TRUE(small.world.tasks.contains(moid)) << "the number was given again";
  small.world.step(6min);  // ten minutes after the first one's end
  EXPECT_TRUE(small.world.tasks.contains(moid));
  small.world.step(5min);
  EXPECT_FALSE(small.world.tasks.contains(moid));
}

TEST(RollbackTest, ARestartForgetsTasksWhileTheirWorkGoesOn) {
  SmallWorld small;
  Vm& vm = small.add("a");
  const Ref first = small.snapshot(vm, "one");
  small.write(vm, 0, 4096, 9);
  const Ref task = small.world.remove_snapshot(vm, first, false, true, "u").task.value();
  small.world.step(2s);
  small.world.restart();
  EXPECT_FALSE(small.world.tasks.contains(task.value));
  EXPECT_TRUE(small.world.recent_tasks.empty());
  CreateSpec spec;
  spec.name = "s";
  EXPECT_EQ(small.world.create_snapshot(vm, spec, "u").fault.value().type, "TaskInProgress");
  small.world.step(1min);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 1U);
  EXPECT_TRUE(small.world.create_snapshot(vm, spec, "u").task);
}

TEST(RollbackTest, AFolderMadeSinceKeepsItsNumberToItself) {
  SmallWorld small;
  small.world.step(1h);
  const Ref first = std::get<Ref>(small.world.create_folder(small.folder, "first"));
  small.world.roll_back(30min);
  const Ref second = std::get<Ref>(small.world.create_folder(small.folder, "second"));
  EXPECT_NE(first, second);
  EXPECT_EQ(small.world.folders.at(first.value).name, "first");
}

}  // namespace
}  // namespace sim::test
