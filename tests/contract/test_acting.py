"""What deltakeep changes, on each simulated vCenter and on a recorded one that vcsim serves; another client looks at it after.

What vcsim lacks is asserted to be told: layers that cannot be verified, a method that is not there, a linked clone
that stands on nothing.
"""

import json
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from deltakeep import BINARY, SiteCase
from servers import OnSimulator, OnVcsim, Peer, vim
from test_simulator_govc import GOVC, require as require_govc
from vcsim import Vcsim, recordings

DAILY = """
[[policy]]
name = "daily"
apply = true
select = { name = "%s" }
schedule = "@daily"
method = "snapshot"
keep = { last = 1 }
mark_delay = "0s"
"""
CHANGING = {"CreateSnapshotEx_Task", "CreateSnapshot_Task", "RemoveSnapshot_Task", "RevertToSnapshot_Task",
            "CloneVM_Task", "RenameSnapshot", "ConsolidateVMDisks_Task"}


class PeerWitness:
    """pyvmomi's view of VMs."""

    def __init__(self, server):
        self._peer = Peer(server)
        self.close = self._peer.close

    def snapshots(self, moid):
        """(names in order of making, name of the current one)."""
        info = self._peer.read(vim.VirtualMachine, ["snapshot"])[moid].get("snapshot")
        names, current = [], None
        nodes = list(info.rootSnapshotList) if info else []
        while nodes:
            node = nodes.pop(0)
            names.append(node.name)
            current = node.name if node.snapshot == info.currentSnapshot else current
            nodes += node.childSnapshotList
        return names, current

    def vms(self):
        """name -> (instance uuid, power)."""
        seen = self._peer.read(vim.VirtualMachine, ["name", "config.instanceUuid", "runtime.powerState"])
        return {vm["name"]: (vm["config.instanceUuid"], vm["runtime.powerState"]) for vm in seen.values()}


class GovcWitness:
    """govc's view, where pyvmomi gives up on the server's ServiceContent: it knows no VMware Cloud."""

    def __init__(self, server):
        self._home = tempfile.TemporaryDirectory(prefix="deltakeep-govc-")
        self.close = self._home.cleanup
        self._environment = {"PATH": "/usr/bin:/bin", "HOME": self._home.name, "GOVC_URL": server.url,
                             "GOVC_USERNAME": server.username, "GOVC_PASSWORD": server.password,
                             "GOVC_INSECURE": "1", "GOVC_PERSIST_SESSION": "false"}

    def _run(self, *words):
        return subprocess.run([GOVC, *words], env=self._environment, capture_output=True, text=True, timeout=60,
                              check=True).stdout

    def _all(self):
        paths = self._run("find", "/", "-type", "m").split("\n")[:-1]
        return json.loads(self._run("vm.info", "-json", *paths))["VirtualMachines"]

    def snapshots(self, moid):
        info = next(vm for vm in self._all() if vm["Self"]["Value"] == moid)["Snapshot"]
        names, current = [], None
        nodes = list(info["RootSnapshotList"] or []) if info else []
        while nodes:
            node = nodes.pop(0)
            names.append(node["Name"])
            current = node["Name"] if node["Snapshot"] == info["CurrentSnapshot"] else current
            nodes += node["ChildSnapshotList"] or []
        return names, current

    def vms(self):
        return {vm["Name"]: (vm["Config"]["InstanceUuid"], vm["Runtime"]["PowerState"]) for vm in self._all()}


