"""The state beside a run, and copies of it: what may be decided meanwhile, and what an old copy must not cause."""

import json
import signal
import sqlite3
import stat
import unittest
from contextlib import closing

from acting import ActingCase, VirtualCase

POLICY = '''
[[policy]]
name = "daily"
apply = true
select = { name = "web-*" }
schedule = "0 2 * * *"
mark_delay = "0s"
keep = { last = 1 }
'''


class Changing:
    def change(self, *statements):
        """What deltakeep itself never does to its state."""
        with closing(sqlite3.connect(self.site.state)) as state, state:
            for statement in statements:
                state.execute(statement)


class BesideARun(ActingCase):
    POLICIES = POLICY + '''
[limits]
per_vcenter = 1
'''

    def test_pauses_and_holds_are_decided_at_once_and_heeded_before_the_next_call(self):
        self.server.add_faults({"method": "CreateSnapshotEx_Task", "times": 9, "then": {"task_delay": 5}})
        process = self.start("--json", "run", "--policy", "daily")
        self.wait_for(self.changes)  # the first create is under way, the other waits for its turn
        self.assert_exit(0, self.site.run("pause", "--policy", "daily", "--reason", "storage move"))
        pinned = self.run_json("pin", "add", "db-01", "monthly", "--reason", "audit")["pins"][0]
        self.assert_exit(0, self.site.run("pin", "remove", pinned["id"]))
        self.assertEqual(1, len(self.run_json("ops", "--open")["operations"]))
        self.assertEqual(["running"], [one["outcome"] for one in self.run_json("runs")["runs"]])
        self.assertIn("paused: policy daily", self.site.run("status").out)
        self.assert_exit(11, self.site.run("scan"))
        out, _ = process.communicate(timeout=60)
        report = json.loads(out)
        ends = {vm["name"]: vm["steps"][0] for vm in report["vms"]}
        self.assertEqual({"done", "refused"}, {one["end"] for one in ends.values()}, report)
        refused = [one["refusals"][0]["rule"] for one in ends.values() if one["end"] == "refused"]
        self.assertEqual(["paused"], refused)
        self.assertEqual(1, sum(self.changes().values()), "nothing is sent after the pause")
        self.assertTrue(self.run_json("audit", "verify")["unbroken"])


class Pauses(VirtualCase):
    POLICIES = POLICY

    def audit(self, action):
        return [one["text"] for one in self.run_json("audit", "export")["audit"] if one["action"] == action]

    def test_that_ran_out_are_ended_once_and_told_of(self):
        self.assert_exit(0, self.run_words("pause", "--policy", "daily", "--until", "4h", "--reason", "storage move"))
        self.server.step(5 * 3600)
        dry = self.run_json("run", "--policy", "daily", "--dry-run")
        self.assertEqual([], dry["notes"])
        self.assertEqual(1, len(self.run_json("status")["pauses"]), "a dry run ends none")
        report = self.run_json("run", "--policy", "daily")
        self.assertEqual(1, len(report["notes"]), report)
        self.assertRegex(report["notes"][0], "^pause of policy daily by .* ran out at 2026-03-01T04:00:.*: work goes on$")
        self.assertEqual(["the pause ran out: work goes on"], self.audit("resume"))
        status = self.run_json("status")
        self.assertEqual([], status["pauses"])
        self.assertEqual(["policy daily"], [one["name"] for one in status["findings"] if one["rule"] == "pause-ran-out"])
        self.server.step(25 * 3600)
        again = self.run_json("run", "--policy", "daily")
        self.assertEqual([], again["notes"])
        self.assertNotIn("pause-ran-out", [one["rule"] for one in self.run_json("status")["findings"]])

    def test_that_ran_out_are_told_of_by_a_scan_too(self):
        self.assert_exit(0, self.run_words("pause", "--until", "1h", "--reason", "storage move"))
        self.server.step(2 * 3600)
        told = self.run_words("scan")
        self.assert_exit(0, told)
        self.assertIn("note: pause of everything by", told.out)
        self.assertIn("pause of everything by", self.run_words("status").out)
        self.assertNotIn("note:", self.run_words("scan").out)


class DryRun(Changing, ActingCase):
    POLICIES = POLICY

    def test_leaves_the_state_as_it_was_but_for_the_scan_and_says_what_it_would_do(self):
        self.run_json("run", "--policy", "daily")
        self.change("UPDATE run SET outcome = 'running', ended = NULL")  # as one that was killed leaves it
        key = self.site.state.with_name("state.db.key")
        before = self.run_json("audit", "verify")["head"]
        report = self.run_json("run", "--policy", "daily", "--dry-run")
        self.assertEqual("would create 2, mark 2; nothing was sent", report["summary"].replace("remove", "mark"), report)
        self.assertEqual(before, self.run_json("audit", "verify")["head"])
        self.assertEqual(["running"], [one["outcome"] for one in self.run_json("runs")["runs"]])
        key.unlink()
        self.run_json("run", "--policy", "daily", "--dry-run")
        self.assertFalse(key.exists(), "a dry run makes no key")


