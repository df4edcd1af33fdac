"""What has to hold after every crash, whatever became of the operation: told by the simulator's own record
and by the rows of the state, never by what deltakeep says of itself. I1 to I12 are the names of the failures."""

import hashlib
import re
import sqlite3
from collections import Counter
from datetime import datetime

from allowed import forbidden

MUTATING = {"CreateSnapshotEx_Task": "create", "CreateSnapshot_Task": "create", "RemoveSnapshot_Task": "remove",
            "RevertToSnapshot_Task": "revert", "RenameSnapshot": "rename", "ConsolidateVMDisks_Task": "consolidate",
            "CloneVM_Task": "clone", "Destroy_Task": "destroy"}


def mark_of(snapshot):
    found = re.search(r"^dk1 .*op=([0-9A-Z]{26})", snapshot["description"], re.MULTILINE)
    return found and found.group(1)


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Oracle:
    """Notes what there is before the crash; `violations` compares. A restart of the server makes it forget its
    tasks, so `remember` has to be told before one."""

    def __init__(self, shop, fresh=False):
        """`fresh`: there is no state yet."""
        self.shop, self.user = shop, shop.server.username
        self.tasks = {}
        self.by_hand = set()  # moids that a person changed in this case: nothing is promised about them
        rows = [] if fresh else shop.operations()
        self.mine = {row["snapshot_moid"] for row in rows if row["kind"] == "create"}
        self.held = set() if fresh else {row["snapshot_moid"] for row in shop.rows("SELECT snapshot_moid FROM pin")}
        self.named = set()    # of others, but named by the operator's command
        self.before = {one["moid"]: self._image(vm, one) for vm in shop.server.state()["vms"]
                       for one in vm["snapshots"]}

    @staticmethod
    def _image(vm, snapshot):
        return vm["moid"], snapshot["name"], snapshot["description"], snapshot["created"], snapshot["contents"]

    def remember(self):
        for task in self.shop.server.state()["tasks"]:
            self.tasks[task["moid"]] = task

    def violations(self, looked_at=True):
        """Of the invariants that hold at any time, also while something is open. An intent that nobody has
        looked at since the crash says by itself what follows."""
        self.remember()
        state, log = self.shop.server.state(), self.shop.server.log()
        rows = self.shop.operations()
        found = []
        for check in (self._others, self._removals, self._once, self._intents, self._at_most_once, self._one_at_a_time,
                      self._gate, self._methods, self._audit, self._whole,
                      *([self._open_rows] if looked_at else [])):
            found += check(state, log, rows)
        return found

    def violations_at_rest(self, secret):
        """Of those, besides, that hold when deltakeep has ended well and nothing is open."""
        state, log = self.shop.server.state(), self.shop.server.log()
        return self._nothing_lost(state) + self._sessions(log) + self._secrets(secret)

    def _others(self, state, _log, _rows):
        there = {one["moid"]: self._image(vm, one) for vm in state["vms"] for one in vm["snapshots"]}
        kept = (set(self.before) - self.mine | self.held) - self.named - self.by_hand
        return [f"I1: {moid} is not ours to change, was {self.before[moid]} and is {there.get(moid)}"
                for moid in sorted(kept & set(self.before)) if there.get(moid) != self.before[moid]]

    def _removals(self, _state, log, rows):
        """Each is of a row that was begun before, and that a stored plan, an operator or a clone's row names."""
        plans = {row["id"]: row["plan"] for row in self.shop.rows("SELECT id, plan FROM run")}
        found = []
        for entry in log:
            if entry["method"] != "RemoveSnapshot_Task":
                continue
            of = [row for row in rows if row["kind"] == "remove" and row["snapshot_moid"] == entry["object"]]
            if not any(not row["run"] or row["job"] or f'"{entry["object"]}"' in plans.get(row["run"], "")
                       for row in of):
                found.append(f"I2: the removal of {entry['object']} is named by no decision: "
                             f"{[(row['id'], row['run']) for row in of]}")
        return found

    def _once(self, state, _log, rows):
        marks = Counter(mark_of(one) for vm in state["vms"] for one in vm["snapshots"] if mark_of(one))
        found = [f"I3: {count} snapshots of operation {op}" for op, count in marks.items() if count > 1]
        copies = Counter(vm["extra_config"]["deltakeep.op"] for vm in state["vms"]
                         if vm["extra_config"].get("deltakeep.op"))
        found += [f"I3: {count} clones of operation {op}" for op, count in copies.items() if count > 1]
        known = {row["id"] for row in rows}
        return found + [f"I4: operation {op} has a snapshot and no row" for op in marks if op not in known]

    def _intents(self, _state, log, rows):
        """No call without an intent: as many calls of a kind at most as attempts were written."""
        sent = Counter(MUTATING[entry["method"]] for entry in log if entry["method"] in MUTATING)
        meant = Counter()
        first = min((seconds(entry["time"]) for entry in log), default=0) * 1_000_000
        for row in rows:
            if row["started"] < first - 1_000_000:
                continue  # of the preparation, whose calls another server heard
            # A consolidation under a removal is an attempt of its row.
            own = row["attempt"] if row["kind"] != "remove" or row["method"] == "RemoveSnapshot_Task" else 1
            meant[row["kind"]] += own
            meant["consolidate"] += row["attempt"] - own
        return [f"I2: {count} calls to {kind} were sent, {meant[kind]} meant"
                for kind, count in sent.items() if count > meant[kind]]

    @staticmethod
    def _at_most_once(_state, log, rows):
        """A removal is never sent again under its row, a revert and a deletion never at all."""
        found = [f"I3: {row['kind']} {row['id']} was sent {row['attempt']} times" for row in rows
                 if row["attempt"] > 1 and (row["kind"] in ("revert", "destroy", "clone") or
                                            row["method"] == "RemoveSnapshot_Task")]
        sent = Counter((MUTATING[entry["method"]], entry["object"]) for entry in log
                       if entry["method"] in ("RemoveSnapshot_Task", "RevertToSnapshot_Task"))
        meant = Counter((row["kind"], row["snapshot_moid"]) for row in rows)
        return found + [f"I3: {kind} of {moid} was sent {count} times for {meant[kind, moid]} decisions"
                        for (kind, moid), count in sent.items() if count > meant[kind, moid]]

    @staticmethod
    def _open_rows(_state, _log, rows):
        return [f"I5: {row['kind']} {row['id']} is {row['state']} and nothing follows" for row in rows
                if not row["over"] and
                not (row["task"] or row["next_look"] or (row["state"] == "needs-operator" and row["why"]))]

    def _spans(self):
        for task in self.tasks.values():
            if task["user"] == self.user and task["name"] in MUTATING:
                end = seconds(task["completed"]) if task.get("completed") else float("inf")
                yield task["entity"], seconds(task["queued"]), end, MUTATING[task["name"]], task["moid"]

    def _one_at_a_time(self, _state, log, _rows):
        found = []
        spans = sorted(self._spans(), key=lambda span: span[:2])
        for one, other in zip(spans, spans[1:]):
            if one[0] == other[0] and other[1] < one[2] and one[2] != float("inf"):
                found.append(f"I6: on {one[0]} {one[3]} ({one[4]}) and {other[3]} ({other[4]}) at the same time")
        return found + [f"I6: {entry['method']} was sent while a task ran on {entry['vm']}" for entry in log
                        if entry["method"] in MUTATING and entry["fault"] == "TaskInProgress" and
                        not (self.forgot and entry["method"] == "ConsolidateVMDisks_Task")]

    def _gate(self, _state, _log, rows):
        found = []
        for create in rows:
            if create["kind"] != "create":
                continue
            for other in rows:
                if other["kind"] in ("remove", "consolidate") and other["vm_moid"] == create["vm_moid"] and \
                        other["started"] < create["started"] < (other["ended"] or float("inf")):
                    found.append(f"I7: create {create['id']} while {other['kind']} {other['id']} was open")
        return found

    def _methods(self, _state, log, _rows):
        copies = {row["moid"] for row in self.shop.rows("SELECT json_extract(image, '$[8]') AS moid FROM copy")}
        return [f"I8: {method} was sent to {moid}" for method, moid in forbidden(log)] + \
            [f"I8: {entry['object']} was deleted, and is no copy of ours" for entry in log
             if entry["method"] == "Destroy_Task" and entry["object"] not in copies]

    def _audit(self, _state, _log, _rows):
        """The chain, computed anew as storage/SCHEMA.md says."""
        hashed, number = "0" * 64, 0
        for line in self.shop.rows("SELECT number, time, actor, action, endpoint, vm, snapshot, subject, policy, text, "
                                   "hash FROM audit ORDER BY number"):
            number += 1
            fields = [field.encode() for field in map(str, (hashed, *tuple(line)[:-1]))]
            hashed = hashlib.sha256(b"".join(b"%d:%s" % (len(field), field) for field in fields)).hexdigest()
            if (number, hashed) != (line["number"], line["hash"]):
                return [f"I11: line {line['number']} of the audit does not follow"]
        head = self.shop.rows("SELECT lines, hash FROM audit_head")[0]
        whole = tuple(head) == (number, hashed)
        return [] if whole else [f"I11: the audit ends at {number}, its head is {tuple(head)}"]

    def _whole(self, _state, _log, _rows):
        return list(filter(None, [self.quick_check()]))

    def quick_check(self):
        try:
            told = [row[0] for row in self.shop.rows("PRAGMA quick_check")]
        except sqlite3.DatabaseError as error:
            told = [str(error)]
        return "" if told == ["ok"] else f"I12: {told}"

    def _nothing_lost(self, state):
        owned = {row["moid"] for row in self.shop.rows("SELECT moid FROM owned_snapshot WHERE disowned IS NULL")}
        marked = {one["moid"] for vm in state["vms"] for one in vm["snapshots"] if mark_of(one)}
        found = [f"I4: {moid} carries our mark and is not on record" for moid in sorted(marked - owned - self.by_hand)]
        copies = {row["op"] for row in self.shop.rows("SELECT op FROM copy")}
        return found + [f"I4: the clone of {op} is not on record" for op in
                        (vm["extra_config"].get("deltakeep.op") for vm in state["vms"]) if op and op not in copies
                        and op not in self.by_hand]

    def _sessions(self, log):
        """Of the last process, which ended by itself: it left no session. Two at most stood at once, its own and
        the one that its clock is read with."""
        standing, most = set(), 0
        last = max((entry["number"] for entry in log if entry["method"] == "RetrieveServiceContent" and
                    not entry["user"]), default=0)
        first = self.last_process or last
        for entry in log:
            if entry["number"] < first or entry["method"] == "Logout":
                standing.discard(entry["session"])
            elif entry["session"] and entry["fault"] != "NotAuthenticated":
                standing.add(entry["session"])
            most = max(most, len(standing))
        found = [] if most <= 2 else [f"I9: {most} sessions at once"]
        return found + [f"I9: session {session} was not ended" for session in sorted(standing)]

    forgot = False    # the server restarted while a task ran; a consolidation asks for a state and may be sent again
    last_process = 0  # number of the first request of it

    def _secrets(self, said):
        secret = self.shop.server.password.encode()
        found = [f"I10: the password is in {path.name}" for path in sorted(self.shop.site.path.iterdir())
                 if path.is_file() and not path.name.startswith("password") and secret in path.read_bytes()]
        return found + (["I10: the password was told"] if secret.decode() in said else [])



