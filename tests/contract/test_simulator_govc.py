"""govc, govmomi's own client, works with vcenter-sim as with a vCenter; and with vcsim, as far as that goes."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from simulator import Simulator
from vcsim import Vcsim

GOVC = os.environ.get("DELTAKEEP_GOVC", "")

# What vcsim (govmomi 0.24.2) cannot do for these tests, by the test that needs it.
VCSIM_LACKS = {
    "test_a_middle_snapshot_goes_and_its_child_stays": "merging or chains: its snapshots make no delta disks",
    "test_a_linked_clone_stands_on_the_snapshot": "linked clones: a copy's disks have no parent",
    "test_a_snapshot_is_reverted_to": "the power state of a snapshot: a VM stays on when it is reverted",
    "test_disk_latency_is_sampled": "counters of virtual disks on a VM",
    "test_events_are_listed_by_type": "the page size of an event collector: it gives all it has",
    "test_tasks_are_listed": "recent tasks of a VM once they have ended",
    "test_lists_and_browses_a_datastore": "a folder's path as vCenter tells it, with a slash at its end",
}


def require():
    if not GOVC:
        raise unittest.SkipTest("govc is not built: golang-go, golang-github-vmware-govmomi-dev or "
                                "golang-github-kr-pretty-dev is missing")
    why = Path(GOVC + ".why")
    if why.exists():
        raise unittest.SkipTest(f"govc is not built: {why.read_text(encoding='utf-8').strip()}")


def trees_of(nodes):
    """[(name, [children])] of a snapshot list in govc's JSON."""
    return [(node["Name"], trees_of(node["ChildSnapshotList"] or [])) for node in nodes]


def layers_of(device):
    files, backing = [], device["Backing"]
    while backing:
        files.append(backing["FileName"])
        backing = backing.get("Parent")
    return files


