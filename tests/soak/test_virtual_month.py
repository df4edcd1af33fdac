"""Virtual days of the main job on vcenter-sim, with growth, strangers' snapshots and faults at one call in twenty.
The oracle is the simulator's own record: what is there, and what it was asked to do. A month of fifty VMs:

    DELTAKEEP_SOAK_DAYS=30 DELTAKEEP_SOAK_VMS=50 tests/soak/test_virtual_month.py
"""

import json
import os
import random
import re
import sqlite3
import unittest
from collections import Counter

from allowed import CHANGING, READING
from deltakeep import SiteCase
from simulator import Simulator

DAYS = int(os.environ.get("DELTAKEEP_SOAK_DAYS", "7"))
VMS = int(os.environ.get("DELTAKEEP_SOAK_VMS", "8"))
SEED = int(os.environ.get("DELTAKEEP_SOAK_SEED", "1"))

CAP = 4
POLICY = f"""
[[policy]]
name = "daily"
apply = true
select = {{ name = "*" }}
schedule = "0 2 * * *"
quiesce = "try"
keep = {{ last = 2 }}
cap = {{ depth = {CAP} }}
"""

FAULTS = [  # one call in twenty, all told
    {"probability": 0.01, "then": {"http_503": True}},
    {"probability": 0.01, "then": {"drop_before": True}},
    {"probability": 0.01, "then": {"drop_after": True}},
    {"probability": 0.01, "then": {"close_mid_reply": True}},
    {"probability": 0.01, "then": {"fault": "SystemError"}},
    {"method": "CreateSnapshotEx_Task", "probability": 0.03,
     "then": {"task_error": {"type": "ApplicationQuiesceFault", "message": "the guest would not rest"}}},
    {"method": "CreateSnapshotEx_Task", "probability": 0.02,
     "then": {"task_error": {"type": "SystemError", "after_executing": True}}},
    {"method": "RemoveSnapshot_Task", "probability": 0.03, "then": {"consolidation_debt": True}},
    {"method": "RemoveSnapshot_Task", "probability": 0.02, "then": {"task_delay": 7200}},
]


def mark_of(snapshot):
    found = re.search(r"^dk1 .*op=([0-9A-Z]{26})", snapshot["description"], re.MULTILINE)
    return found and found.group(1)


