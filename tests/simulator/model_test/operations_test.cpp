#include <gtest/gtest.h>

#include "tests/simulator/model_test/small_world.h"

namespace sim::test {
namespace {

struct OperationsTest : testing::Test, SmallWorld {
  CreateSpec named(const std::string& name) {
    CreateSpec spec;
    spec.name = name;
    return spec;
  }
  std::string error_of(const Started& started) {
    if (started.fault) return "at once: " + started.fault->type;
    const Task& task = ended(started);
    return task.error ? task.error->type : "";
  }
};

TEST_F(OperationsTest, ASnapshotFreezesTheRunningLayerOfEachDiskThatTakesPart) {
  Vm& vm = add("a", 2);
  vm.disks[1].kind = DiskKind::IndependentPersistent;
  const LayerPtr base = vm.disks[0].running, outside = vm.disks[1].running;
  const Ref ref = snapshot(vm, "one");
  const Snapshot& taken = *Operations::find(vm, ref);
  EXPECT_EQ(taken.frozen, (std::map<int, LayerPtr>{{2000, base}}));
  EXPECT_EQ(vm.disks[0].running->parent, base);
  EXPECT_EQ(vm.disks[0].running->file, "[ds1] a/a-000001.vmdk");
  EXPECT_EQ(vm.disks[0].running->form, LayerForm::SeSparse);
  EXPECT_EQ(vm.disks[1].running, outside);
  EXPECT_EQ(vm.current_snapshot, ref);
}

TEST_F(OperationsTest, RevertBringsTheOldContentsBackAndKeepsTheSnapshot) {
  Vm& vm = add("a");
  const BlockMap before = world.contents(vm.disks[0].running);
  const Ref first = snapshot(vm, "one");
  write(vm, 0, 100, 9);
  EXPECT_EQ(error_of(world.revert_to_snapshot(vm, first, false, "u")), "");
  EXPECT_EQ(world.contents(vm.disks[0].running), before);
  EXPECT_EQ(vm.power, PowerState::Off) << "no memory was taken";
  EXPECT_NE(vm.disks[0].running, Operations::find(vm, first)->frozen.at(2000));
}

TEST_F(OperationsTest, RevertToAMemorySnapshotPowersOnUnlessSuppressed) {
  Vm& vm = add("a");
  CreateSpec spec = named("one");
  spec.memory = true;
  const Ref first = ended(world.create_snapshot(vm, spec, "u")).result_ref.value();
  EXPECT_TRUE(Operations::find(vm, first)->powered_on);
  EXPECT_EQ(Operations::find(vm, first)->memory_bytes, 4 * kGib);
  ended(world.revert_to_snapshot(vm, first, true, "u"));
  EXPECT_EQ(vm.power, PowerState::Off);
  ended(world.revert_to_snapshot(vm, first, false, "u"));
  EXPECT_EQ(vm.power, PowerState::On);
}

TEST_F(OperationsTest, QuiescingWithoutToolsIsIgnoredSilently) {
  Vm& vm = add("a");
  CreateSpec spec = named("one");
  spec.quiesce = true;
  EXPECT_EQ(error_of(world.create_snapshot(vm, spec, "u")), "");
  EXPECT_TRUE(vm.snapshots.back().quiesced);
  vm.tools_running = false;
  EXPECT_EQ(error_of(world.create_snapshot(vm, spec, "u")), "");
  EXPECT_FALSE(vm.snapshots.back().quiesced);
}

TEST_F(OperationsTest, WhatCannotBeSnapshotSaysWhy) {
  Vm& vm = add("a");
  CreateSpec with_memory = named("one");
  with_memory.memory = true;
  vm.disks[0].kind = DiskKind::RdmPhysical;
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")),
            "SnapshotIncompatibleDeviceInVm");
  vm.disks[0].kind = DiskKind::MultiWriter;
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")),
            "SnapshotIncompatibleDeviceInVm");
  vm.disks[0].kind = DiskKind::IndependentPersistent;
  EXPECT_EQ(error_of(world.create_snapshot(vm, with_memory, "u")),
            "MemorySnapshotOnIndependentDisk");
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")), "");
  vm.disks[0].kind = DiskKind::Normal;
  vm.extra_config = {{"snapshot.maxSnapshots", "0"}};
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")), "SnapshotDisabled");
  vm.extra_config.clear();
  EXPECT_EQ(error_of(world.create_snapshot(vm, named(""), "u")), "at once: InvalidName");
  EXPECT_EQ(error_of(world.create_snapshot(vm, named(std::string(81, 'x')), "u")),
            "at once: InvalidName");
  EXPECT_EQ(error_of(world.create_snapshot(vm, named(std::string(80, 'x')), "u")), "");
  vm.extra_disabled_methods = {"CreateSnapshot_Task"};
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")), "at once: MethodDisabled");
  vm.extra_disabled_methods.clear();
  world.disconnect_host(host, false);
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")), "at once: HostNotConnected");
  world.disconnect_host(host, true);
  vm.is_template = true;
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")), "at once: NotSupported");
}

