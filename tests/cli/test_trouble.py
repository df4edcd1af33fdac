"""What goes wrong around a run: a server that was restored, a pause, a disk that is full."""

import resource
import subprocess
import unittest

from acting import VirtualCase
from deltakeep import BINARY, TIMEOUT

POLICY = '''
[[policy]]
name = "daily"
apply = true
select = { name = "db-*" }
schedule = "0 2 * * *"
mark_delay = "0s"
keep = { last = 1 }
'''
AN_HOUR = 3600


class RolledBack(VirtualCase):
    """A removal was not sent when the server went back, and lists its snapshot anew under another moid since."""
    POLICIES = POLICY

    def setUp(self):
        super().setUp()
        self.server.step(4000)
        self.assert_exit(0, self.run_words("snapshot", "create", "web-02", "--name", "mine"))
        self.server.step(5)
        self.assert_exit(0, self.run_words("snapshot", "create", "web-01", "--name", "other"))
        self.assert_exit(0, self.run_words("scan"))
        self.server.step(300)
        killed = self.site.run(*self.CLOCK, "snapshot", "remove", "web-02", "mine",
                               DELTAKEEP_FAILPOINT="remove.after-intent")
        self.assertLess(killed.code, 0, killed)
        self.server.step(300)
        self.server.touch(act="rollback", seconds=AN_HOUR)
        self.assertIn("mine", self.snapshots("vm-102"))

    def come_back(self, *words):
        for _ in range(8):
            self.run_words(*words)
            self.server.step(120)
        removal = next(one for one in self.run_json("ops")["operations"] if one["operation"] == "remove")
        self.assertIn(removal["state"], ("unknown", "intent", "needs-operator", "off-tree"), removal)
        self.assertNotIn("RemoveSnapshot_Task", self.changes())
        return removal

    def test_before_anybody_knew(self):
        removal = self.come_back("run", "--policy", "daily")
        self.assertIn("rolled back", removal["text"])
        self.assert_exit(0, self.run_words("resolve", removal["id"], "--as", "failed", "--reason", "it is there"))

    def test_and_the_scan_found_out(self):
        self.server.step(600)
        self.run_words("scan")
        self.come_back("run", "--policy", "daily")

    def test_and_a_person_goes_on(self):
        self.come_back("snapshot", "create", "db-01")


class Paused(VirtualCase):
    POLICIES = POLICY

    def test_what_a_policy_left_waits_whoever_comes_by(self):
        for _ in range(2):
            self.assert_exit(0, self.run_words("run", "--policy", "daily"))
            self.server.step(AN_HOUR)
        self.server.add_faults({"method": "RemoveSnapshot_Task", "then": {"consolidation_debt": True}},
                               {"method": "ConsolidateVMDisks_Task", "times": 1,
                                "then": {"task_error": {"type": "FileLocked"}}})
        self.run_words("run", "--policy", "daily")
        tried = self.changes()["ConsolidateVMDisks_Task"]
        self.assert_exit(0, self.run_words("pause", "--policy", "daily", "--reason", "storage work"))
        self.server.step(AN_HOUR)
        self.assert_exit(0, self.run_words("snapshot", "create", "web-01"))
        self.assertEqual(tried, self.changes()["ConsolidateVMDisks_Task"])
        self.assert_exit(0, self.run_words("resume", "--policy", "daily"))
        self.server.step(AN_HOUR)
        self.assert_exit(0, self.run_words("snapshot", "create", "web-01"))
        self.assertEqual(tried + 1, self.changes()["ConsolidateVMDisks_Task"])


class FullDisk(VirtualCase):
    POLICIES = POLICY

    def enforce(self, most):
        """No file may become longer; the interpreter ignores the signal that else tells of it."""
        words = [BINARY, "--config", str(self.site.config), *self.CLOCK, "enforce", "--policy", "daily"]

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        return subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT, check=False, cwd=self.site.path,
                              env=self.site.environment, preexec_fn=limit, restore_signals=False)

    def test_is_an_error_wherever_it_is_met(self):
        self.assert_exit(0, self.run_words("enforce", "--policy", "daily"))
        # What is open is looked at on the server before the scan, by what must be gone before the session is.
        killed = self.site.run(*self.CLOCK, "snapshot", "create", "db-01", DELTAKEEP_FAILPOINT="create.after-intent")
        self.assertLess(killed.code, 0, killed)
        failed, done, most = [], 0, 8 << 10
        while done < 2 and most < 4 << 20:
            result = self.enforce(most)
            most += 12 << 10
            if result.returncode == 0:
                self.assertIn("left by an earlier run", result.stdout)
                done += 1
                continue
            done = 0
            self.assertGreater(result.returncode, 0, f"{most}: {result}")
            self.assertIn("deltakeep: ", result.stderr)
            failed.append(result.stderr)
        self.assertGreater(len(failed), 3, "the limit was never met")


if __name__ == "__main__":
    unittest.main()
