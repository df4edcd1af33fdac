"""`plan` offline: what would happen and why, from a saved inventory, with nothing to talk to."""

import json
import unittest

from deltakeep import SiteCase

NOW = "2026-11-22T02:00:00Z"
POLICY = """
[[policy]]
name = "daily"
select = { name = "web-*" }
schedule = "0 2 * * *"
keep = { last = 2 }
"""


def vm(name, moid, days, **members):
    """A VM with one snapshot of ours a day, the newest a day old."""
    snapshots = [{"moid": f"{moid}-s{number}", "id": number, "name": f"day {number}", "raw_name": f"day {number}",
                  "created": f"2026-11-{22 - days + number - 1:02}T02:00:00Z",
                  "parent": f"{moid}-s{number - 1}" if number > 1 else None, "current": number == days,
                  "owner": "ours", "pinned": False, "state": "complete", "memory": False, "quiesced": False,
                  "bytes": 1 << 20} for number in range(1, days + 1)]
    layers = [{"file": f"[ds] {name}/{name}-{number}.vmdk", "bytes": 1 << 20, "snapshot": f"{moid}-s{number}"}
              for number in range(days, 0, -1)] + [{"file": f"[ds] {name}/{name}.vmdk", "bytes": 1 << 30,
                                                    "snapshot": None}]
    return {"endpoint": "vc0", "moid": moid, "name": name, "raw_name": name, "instance_uuid": f"uuid-{moid}",
            "path": f"/DC0/vm/{name}", "cluster": "c", "host": "host-1", "connection": "connected", "power": "on",
            "template": False, "tags": [], "attributes": {}, "policies": [], "question": None,
            "disabled_methods": [], "depth": days, "tree_depth": days, "probes": 1.0, "datastores": ["ds-1"],
            "consolidation_needed": False, "flags": [], "snapshots": snapshots,
            "disks": [{"key": 2000, "label": "Hard disk 1", "capacity_bytes": 10 << 30, "kind": "seSparse",
                       "depth": days, "inherited": 0, "orphans": 0, "probes": 1.0, "datastore": "ds-1",
                       "layers": layers}], **members}


