"""VMware's own client snapshots, reverts, clones and watches on vcenter-sim, and finds what a vCenter would show."""

import unittest

from pyvmomi_case import Collector, SimulatorCase, disks_of, layers_of, nodes_of
from pyVmomi import vim, vmodl


class TakesSnapshots(SimulatorCase):
    def test_three_snapshots_make_a_chain(self):
        vm = self.a_vm()
        base = [layers_of(disk) for disk in disks_of(vm.config)]
        made = [self.snapshot(vm, name, description=name.upper()) for name in ("a", "b", "c")]
        tree = nodes_of(vm.snapshot)
        self.assertEqual(made, [tree[name].snapshot for name in "abc"])
        self.assertEqual([1, 2, 3], [tree[name].id for name in "abc"])
        self.assertEqual(["A", "B", "C"], [tree[name].description for name in "abc"])
        self.assertEqual([tree["b"]], list(tree["a"].childSnapshotList))
        self.assertEqual([tree["a"].snapshot], list(vm.rootSnapshot))
        self.assertEqual(made[2], vm.snapshot.currentSnapshot)
        times = [tree[name].createTime for name in "abc"]
        self.assertEqual(sorted(times), times)
        self.assertEqual({"poweredOff"}, {node.state for node in tree.values()}, "no memory was captured")
        for disk, before in zip(disks_of(vm.config), base):
            files = layers_of(disk)
            self.assertEqual(len(before) + 3, len(files))
            self.assertEqual(before, files[3:], "leaf first")
        self.layout_matches(vm)
        self.assertFalse(vm.runtime.consolidationNeeded)
        for name, moref in zip("abc", made):
            frozen = [disk.backing.fileName for disk in disks_of(moref.config)]
            depth = 3 - "abc".index(name)
            self.assertEqual([layers_of(disk)[depth] for disk in disks_of(vm.config)], frozen)
            self.assertEqual(vm, moref.vm)

    def layout_matches(self, vm):
        """layoutEx tells chains base first, the devices leaf first; both the same files."""
        names = {file.key: file.name for file in vm.layoutEx.file}
        for layouts, config in [(vm.layoutEx.disk, vm.config)] + [(layout.disk, layout.key.config)
                                                                  for layout in vm.layoutEx.snapshot]:
            chains = {layout.key: [names[unit.fileKey[0]] for unit in layout.chain] for layout in layouts}
            self.assertEqual({disk.key: layers_of(disk)[::-1] for disk in disks_of(config)}, chains)

    def test_memory_shows_in_state_and_files(self):
        vm = self.a_vm()
        moref = self.snapshot(vm, "with memory", memory=True)
        self.assertEqual("poweredOn", nodes_of(vm.snapshot)["with memory"].state)
        layout = vm.layoutEx.snapshot[0]
        self.assertEqual(moref, layout.key)
        files = {file.key: file for file in vm.layoutEx.file}
        self.assertEqual(("snapshotMemory", "snapshotData"),
                         (files[layout.memoryKey].type, files[layout.dataKey].type))
        self.assertEqual(vm.config.hardware.memoryMB << 20, files[layout.memoryKey].size)
        self.snapshot(vm, "without")
        self.assertEqual(-1, vm.layoutEx.snapshot[1].memoryKey)

    def test_reverts_and_removes_the_middle_one(self):
        vm = self.a_vm()
        first, second, third = [self.snapshot(vm, name) for name in ("a", "b", "c")]
        self.assertIsNone(self.finish(second.RevertToSnapshot_Task()))
        self.assertEqual(second, vm.snapshot.currentSnapshot)
        self.assertEqual("poweredOff", vm.runtime.powerState, "a snapshot without memory is of a VM that is off")
        self.assertEqual({"a", "b", "c"}, set(nodes_of(vm.snapshot)))
        self.layout_matches(vm)
        self.assertIsNone(self.finish(second.RemoveSnapshot_Task(removeChildren=False, consolidate=True)))
        tree = nodes_of(vm.snapshot)
        self.assertEqual({"a", "c"}, set(tree))
        self.assertEqual([third], [node.snapshot for node in tree["a"].childSnapshotList])
        self.assertEqual(first, vm.snapshot.currentSnapshot)
        self.assertFalse(vm.runtime.consolidationNeeded)
        self.layout_matches(vm)
        self.fails(vmodl.fault.ManagedObjectNotFound, lambda: second.config)
        self.finish(vm.RevertToCurrentSnapshot_Task())
        self.assertEqual(first, vm.snapshot.currentSnapshot)
        self.finish(vm.RemoveAllSnapshots_Task())
        self.assertIsNone(vm.snapshot)
        self.assertEqual([1], sorted({len(layers_of(disk)) for disk in disks_of(vm.config)}))

    def test_removes_with_children(self):
        vm = self.a_vm()
        morefs = [self.snapshot(vm, name) for name in ("a", "b", "c")]
        self.finish(morefs[1].RemoveSnapshot_Task(removeChildren=True))
        self.assertEqual(["a"], list(nodes_of(vm.snapshot)))
        self.assertEqual(morefs[0], vm.snapshot.currentSnapshot)
        self.layout_matches(vm)

    def test_renames(self):
        vm = self.a_vm()
        moref = self.snapshot(vm, "before", description="told")
        moref.RenameSnapshot(name="after")
        node = nodes_of(vm.snapshot)["after"]
        self.assertEqual(("told", moref), (node.description, node.snapshot))
        self.fails(vim.fault.InvalidName, moref.RenameSnapshot, name="")
        self.fails(vmodl.fault.InvalidArgument, moref.RenameSnapshot)

    def test_debt_is_flagged_estimated_and_consolidated(self):
        vm = self.a_vm()
        moref = self.snapshot(vm, "a")
        depth = len(layers_of(disks_of(vm.config)[0]))
        self.finish(moref.RemoveSnapshot_Task(removeChildren=False, consolidate=False))
        self.assertIsNone(vm.snapshot)
        self.assertTrue(vm.runtime.consolidationNeeded)
        self.assertEqual(depth, len(layers_of(disks_of(vm.config)[0])), "the delta stays")
        needs = self.finish(vm.EstimateStorageForConsolidateSnapshots_Task())
        self.assertTrue(needs)
        for need in needs:
            self.assertIn(need.datastore, vm.datastore)
            self.assertGreaterEqual(need.freeSpaceRequiredInKb, 0)
        self.finish(vm.ConsolidateVMDisks_Task())
        self.assertFalse(vm.runtime.consolidationNeeded)
        self.assertEqual(depth - 1, len(layers_of(disks_of(vm.config)[0])))
        self.assertIsNone(vm.snapshot)


