"""One run over two vCenters: both are worked on, and neither's trouble is the other's."""

import json
import unittest

from acting import CHANGES, SHOP, ActingCase
from simulator import Simulator

POLICIES = '''
[[policy]]
name = "daily"
apply = true
select = { name = "web-*" }
schedule = "0 2 * * *"
keep = { last = 2 }
'''


class TwoServers(ActingCase):
    POLICIES = POLICIES

    def setUp(self):
        super().setUp()
        inventory = self.site.path / "other.json"
        inventory.write_text(json.dumps(SHOP), encoding="utf-8")  # the same moids: only the endpoint tells them apart
        self.other = Simulator("--inventory", inventory, "--seed", 2)
        self.addCleanup(lambda: self.other and self.other.close())
        self.other_port = self.other.port
        self.both()

    def both(self, mode="act", policies=POLICIES):
        self.site.configure(self.server.keys(mode="act"), self.other.keys(mode=mode), extra=policies)

    def ends(self, report):
        return sorted((vm["endpoint"], vm["name"], step["step"], step["end"])
                      for vm in report["vms"] for step in vm["steps"])

    def made(self, server):
        return server.calls()["CreateSnapshotEx_Task"]

    def test_are_worked_on_in_one_run(self):
        report = self.run_json("run", "--policy", "daily")
        self.assertEqual([(endpoint, name, "create", "done") for endpoint in ("vc0", "vc1")
                          for name in ("web-01", "web-02")], self.ends(report), report)
        self.assertEqual([2, 2], [self.made(self.server), self.made(self.other)])
        self.assertEqual("ok", report["outcome"])
        operations = self.run_json("ops")["operations"]
        self.assertEqual(["vc0", "vc0", "vc1", "vc1"], sorted(one["endpoint"] for one in operations))
        self.assert_exit(0, self.run_words("audit", "verify"))

    def test_are_worked_on_though_the_other_is_down(self):
        self.assert_exit(0, self.run_words("scan"))
        self.other.close()
        self.other = None  # is closed
        report = self.run_json("run", "--policy", "daily", code=10)
        self.assertEqual([("vc0", "web-01", "create", "done"), ("vc0", "web-02", "create", "done")],
                         [one for one in self.ends(report) if one[3] == "done"], report)
        self.assertEqual(2, self.made(self.server))
        failed = [one for one in report["endpoints"] if "error" in one]
        self.assertEqual(["vc1"], [one["endpoint"] for one in failed], report)
        self.assertIn(str(self.other_port), failed[0]["error"]["message"])
        left = [step["text"] for vm in report["vms"] for step in vm["steps"] if vm["endpoint"] == "vc1"]
        self.assertEqual(["it was not sent: vc1 could not be read in this run (unreachable)"] * 2, left)
        self.assertEqual("partial", report["outcome"])

    def test_are_left_alone_where_they_are_observed(self):
        self.both(mode="observe")
        report = self.run_json("run", "--policy", "daily")
        self.assertEqual([2, 0], [self.made(self.server), sum(self.other.calls()[one] for one in CHANGES)], report)
        self.assertEqual({"held"}, {end for endpoint, _, _, end in self.ends(report) if endpoint == "vc1"}, report)

    def test_have_policies_of_their_own(self):
        self.both(policies=POLICIES.replace('name = "web-*"', 'name = "web-*", vcenter = "vc1"'))
        report = self.run_json("run", "--policy", "daily")
        self.assertEqual({"vc1"}, {one[0] for one in self.ends(report)}, report)
        self.assertEqual([0, 2], [self.made(self.server), self.made(self.other)])


if __name__ == "__main__":
    unittest.main()