class VirtualMonth(SiteCase):
    maxDiff = 4000

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.server = Simulator("--vms", VMS, "--snapshots", "0-2", "--linked-clones", 0.15, "--speed", 0, "--wait-steps",
                                "--seed", SEED, "--start", "2026-03-01T00:00:00Z")
        self.addCleanup(self.server.close)
        self.site.configure(self.server.keys(mode="act"), extra=POLICY)
        self.foreign = {}   # moid of every snapshot that is not ours: what must not change
        self.taken = set()  # snapshots of ours that a person removed or took over
        self.codes = []
        self.faults = Counter()   # what was done to calls, by its name
        self.deepest = Counter()  # by VM: the longest chain of any disk that was seen

    def deltakeep(self, *words):
        return self.site.run("--clock", "server", "--json", *words)

    def note_foreign(self):
        for vm in self.server.state()["vms"]:
            for one in vm["snapshots"]:
                if not mark_of(one) and one["moid"] not in self.taken and not one["helper"]:
                    self.foreign.setdefault(one["moid"], (vm["moid"], one["name"], one["description"], one["created"]))

    def people_interfere(self, day):
        """A stranger's snapshot, one of ours removed by hand, one taken over by editing it."""
        vms = [vm for vm in self.server.state()["vms"] if not vm["template"] and vm["connected"]]
        self.server.touch(act="create", vm=self.random.choice(vms)["moid"], name=f"before update {day}", user="eve")
        ours = [one for vm in vms for one in vm["snapshots"] if mark_of(one)]
        if len(ours) > 4 and day % 3 == 0:
            gone, edited = self.random.sample(ours, 2)
            self.server.touch(act="delete", snapshot=gone["moid"], user="eve")
            self.server.touch(act="rename", snapshot=edited["moid"], name="golden", description="mine now",
                              user="eve")
            self.taken |= {gone["moid"], edited["moid"]}
        self.server.step(600)

    def check_foreign(self):
        there = {one["moid"]: (vm["moid"], one["name"], one["description"], one["created"])
                 for vm in self.server.state()["vms"] for one in vm["snapshots"]}
        for moid, was in self.foreign.items():
            self.assertEqual(was, there.get(moid), f"{moid} is not ours and changed")

    def check_marks_once(self):
        """I3: one snapshot per operation."""
        marks = [mark_of(one) for vm in self.server.state()["vms"] for one in vm["snapshots"] if mark_of(one)]
        self.assertEqual(len(marks), len(set(marks)), "one operation made two snapshots")

    def a_day(self, day, faults=True):
        self.server.step(86400 - 600)
        if faults:
            self.people_interfere(day)
            self.note_foreign()
            self.server.add_faults(*({"times": 1_000_000, **rule} for rule in FAULTS))
        else:
            self.server.step(600)
        result = self.deltakeep("run", "--policy", "daily")
        for rule, told in zip(FAULTS, self.server.control("GET", "faults")["rules"]):
            self.faults["+".join(rule["then"])] += told["fired"]
        self.server.clear_faults()
        self.note_depths()
        self.assertIn(result.code, (0, 1, 3, 4, 10, 12), result)
        self.codes.append(result.code)
        self.check_foreign()
        self.check_marks_once()
        return result

    def journal(self, sql):
        with sqlite3.connect(f"file:{self.site.state}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()

    def check_removals_were_planned(self):
        """I2: every removal is named by a plan that was stored before the call."""
        planned = {}
        for started, plan in self.journal("SELECT started, plan FROM run"):
            for moid in re.findall(r'"moid":"(snapshot-\d+)"', plan):
                planned.setdefault(moid, started)
        removed = [entry for entry in self.server.log() if entry["method"] == "RemoveSnapshot_Task"]
        self.assertGreater(len(removed), VMS, "hardly anything was removed: the month proves little")
        for entry in removed:
            self.assertIn(entry["object"], planned, entry)
        return len(removed)

    def check_nothing_lost(self):
        """I4, I5: what carries our mark is in the journal, and the other way round; nothing is left open."""
        self.assertEqual([], json.loads(self.deltakeep("ops", "--open").out)["operations"])
        owned = {moid for (moid,) in self.journal("SELECT moid FROM owned_snapshot WHERE disowned IS NULL")}
        marked = {one["moid"] for vm in self.server.state()["vms"] for one in vm["snapshots"] if mark_of(one)}
        self.assertEqual(marked, owned - self.taken)

    def note_depths(self):
        for vm in self.server.state()["vms"]:
            for disk in vm["disks"]:
                self.deepest[vm["name"]] = max(self.deepest[vm["name"]], len(disk["chain"]) - 1)

    def check_world(self):
        """A month that proves something: linked clones, strangers' snapshots, guests that write, calls that fail."""
        vms = self.server.state()["vms"]
        files = [{layer["file"] for disk in vm["disks"] for layer in disk["chain"]} for vm in vms]
        holders = Counter(file for of_vm in files for file in of_vm)
        linked = sum(any(holders[file] > 1 for file in of_vm) for of_vm in files)
        written = sum(disk["chain"][0]["stored_bytes"] for vm in vms for disk in vm["disks"] if len(disk["chain"]) > 1)
        self.assertTrue(self.foreign)
        self.assertGreater(written, 0)
        self.assertGreater(sum(self.faults.values()), DAYS)
        if VMS >= 20:
            self.assertGreater(linked, 1, "no VM shares files with another")
        return (f"{linked} VMs share files with another, {len(self.foreign)} snapshots of strangers, "
                f"{written / 2**30:.1f} GiB in running deltas, chains of up to {max(self.deepest.values())} deltas, "
                f"faults: " + ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items())))

    def check_depths(self):
        for vm in self.server.state()["vms"]:
            ours = [one for one in vm["snapshots"] if mark_of(one)]
            self.assertLessEqual(len(ours), CAP, vm["name"])

    def test_a_daily_policy_loses_nothing_and_takes_nothing(self):
        self.assert_exit(0, self.deltakeep("scan"))
        self.note_foreign()
        for day in range(DAYS):
            self.a_day(day)
        for _ in range(3):  # quiet days: what was left open is settled
            last = self.a_day(0, faults=False)
        self.assertIn(last.code, (0, 3, 4), last)
        self.check_depths()
        self.check_nothing_lost()
        removals = self.check_removals_were_planned()
        self.assertLessEqual(set(self.server.calls()), READING | CHANGING)  # DESIGN rule 5
        self.assert_exit(0, self.deltakeep("audit", "verify"))
        created = len(self.journal("SELECT 1 FROM operation WHERE kind = 'create'"))
        print(f"seed {SEED}, {DAYS} days, {VMS} VMs: {created} creates, {removals} removals sent, "
              f"exit codes {sorted(set(self.codes))}; {self.check_world()}")


if __name__ == "__main__":
    unittest.main()
