#include "tests/simulator/model/world.h"

#include <gtest/gtest.h>

#include "tests/simulator/model_test/small_world.h"

namespace sim::test {
namespace {

TEST(WorldTest, WhatFallsDueHappensInOrderAtItsTime) {
  World world(stepped());
  std::vector<int> order;
  std::vector<Time> times;
  world.at(kStart + 20s, [&] { order.push_back(3), times.push_back(world.now()); });
  world.at(kStart + 10s, [&] {
    order.push_back(1);
    world.at(kStart + 15s, [&] { order.push_back(2); });
  });
  world.at(kStart + 20s, [&] { order.push_back(4); });
  EXPECT_EQ(world.next_due(), kStart + 10s);
  world.step(20s);
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(times, (std::vector{kStart + 20s}));
  EXPECT_EQ(world.now(), kStart + 20s);
}

TEST(WorldTest, GuestsWriteTheSameHoweverOftenTheyAreLookedAt) {
  for (const auto pattern : {WriteModel::Pattern::Uniform, WriteModel::Pattern::HotSet,
                             WriteModel::Pattern::Sequential}) {
    SmallWorld once, often;
    Vm& rarely = once.add("a", 2, 5e9);
    Vm& again = often.add("a", 2, 5e9);
    rarely.writes.pattern = again.writes.pattern = pattern;
    once.world.step(3600s);
    for (int minute = 0; minute < 360; ++minute) {
      often.world.step(10s);
      often.world.vm(again.ref.value);
    }
    for (std::size_t disk = 0; disk < 2; ++disk) {
      const BlockMap expected =
          once.world.contents(once.world.vm(rarely.ref.value)->disks[disk].running);
      EXPECT_EQ(expected,
                often.world.contents(often.world.vm(again.ref.value)->disks[disk].running));
      EXPECT_NE(expected.runs(), (std::vector<sim::Run>{{0, 4096, 1}}));
    }
  }
}

TEST(WorldTest, AGuestWritesAtItsRate) {
  SmallWorld small;
  Vm& vm = small.add("a", 1, 2e9);
  vm.writes.pattern = WriteModel::Pattern::Sequential;
  small.snapshot(vm, "one");
  small.world.step(3600s);
  const auto written =
      static_cast<double>(small.world.vm(vm.ref.value)->disks[0].running->blocks.allocated());
  EXPECT_NEAR(written * (1 << 20), 2e9, 0.03 * 2e9);
}

TEST(WorldTest, AGuestWithoutRoomAsksAndStopsWriting) {
  SmallWorld small;
  Vm& vm = small.add("a", 1, 100e9);
  vm.writes.pattern = WriteModel::Pattern::Sequential;
  small.snapshot(vm, "one");
  Datastore& datastore = small.world.datastores.at(small.datastore.value);
  datastore.other_bytes = small.world.free_bytes(datastore) - kGib;
  small.world.step(3600s);
  ASSERT_TRUE(small.world.vm(vm.ref.value)->question);
  EXPECT_NE(vm.question->text.find("no more space for virtual disk 'a-000001.vmdk'"),
            std::string::npos);
  const std::uint64_t full = vm.disks[0].running->blocks.allocated();
  small.world.step(3600s);
  EXPECT_EQ(small.world.vm(vm.ref.value)->disks[0].running->blocks.allocated(), full);
  EXPECT_LT(small.world.free_bytes(datastore), 32 * kGib / 1024) << "one bunch of writes";
}

TEST(WorldTest, AVmfsSparseDeltaGrowsBySixteenMib) {
  SmallWorld small;
  Layer delta;
  delta.form = LayerForm::VmfsSparse;
  delta.datastore = small.datastore;
  delta.capacity_bytes = 10 * kGib;
  EXPECT_EQ(small.world.stored_bytes(delta), 16U << 20);
  delta.blocks.write(0, 15, 1);
  EXPECT_EQ(small.world.stored_bytes(delta), 16U << 20);
  delta.blocks.write(15, 1, 1);
  EXPECT_EQ(small.world.stored_bytes(delta), 32U << 20);
}

TEST(WorldTest, ARestartLosesTaskObjectsButNotWhatTheHostsDo) {
  SmallWorld small;
  Vm& vm = small.add("a");
  CreateSpec spec;
  spec.name = "one";
  const Ref task = small.world.create_snapshot(vm, spec, "u").task.value();
  small.world.restart();
  EXPECT_TRUE(small.world.tasks.empty());
  EXPECT_TRUE(small.world.recent_tasks.empty());
  EXPECT_EQ(small.world.create_snapshot(vm, spec, "u").fault.value().type, "TaskInProgress");
  small.world.step(5s);
  EXPECT_EQ(vm.snapshots.size(), 1U);
  EXPECT_GT(small.world.next_ref("Task").value, task.value);
}

TEST(WorldTest, AFinishedTaskIsForgottenAfterTenMinutesButKeptInHistory) {
  SmallWorld small;
  Vm& vm = small.add("a");
  CreateSpec spec;
  spec.name = "one";
  const Ref task = small.ended(small.world.create_snapshot(vm, spec, "u")).ref;
  small.world.step(599s);
  EXPECT_TRUE(small.world.tasks.contains(task.value));
  small.world.step(2s);
  EXPECT_FALSE(small.world.tasks.contains(task.value));
  EXPECT_TRUE(vm.recent_tasks.empty());
  ASSERT_EQ(small.world.task_history.size(), 1U);
  EXPECT_EQ(small.world.task_history[0].ref, task);
}

}  // namespace
}  // namespace sim::test
