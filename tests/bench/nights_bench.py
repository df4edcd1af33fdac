"""Two nights of `deltakeep run` over 500 VMs on vcenter-sim, in virtual time: makespan against its lower bound, round
trips per operation, slots in use at any moment. What happened when is the simulator's word. Started by tests/bench/run.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from datetime import datetime

import deltakeep
import simulator
from measured import Measured

# Changing the instance or the limits changes the figures in README.md.
INSTANCE = ("--snapshots", "0-2", "--clusters", 2, "--hosts", 4, "--datastores", *["vmfs6"] * 12, "--seed", 1,
            "--speed", 0, "--wait-steps", "--start", "2026-03-01T00:00:00Z")
LIMITS = {"per_vcenter": 8, "per_host": 4, "per_datastore": 2}
CONFIG = """
[limits]
per_vcenter = {per_vcenter}
per_host = {per_host}
per_datastore = {per_datastore}

[[policy]]
name = "daily"
apply = true
select = {{ name = "*" }}
schedule = "0 2 * * *"
quiesce = "never"
mark_delay = "0s"
keep = {{ last = 1 }}
"""
NIGHT = 86400
# All of them serve every operation at once; a login and a view are had once a run.
SHARED = {"WaitForUpdatesEx", "CreateFilter", "CreatePropertyCollector", "DestroyPropertyFilter",
          "DestroyPropertyCollector", "CancelWaitForUpdates", "RetrieveServiceContent", "Login", "Logout",
          "CreateContainerView", "CreateListView", "ModifyListView", "DestroyView"}
CHANGING = {"CreateSnapshotEx_Task", "CreateSnapshot_Task", "RemoveSnapshot_Task", "ConsolidateVMDisks_Task"}


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Operation:
    """One task as the simulator has it, and the slots that it took."""

    def __init__(self, task, places):
        self.start, self.end = seconds(task["queued"]), seconds(task["completed"])
        self.ended_well = task["state"] == "success"
        self.vm = task["entity"]
        self.slots = places[self.vm]

    @property
    def duration(self):
        return self.end - self.start


def places_of(state):
    """By VM: what each of its operations takes a slot of."""
    stores = {store["name"]: store["moid"] for store in state["datastores"]}
    return {vm["moid"]: [("vCenter", ""), ("host", vm["host"]),
                         *{("datastore", stores.get(layer["datastore"], layer["datastore"]))
                           for disk in vm["disks"] for layer in disk["chain"]}] for vm in state["vms"]}


def limit_of(slot):
    return LIMITS[{"vCenter": "per_vcenter", "host": "per_host", "datastore": "per_datastore"}[slot[0]]]


def lower_bound(operations):
    """No schedule is shorter: all work of the scarcest resource side by side, or the longest operation."""
    work = Counter()
    for one in operations:
        for slot in one.slots:
            work[slot] += one.duration
    scarcest = max(work, key=lambda slot: work[slot] / limit_of(slot))
    longest = max(one.duration for one in operations)
    return max(work[scarcest] / limit_of(scarcest), longest), scarcest, longest


def most_at_once(operations):
    """By kind of slot: the largest number of operations that held one of them at one moment."""
    events = sorted(event for one in operations for slot in one.slots
                    for event in ((one.start, 1, slot), (one.end, 0, slot)))  # an end frees before a start takes
    in_use, most = Counter(), Counter()
    for _, starts, slot in events:
        in_use[slot] += 1 if starts else -1
        most[slot[0]] = max(most[slot[0]], in_use[slot])
    return most


class Bench:
    def __init__(self, vms):
        self.vms, self.lines, self.missed = vms, [], 0

    def line(self, night, name, value, unit, limit=None, least=False):
        met = limit is None or (value >= limit if least else value <= limit)
        self.missed += not met
        self.lines.append({"night": night, "name": name, "value": value, "unit": unit, "limit": limit, "pass": met})

    def measure(self):
        site = deltakeep.Site()
        with tempfile.TemporaryDirectory(prefix="deltakeep-bench-") as directory, \
                simulator.Simulator("--vms", self.vms, *INSTANCE) as server:
            site.configure(server.keys(mode="act"), extra=CONFIG.format(**LIMITS))
            words = [deltakeep.BINARY, "--config", site.config, "--clock", "server", "--quiet", "run", "--policy", "daily"]
            for night in ("first", "second"):
                seen = len(server.log()), len(server.control("GET", "tasks")["tasks"])
                places = places_of(server.state())
                run = Measured(words, site.environment, directory, ends=(0, 3))  # 3: some VMs can have no snapshot
                self.report(night, server.log()[seen[0]:], server.control("GET", "tasks")["tasks"][seen[1]:], places, run)
                server.step(NIGHT)
        site.close()

    def report(self, night, log, tasks, places, run):
        sent = [entry for entry in log if entry["method"] in CHANGING]
        operations = [Operation(task, places) for task in tasks]
        if len(sent) != len(operations) or not all(one.ended_well for one in operations):
            raise SystemExit(f"{len(sent)} calls and {len(operations)} tasks, not all of them done: nothing to measure")
        expected = self.vms * (1 if night == "first" else 2)
        if len(operations) < 0.8 * expected:
            raise SystemExit(f"{len(operations)} operations instead of about {expected}")
        bound, scarcest, longest = lower_bound(operations)
        makespan = max(one.end for one in operations) - min(one.start for one in operations)
        self.line(night, "operations", len(operations), "")
        self.line(night, "operations a slot of the vCenter", len(operations) / LIMITS["per_vcenter"], "", 50, True)
        self.line(night, "longest operation", longest, "s")
        self.line(night, f"lower bound, by {scarcest[0]} {scarcest[1]}".rstrip(), bound, "s")
        self.line(night, "makespan", makespan, "s")
        self.line(night, "makespan / lower bound", makespan / bound, "x", 1.05)
        # From the look before the first call on; what is before reads the inventory. Another session asks for the
        # virtual time, which a real run has from its own clock.
        own = [entry for entry in log if entry["session"] == sent[0]["session"]]
        own = own[own.index(sent[0]) - 1:]
        trips = Counter(entry["method"] for entry in own if entry["method"] not in SHARED)
        self.line(night, "round trips an operation", sum(trips.values()) / len(operations), "", 3)
        for method, count in sorted(trips.items()):
            self.line(night, f"  {method}", count / len(operations), "")
        self.line(night, "waits of the shared stream", sum(entry["method"] == "WaitForUpdatesEx" for entry in own), "")
        for kind, most in sorted(most_at_once(operations).items()):
            self.line(night, f"most at once, {kind}", most, "", limit_of((kind,)))
        self.line(night, "wall", run.wall, "s")
        self.line(night, "CPU", run.cpu, "s")
        self.line(night, "peak memory", run.peak, "MiB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vms", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    bench = Bench(options.vms)
    bench.measure()
    if options.json:
        print(json.dumps({"format": 1, "vms": options.vms, "missed": bench.missed, "lines": bench.lines}))
        return 1 if bench.missed else 0
    for line in bench.lines:
        limit = "" if line["limit"] is None else f"limit {line['limit']:g}  {'pass' if line['pass'] else 'MISSED'}"
        print(f"{line['night']:8}{line['name']:44}{line['value']:>10.4g} {line['unit']:4}{limit}".rstrip())
    print(f"{bench.missed} MISSED" if bench.missed else "all limits met")
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
