#include "tests/simulator/model/build.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/simulator/model_test/small_world.h"

namespace sim::test {
namespace {

BuildOptions with_some_of_everything() {
  BuildOptions options;
  options.vms = 400;
  options.snapshots_to = 6;
  options.datacenters = 2;
  options.vcls = options.questions = options.physical_rdm = 0.05;
  return options;
}

TEST(BuildTest, OneSeedGivesOneInventory) {
  World first(stepped()), second(stepped());
  build(first, with_some_of_everything());
  build(second, with_some_of_everything());
  ASSERT_EQ(first.vms.size(), 400U);
  for (const auto& [moid, vm] : first.vms) {
    const Vm& twin = second.vms.at(moid);
    ASSERT_EQ(vm.name, twin.name);
    ASSERT_EQ(vm.snapshots.size(), twin.snapshots.size());
    for (std::size_t disk = 0; disk < vm.disks.size(); ++disk) {
      ASSERT_EQ(first.contents(vm.disks[disk].running), second.contents(twin.disks[disk].running));
    }
  }
}

TEST(BuildTest, TheInventoryHasSomeOfEveryKind) {
  World world(stepped());
  build(world, with_some_of_everything());
  std::set<std::string> names, homes;
  std::size_t templates = 0, linked = 0, physical = 0, vcls = 0, escaped = 0, foreign = 0,
              asking = 0, branched = 0;
  std::set<LayerForm> forms;
  for (const auto& [moid, vm] : world.vms) {
    names.insert(vm.name);
    EXPECT_TRUE(homes.insert(vm.home).second) << vm.home << " belongs to two VMs";
    templates += vm.is_template;
    vcls += vm.vcls_agent;
    asking += vm.question.has_value();
    escaped += vm.name.find('%') != std::string::npos;
    std::map<Ref, int> children;
    for (const Snapshot& one : vm.snapshots) {
      foreign += one.name.starts_with("VEEAM");
      if (one.parent) branched += ++children[*one.parent] == 2;
    }
    for (const Disk& disk : vm.disks) {
      physical += disk.kind == DiskKind::RdmPhysical;
      for (const Layer* layer : World::chain(disk.running)) {
        linked +=
            layer->shared && Operations::folder_of(layer->file) != Operations::folder_of(vm.home);
        forms.insert(layer->form);
      }
    }
  }
  EXPECT_LT(names.size(), world.vms.size());
  EXPECT_GT(templates, 5U);
  EXPECT_GT(linked, 5U);
  EXPECT_GT(physical, 2U);
  EXPECT_GT(vcls, 5U);
  EXPECT_GT(escaped, 3U);
  EXPECT_GT(foreign, 5U);
  EXPECT_GT(asking, 5U);
  EXPECT_GT(branched, 3U);
  EXPECT_EQ(forms.size(), 5U);
}

TEST(BuildTest, SnapshotsLieInTheDaysBeforeTheStartAndParentsComeFirst) {
  World world(stepped());
  build(world, with_some_of_everything());
  std::size_t seen = 0;
  for (const auto& [moid, vm] : world.vms) {
    std::set<Ref> before;
    for (const Snapshot& one : vm.snapshots) {
      EXPECT_LT(one.created, kStart);
      EXPECT_GT(one.created, kStart - std::chrono::hours(24 * 30));
      EXPECT_TRUE(!one.parent || before.contains(*one.parent)) << one.ref.value;
      before.insert(one.ref);
      ++seen;
    }
  }
  EXPECT_GT(seen, 800U);
  EXPECT_TRUE(std::is_sorted(world.events.begin(), world.events.end(),
                             [](const Event& a, const Event& b) { return a.created < b.created; }));
  EXPECT_EQ(world.events.size(), seen);
}

TEST(BuildTest, ABuiltVmCanBeSnapshotAndItsSnapshotsRemoved) {
  World world(stepped());
  build(world, with_some_of_everything());
  std::size_t done = 0;
  for (auto& [moid, vm] : world.vms) {
    if (vm.snapshots.size() < 3 || !vm.extra_disabled_methods.empty()) continue;
    const BlockMap before = world.contents(vm.disks[0].running);
    vm.writes.bytes_per_hour = 0;
    const Started started = world.remove_all_snapshots(vm, true, "u");
    ASSERT_TRUE(started.task) << started.fault->message;
    while (!world.tasks.at(started.task->value).completed) world.step(std::chrono::minutes(1));
    ASSERT_FALSE(world.tasks.at(started.task->value).error) << vm.name;
    EXPECT_TRUE(vm.snapshots.empty());
    EXPECT_EQ(world.contents(vm.disks[0].running), before) << vm.name;
    if (++done == 30) break;
  }
  EXPECT_EQ(done, 30U);
}

}  // namespace
}  // namespace sim::test
