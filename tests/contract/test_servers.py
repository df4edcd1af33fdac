"""One suite for both simulated vCenters: deltakeep sees what VMware's own client sees, before and after changes.

What a server lacks is a named list (servers.py) and shows up as skipped with its reason; a lack that is none fails.
"""

import unittest
from datetime import datetime

from deltakeep import SiteCase
from servers import OnSimulator, OnVcsim, Peer, needs, vim

PATHS = ["name", "parent", "config.instanceUuid", "config.uuid", "config.template", "config.hardware.device", "snapshot",
         "layoutEx", "runtime.powerState", "runtime.host", "runtime.consolidationNeeded", "datastore", "customValue"]
POWER = {"on": "poweredOn", "off": "poweredOff", "suspended": "suspended"}


def snapshots_of(info):
    """What there is to know of each snapshot of a VM, as (moid, ...) in no order."""
    rows = []

    def walk(nodes, parent):
        for node in nodes:
            rows.append((node.snapshot._moId, node.name, node.description, node.id, parent and parent._moId,
                         node.snapshot == info.currentSnapshot, node.quiesced, node.createTime.timestamp()))
            walk(node.childSnapshotList, node.snapshot)
    if info:
        walk(info.rootSnapshotList, None)
    return sorted(rows)


def layers_of(device, layout):
    """(file, bytes) of a disk's layers, running point first: names from the backings, sizes from layoutEx."""
    names, backing = [], device.backing
    while backing:
        names.append(backing.fileName)
        backing = getattr(backing, "parent", None)
    sizes = {file.key: file.size for file in layout.file}
    disk = next(disk for disk in layout.disk if disk.key == device.key)
    return list(zip(names, [sum(sizes[key] for key in unit.fileKey) for unit in reversed(disk.chain)], strict=True))


def kind_of(backing):
    """deltakeep's word for the format of a disk's running layer."""
    if not backing.parent:
        return "none"
    if getattr(backing, "deltaDiskFormatVariant", None) == "vsanSparseVariant":
        return "vsanSparse"
    return {"redoLogFormat": "vmfsSparse", "nativeFormat": "native", "seSparseFormat": "seSparse"}[backing.deltaDiskFormat]