TEST_F(OperationsTest, TheThirtyThirdLevelIsRefused) {
  Vm& vm = add("a");
  for (int level = 0; level < 32; ++level) snapshot(vm, "s");
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("s"), "u")), "TooManySnapshotLevels");
}

TEST_F(OperationsTest, ASecondTaskOnABusyVmNamesTheFirst) {
  Vm& vm = add("a");
  const Started first = world.create_snapshot(vm, named("one"), "u");
  const Started second = world.power(vm, PowerState::Off, "u");
  ASSERT_EQ(second.fault.value().type, "TaskInProgress");
  EXPECT_EQ(second.fault->refs, (std::vector<std::pair<std::string, Ref>>{{"task", *first.task}}));
}

TEST_F(OperationsTest, AFullCloneIsAFlattenedCopyOfItsOwn) {
  Vm& vm = add("a", 2);
  snapshot(vm, "one");
  write(vm, 3, 7, 9);
  CloneSpec spec;
  spec.name = "b";
  spec.folder = folder;
  const Ref made = ended(world.clone(vm, spec, "u")).result_ref.value();
  const Vm& copy = world.vms.at(made.value);
  for (std::size_t disk = 0; disk < 2; ++disk) {
    EXPECT_EQ(copy.disks[disk].running->blocks, world.contents(vm.disks[disk].running));
    EXPECT_EQ(copy.disks[disk].running->parent, nullptr);
    EXPECT_EQ(copy.disks[disk].running->form, LayerForm::Flat);
  }
  EXPECT_EQ(copy.disks[1].running->file, "[ds1] b/b_1.vmdk");
  EXPECT_NE(copy.instance_uuid, vm.instance_uuid);
  EXPECT_TRUE(copy.snapshots.empty());
  EXPECT_EQ(error_of(world.clone(vm, spec, "u")), "at once: DuplicateName");
}

TEST_F(OperationsTest, ChangeTrackingStartsWithTheNextSnapshotAndCountsEpochs) {
  Vm& vm = add("a");
  ReconfigSpec spec;
  spec.change_tracking = true;
  ended(world.reconfigure(vm, spec, "u"));
  EXPECT_FALSE(vm.change_tracking_active);
  snapshot(vm, "one");
  EXPECT_TRUE(vm.change_tracking_active);
  write(vm, 100, 5, 9);
  snapshot(vm, "two");
  const std::string first = vm.snapshots[0].change_ids.at(2000),
                    second = vm.snapshots[1].change_ids.at(2000);
  EXPECT_TRUE(first.starts_with("52 ")) << first;
  EXPECT_TRUE(first.ends_with("/1"));
  EXPECT_EQ(second, vm.disks[0].change_uuid + "/2");
  EXPECT_EQ(vm.disks[0].epochs.at(1).changed.runs(), (std::vector<sim::Run>{{100, 5, 9}}));
  const std::string before = vm.disks[0].change_uuid;
  ended(world.revert_to_current(vm, true, "u"));
  EXPECT_NE(vm.disks[0].change_uuid, before);
}

