"""Virtual days of clone backups on vcenter-sim, with faults at one call in twenty and people who use copies. The
oracle is the simulator's own record, as in test_virtual_month.py. A month of fifty VMs:

    DELTAKEEP_SOAK_DAYS=30 DELTAKEEP_SOAK_VMS=50 tests/soak/test_virtual_copies.py
"""

import json
import os
import random
import sqlite3
import unittest

from acting import snapshot, vm
from allowed import CHANGING, READING
from deltakeep import SiteCase
from simulator import Simulator
from test_virtual_month import FAULTS

DAYS = int(os.environ.get("DELTAKEEP_SOAK_DAYS", "6"))
VMS = min(int(os.environ.get("DELTAKEEP_SOAK_VMS", "4")), 99)
SEED = int(os.environ.get("DELTAKEEP_SOAK_SEED", "1"))

KEEP = 2
POLICY = f"""
[[policy]]
name = "nightly-copy"
apply = true
select = {{ folder = "/DC0/vm/prod" }}
schedule = "0 2 * * *"
method = "clone"
clone = {{ datastore = "vault", folder = "/DC0/vm/copies", delete = true }}
keep = {{ last = {KEEP} }}
max_removals = 100
"""

CLONE_FAULTS = [  # beside those of every call
    {"method": "CloneVM_Task", "probability": 0.03, "then": {"task_error": {"type": "NoDiskSpace"}}},
    {"method": "CloneVM_Task", "probability": 0.02, "then": {"drop_after": True}},
    {"method": "Destroy_Task", "probability": 0.03, "then": {"task_error": {"type": "SystemError"}}},
    {"method": "Destroy_Task", "probability": 0.03,
     "then": {"task_error": {"type": "SystemError", "after_executing": True}}},
    {"method": "Destroy_Task", "probability": 0.03, "then": {"drop_after": True}},
]

SHOP = {
    "vcenter_sim": 1,
    "datacenters": [{
        "name": "DC0", "folders": ["prod", "copies"],
        "datastores": [{"name": "ds", "type": "vmfs6", "capacity_gib": 10000},
                       {"name": "vault", "type": "vmfs6", "capacity_gib": 50000}],
        "clusters": [{"name": "c", "hosts": ["esx1.example.org", "esx2.example.org"]}]}],
    "vms": [vm(f"web-{number:02}", f"vm-1{number:02}", *([snapshot("golden", 400)] if number % 2 else []))
            for number in range(1, VMS + 1)],
}