class WatchesTasks(SimulatorCase):
    def watch(self, *objects, kind, paths):
        spec = Collector.FilterSpec(objectSet=[Collector.ObjectSpec(obj=item) for item in objects],
                                    propSet=[Collector.PropertySpec(type=kind, pathSet=paths)])
        made = self.content.propertyCollector.CreateFilter(spec, False)
        self.addCleanup(made.DestroyPropertyFilter)
        return made

    def updates(self, version):
        """(version, {path: value}) since then; None when nothing changed."""
        options = Collector.WaitOptions(maxWaitSeconds=0)
        found = self.content.propertyCollector.WaitForUpdatesEx(version, options)
        if found is None:
            return version, None
        changes = {}
        for each in found.filterSet:
            for item in each.objectSet:
                changes[item.kind] = True
                changes.update({change.name: change.val for change in item.changeSet})
        return found.version, changes

    def test_sees_a_task_queued_running_and_done(self):
        vm = self.a_vm()
        task = vm.CreateSnapshot_Task(name="watched", description="", memory=False, quiesce=False)
        self.watch(task, kind=vim.Task, paths=["info.state", "info.progress", "info.result", "info.error"])
        version, changes = self.updates("")
        self.assertTrue(changes["enter"])
        self.assertEqual(("queued", None), (changes["info.state"], changes.get("info.progress")))
        self.assertEqual((version, None), self.updates(version))
        seen, progress = ["queued"], []
        for _ in range(30):
            self.server.step(0.1)
            version, changes = self.updates(version)
            if changes is None:
                continue
            self.assertTrue(changes["modify"])
            if changes.get("info.progress") is not None:
                progress.append(changes["info.progress"])
            if "info.state" in changes:
                seen.append(changes["info.state"])
                if seen[-1] == "success":
                    self.assertEqual(vm.snapshot.currentSnapshot, changes["info.result"])
                    break
        self.assertEqual(["queued", "running", "success"], seen)
        self.assertEqual(sorted(set(progress)), progress)
        self.assertGreaterEqual(len(progress), 3)
        info = task.info
        self.assertEqual(("CreateSnapshot_Task", "VirtualMachine.createSnapshot", vm.name),
                         (info.name.info.wsdlName, info.descriptionId, info.entityName))
        self.assertEqual(self.server.username, info.reason.userName)
        self.assertLessEqual(info.queueTime, info.startTime)
        self.assertLess(info.startTime, info.completeTime)
        self.assertIn(task, self.content.taskManager.recentTask)
        self.assertIn(task, vm.recentTask)

    def test_sees_a_tree_change_and_vanish(self):
        vm = self.a_vm()
        self.watch(vm, kind=vim.VirtualMachine, paths=["snapshot"])
        version, changes = self.updates("")
        self.assertIsNone(changes["snapshot"])
        moref = self.snapshot(vm, "a")
        version, changes = self.updates(version)
        self.assertEqual(moref, changes["snapshot"].currentSnapshot)
        self.finish(moref.RemoveSnapshot_Task(removeChildren=False))
        version, changes = self.updates(version)
        self.assertIn("snapshot", changes)
        self.assertIsNone(changes["snapshot"], "unset is told as an assignment without a value")

    def test_a_finished_task_is_gone_after_a_while_but_not_from_history(self):
        vm = self.a_vm()
        task = vm.CreateSnapshot_Task(name="a", description="", memory=False, quiesce=False)
        self.finish(task)
        key = task.info.key
        self.server.step(3600)
        self.fails(vmodl.fault.ManagedObjectNotFound, lambda: task.info)
        by_entity = vim.TaskFilterSpec.ByEntity(entity=vm, recursion="self")
        history = self.content.taskManager.CreateCollectorForTasks(vim.TaskFilterSpec(entity=by_entity))
        self.assertEqual([key], [info.key for info in history.ReadNextTasks(10)])
        self.assertEqual([], history.ReadNextTasks(10))
        history.ResetCollector()
        self.assertEqual([key], [info.key for info in history.ReadPreviousTasks(10)])
        self.assertEqual([key], [info.key for info in history.latestPage])
        history.DestroyCollector()
        self.fails(vmodl.fault.ManagedObjectNotFound, history.ReadNextTasks, 10)

    def test_a_task_can_be_cancelled_until_it_ends(self):
        vm = self.a_vm()
        task = vm.CreateSnapshot_Task(name="a", description="", memory=True, quiesce=False)
        self.server.step(1)
        self.assertTrue(task.info.cancelable)
        task.CancelTask()
        self.task_fails(vmodl.fault.RequestCanceled, task)
        self.assertTrue(task.info.cancelled)
        self.assertIsNone(vm.snapshot)
        self.fails(vim.fault.InvalidState, task.CancelTask)