def seconds(text):
    """A time of deltakeep's as seconds since 1970."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Contract:
    SERVER = None

    def serve(self, **wanted):
        """A server, a configuration that names it, and another client of it."""
        server = self.SERVER(**wanted)
        self.addCleanup(server.close)
        self.site.configure(server.keys())
        peer = Peer(server)
        self.addCleanup(peer.close)
        return server, peer

    def scan(self):
        """moid -> VM as deltakeep tells it after a scan that saw everything."""
        self.assert_exit(0, self.site.run("scan"))
        return self.seen()

    def seen(self):
        return {vm["moid"]: vm for vm in self.site.run("--json", "vms").document()["vms"]}

    def compare(self, peer, ours):
        """Every VM of both, property by property. Gives the number of snapshots."""
        theirs = peer.read(vim.VirtualMachine, PATHS)
        self.assertEqual(set(theirs), set(ours))
        counted = 0
        for moid, properties in theirs.items():
            try:
                counted += self.compare_vm(properties, ours[moid])
            except Exception as difference:
                difference.add_note(f"comparing {moid}")
                raise
        return counted

    def compare_vm(self, theirs, vm):
        self.assertEqual(theirs["name"], vm["raw_name"])
        self.assertEqual(theirs["config.instanceUuid"].lower(), vm["instance_uuid"].lower())
        self.assertEqual(theirs["config.uuid"].lower(), vm["bios_uuid"].lower())
        self.assertEqual(theirs["config.template"], vm["template"])
        self.assertEqual(theirs["runtime.powerState"], POWER[vm["power"]])
        self.assertEqual(theirs["runtime.host"]._moId, vm["host"])
        self.assertEqual(bool(theirs.get("runtime.consolidationNeeded")), vm["consolidation_needed"])
        self.assertEqual({store._moId for store in theirs["datastore"]}, set(vm["datastores"]))
        rows = snapshots_of(theirs.get("snapshot"))
        self.assertEqual(rows, sorted((s["moid"], s["raw_name"], s["description"], s["id"], s["parent"], s["current"],
                                       s["quiesced"], seconds(s["created"])) for s in vm["snapshots"]))
        disks = {disk["key"]: disk for disk in vm["disks"]}
        for device in theirs["config.hardware.device"]:
            if isinstance(device, vim.vm.device.VirtualDisk):
                self.compare_disk(device, theirs["layoutEx"], disks.pop(device.key))
        self.assertEqual({}, disks)
        return len(rows)

    def compare_disk(self, device, layout, disk):
        layers = layers_of(device, layout)
        self.assertEqual(layers, [(layer["file"], layer["bytes"]) for layer in disk["layers"]])
        self.assertEqual(len(layers), disk["depth"] + disk["inherited"] + 1)
        self.assertEqual(device.capacityInBytes, disk["capacity_bytes"])
        self.assertEqual(device.deviceInfo.label, disk["label"])
        self.assertEqual(getattr(device.backing, "diskMode", None) or "", disk["mode"])
        self.assertEqual(kind_of(device.backing), disk["kind"])

    # --- what is there -------------------------------------------------------------------------

    def test_both_clients_see_the_same_machines_through_pages_of_100(self):
        server, peer = self.serve(vms=350, snapshots="0-6", seed=6)
        before = server.calls()["ContinueRetrievePropertiesEx"]
        ours = self.scan()
        self.assertGreaterEqual(server.calls()["ContinueRetrievePropertiesEx"] - before, 3)
        self.assertEqual(350, len(ours))
        self.assertGreater(self.compare(peer, ours), 700)

    def test_doctor_finds_nothing_wrong(self):
        self.serve(vms=3)
        result = self.site.run("--json", "doctor")
        self.assert_exit(0, result)
        endpoint, = result.document()["endpoints"]
        checks = {check["name"]: check["verdict"] for check in endpoint["checks"]}
        self.assertLessEqual({"session", "tls", "api-version", "clock-skew", "rights-missing", "datastores"}, set(checks))
        self.assertNotIn("problem", checks.values())

    def test_tree_and_chain_tell_every_snapshot_and_every_layer(self):
        self.serve(vms=12, snapshots="2-5", seed=3)
        deepest = max(self.scan().values(), key=lambda vm: vm["depth"])
        tree, chain = self.site.run("tree", deepest["moid"]), self.site.run("chain", deepest["moid"])
        self.assert_exit(0, tree)
        self.assert_exit(0, chain)
        for snapshot in deepest["snapshots"]:
            self.assertIn(snapshot["name"], tree.out)
        for layer in (layer for disk in deepest["disks"] for layer in disk["layers"]):
            self.assertIn(layer["file"], chain.out)

    def test_a_second_scan_of_the_same_inventory_changes_nothing(self):
        self.serve(vms=12, seed=4)
        self.assertEqual(self.scan(), self.scan())

    def test_tags_and_attributes_belong_to_their_vms(self):
        _, peer = self.serve(vms=12)
        field = peer.content.customFieldsManager.AddCustomFieldDef("Owner", vim.VirtualMachine)
        chosen = sorted(peer.read(vim.VirtualMachine, ["name"]))[:2]
        for number, moid in enumerate(chosen):
            peer.content.customFieldsManager.SetField(peer.vm(moid), field.key, f"team <{number}> & co")
        ours = self.scan()
        self.assertEqual({chosen[0]: {"Owner": "team <0> & co"}, chosen[1]: {"Owner": "team <1> & co"}},
                         {moid: vm["attributes"] for moid, vm in ours.items() if vm["attributes"]})

    # --- what another client changes between two scans --------------------------------------------

    def changed(self, change, **wanted):
        """(before, after, server, peer) of scans around change(peer, moid of a VM with snapshots)."""
        server, peer = self.serve(**{"vms": 8, "snapshots": "3-3", **wanted})
        before = self.scan()
        moid = self.plain_vm(before)
        change(peer, moid)
        after = self.scan()
        self.compare(peer, after)
        self.assertEqual({k: v for k, v in before.items() if k in after and k != moid},
                         {k: v for k, v in after.items() if k in before and k != moid}, "the other VMs are as they were")
        return before[moid], after, moid

    @staticmethod
    def plain_vm(vms):
        """A VM with three snapshots in line, which runs and of which nothing special is to be said."""
        return min(moid for moid, vm in vms.items() if vm["depth"] == 3 == vm["tree_depth"] == len(vm["snapshots"])
                   and vm["power"] == "on" and not vm["flags"] and "CreateSnapshot_Task" not in vm["disabled_methods"])

    @staticmethod
    def names(vm):
        return [snapshot["raw_name"] for snapshot in vm["snapshots"]]

    def test_a_snapshot_that_was_taken(self):
        before, after, moid = self.changed(lambda peer, moid: peer.finish(
            peer.vm(moid).CreateSnapshot_Task("by hand", "a note", False, False)))
        self.assertEqual([*self.names(before), "by hand"], self.names(after[moid]))
        self.assertEqual("a note", after[moid]["snapshots"][-1]["description"])
        self.assertEqual((True, 4), (after[moid]["snapshots"][-1]["current"], after[moid]["tree_depth"]))

    @needs("layers")
    def test_a_snapshot_that_was_taken_is_one_more_layer_on_each_disk(self):
        before, after, moid = self.changed(lambda peer, moid: peer.finish(
            peer.vm(moid).CreateSnapshot_Task("by hand", "", False, False)))
        for old, new in zip(before["disks"], after[moid]["disks"], strict=True):
            self.assertEqual(old["depth"] + 1, new["depth"])
            self.assertEqual(new["layers"][0]["snapshot"], after[moid]["snapshots"][-1]["moid"])
            self.assertEqual([layer["file"] for layer in old["layers"]], [layer["file"] for layer in new["layers"][1:]])

    def test_a_snapshot_that_was_removed(self):
        def remove(peer, moid):
            middle = peer.vm(moid).snapshot.rootSnapshotList[0].childSnapshotList[0]
            peer.finish(middle.snapshot.RemoveSnapshot_Task(removeChildren=False))
        before, after, moid = self.changed(remove)
        names = self.names(before)
        self.assertEqual([names[0], names[2]], self.names(after[moid]))
        first, last = after[moid]["snapshots"]
        self.assertEqual((first["moid"], 2), (last["parent"], after[moid]["tree_depth"]))

    @needs("layers")
    def test_a_snapshot_that_was_removed_is_one_layer_less(self):
        def remove(peer, moid):
            root = peer.vm(moid).snapshot.rootSnapshotList[0]
            peer.finish(root.snapshot.RemoveSnapshot_Task(removeChildren=False))
        before, after, moid = self.changed(remove)
        for old, new in zip(before["disks"], after[moid]["disks"], strict=True):
            self.assertEqual((old["depth"] - 1, 0), (new["depth"], new["orphans"]))

    def test_a_revert_moves_you_are_here(self):
        def revert(peer, moid):
            peer.finish(peer.vm(moid).snapshot.rootSnapshotList[0].snapshot.RevertToSnapshot_Task())
        _, after, moid = self.changed(revert)
        self.assertEqual([True, False, False], [snapshot["current"] for snapshot in after[moid]["snapshots"]])
        self.assertEqual([True, False, False], [snapshot["on_current_path"] for snapshot in after[moid]["snapshots"]])
        self.assertEqual(1, after[moid]["tree_depth"])

    @needs("layers")
    def test_a_revert_leaves_one_delta_under_the_running_point(self):
        def revert(peer, moid):
            peer.finish(peer.vm(moid).snapshot.rootSnapshotList[0].snapshot.RevertToSnapshot_Task())
        _, after, moid = self.changed(revert)
        self.assertEqual({(1, 0)}, {(disk["depth"], disk["orphans"]) for disk in after[moid]["disks"]})

    @needs("rename-snapshot")
    def test_a_snapshot_that_was_renamed_is_the_same_snapshot(self):
        def rename(peer, moid):
            peer.vm(moid).snapshot.rootSnapshotList[0].snapshot.RenameSnapshot("new name", "new note")
        before, after, moid = self.changed(rename)
        old, new = before["snapshots"][0], after[moid]["snapshots"][0]
        self.assertEqual({**old, "name": "new name", "raw_name": "new name", "description": "new note"}, new)

    def test_all_snapshots_removed(self):
        _, after, moid = self.changed(lambda peer, moid: peer.finish(peer.vm(moid).RemoveAllSnapshots_Task()))
        self.assertEqual(([], 0), (after[moid]["snapshots"], after[moid]["tree_depth"]))

    def test_a_vm_that_was_renamed_keeps_its_history(self):
        before, after, moid = self.changed(
            lambda peer, moid: peer.finish(peer.vm(moid).ReconfigVM_Task(vim.vm.ConfigSpec(name="another name"))))
        self.assertEqual("another name", after[moid]["name"])
        self.assertEqual(before["path"].rsplit("/", 1)[0] + "/another name", after[moid]["path"])
        history = self.site.run("--json", "history", "another name").document()
        self.assertEqual(moid, history["vm"]["moid"])
        self.assertTrue(all(disk["samples"] for disk in history["disks"]))

    def test_a_vm_that_was_moved_has_another_path(self):
        def move(peer, moid):
            there = peer.vm(moid).parent
            while not isinstance(there.parent, vim.Datacenter):
                there = there.parent
            folder = there.CreateFolder("Somewhere else")
            peer.finish(folder.MoveIntoFolder_Task([peer.vm(moid)]))
        before, after, moid = self.changed(move)
        self.assertTrue(after[moid]["path"].endswith("/vm/Somewhere else/" + before["name"]), after[moid]["path"])

    def test_a_vm_that_was_destroyed_is_gone_and_remembered(self):
        def destroy(peer, moid):
            peer.finish(peer.vm(moid).PowerOffVM_Task())
            peer.finish(peer.vm(moid).Destroy_Task())
        before, after, moid = self.changed(destroy)
        self.assertNotIn(moid, after)
        self.assertEqual(1, self.site.run("--json", "status").document()["gone"])
        self.assert_error(self.site.run("--json", "tree", moid), 1, "not-found")
        self.assertEqual(before["name"], self.site.run("--json", "history", moid).document()["vm"]["name"])

    @needs("clone")
    def test_a_clone_is_a_vm_of_its_own_with_no_deltas(self):
        def clone(peer, moid):
            vm = peer.vm(moid)
            spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False)
            peer.finish(vm.CloneVM_Task(folder=vm.parent, name="copy", spec=spec))
        before, after, _ = self.changed(clone)
        made, = (vm for vm in after.values() if vm["name"] == "copy")
        self.assertEqual((0, [], "off"), (made["depth"], made["snapshots"], made["power"]))
        self.assertNotEqual(before["instance_uuid"], made["instance_uuid"])

    @needs("linked-clone")
    def test_a_linked_clone_stands_on_the_layers_of_another(self):
        def clone(peer, moid):
            vm = peer.vm(moid)
            spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(diskMoveType="createNewChildDiskBacking"),
                                    powerOn=False, template=False, snapshot=vm.snapshot.currentSnapshot)
            peer.finish(vm.CloneVM_Task(folder=vm.parent, name="linked", spec=spec))
        before, after, _ = self.changed(clone)
        made, = (vm for vm in after.values() if vm["name"] == "linked")
        self.assertIn("linked-clone", made["flags"])
        for disk, source in zip(made["disks"], before["disks"], strict=True):
            self.assertEqual((0, 3, 0), (disk["depth"], disk["inherited"], disk["orphans"]))
            self.assertEqual([layer["file"] for layer in source["layers"][1:]],
                             [layer["file"] for layer in disk["layers"][1:]])

    def test_a_template_is_flagged(self):
        def convert(peer, moid):
            peer.finish(peer.vm(moid).PowerOffVM_Task())
            peer.vm(moid).MarkAsTemplate()
        _, after, moid = self.changed(convert)
        self.assertTrue(after[moid]["template"])
        self.assertIn("template", after[moid]["flags"])

    # --- names ----------------------------------------------------------------------------------

    HOSTILE = ["a%2fb %5c %25", "</name><snapshot>", "&amp; &#27; ]]>", "\u202egpj.exe", "\U0001f4be caf\u00e9 \u6f22",
               "tab\there", "$(id) `id` ; rm", "%252f", "\u0085\u009b31m", "=cmd|' /C calc'!A0"]

    def test_hostile_names_arrive_whole_and_reach_no_terminal(self):
        def take(peer, moid):
            for name in self.HOSTILE:
                peer.finish(peer.vm(moid).CreateSnapshot_Task(name, name, False, False))
        _, after, moid = self.changed(take)
        told = after[moid]["snapshots"][3:]
        self.assertEqual(self.HOSTILE, [snapshot["description"] for snapshot in told])
        self.assertEqual("a/b \\ %", told[0]["name"])
        self.assertEqual("%2f", told[7]["name"], "decoded once")
        text = self.site.run("tree", moid)
        self.assert_exit(0, text)
        for character in "\u202e\u0085\u009b\t":
            self.assertNotIn(character, text.out)

    # --- what only some storage and some accidents show ----------------------------------------------

    @needs("control")
    def test_debt_after_a_removal_is_told_as_orphans(self):
        server, peer = self.serve(vms=8, snapshots="3-3")
        before = self.scan()
        moid = self.plain_vm(before)
        server.add_faults({"method": "RemoveSnapshot_Task", "then": {"consolidation_debt": True}})
        peer.finish(peer.vm(moid).snapshot.rootSnapshotList[0].snapshot.RemoveSnapshot_Task(removeChildren=False))
        server.step(600)
        after = self.scan()
        self.compare(peer, after)
        vm = after[moid]
        self.assertEqual((3, 2), (vm["depth"], vm["tree_depth"]))
        self.assertEqual({1}, {disk["orphans"] for disk in vm["disks"] if disk["mode"] == "persistent"})
        self.assertLessEqual({"consolidation-needed", "orphan-deltas"}, set(vm["flags"]))
        self.assertIn(moid, [row["moid"] for row in self.site.run("--json", "status").document()["worst"]
                             if row["risk"] == "critical"])
        peer.finish(peer.vm(moid).ConsolidateVMDisks_Task())
        vm = self.scan()[moid]
        self.assertEqual((2, False), (vm["depth"], vm["consolidation_needed"]))

    @needs("control")
    def test_every_api_version_since_6_7_shows_the_same(self):
        sizes = {}
        for offered in ("6.7.3", "7.0.3.0", "8.0.2.0", "9.0.0.0"):
            self.serve(vms=12, options=["--api-version", offered, "--start", "2026-11-01T00:00:00Z"])
            self.assert_exit(0, self.site.run("--state", self.site.path / offered, "scan"))
            status = self.site.run("--state", self.site.path / offered, "--json", "status").document()
            self.assertEqual([offered], [endpoint["api"] for endpoint in status["endpoints"]])
            vms = self.site.run("--state", self.site.path / offered, "--json", "vms").document()["vms"]
            sizes[offered] = [(vm["moid"], vm["depth"], vm["probes"], [snapshot["bytes"] for snapshot in vm["snapshots"]])
                              for vm in vms]
        self.assertEqual(1, len(set(map(str, sizes.values()))), sizes)

    @needs("control")
    def test_each_kind_of_storage_has_its_kind_of_delta(self):
        server, _ = self.serve(vms=60, snapshots="1-3", options=["--datastores", "vmfs6,vmfs5,nfs,vsan,vvol"])
        server.state()
        kinds = {disk["kind"] for vm in self.scan().values() for disk in vm["disks"] if disk["depth"]}
        self.assertEqual({"seSparse", "vmfsSparse", "vsanSparse", "native"}, kinds)

    @needs("control")
    def test_a_session_that_ends_before_a_page_is_opened_again(self):
        server, peer = self.serve(vms=12, snapshots="0-1")
        expected = set(peer.read(vim.VirtualMachine, ["name"]))
        for method in ("CreateContainerView", "RetrievePropertiesEx"):
            server.add_faults({"method": method, "nth": 1, "times": 1, "then": {"fault": "NotAuthenticated"}})
            self.assertEqual(expected, set(self.scan()))
            self.assertEqual([1], [rule["fired"] for rule in server.control("GET", "faults")["rules"]])
            server.clear_faults()

    @needs("control")
    def test_a_session_that_ends_between_two_pages_makes_the_scan_partial_and_forgets_nothing(self):
        server, _ = self.serve(vms=350, snapshots="0-1")
        before = self.scan()
        server.add_faults({"method": "ContinueRetrievePropertiesEx", "nth": 2, "times": 1,
                           "then": {"fault": "NotAuthenticated"}})
        result = self.site.run("scan")
        self.assert_exit(3, result)
        self.assertIn("session expired after 200 objects", result.out)
        after = self.seen()
        self.assertEqual(set(before), set(after))
        self.assertEqual(150, sum(vm["stale"] for vm in after.values()))
        server.clear_faults()
        self.assertEqual(before, self.scan())


class OnTheLibrarysVcenter(Contract, SiteCase):
    SERVER = OnVcsim


class OnOurVcenter(Contract, SiteCase):
    SERVER = OnSimulator


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # of pyvmomi, which leaves its sockets to the garbage collector