class VirtualCopies(SiteCase):
    maxDiff = 4000

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        inventory = self.site.path / "shop.json"
        inventory.write_text(json.dumps(SHOP), encoding="utf-8")
        self.server = Simulator("--inventory", inventory, "--speed", 0, "--wait-steps", "--seed", SEED,
                                "--start", "2026-03-01T00:00:00Z")
        self.addCleanup(self.server.close)
        self.site.configure(self.server.keys(mode="act"), extra=POLICY)
        self.sources = {vm["moid"]: vm["name"] for vm in self.server.state()["vms"]}
        self.golden = self.foreign()
        self.used = {}  # copies that somebody used, and how: they stay for ever
        self.used_after = {}  # by moid, the last call of before
        self.last_call = 0
        self.deleted = set()  # by a person
        self.codes = []

    def deltakeep(self, *words):
        return self.site.run("--clock", "server", "--json", *words)

    def foreign(self):
        return {one["moid"]: (vm["moid"], one["name"], one["created"])
                for vm in self.server.state()["vms"] for one in vm["snapshots"] if one["name"] == "golden"}

    def journal(self, sql):
        with sqlite3.connect(f"file:{self.site.state}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()

    def copies(self):
        """By moid, what the state has as a copy: operation, state."""
        return {json.loads(image)[8]: (op, state)
                for op, state, image in self.journal("SELECT op, state, image FROM copy")}

    def people_interfere(self, day):
        """A copy is started, one is edited, one deleted: each day another, and not the newest ones."""
        there = {vm["moid"] for vm in self.server.state()["vms"]}
        free = sorted(moid for moid, (_, state) in self.copies().items()
                      if state == "made" and moid in there and moid not in self.used)
        if len(free) <= VMS:
            return
        moid = self.random.choice(free)
        act = ({"act": "power_on"}, {"act": "edit_vm", "annotation": "mine"},
               {"act": "rename_vm", "name": f"restored {day}"}, {"act": "destroy"})[day % 4]
        self.assertNotIn("fault", self.server.touch(vm=moid, user="eve", **act))
        self.server.step(60)
        if act["act"] == "destroy":
            self.deleted.add(moid)
        else:
            self.used[moid] = act["act"]
            self.last_call = max([self.last_call, *(call["number"] for call in self.server.log(self.last_call))])
            self.used_after[moid] = self.last_call
        if act["act"] == "power_on":
            self.server.touch(act="power_off", vm=moid, user="eve")
            self.server.step(60)

    def a_day(self, day, faults=True):
        self.server.step(86400)
        if faults:
            self.people_interfere(day)
            self.server.add_faults(*({"times": 1_000_000, **rule} for rule in FAULTS + CLONE_FAULTS))
        result = self.deltakeep("run", "--policy", "nightly-copy")
        self.server.clear_faults()
        self.assertIn(result.code, (0, 1, 3, 4, 10, 12), result)
        self.codes.append(result.code)
        self.check_nobody_elses()
        return result

    def check_nobody_elses(self):
        there = {vm["moid"]: vm["name"] for vm in self.server.state()["vms"]}
        self.assertEqual(self.sources, {moid: there.get(moid) for moid in self.sources}, "a source is gone")
        self.assertEqual(self.golden, self.foreign(), "foreign snapshots")
        for moid, how in self.used.items():
            self.assertIn(moid, there, f"a copy is gone that somebody used: {how}")

    def check_deletions_were_planned(self):
        """Each Destroy_Task of ours is of a copy of ours, verified, and a stored plan of before says so."""
        planned = {}
        for started, text in self.journal("SELECT started, plan FROM run ORDER BY started"):
            for policy in json.loads(text)["policies"]:
                for step in (step for vm in policy["vms"] for step in vm["steps"]):
                    if step["step"] == "destroy":
                        planned.setdefault(step["copy"]["moid"], started)
        verified = {json.loads(image)[8] for (image,) in
                    self.journal("SELECT image FROM copy WHERE verified IS NOT NULL")}
        sent = [(entry["object"], entry["number"]) for entry in self.server.log() if entry["method"] == "Destroy_Task"]
        self.assertGreater(len(sent), VMS, "hardly anything was deleted: the days prove little")
        for moid, call in sent:
            self.assertIn(moid, planned)
            self.assertIn(moid, verified)
            # One that could not be deleted may be used later.
            self.assertLessEqual(call, self.used_after.get(moid, call), f"{moid}: {self.used.get(moid)}")
        return len(sent)

    def check_state_is_the_truth(self):
        """What the state takes for ours is there, and no more copies stand than the rules keep."""
        self.assertEqual([], json.loads(self.deltakeep("ops", "--open").out)["operations"])
        there = {vm["moid"] for vm in self.server.state()["vms"]}
        made = {moid for moid, (_, state) in self.copies().items() if state == "made"}
        self.assertLessEqual(made, there)
        self.assertFalse(made & set(self.used), "used ones are released")
        gone = {moid for moid, (_, state) in self.copies().items() if state in ("deleted", "lost")}
        self.assertFalse(gone & there)
        self.assertLessEqual(self.deleted, gone)
        # Kept, and one that is marked in each run until the next.
        self.assertLessEqual(len(made), VMS * (KEEP + 1))
        self.assertGreaterEqual(len(made), VMS, "the last good one")

    def test_a_nightly_copy_loses_nothing_and_deletes_only_its_own(self):
        self.assert_exit(0, self.deltakeep("scan"))
        for day in range(DAYS):
            self.a_day(day)
        for _ in range(4):  # quiet days: what was left open is settled
            last = self.a_day(0, faults=False)
        self.assertIn(last.code, (0, 3, 4), last)
        self.check_state_is_the_truth()
        deletions = self.check_deletions_were_planned()
        self.assertTrue(self.used, "nobody used a copy")
        self.assertLessEqual(set(self.server.calls()), READING | CHANGING)  # DESIGN rule 5
        self.assert_exit(0, self.deltakeep("audit", "verify"))
        clones = len(self.journal("SELECT 1 FROM operation WHERE kind = 'clone'"))
        print(f"{DAYS} days, {VMS} VMs: {clones} clones, {deletions} deletions sent, {len(self.used)} copies used, "
              f"exit codes {sorted(set(self.codes))}")


if __name__ == "__main__":
    unittest.main()