TEST_F(OperationsTest, PowerAndDestroyKnowTheirStates) {
  Vm& vm = add("a");
  EXPECT_EQ(error_of(world.power(vm, PowerState::On, "u")), "InvalidPowerState");
  EXPECT_EQ(error_of(world.destroy(vm, "u")), "at once: InvalidPowerState");
  EXPECT_EQ(error_of(world.power(vm, PowerState::Off, "u")), "");
  const Ref ref = vm.ref;
  EXPECT_EQ(error_of(world.destroy(vm, "u")), "");
  EXPECT_EQ(world.vm(ref.value), nullptr);
  const Datastore& only = world.datastores.at(datastore.value);
  EXPECT_EQ(world.free_bytes(only), only.capacity_bytes);
}

TEST_F(OperationsTest, ACancelledCreateLeavesDeltasThatNoFlagTellsOf) {
  Vm& vm = add("a");
  const Ref task = world.create_snapshot(vm, named("one"), "u").task.value();
  world.step(1s);
  EXPECT_FALSE(world.cancel_task(world.tasks.at(task.value), "u"));
  world.step(10s);
  EXPECT_EQ(world.tasks.at(task.value).error.value().type, "RequestCanceled");
  EXPECT_TRUE(vm.snapshots.empty());
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 2U);
  EXPECT_FALSE(vm.consolidation_needed);
}

TEST_F(OperationsTest, AnOrderedErrorExecutesOnlyWhenItSaysSo) {
  Vm& vm = add("a");
  World::NextTask knob;
  knob.method = "CreateSnapshot_Task";
  knob.entity = vm.ref.value;
  knob.error = FaultValue{"SystemError", "no", {}, {}, {}};
  world.next_tasks = {knob};
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")), "SystemError");
  EXPECT_TRUE(vm.snapshots.empty());
  knob.after_executing = true;
  world.next_tasks = {knob};
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")), "SystemError");
  EXPECT_EQ(vm.snapshots.size(), 1U);
  EXPECT_TRUE(world.next_tasks.empty());
}

TEST_F(OperationsTest, RenameChangesWhatIsGivenAndChecksTheName) {
  Vm& vm = add("a");
  const Ref first = snapshot(vm, "one");
  EXPECT_FALSE(world.rename_snapshot(vm, first, "%2f", std::nullopt, "u"));
  EXPECT_EQ(vm.snapshots[0].name, "%2f");
  EXPECT_EQ(world.rename_snapshot(vm, first, "", std::nullopt, "u").value().type, "InvalidName");
  EXPECT_EQ(world.rename_snapshot(vm, first, std::nullopt, std::nullopt, "u").value().type,
            "InvalidArgument");
  EXPECT_EQ(world.rename_snapshot(vm, {"VirtualMachineSnapshot", "snapshot-0"}, "x", "y", "u")
                .value()
                .type,
            "ManagedObjectNotFound");
}

TEST_F(OperationsTest, TheEstimateIsWhatConsolidationAddsToTheBase) {
  Vm& vm = add("a");
  const Ref first = snapshot(vm, "one");
  write(vm, 5000, 64, 9);
  write(vm, 0, 64, 9);  // the base has these already
  ended(world.remove_snapshot(vm, first, false, false, "u"));
  const Task& task = ended(world.estimate_consolidate(vm, "u"));
  EXPECT_EQ(task.result_storage,
            (std::vector<std::pair<Ref, std::uint64_t>>{{datastore, 64 * 1024}}));
}

TEST_F(OperationsTest, AMemorySnapshotWithoutRoomFailsAndLeavesNothing) {
  Vm& vm = add("a");
  Datastore& only = world.datastores.at(datastore.value);
  only.other_bytes = world.free_bytes(only) - 2 * kGib;  // its memory is 4 GiB
  CreateSpec spec = named("one");
  spec.memory = true;
  EXPECT_EQ(error_of(world.create_snapshot(vm, spec, "u")), "NoDiskSpace");
  EXPECT_TRUE(vm.snapshots.empty());
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 1U);
  spec.memory = false;
  EXPECT_EQ(error_of(world.create_snapshot(vm, spec, "u")), "");
}

TEST_F(OperationsTest, ASuspendedVmIsSnapshotWithItsMemoryAndNotTwiceWithoutAChange) {
  Vm& vm = add("a");
  EXPECT_EQ(error_of(world.power(vm, PowerState::Suspended, "u")), "");
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("one"), "u")), "");
  EXPECT_EQ(vm.snapshots.at(0).memory_bytes, 4 * kGib);
  EXPECT_EQ(error_of(world.create_snapshot(vm, named("two"), "u")), "SnapshotNoChange");
}