class MeetsFaults(SimulatorCase):
    def create(self, vm, name="s", memory=False):
        return vm.CreateSnapshot_Task(name=name, description="", memory=memory, quiesce=False)

    def test_names_are_checked_before_a_task_exists(self):
        vm = self.a_vm()
        self.assertEqual("", self.fails(vim.fault.InvalidName, self.create, vm, "").name)
        self.fails(vim.fault.InvalidName, self.create, vm, "x" * 81)
        self.assertEqual([], list(vm.recentTask))

    def test_one_operation_at_a_time(self):
        vm = self.a_vm()
        running = self.create(vm)
        self.assertEqual(running, self.fails(vim.fault.TaskInProgress, self.create, vm).task)
        self.finish(running)
        removing = vm.RemoveAllSnapshots_Task()
        self.assertEqual(removing, self.fails(vim.fault.TaskInProgress, vm.RevertToCurrentSnapshot_Task).task)
        self.finish(removing)

    def test_what_is_not_there_is_told(self):
        vm = self.a_vm()
        self.fails(vim.fault.NotFound, vm.RevertToCurrentSnapshot_Task)
        gone = vim.vm.Snapshot("snapshot-999999", self.service._stub)
        fault = self.fails(vmodl.fault.ManagedObjectNotFound, gone.RemoveSnapshot_Task, removeChildren=False)
        self.assertEqual("snapshot-999999", fault.obj._moId)

    def test_power_states_are_told(self):
        vm = self.a_vm()
        fault = self.task_fails(vim.fault.InvalidPowerState, vm.PowerOnVM_Task())
        self.assertEqual("poweredOn", fault.existingState)
        self.fails(vim.fault.InvalidPowerState, vm.Destroy_Task)
        self.fails(vim.fault.InvalidPowerState, vm.MarkAsTemplate)

    def test_locked_files_fail_the_task(self):
        vm = self.a_vm()
        file = disks_of(vm.config)[0].backing.fileName
        self.server.touch(act="lock", file=file)
        self.assertEqual(file, self.task_fails(vim.fault.FileLocked, self.create(vm)).file)
        self.server.touch(act="unlock", file=file)
        self.snapshot(vm, "s")

    def test_any_fault_arrives_with_its_type(self):
        vm = self.a_vm()
        for name, kind in (("ApplicationQuiesceFault", vim.fault.ApplicationQuiesceFault),
                           ("NoDiskSpace", vim.fault.NoDiskSpace), ("SnapshotDisabled", vim.fault.SnapshotDisabled),
                           ("InvalidSnapshotFormat", vim.fault.InvalidSnapshotFormat),
                           ("GenericVmConfigFault", vim.fault.GenericVmConfigFault)):
            self.server.add_faults({"method": "CreateSnapshot_Task", "object": vm._moId, "times": 1,
                                    "then": {"task_error": name}})
            self.task_fails(kind, self.create(vm))
        for name, kind in (("NoPermission", vim.fault.NoPermission), ("HostNotConnected", vmodl.fault.HostNotConnected),
                           ("MethodDisabled", vim.fault.MethodDisabled)):
            self.server.add_faults({"method": "CreateSnapshot_Task", "object": vm._moId, "times": 1,
                                    "then": {"fault": name}})
            self.fails(kind, self.create, vm)
        self.snapshot(vm, "after all that")

    def test_templates_take_no_snapshots(self):
        vm = self.a_vm()
        self.finish(vm.PowerOffVM_Task())
        vm.MarkAsTemplate()
        self.assertTrue(vm.config.template)
        self.assertIn("CreateSnapshot_Task", vm.disabledMethod)
        self.fails(vmodl.fault.NotSupported, self.create, vm)


