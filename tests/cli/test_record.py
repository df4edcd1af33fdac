"""What was done is on record: an open row is settled, a line that was changed shows."""

import json
import signal
import sqlite3
import unittest

from acting import ActingCase


class Interrupted(ActingCase):
    def test_leaves_an_open_row_that_the_next_command_settles(self):
        self.server.add_faults({"method": "CreateSnapshotEx_Task", "times": 9, "then": {"task_delay": 8}},
                               {"method": "CreateSnapshot_Task", "times": 9, "then": {"task_delay": 8}})
        process = self.start("snapshot", "create", "web-01", "--name", "cut short")
        self.wait_for(self.changes)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(130, process.returncode)
        left = self.run_json("ops", "--open")["operations"]
        self.assertEqual([("create", "web-01")], [(one["operation"], one["name"]) for one in left], left)
        self.assertIn("create of snapshot cut short", self.site.run("status").out)
        self.assertEqual(1, len(self.run_json("status")["operations"]))
        self.server.clear_faults()
        self.wait_for(lambda: self.snapshots("vm-101") == ["cut short"])
        resolved = self.run_json("resolve", left[0]["id"])
        self.assertEqual("done", resolved["operation"]["state"], resolved)
        self.assertEqual([], self.run_json("ops", "--open")["operations"])
        self.assertEqual(1, sum(self.changes().values()), "the call is not repeated")


class Audit(ActingCase):
    def test_shows_a_line_that_was_changed(self):
        self.assert_exit(0, self.site.run("pause", "--reason", "first"))
        self.assert_exit(0, self.site.run("resume"))
        self.operation("snapshot", "create", "web-01", "--name", "x")
        sound = self.run_json("audit", "verify")
        self.assertTrue(sound["unbroken"])
        self.assertGreaterEqual(sound["lines"], 4)
        exported = self.site.run("audit", "export")
        lines = [json.loads(line) for line in exported.out.splitlines()]
        self.assertEqual(sound["lines"], len(lines))
        self.assertEqual({"pause", "resume", "operation"}, {one["action"] for one in lines} & {"pause", "resume", "operation"})
        self.assertEqual(lines, self.run_json("audit", "export")["audit"])
        file = self.site.path / "audit.jsonl"
        self.assertEqual(len(lines), self.run_json("audit", "export", "--output", file)["lines"])
        self.assertEqual(exported.out, file.read_text(encoding="utf-8"))
        with sqlite3.connect(self.site.state) as state:  # who can write the file can do this, too
            state.execute("DROP TRIGGER audit_is_not_changed")
            self.assertEqual(1, state.execute("UPDATE audit SET actor = 'nobody' WHERE number = 2").rowcount)
        broken = self.run_json("audit", "verify", code=1)
        self.assertFalse(broken["unbroken"])
        self.assertEqual(2, broken["broken_at"])


if __name__ == "__main__":
    unittest.main()
