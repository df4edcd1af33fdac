"""deltakeep's saved inventory against the simulator's own record, VM by VM and field by field."""

import json
import random
import unittest

import truth
from deltakeep import SiteCase
from servers import Peer
from simulator import Simulator

VMS = 200
RICH = ["--vms", VMS, "--snapshots", "0-9", "--speed", 0, "--datacenters", 2, "--clusters", 2]


class Truth(SiteCase):
    maxDiff = 4000

    def serve(self, seed, *options):
        server = Simulator(*RICH, "--seed", seed, *options)
        self.addCleanup(server.close)
        self.site.configure(server.keys())
        return server

    def inventory(self):
        file = self.site.path / "inventory.json"
        self.assert_exit(0, self.site.run("scan", "--output", file))
        return json.loads(file.read_text(encoding="utf-8"))

    def check(self, server, sizes=True):
        """Everything the record determines. Gives what was found of it, to see that it was much."""
        state, inventory = server.state(), self.inventory()
        self.assertIs(True, inventory["complete"])
        ours = {vm["moid"]: vm for vm in inventory["vms"]}
        self.assertEqual({vm["moid"] for vm in state["vms"]}, set(ours))
        for vm in state["vms"]:
            with self.subTest(vm=vm["moid"]):
                self.assertEqual(truth.tell(vm), truth.told(ours[vm["moid"]]))
                if sizes:
                    self.check_sizes(vm, ours[vm["moid"]])
        return ours.values()

    def check_sizes(self, vm, ours):
        path = truth.current_path(vm)
        for disk, told in zip(vm["disks"], ours["disks"], strict=True):
            true = truth.TrueDisk(disk, path)
            self.assertEqual([layer["stored_bytes"] for layer in true.chain], [layer["bytes"] for layer in told["layers"]])
            if true.mirrored:  # never below what the raw sizes say, never above the truth
                self.assertLessEqual(0.97 * true.probes(copies=2), told["probes"], told)
                self.assertLessEqual(told["probes"], 1.03 * true.probes(), told)
            else:
                self.assertAlmostEqual(true.probes(), told["probes"], delta=0.03 * true.probes(), msg=told)

    def test_of_a_built_inventory(self):
        for seed in (1, 2):
            with self.subTest(seed=seed):
                found = list(self.check(self.serve(seed)))
                self.assertGreaterEqual({vm["depth"] for vm in found}, set(range(10)))
                flags = {flag for vm in found for flag in vm["flags"]}
                self.assertLessEqual({"linked-clone", "template", "independent-disk"}, flags)
                kinds = {disk["kind"] for vm in found for disk in vm["disks"]}
                self.assertEqual({"none", "vmfsSparse", "seSparse", "vsanSparse", "native"}, kinds)

    def test_of_datastores(self):
        server = self.serve(4)
        ours = {store["moid"]: store for store in self.inventory()["datastores"]}
        for store in server.state()["datastores"]:
            told = ours.pop(store["moid"])
            for key in ("name", "capacity_bytes", "free_bytes", "accessible"):
                self.assertEqual(store[key], told[key], key)
            self.assertEqual(store["type"].lower(), told["type"])
        self.assertEqual({}, ours)

    def test_of_accidents_that_no_fresh_inventory_has(self):
        server = self.serve(5, "--datastores", "vmfs6")
        vms = [vm for vm in server.state()["vms"] if len(vm["snapshots"]) > 2 and vm["current_snapshot"]]
        plain = [vm for vm in vms if vm["power"] == "on" and not vm["template"]][:12]
        server.add_faults({"method": "RemoveSnapshot_Task", "times": 4, "then": {"consolidation_debt": True}})
        with Peer(server) as peer:
            for vm in plain[:4]:  # leaves deltas that no snapshot explains
                peer.snapshot(vm["snapshots"][1]["moid"]).RemoveSnapshot_Task(False)
        server.touch(act="question", vm=plain[4]["moid"], text="Is this \u2028 a <question>?")
        server.touch(act="disconnect", host=plain[5]["host"])
        server.step(3600)
        found = self.check(server, sizes=False)
        flags = {flag for vm in found for flag in vm["flags"]}
        self.assertLessEqual({"orphan-deltas", "consolidation-needed", "question-pending", "disconnected"}, flags)

    def test_after_what_people_do_all_day(self):
        server, dice, done = self.serve(6), random.Random(6), 0
        for seconds in (30, 600, 10, 3600):  # after the short ones tasks are still at work
            for vm in dice.sample(server.state()["vms"], 25):
                done += "task" in self.act(server, dice, vm, f"after {done} others")
            server.step(seconds)
            self.check(server, sizes=False)
        self.assertGreater(done, 40)

    @staticmethod
    def act(server, dice, vm, name):
        """One thing that a person at another console may do to a VM; a refusal is an answer, too."""
        snapshots = [snapshot["moid"] for snapshot in vm["snapshots"]]
        acts = [{"act": "create", "vm": vm["moid"], "name": name, "memory": dice.random() < 0.3},
                {"act": "power_off" if vm["power"] == "on" else "power_on", "vm": vm["moid"]}]
        if snapshots:
            chosen = dice.choice(snapshots)
            acts += [{"act": "delete", "snapshot": chosen}, {"act": "delete", "snapshot": chosen, "children": True},
                     {"act": "revert", "snapshot": chosen}, {"act": "rename", "snapshot": chosen, "name": name},
                     {"act": "delete_all", "vm": vm["moid"]}]
        elif dice.random() < 0.2:
            acts = [{"act": "destroy", "vm": vm["moid"]}]
        return server.touch(**dice.choice(acts))


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # of pyvmomi, which leaves its sockets to the garbage collector
