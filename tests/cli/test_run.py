"""Runs of policies: what they make, let go and hold back, and what is told of them."""

import unittest

from acting import ActingCase

POLICY = '''
[[policy]]
name = "daily"
apply = {apply}
select = {{ name = "web-*" }}
schedule = "0 2 * * *"
mark_delay = "0s"
keep = {{ last = 1 }}
'''


class Runs(ActingCase):
    POLICIES = POLICY.format(apply="true")

    def run_policy(self, *words, code=0):
        return self.run_json("run", "--policy", "daily", *words, code=code)

    def ends(self, report):
        return sorted((vm["name"], step["step"], step["end"]) for vm in report["vms"] for step in vm["steps"])

    def ours(self, name):
        return [one["name"] for one in self.run_json("tree", name)["vms"][0]["snapshots"] if one["owner"] == "ours"]

    def test_create_one_each_and_remove_what_the_policy_lets_go(self):
        first = self.run_policy()
        self.assertEqual([("web-01", "create", "done"), ("web-02", "create", "done")], self.ends(first), first)
        self.assertEqual("ok", first["outcome"])
        before = {name: self.ours(name) for name in ("web-01", "web-02")}
        self.assertEqual([1, 1], [len(names) for names in before.values()], before)
        for _ in range(3):  # marked in one run, removed in a later one
            if all(before[name][0] not in self.ours(name) for name in before):
                break
            last = self.run_policy()
            self.assertEqual("ok", last["outcome"], last)
        for name in before:
            self.assertNotIn(before[name][0], self.ours(name), last)
            self.assertTrue(self.ours(name), last)
        self.assertEqual(["golden", "twice", "twice"], self.snapshots("vm-102")[:3], "foreign ones stay")
        self.assertEqual(0, self.run_json("enforce", "--policy", "daily")["exit"])

    def test_are_listed_and_told_again(self):
        report = self.run_policy()
        listed = self.run_json("runs")["runs"]
        self.assertEqual([(report["run"], "run", "ok")], [(one["run"], one["kind"], one["outcome"]) for one in listed])
        again = self.run_json("runs", report["run"][:14])["runs"][0]["report"]
        self.assertEqual(report["vms"], again["vms"])
        told = self.site.run("runs", report["run"])
        self.assert_exit(0, told)
        for words in ("policy daily", "web-01", "create", "done", "in all: 2 created"):
            self.assertIn(words, told.out)

    def test_dry_send_and_store_nothing(self):
        report = self.run_policy("--dry-run")
        self.assertTrue(report["dry_run"])
        self.assertEqual([("web-01", "create"), ("web-02", "create")], [step[:2] for step in self.ends(report)], report)
        self.assertEqual("would create 2; nothing was sent", report["summary"])
        self.assertEqual({}, self.changes())
        self.assertEqual([], self.run_json("runs")["runs"])

    def test_send_nothing_while_paused(self):
        self.assert_exit(0, self.site.run("pause", "--policy", "daily", "--until", "4h", "--reason", "storage move"))
        report = self.run_policy()
        self.assertEqual({"held"}, {step[2] for step in self.ends(report)}, report)
        self.assertEqual({}, self.changes())
        self.assertIn("paused: policy daily", self.site.run("status").out)
        self.assert_exit(0, self.site.run("pause", "--reason", "all of it"))
        refused = self.operation("snapshot", "create", "web-01", code=4)
        self.assertEqual(["paused"], [one["rule"] for one in refused["refusals"]])
        self.assert_exit(0, self.site.run("resume"))
        self.assert_exit(1, self.site.run("resume"))
        self.assert_exit(0, self.site.run("resume", "--policy", "daily"))
        self.assertEqual({"done"}, {step[2] for step in self.ends(self.run_policy())})

    def test_of_a_policy_that_is_not_armed_are_held_and_say_how_to_arm_it(self):
        self.configure(policies=POLICY.format(apply="false"))
        told = self.site.run("run", "--policy", "daily")
        self.assert_exit(0, told)
        self.assertIn("2 VMs held", told.out)
        self.assertIn("apply = true", told.out)
        self.assertEqual({}, self.changes())

    def test_quiet_tell_only_what_did_not_go_well(self):
        quiet = self.site.run("--quiet", "run", "--policy", "daily")
        self.assertEqual((0, "", ""), (quiet.code, quiet.out, quiet.err))
        for moid in ("vm-101", "vm-102"):
            self.server.touch(act="question", vm=moid, text="Did you move it, or copy it?")
        refused = self.site.run("--quiet", "run", "--policy", "daily")
        self.assert_exit(4, refused)
        self.assertEqual("", refused.out)
        self.assertIn("question-pending", refused.err)
        dry = self.site.run("run", "--policy", "daily", "--dry-run")
        self.assert_exit(4, dry)

    def test_say_that_a_policy_selects_nothing_and_that_a_cap_can_not_be_met(self):
        self.configure(policies=POLICY.format(apply="true").replace("web-*", "wbe-*"))
        told = self.site.run("run", "--policy", "daily")
        self.assert_exit(0, told)
        self.assertIn("note: policy daily selects no VM", told.out)
        self.configure(policies=POLICY.format(apply="true") + "cap = { depth = 2 }\n")
        self.assertIn("can't meet its caps on 1 VM:", self.site.run("run", "--policy", "daily").out)


if __name__ == "__main__":
    unittest.main()