TEST_F(OperationsTest, ATemplateIsClonedIntoAPoolAndTwiceAtOnce) {
  Vm& vm = add("a");
  EXPECT_EQ(world.mark_as_template(vm, "u").value().type, "InvalidPowerState");
  ended(world.power(vm, PowerState::Off, "u"));
  ASSERT_FALSE(world.mark_as_template(vm, "u"));
  CloneSpec spec;
  spec.name = "b";
  spec.folder = folder;
  EXPECT_EQ(error_of(world.clone(vm, spec, "u")), "at once: InvalidArgument");
  spec.pool = pool;
  const Started first = world.clone(vm, spec, "u");
  spec.name = "c";
  const Started second = world.clone(vm, spec, "u");
  EXPECT_EQ(error_of(first), "");
  EXPECT_EQ(error_of(second), "");
  EXPECT_EQ(world.vms.size(), 3U);
  EXPECT_FALSE(
      world.vms.at(world.tasks.at(second.task->value).result_ref.value().value).is_template);
  EXPECT_FALSE(world.mark_as_vm(vm, pool, "u"));
  EXPECT_EQ(error_of(world.power(vm, PowerState::On, "u")), "");
}

TEST_F(OperationsTest, RemovingWithChildrenTakesTheSubtreeAndMergesWhatTheGuestStandsOn) {
  Vm& vm = add("a");
  snapshot(vm, "root");
  const Ref middle = snapshot(vm, "middle");
  write(vm, 0, 3, 8);
  snapshot(vm, "leaf");
  write(vm, 1, 1, 9);
  const BlockMap before = world.contents(vm.disks[0].running);
  EXPECT_EQ(error_of(world.remove_snapshot(vm, middle, true, true, "u")), "");
  ASSERT_EQ(vm.snapshots.size(), 1U);
  EXPECT_EQ(vm.snapshots[0].name, "root");
  EXPECT_EQ(vm.current_snapshot, vm.snapshots[0].ref);
  EXPECT_EQ(World::chain(vm.disks[0].running).size(), 2U);
  EXPECT_EQ(world.contents(vm.disks[0].running), before);
}

TEST_F(OperationsTest, AVmThatMovesTakesItsSnapshotsAndAllOfItsFilesAlong) {
  Vm& vm = add("a", 2);
  const Ref first = snapshot(vm, "one");
  const BlockMap before = world.contents(vm.disks[0].running);
  const Ref to = world.next_ref("Datastore"), far = world.next_ref("HostSystem");
  world.datastores[to.value] = {to, "ds2", "VMFS", 6, {}, 1024 * kGib};
  world.hosts[far.value] = {far, "esx2", "", {}};
  EXPECT_EQ(error_of(world.relocate(vm, far, to, "u")), "");
  EXPECT_EQ(vm.host, far);
  EXPECT_EQ(vm.home, "[ds2] a/a.vmx");
  for (const LayerPtr& layer : Operations::layers_of(vm)) {
    EXPECT_EQ(layer->datastore, to);
    EXPECT_TRUE(layer->file.starts_with("[ds2] a/")) << layer->file;
  }
  EXPECT_NE(Operations::find(vm, first), nullptr);
  EXPECT_EQ(world.contents(vm.disks[0].running), before);
}

TEST_F(OperationsTest, AVmDoesNotMoveFromUnderALinkedClone) {
  Vm& vm = add("a");
  CloneSpec spec;
  spec.name = "linked";
  spec.folder = folder;
  spec.linked = true;
  spec.snapshot = snapshot(vm, "one");
  EXPECT_EQ(error_of(world.clone(vm, spec, "u")), "");
  const Ref to = world.next_ref("Datastore");
  world.datastores[to.value] = {to, "ds2", "VMFS", 6, {}, 1024 * kGib};
  EXPECT_EQ(error_of(world.relocate(vm, {}, to, "u")), "NotSupported");
  EXPECT_EQ(error_of(world.relocate(vm, host, {}, "u")), "");
}

}  // namespace
}  // namespace sim::test