ENDED_WELL = (0, 1, 3, 4)
# Of coming back, virtual seconds apart: a task that goes on for two hours ends within them, and what a person made
# is no longer so young that everybody waits for its maker.
ROUNDS = (900,) * 9 + (90000,) * 3


def come_back(shop, oracle, words, said=""):
    """Starts deltakeep again and again until nothing is open, or only what a person has to look at. What is wrong
    meanwhile, and at rest."""
    found = []
    for apart in ROUNDS:
        since = len(shop.server.log())
        last = shop.run(*words)
        said += last.out + last.err
        found += oracle.violations()
        if last.code not in ENDED_WELL:
            return found + [f"coming back failed: {last}"]
        if all(one["state"] == "needs-operator" for one in shop.open_operations()):
            break
        shop.server.step(apart)
    oracle.last_process = since + 1
    return found + oracle.violations_at_rest(said)


def verdicts(shop, known, interfered=False):
    """What each row that is not `known` says at rest, against what is there."""
    state, rows, found = shop.server.state(), shop.operations(), []
    for row in rows:
        if row["id"] in known:
            continue
        told, there = row["state"], is_done(row, rows, state)
        who = f"{row['kind']} {row['id']} is {told} ({row['why']})"
        if told == "needs-operator":
            if not interfered:
                found.append(f"T: {who}, though nobody interfered")
        elif not row["over"]:
            found.append(f"I5: {who} after {len(ROUNDS)} rounds")
        elif interfered:
            continue
        elif told == "done" and not there:
            found.append(f"T: {who}, but the server has it not")
        elif told == "failed" and there and not done_later(row, rows):
            found.append(f"T: {who}, but the server has it")
        elif told in ("gone", "released"):
            found.append(f"T: {who}, though nobody interfered")
    return found


def done_later(row, rows):
    return any(other["kind"] == row["kind"] and other["snapshot_moid"] == row["snapshot_moid"] and
               other["state"] == "done" and other["number"] > row["number"] for other in rows)


def is_done(row, rows, state):
    vm = next((one for one in state["vms"] if one["moid"] == row["vm_moid"]), None)
    if row["kind"] == "destroy":
        return vm is None
    nodes = {one["moid"]: one for one in vm["snapshots"]}
    if row["kind"] == "create":
        removed = any(other["kind"] == "remove" and other["state"] == "done" and
                      other["snapshot_moid"] == row["snapshot_moid"] for other in rows)
        return removed or any(mark_of(one) == row["id"] for one in nodes.values())
    if row["kind"] == "clone":
        return any(one["extra_config"].get("deltakeep.op") == row["id"] for one in state["vms"])
    if row["kind"] == "rename":
        return row["snapshot_moid"] in nodes and nodes[row["snapshot_moid"]]["name"] == row["name"]
    if row["kind"] == "revert":
        return vm["current_snapshot"] == row["snapshot_moid"]
    gone = row["kind"] == "consolidate" or row["snapshot_moid"] not in nodes
    return gone and not vm["consolidation_needed"]