class ClonesAndChanges(SimulatorCase):
    def clone(self, vm, name, snapshot=None, move=None, template=False):
        location = vim.vm.RelocateSpec(diskMoveType=move, pool=None if template else vm.resourcePool)
        spec = vim.vm.CloneSpec(location=location, powerOn=False, template=template, snapshot=snapshot)
        return self.finish(vm.CloneVM_Task(folder=vm.parent, name=name, spec=spec))

    def test_a_full_clone_stands_on_its_own(self):
        vm = self.a_vm()
        self.snapshot(vm, "a")
        copy = self.clone(vm, "full copy")
        self.assertEqual(("full copy", "poweredOff", None), (copy.name, copy.runtime.powerState, copy.snapshot))
        self.assertNotEqual(vm.config.instanceUuid, copy.config.instanceUuid)
        for disk in disks_of(copy.config):
            self.assertEqual(1, len(layers_of(disk)))
            self.assertIn("full copy/", layers_of(disk)[0])

    def test_a_linked_clone_stands_on_the_snapshot(self):
        vm = self.a_vm()
        moref = self.snapshot(vm, "a")
        frozen = [layers_of(disk) for disk in disks_of(moref.config)]
        copy = self.clone(vm, "linked copy", moref, "createNewChildDiskBacking")
        self.assertEqual(frozen, [layers_of(disk)[1:] for disk in disks_of(copy.config)])
        self.assertIsNone(copy.snapshot)
        spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(diskMoveType="createNewChildDiskBacking",
                                                             pool=vm.resourcePool), powerOn=False, template=False)
        self.fails(vmodl.fault.InvalidArgument, vm.CloneVM_Task, folder=vm.parent, name="no", spec=spec)

    def test_a_template_becomes_a_vm_again(self):
        vm = self.a_vm()
        template = self.clone(vm, "template copy", template=True)
        self.assertTrue(template.config.template)
        template.MarkAsVirtualMachine(vm.resourcePool)
        self.assertFalse(template.config.template)
        moid = template._moId
        self.finish(template.Destroy_Task())
        self.fails(vmodl.fault.ManagedObjectNotFound, lambda: template.name)
        self.assertNotIn(moid, [each["moid"] for each in self.server.state()["vms"]])

    def test_change_tracking_tells_changed_areas(self):
        vm = self.a_vm()
        self.finish(vm.ReconfigVM_Task(vim.vm.ConfigSpec(changeTrackingEnabled=True)))
        self.assertTrue(vm.config.changeTrackingEnabled)
        before = self.snapshot(vm, "before")
        self.server.step(7200)
        after = self.snapshot(vm, "after")
        was, now = disks_of(before.config)[0], disks_of(after.config)[0]
        self.assertRegex(was.backing.changeId, r"^[0-9a-f]{2}( [0-9a-f]{2}){7}-[0-9a-f]{2}( [0-9a-f]{2}){7}/\d+$")
        self.assertIsNone(disks_of(vm.config)[0].backing.changeId, "the running disk has none")

        def areas(since):
            offset, found = 0, []
            while offset < now.capacityInBytes:
                part = vm.QueryChangedDiskAreas(after, now.key, offset, since)
                found += [(area.start, area.length) for area in part.changedArea]
                self.assertGreater(part.length, 0)
                offset = part.startOffset + part.length
            return found
        changed, allocated = areas(was.backing.changeId), areas("*")
        self.assertEqual(sorted(changed), changed)
        self.assertGreater(len(changed), 0)
        self.assertLessEqual(sum(length for _, length in changed), sum(length for _, length in allocated))
        self.fails(vim.fault.FileFault, vm.QueryChangedDiskAreas, after, now.key, 0, "52 00 00/1")

    def change_disk(self, vm, device, operation, file=None):
        change = vim.vm.device.VirtualDeviceSpec(device=device, operation=operation, fileOperation=file)
        return vm.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[change]))

    def test_a_disk_added_between_snapshots_leaves_with_a_revert(self):
        vm = self.a_vm()
        before = self.snapshot(vm, "before")
        known = {disk.key for disk in disks_of(vm.config)}
        disk = vim.vm.device.VirtualDisk(key=-1, controllerKey=disks_of(vm.config)[0].controllerKey,
                                         capacityInBytes=1 << 30)
        disk.backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(fileName="", diskMode="persistent",
                                                                     thinProvisioned=True)
        self.assertIsNone(self.finish(self.change_disk(vm, disk, "add", "create")))
        added, = [each for each in disks_of(vm.config) if each.key not in known]
        self.assertEqual((1 << 30, 1), (added.capacityInBytes, len(layers_of(added))))
        added.capacityInBytes *= 2
        added.capacityInKB *= 2
        self.finish(self.change_disk(vm, added, "edit"))
        after = self.snapshot(vm, "after")
        self.assertEqual([known, known | {added.key}],
                         [{disk.key for disk in disks_of(each.config)} for each in (before, after)])
        added = next(each for each in disks_of(vm.config) if each.key == added.key)
        self.assertEqual((2 << 30, 2), (added.capacityInBytes, len(layers_of(added))))
        added.capacityInBytes *= 2
        added.capacityInKB *= 2
        self.task_fails(vim.fault.InvalidDeviceOperation, self.change_disk(vm, added, "edit"))
        self.finish(before.RevertToSnapshot_Task())
        self.assertEqual(known, {disk.key for disk in disks_of(vm.config)})
        self.finish(after.RevertToSnapshot_Task())
        again = next(each for each in disks_of(vm.config) if each.key == added.key)
        self.assertEqual(added.backing.parent.fileName, again.backing.parent.fileName)
        self.finish(self.change_disk(vm, again, "remove", "destroy"))
        self.assertEqual(known, {disk.key for disk in disks_of(vm.config)})
        self.assertIn(again.key, [disk.key for disk in disks_of(after.config)], "the snapshot has it still")
        self.task_fails(vim.fault.InvalidDeviceSpec, self.change_disk(vm, again, "remove"))

    def test_folders_names_and_the_inventory(self):
        vm = self.a_vm()
        folder = vm.parent.CreateFolder("made here")
        self.assertEqual((vm.parent, "made here", []), (folder.parent, folder.name, list(folder.childEntity)))
        self.fails(vim.fault.DuplicateName, vm.parent.CreateFolder, "made here")
        before = vm.parent
        self.finish(folder.MoveIntoFolder_Task([vm]))
        self.assertEqual((folder, [vm]), (vm.parent, list(folder.childEntity)))
        self.task_fails(vim.fault.InvalidFolder, folder.MoveIntoFolder_Task([folder]))
        self.finish(vm.Rename_Task("another name"))
        self.finish(folder.Rename_Task("renamed"))
        self.assertEqual(("another name", "another name", "renamed"), (vm.name, vm.config.name, folder.name))
        self.finish(vm.ResetVM_Task())
        self.fails(vim.fault.InvalidPowerState, vm.UnregisterVM)
        self.finish(vm.PowerOffVM_Task())
        self.task_fails(vim.fault.InvalidPowerState, vm.ResetVM_Task())
        vm.UnregisterVM()
        self.fails(vmodl.fault.ManagedObjectNotFound, lambda: vm.name)
        self.assertEqual([], list(folder.childEntity))
        authorization = self.content.authorizationManager
        self.assertEqual([], list(authorization.RetrieveEntityPermissions(before, False)))
        self.assertEqual({(self.content.rootFolder, -1, True)},
                         {(each.entity, each.roleId, each.propagate)
                          for each in authorization.RetrieveEntityPermissions(before, True)})

    def test_custom_fields_and_settings(self):
        vm, fields = self.a_vm(), self.content.customFieldsManager
        made = fields.AddCustomFieldDef(name="deltakeep.test", moType=vim.VirtualMachine)
        fields.SetField(vm, made.key, "yes")
        self.assertEqual([(made.key, "yes")], [(each.key, each.value) for each in vm.customValue])
        self.assertIn("deltakeep.test", [field.name for field in vm.availableField])
        self.fails(vim.fault.DuplicateName, fields.AddCustomFieldDef, name="deltakeep.test")
        option = vim.option.OptionValue(key="deltakeep.mark", value="1")
        self.finish(vm.ReconfigVM_Task(vim.vm.ConfigSpec(annotation="note", extraConfig=[option])))
        self.assertEqual("note", vm.config.annotation)
        self.assertIn(("deltakeep.mark", "1"), [(each.key, each.value) for each in vm.config.extraConfig])

    def test_power_goes_off_and_on(self):
        vm = self.a_vm()
        self.finish(vm.PowerOffVM_Task())
        self.assertEqual("poweredOff", vm.runtime.powerState)
        self.finish(vm.PowerOnVM_Task())
        self.assertEqual("poweredOn", vm.runtime.powerState)


if __name__ == "__main__":
    unittest.main()