class Served:
    """A server that may be changed, scanned, and one VM of it."""

    CLOCK = ()
    SNAPSHOTS = 0  # that the VM has

    def serve(self):
        raise NotImplementedError

    def witness(self):
        return PeerWitness(self.server)

    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.addCleanup(self.server.close)
        self.site.configure(self.server.keys(mode="act"))
        for _ in range(2):
            self.assert_exit(0, self.site.run(*self.CLOCK, "scan"))
        vms = self.site.run("--json", "vms").document()["vms"]
        vm = next(vm for vm in vms if not vm["template"] and len(vm["snapshots"]) == self.SNAPSHOTS)
        self.moid, self.name = vm["moid"], vm["name"]
        self.peer = self.witness()
        self.addCleanup(self.peer.close)

    def operate(self, *words, code=0):
        result = self.site.run("--json", *self.CLOCK, *words)
        self.assert_exit(code, result)
        return result.document()["operation"]

    def interrupt(self, moid, doubt):
        """Creates a snapshot until `status` tells of a doubt, then Ctrl-C. What guards say to the next: their rules."""
        going = subprocess.Popen([BINARY, "--config", str(self.site.config), "snapshot", "create", moid, "--name", "x"],
                                 env=self.site.environment, cwd=self.site.path, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        try:
            end = time.monotonic() + 60
            while doubt not in self.site.run("status").out:
                self.assertLess(time.monotonic(), end, "the operation does not tell what it waits for")
            going.send_signal(signal.SIGINT)
            self.assertEqual(130, going.wait(30))
        finally:
            going.kill()
            going.communicate()
        return [one["rule"] for one in self.operate("snapshot", "create", moid, "--name", "y", code=4)["refusals"]]


class Acting(Served):
    LAYERS = None  # what an operation can say of the disks' layers there

    def done(self, *words):
        told = self.operate(*words)
        self.assertEqual(("done", self.LAYERS), (told["state"], told["layers"]), told)
        return told

    def tree(self):
        return self.peer.snapshots(self.moid)

    def test_snapshots_are_made_reverted_to_and_removed(self):
        first = self.done("snapshot", "create", self.moid, "--name", "first")
        self.done("snapshot", "create", self.moid, "--name", "second")
        self.assertEqual((["first", "second"], "second"), self.tree())
        self.done("snapshot", "revert", self.moid, "first", "--yes")
        self.assertEqual((["first", "second"], "first"), self.tree())
        self.done("snapshot", "remove", self.moid, "second")
        self.assertEqual((["first"], "first"), self.tree())
        self.done("snapshot", "remove", self.moid, first["snapshot"])
        self.assertEqual(([], None), self.tree())
        self.assertEqual(["done"] * 5, [one["state"] for one in self.site.run("--json", "ops").document()["operations"]])
        self.assertLessEqual({method for method in self.server.calls() if "_Task" in method}, CHANGING)

    def test_a_clone_is_a_vm_of_its_own(self):
        made = self.operate("clone", self.moid, "--to", "the copy")
        self.assertEqual(("done", "verified"), (made["state"], made["layers"]), made)
        seen = self.peer.vms()
        uuid, power = seen["the copy"]
        self.assertEqual("poweredOff", power)
        self.assertNotEqual(seen[self.name][0], uuid)

    def test_a_policy_keeps_the_newest_of_two_nights(self):
        self.site.configure(self.server.keys(mode="act"), extra=DAILY % self.name)
        for night in range(2):
            run = self.site.run("--json", *self.CLOCK, "run", "--policy", "daily")
            self.assert_exit(0, run)
            steps = [step["step"] for vm in run.document()["vms"] for step in vm["steps"]]
            self.assertEqual(["create"] + ["remove"] * night, steps, run)
        names, current = self.tree()
        self.assertEqual([current], names)
        self.assertTrue(current.startswith("daily-"), current)


class OnTheLibrarysVcenter(Acting, SiteCase):
    LAYERS = "unverified"

    def serve(self):
        return OnVcsim(vms=3, snapshots="0-0")

    def test_what_it_has_no_method_for_is_told(self):
        self.done("snapshot", "create", self.moid, "--name", "first")
        result = self.site.run("snapshot", "rename", self.moid, "first", "--name", "other")
        self.assert_exit(1, result)
        for words in ("failed", "RenameSnapshot", "MethodNotFound"):
            self.assertIn(words, result.out)
        self.assertEqual((["first"], "first"), self.tree())

    def test_a_linked_clone_that_stands_on_nothing_is_left_to_a_person(self):
        self.done("snapshot", "create", self.moid, "--name", "first")
        told = self.operate("clone", self.moid, "--to", "linked", "--linked", "--snapshot", "first", code=3)
        self.assertEqual("needs-operator", told["state"], told)
        status = self.site.run("status")
        self.assertIn("stands on no layer of its source", status.out)
        self.assertIn(f"deltakeep resolve {told['id']}", status.out)
        self.assertIn("linked", self.peer.vms(), "an unfinished clone is reported, not destroyed")


class OnTheLibrarysChains(Served, SiteCase):
    """VMs with chains that vcsim got from us and does not prolong."""

    SNAPSHOTS = 2

    def serve(self):
        return OnVcsim(vms=1, snapshots="2-2")

    def test_a_create_that_shows_no_new_layers_is_not_called_done(self):
        self.assertIn("unfinished-operation", self.interrupt(self.moid, "not every disk runs on a new layer"))
        status = self.site.run("status")
        self.assertIn(f"nothing else is done to {self.name} until it is over", status.out)


class OnOurVcenter(Acting, SiteCase):
    LAYERS = "verified"
    CLOCK = ("--clock", "server")

    def serve(self):
        return OnSimulator(vms=3, snapshots="0-0", options=("--wait-steps",))


class OnARecordedVcenter8(Acting, SiteCase):
    """The inventory of a VMware Cloud SDDC: real VMs, real names, real devices, and vcsim's way of changing them."""

    LAYERS = "unverified"

    def serve(self):
        require_govc()
        return Vcsim("--load", recordings() / Path("nri-vsphere", "SDDC-Datacenter"))

    def witness(self):
        return GovcWitness(self.server)

    def test_a_create_whose_answer_is_lost_is_looked_for_and_not_sent_again(self):
        """vcsim's handler dies of vm-1003, whose snapshots it has not made itself."""
        refused = self.interrupt("vm-1003", "nobody knows yet whether it comes")
        self.assertIn("unfinished-operation", refused)
        creates = [method for method in self.server.calls().elements() if method == "CreateSnapshot_Task"]
        self.assertEqual(1, len(creates))


if __name__ == "__main__":
    unittest.main()