class GovcCase:
    """The tests; a class for each server says how to start it."""

    @classmethod
    def setUpClass(cls):
        require()
        cls.server = cls.start()
        cls.addClassCleanup(cls.server.close)
        home = tempfile.TemporaryDirectory(prefix="deltakeep-govc-")
        cls.addClassCleanup(home.cleanup)
        cls.environment = {"PATH": "/usr/bin:/bin", "HOME": home.name, "GOVC_URL": cls.server.url,
                           "GOVC_USERNAME": cls.server.username, "GOVC_PASSWORD": cls.server.password,
                           "GOVC_INSECURE": "1", "GOVC_PERSIST_SESSION": "false"}
        cls.unused = cls.plain_vms()

    @classmethod
    def run_govc(cls, *args):
        return subprocess.run([GOVC, *map(str, args)], env=cls.environment, capture_output=True, text=True, timeout=60)

    def govc(self, *args):
        """Standard output of a command that has to work."""
        done = self.run_govc(*args)
        self.assertEqual(0, done.returncode, f"govc {args}: {done.stderr}")
        return done.stdout

    def ask(self, command, *args):
        return json.loads(self.govc(command, "-json", *args))

    @classmethod
    def plain_vms(cls):
        """Paths of VMs that run, have no snapshots, and allow them on all of their disks."""
        found = cls.run_govc("find", "/", "-type", "m", "-runtime.powerState", "poweredOn").stdout.split("\n")[:-1]
        plain = []
        for vm in json.loads(cls.run_govc("vm.info", "-json", *found).stdout)["VirtualMachines"]:
            modes = {device["Backing"].get("DiskMode") for device in vm["Config"]["Hardware"]["Device"]
                     if "CapacityInKB" in device}
            if not vm["Snapshot"] and "CreateSnapshot_Task" not in (vm["DisabledMethod"] or []) and modes == {"persistent"}:
                plain.append(next(path for path in found if path.rsplit("/", 1)[1] == vm["Name"]))
        return plain

    def a_vm(self):
        self.assertTrue(self.unused, "the flags of this class build too few plain VMs")
        return self.unused.pop(0)

    def vm(self, path):
        return self.ask("vm.info", path)["VirtualMachines"][0]

    def disks(self, path):
        return self.ask("device.info", "-vm", path, "disk-*")["Devices"]

    def take(self, path, *names):
        for name in names:
            self.govc("snapshot.create", "-vm", path, "-m=false", "-d", name.upper(), name)

    def pool(self):
        return self.govc("find", "/", "-type", "p", "-name", "Resources").split("\n")[0]

    def clone(self, path, name, *options):
        store = self.vm(path)["Config"]["Files"]["VmPathName"][1:].split("]")[0]
        self.govc("vm.clone", "-vm", path, "-on=false", "-pool", self.pool(), "-ds", store, *options, name)
        return self.govc("find", "/", "-type", "m", "-name", name).strip()

    def test_says_who_it_is(self):
        about = self.ask("about")["About"]
        self.assertEqual("VirtualCenter", about["ApiType"])
        self.assertTrue(about["Vendor"].startswith("VMware, Inc."), about)
        self.assertIn(self.server.username, [each["UserName"] for each in self.ask("session.ls")["SessionList"]])

    def test_lists_the_inventory(self):
        listed = self.ask("ls", "/*")["elements"]
        self.assertEqual({"vm", "host", "datastore", "network"}, {each["Path"].rsplit("/", 1)[1] for each in listed})
        machines = self.ask("find", "/", "-type", "m")
        self.assertGreater(len(machines), 3)
        self.assertEqual(machines[:1], self.ask("find", "/", "-type", "m", "-name", machines[0].rsplit("/", 1)[1]))
        stores = self.ask("datastore.info")["Datastores"]
        self.assertTrue(all(0 < store["Summary"]["FreeSpace"] < store["Summary"]["Capacity"] for store in stores))

    def test_three_snapshots_show_as_a_tree(self):
        path = self.a_vm()
        self.take(path, "a", "b", "c")
        info = self.vm(path)["Snapshot"]
        self.assertEqual([("a", [("b", [("c", [])])])], trees_of(info["RootSnapshotList"]))
        text = self.govc("snapshot.tree", "-vm", path, "-D", "-i", "-d", "-f")
        moid = info["CurrentSnapshot"]["Value"]
        self.assertRegex(text, rf"\[{moid}.*\] +a/b/c - +C\n")
        self.assertRegex(text, rf"\[{moid}.*\] +\. - +C\n")

    def test_a_snapshot_is_reverted_to(self):
        path = self.a_vm()
        self.take(path, "a", "b")
        self.govc("snapshot.revert", "-vm", path, "a")
        info = self.vm(path)
        self.assertEqual(info["Snapshot"]["RootSnapshotList"][0]["Snapshot"], info["Snapshot"]["CurrentSnapshot"])
        self.assertEqual("poweredOff", info["Runtime"]["PowerState"])
        self.govc("snapshot.revert", "-vm", path)
        self.govc("snapshot.remove", "-vm", path, "*")
        self.assertIsNone(self.vm(path)["Snapshot"])

    def test_a_middle_snapshot_goes_and_its_child_stays(self):
        path = self.a_vm()
        base = [layers_of(disk) for disk in self.disks(path)]
        self.take(path, "a", "b", "c")
        self.assertEqual([len(files) + 3 for files in base], [len(layers_of(disk)) for disk in self.disks(path)])
        self.govc("snapshot.remove", "-vm", path, "b")
        self.assertEqual([("a", [("c", [])])], trees_of(self.vm(path)["Snapshot"]["RootSnapshotList"]))
        self.assertEqual([len(files) + 2 for files in base], [len(layers_of(disk)) for disk in self.disks(path)])
        self.assertEqual(base, [layers_of(disk)[2:] for disk in self.disks(path)])
        self.assertFalse(self.vm(path)["Runtime"]["ConsolidationNeeded"])
        failed = self.run_govc("snapshot.remove", "-vm", path, "b")
        self.assertEqual(1, failed.returncode)
        self.assertIn("not found", failed.stderr)

    def test_a_full_clone_becomes_a_template_and_goes(self):
        path = self.a_vm()
        copy = self.clone(path, "full-copy")
        self.assertNotEqual(self.vm(path)["Config"]["InstanceUuid"], self.vm(copy)["Config"]["InstanceUuid"])
        self.govc("vm.markastemplate", copy)
        self.assertTrue(self.vm(copy)["Config"]["Template"])
        self.govc("vm.markasvm", "-pool", self.pool(), copy)
        self.assertFalse(self.vm(copy)["Config"]["Template"])
        self.govc("vm.destroy", copy)
        self.assertEqual("", self.govc("find", "/", "-type", "m", "-name", "full-copy"))

    def test_a_linked_clone_stands_on_the_snapshot(self):
        path = self.a_vm()
        self.take(path, "a")
        frozen = [layers_of(disk)[1:] for disk in self.disks(path)]
        self.assertTrue(all(frozen))
        copy = self.clone(path, "linked-copy", "-link", "-snapshot", "a")
        self.assertEqual(frozen, [layers_of(disk)[1:] for disk in self.disks(copy)])

    def test_power_and_settings_change(self):
        path = self.a_vm()
        self.govc("vm.power", "-off", path)
        self.assertEqual("poweredOff", self.vm(path)["Runtime"]["PowerState"])
        self.assertEqual(1, self.run_govc("vm.power", "-off", path).returncode)
        self.govc("vm.power", "-on", path)
        self.govc("vm.power", "-suspend", path)
        self.assertEqual("suspended", self.vm(path)["Runtime"]["PowerState"])
        self.govc("vm.change", "-vm", path, "-annotation", "told", "-e", "guestinfo.deltakeep=1")
        config = self.vm(path)["Config"]
        self.assertEqual("told", config["Annotation"])
        self.assertIn(("guestinfo.deltakeep", "1"), [(each["Key"], each["Value"]) for each in config["ExtraConfig"]])

    def test_tasks_are_listed(self):
        path = self.a_vm()
        self.take(path, "a")
        line = [row for row in self.govc("tasks", path).split("\n") if "CreateSnapshot" in row]
        self.assertEqual(1, len(line))
        self.assertIn("success", line[0])
        self.assertIn(self.vm(path)["Name"], line[0])
        self.assertIn("CreateSnapshot", self.govc("tasks"))

    def test_events_are_listed_by_type(self):
        path = self.a_vm()
        self.govc("vm.change", "-vm", path, "-annotation", "an event")
        self.govc("vm.power", "-off", path)
        for kind in ("VmReconfiguredEvent", "VmPoweredOffEvent"):
            rows = self.govc("events", "-l", "-type", kind, path).split("\n")[:-1]
            self.assertEqual(1, len(rows), kind)
            self.assertIn(f"[info] [{kind}]", rows[0])
        self.assertEqual(2, len(self.govc("events", "-n", 2, path).split("\n")[:-1]))

    def test_properties_are_collected(self):
        path = self.a_vm()
        found = {each["Name"]: each["Val"] for each in
                 self.ask("object.collect", path, "name", "runtime.powerState", "config.template")}
        self.assertEqual({"name": path.rsplit("/", 1)[1], "runtime.powerState": "poweredOn", "config.template": False},
                         found)
        self.assertEqual("poweredOn\n", self.govc("object.collect", "-s", path, "runtime.powerState"))
        # Waits for updates until the property has that value, which it has.
        self.govc("object.collect", "-s", path, "-runtime.powerState", "poweredOn")

    def test_fields_are_defined_and_set(self):
        path = self.a_vm()
        key = int(self.govc("fields.add", "-type", "VirtualMachine", "deltakeep.owner"))
        self.govc("fields.set", "deltakeep.owner", "me", path)
        self.assertRegex(self.govc("fields.ls"), rf"{key} +deltakeep\.owner")
        self.assertEqual([{"Key": key, "Value": "me"}], self.vm(path)["CustomValue"])

    def test_tags_are_attached_and_listed(self):
        path = self.a_vm()
        self.govc("tags.category.create", "Backup")
        self.govc("tags.create", "-c", "Backup", "-d", "each night", "gold")
        self.govc("tags.attach", "gold", path)
        self.assertEqual("gold Backup", " ".join(self.govc("tags.ls").split()))
        self.assertEqual("gold\n", self.govc("tags.attached.ls", "-r", path))
        self.assertIn(self.vm(path)["Self"]["Value"], self.govc("tags.attached.ls", "gold"))
        self.govc("tags.detach", "gold", path)
        self.assertEqual("", self.govc("tags.attached.ls", "-r", path))

    def test_lists_and_browses_a_datastore(self):
        path = self.a_vm()
        file = self.disks(path)[0]["Backing"]["FileName"]
        store, name = file[1:].split("] ")
        folder, name = name.split("/")
        self.assertIn(folder, self.govc("datastore.ls", "-ds", store).split())
        listed = self.ask("datastore.ls", "-ds", store, "-l", folder)[0]
        self.assertEqual(f"[{store}] {folder}/", listed["FolderPath"])
        self.assertIn(name, [each["Path"] for each in listed["File"]])
        self.assertEqual(1, self.run_govc("datastore.ls", "-ds", store, "nowhere/x").returncode)
        below = self.ask("datastore.ls", "-ds", store, "-R")
        self.assertIn(f"[{store}] {folder}/", [each["FolderPath"] for each in below])

    def test_disk_latency_is_sampled(self):
        path = self.a_vm()
        self.assertIn("virtualDisk.totalReadLatency.average", self.ask("metric.ls", path))
        rows = self.govc("metric.sample", "-n", 3, path, "virtualDisk.totalReadLatency.average").split("\n")[:-1]
        self.assertEqual(len(self.disks(path)), len(rows))


class OnTheSimulator(GovcCase, unittest.TestCase):
    @classmethod
    def start(cls):
        # A finished task is to be seen for a while: ten virtual minutes.
        return Simulator("--vms", 40, "--snapshots", 0, "--seed", 21, "--days", 1, "--speed", 60,
                         "--bytes-per-hour", 1000000, "--datastores", "vmfs6")


class OnVcsim(GovcCase, unittest.TestCase):
    @classmethod
    def start(cls):
        return Vcsim("--vms", 20, "--snapshots", 0)


for missing, what in VCSIM_LACKS.items():
    setattr(OnVcsim, missing, unittest.skip(f"vcsim does not model {what}")(getattr(GovcCase, missing)))


if __name__ == "__main__":
    unittest.main()
