"""What a run puts off, for how long, and how a person hears of it."""

import signal
import unittest

from acting import VirtualCase

HOUR = 3600
LONG = 40 * 24 * HOUR  # who waits for it moves the clock


class Waits(VirtualCase):
    POLICIES = """
[[policy]]
name = "daily"
apply = true
select = { name = "web-*" }
schedule = "0 2 * * *"
defer = "1h"
keep = { last = 2 }
"""

    def run_daily(self, code):
        report = self.run_json("run", "--policy", "daily", code=code)
        return {one["name"]: one for one in report["vms"]}

    def findings(self, rule):
        return [one for one in self.run_json("status")["findings"] if one["rule"] == rule]

    def refusal(self, outcome):
        """The one thing that stands against the create."""
        found = [one for step in outcome["steps"] for one in step["refusals"]] + outcome["refusals"]
        self.assertEqual(1, len(found), outcome)
        return found[0]

    def begin_another_task(self):
        """Somebody else's create, which fails in the end; who asked for it does not wait."""
        self.server.add_faults({"method": "CreateSnapshotEx_Task", "object": "vm-101",
                                "then": {"task_error": "FileLocked", "task_delay": LONG}})
        other = (*self.CLOCK, "--state", str(self.site.path / "other.db"))
        self.assert_exit(0, self.site.run(*other, "scan"))
        process = self.start(*other, "snapshot", "create", "web-01", "--name", "theirs")
        self.wait_for(self.changes)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.server.clear_faults()

    def test_for_a_task_of_another_end_after_defer_in_a_refusal_and_a_finding(self):
        self.begin_another_task()
        first = self.run_daily(0)
        self.assertEqual("done", first["web-02"]["steps"][0]["end"])
        waits = self.refusal(first["web-01"])
        self.assertEqual(("foreign-task", "waits"), (waits["rule"], waits["verdict"]), first)
        self.assertEqual([], self.findings("waits-too-long"))
        self.server.step(HOUR)
        refused = self.refusal(self.run_daily(3)["web-01"])
        self.assertEqual(("foreign-task", "refused"), (refused["rule"], refused["verdict"]), refused)
        self.assertIn("it was waited for since", refused["text"])
        found = self.findings("waits-too-long")
        self.assertEqual(["web-01"], [one["name"] for one in found])
        self.assertIn("create of policy daily has waited for others", found[0]["text"])
        self.assertIn("has waited for others", self.run_words("status").out)
        self.server.step(LONG)
        self.assertEqual("done", self.run_daily(0)["web-01"]["steps"][0]["end"])
        self.assertEqual([], self.findings("waits-too-long"))
        self.server.touch(act="create", vm="vm-101", name="NBU_SNAPSHOT 7", user="eve")
        self.server.step(60)
        anew = self.refusal(self.run_daily(0)["web-01"])
        self.assertEqual(("other-product", "waits"), (anew["rule"], anew["verdict"]), "counted from the beginning")


if __name__ == "__main__":
    unittest.main()