class Plan(SiteCase):
    def setUp(self):
        super().setUp()
        self.configure(POLICY)

    def configure(self, policies):
        self.site.configure({"url": "https://192.0.2.1/sdk", "username": "u", "password": "p"}, extra=policies)

    def save(self, *vms, complete=True):
        path = self.site.path / "inventory.json"
        path.write_text(json.dumps({
            "format": 1, "taken": NOW, "complete": complete,
            "endpoints": [{"name": "vc0", "uuid": "u", "api": "8.0.2.0"}], "vms": vms,
            "datastores": [{"endpoint": "vc0", "moid": "ds-1", "name": "ds", "type": "vmfs",
                            "capacity_bytes": 100 << 30, "free_bytes": 50 << 30}]}), encoding="utf-8")
        return path

    def plan(self, *vms, complete=True, args=(), code=0):
        result = self.site.run("plan", "--inventory", self.save(*vms, complete=complete), "--at", NOW, "--json", *args)
        self.assert_exit(code, result)
        return result.document()

    @staticmethod
    def steps(document):
        return [step["id"] for policy in document["policies"] for vm in policy["vms"] for step in vm["steps"]]

    def test_says_what_is_made_and_what_is_marked_and_why(self):
        document = self.plan(vm("web-1", "vm-1", 3))
        self.assertEqual(["daily/vc0/vm-1/create", "daily/vc0/vm-1/mark/vm-1-s1", "daily/vc0/vm-1/mark/vm-1-s2"],
                         self.steps(document))
        told = document["policies"][0]["vms"][0]
        self.assertEqual(["new", "vm-1-s3"], [kept["moid"] for kept in told["keep"]])
        self.assertEqual({"rule": "last", "slot": 1, "of": 2}, told["keep"][0]["reasons"][0])
        self.assertEqual(["beyond-count"] * 2, [gone["reason"] for gone in told["remove"]])
        self.assertRegex(told["fingerprint"], "^[0-9a-f]{64}$")
        self.assertEqual({"observe-mode", "policy-not-armed"}, {held["rule"] for held in document["policies"][0]["held"]})
        self.assertIn("foreign-task", told["not_looked_at"]["create"])

    def test_is_the_same_in_whatever_order_the_inventory_comes(self):
        one, two = vm("web-1", "vm-1", 3), vm("web-2", "vm-2", 2)
        self.assertEqual(self.plan(one, two), self.plan(two, one))

    def test_is_stored_as_it_is_printed(self):
        stored = self.site.path / "plan.json"
        document = self.plan(vm("web-1", "vm-1", 3), args=("--output", stored))
        self.assertEqual(document, json.loads(stored.read_text(encoding="utf-8")))
        self.assertEqual(0o600, stored.stat().st_mode & 0o777)

    def test_ends_with_4_when_guards_refuse_all_there_is_to_do(self):
        document = self.plan(vm("web-1", "vm-1", 3, question="copied?"), code=4)
        self.assertEqual([], self.steps(document))
        self.assertEqual({"question-pending"}, {one["rule"] for one in document["policies"][0]["vms"][0]["refusals"]})
        self.plan(vm("web-1", "vm-1", 3, question="copied?"), vm("web-2", "vm-2", 3), code=0)

    def test_ends_with_3_and_removes_nothing_after_a_partial_scan(self):
        document = self.plan(vm("web-1", "vm-1", 3), complete=False, code=3)
        self.assertEqual(["daily/vc0/vm-1/create"], self.steps(document))

    def test_tells_the_whole_story_of_one_vm(self):
        result = self.site.run("plan", "--inventory", self.save(vm("web-1", "vm-1", 3), vm("web-2", "vm-2", 2)),
                               "--at", NOW, "--explain", "web-1")
        self.assert_exit(0, result)
        for word in ("web-1", "makes a new snapshot", "day 3", "last 2 of 2", "mark", "beyond-count",
                     "nothing against it", "looked at before the call", "mode = \"act\""):
            self.assertIn(word, result.out)
        self.assertNotIn("web-2", result.out)

    def test_shows_a_table_for_each_policy(self):
        result = self.site.run("plan", "--inventory", self.save(vm("web-1", "vm-1", 3), vm("db-1", "vm-2", 2)),
                               "--at", NOW)
        self.assert_exit(0, result)
        self.assertRegex(result.out, r"web-1 +3 +3 +create, mark 2")
        self.assertNotIn("db-1", result.out)
        self.assertIn("1 VM that no policy selects", result.out)

    def test_takes_what_an_old_file_calls_ours_for_the_first_policys_that_keeps_snapshots(self):
        self.configure(POLICY.replace("daily", "copies").replace("0 2", "0 1") + 'method = "clone"\n'
                       'clone = { datastore = "ds", folder = "/DC0/vm/c" }\n' + POLICY)
        document = self.plan(vm("web-1", "vm-1", 3), args=("--policy", "daily"))
        self.assertIn("daily/vc0/vm-1/mark/vm-1-s1", self.steps(document))

    def test_judges_only_what_its_policy_made(self):
        machine = vm("web-1", "vm-1", 4)
        for snapshot, policy in zip(machine["snapshots"], ("", "gone", "daily", "daily")):
            snapshot["policy"] = policy
        document = self.plan(machine)
        self.assertEqual(["daily/vc0/vm-1/create", "daily/vc0/vm-1/mark/vm-1-s3"], self.steps(document))
        kept = {one["moid"]: one["reasons"][0]["rule"] for one in document["policies"][0]["vms"][0]["keep"]}
        self.assertEqual("operator", kept["vm-1-s1"])
        self.assertEqual("orphaned-policy", kept["vm-1-s2"])
        step = document["policies"][0]["vms"][0]["steps"][1]
        self.assertEqual("daily/vc0/vm-1/create", step["needs"])

    def test_a_time_that_no_calendar_has_stops_no_other_vm(self):
        self.configure(POLICY.replace("last = 2", "daily = 2") + 'timezone = "Europe/Berlin"\n')
        odd = vm("web-1", "vm-1", 3)
        odd["snapshots"][0]["created"] = "1960-01-01T00:00:00Z"
        document = self.plan(odd, vm("web-2", "vm-2", 3))
        refused = document["policies"][0]["vms"][0]
        self.assertEqual({"time-out-of-range"}, {one["rule"] for one in refused["refusals"]})
        self.assertIn("daily/vc0/vm-2/create", self.steps(document))
        result = self.site.run("plan", "--inventory", self.save(odd), "--at", "2300-01-01T00:00:00Z", "--json")
        self.assert_error(result, 2, "usage")
        self.assertIn("1970-01-02", result.document()["error"]["message"])
        self.assertIn("2099-01-01", result.document()["error"]["message"])

    def test_refuses_what_it_cannot_read_or_find(self):
        inventory = self.save(vm("web-1", "vm-1", 1))
        for args, code, kind in ((("--policy", "nightly"), 2, "config"), (("--at", "tomorrow"), 2, "usage"),
                                 (("--explain", "nobody"), 1, "not-found")):
            with self.subTest(args):
                self.assert_error(self.site.run("plan", "--inventory", inventory, "--json", *args), code, kind)
        self.assert_error(self.site.run("plan", "--inventory", self.site.path / "none", "--json"), 2, "input")
        self.configure("")
        self.assert_error(self.site.run("plan", "--inventory", inventory, "--json"), 2, "config")

    def test_leaves_the_vm_of_the_vcenter_alone(self):
        self.site.configure({"url": "https://web-7.example.com/sdk", "username": "u", "password": "p"}, extra=POLICY)
        document = self.plan(vm("web-7", "vm-1", 1))
        self.assertEqual([{"endpoint": "vc0", "moid": "vm-1", "name": "web-7", "why": "vcenter"}],
                         document["left_alone"])
        self.assertEqual([], self.steps(document))

    def test_removes_without_a_mark_where_the_policy_says_so(self):
        self.configure(POLICY + 'mark_delay = "0s"\nmax_removals = 5\n')
        self.assertIn("daily/vc0/vm-1/remove/vm-1-s1", self.steps(self.plan(vm("web-1", "vm-1", 3))))


if __name__ == "__main__":
    unittest.main()