class Copies(Changing, VirtualCase):
    POLICIES = POLICY

    def setUp(self):
        super().setUp()
        self.copy = self.site.path / "copy.db"

    def names(self, moid):
        return {one["moid"] for one in self.server.state(vm=moid)["snapshots"]}

    def removals(self):
        return self.server.calls().get("RemoveSnapshot_Task", 0)

    def daily(self, code=0):
        self.server.step(24 * 3600)
        return self.run_json("run", "--policy", "daily", code=code)

    def test_are_never_the_state_itself(self):
        before = self.site.state.stat().st_ino
        self.assert_error(self.run_words("--json", "db", "restore", self.site.state), 2, "usage")
        self.assertEqual(before, self.site.state.stat().st_ino)

    def test_that_are_old_remove_nothing_until_what_was_made_since_is_adopted(self):
        self.daily()
        made = self.run_json("db", "backup", self.copy)
        self.assertTrue(made["check"]["whole"])
        for file in (self.copy, self.site.path / "copy.db.key"):
            self.assertEqual(0o600, stat.S_IMODE(file.stat().st_mode), file)
        self.assertEqual(1, self.run_json("db", "backup", self.copy, code=1)["error"]["exit"])
        self.daily()  # the copy does not know these
        before = {moid: self.names(moid) for moid in ("vm-101", "vm-102")}
        removed = self.removals()
        restored = self.run_json("db", "restore", self.copy)
        self.assertEqual(["vc0"], restored["in_doubt"])
        self.assertEqual(2, restored["check"]["epoch"])
        self.daily()
        refused = {one["rule"] for vm in self.daily()["vms"] for one in vm["refusals"]}
        self.assertEqual({"database-restored"}, refused, "what the last run made is one too many by now")
        self.assertEqual(removed, self.removals())
        for moid, there in before.items():
            self.assertLessEqual(there, self.names(moid))
        findings = {one["rule"]: one for one in self.run_json("status")["findings"]}
        self.assertIn("restored", findings)
        self.assertIn("--accept restored", findings["restored"]["text"])
        self.assertIn("`adopt` takes it over", findings["unknown-mark"]["text"])
        self.assertIn("was restored from a copy", self.run_words("status").out)
        first = self.run_json("adopt", "web-01", "--policy", "daily", "--yes")
        self.assertIn("nothing is removed on vc0 yet", first["notes"][0])
        last = self.run_json("adopt", "web-02", "--policy", "daily", "--yes")
        self.assertIn("removals on vc0 go on", last["notes"][0])
        self.daily()
        self.daily()
        self.assertGreater(self.removals(), removed)
        self.assertNotIn("restored", {one["rule"] for one in self.run_json("status")["findings"]})

    def test_that_are_damaged_are_not_put_there_and_a_damaged_state_shows(self):
        self.daily()
        self.run_json("db", "backup", self.copy)
        self.assertTrue(self.run_json("db", "check")["check"]["whole"])
        self.assertIn("whole: ", self.run_words("db", "check").out)
        whole = self.copy.read_bytes()
        self.copy.write_bytes(whole[:8192 * 3] + b"\x7f" * 8192 + whole[8192 * 4:])
        message = self.assert_error(self.run_words("--json", "db", "restore", self.copy), 1)
        self.assertIn("take an older copy", message)
        self.change("DROP TRIGGER audit_is_not_changed", "UPDATE audit SET actor = 'nobody' WHERE number = 2")
        damaged = self.run_json("db", "check", code=1)
        self.assertEqual(2, damaged["check"]["audit"]["broken_at"])
        told = self.run_words("db", "check")
        self.assert_exit(1, told)
        self.assertIn("db restore FILE", told.out)
        self.copy.write_bytes(whole)
        self.assertTrue(self.run_json("db", "restore", self.copy)["check"]["whole"])
        self.assertTrue(self.run_json("db", "check")["check"]["whole"])

    def test_bring_their_key_with_them_and_keep_the_one_that_stood_there(self):
        self.daily()
        self.run_json("db", "backup", self.copy)
        key = self.site.path / "state.db.key"
        old = key.read_bytes()
        key.write_bytes(bytes(32))
        self.assertEqual("replaced", self.run_json("db", "restore", self.copy)["key"])
        self.assertEqual(old, key.read_bytes())
        self.assertEqual(bytes(32), (self.site.path / "state.db.key.replaced-1").read_bytes())
        self.assertEqual("there", self.run_json("db", "restore", self.copy)["key"])

    def test_are_not_put_there_while_a_run_is_under_way(self):
        self.run_json("db", "backup", self.copy)
        self.server.add_faults({"method": "CreateSnapshotEx_Task", "then": {"delay": 3}})
        process = self.start(*self.CLOCK, "run", "--policy", "daily")
        self.wait_for(lambda: self.run_json("runs")["runs"])
        self.assert_error(self.run_words("--json", "db", "restore", self.copy), 11, "locked")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


class Merging(ActingCase):
    def test_that_outlives_the_command_is_told_by_status_and_blocks_creates(self):
        self.server.add_faults({"method": "RemoveSnapshot_Task", "then": {"task_delay": 600}})
        process = self.start("snapshot", "remove", "db-01", "monthly")
        self.wait_for(self.changes)
        during = self.site.run("status").out
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(130, process.returncode)
        after = self.site.run("status").out
        for told in (during, after):
            self.assertRegex(told, r"merging on db-01 since 20\S+Z, blocks creates: open: remove of snapshot monthly \(\S+\) on db-01")
        refused = self.operation("snapshot", "create", "db-01", "--dry-run", code=4)
        self.assertIn("unfinished-operation", {one["rule"] for one in refused["refusals"]}, refused)


if __name__ == "__main__":
    unittest.main()
