"""`simulate` offline: policies played forward day by day, and two of them side by side."""

import unittest
import xml.etree.ElementTree as ElementTree

import saved_inventory
from deltakeep import SiteCase
from saved_inventory import GIB, vm

POLICIES = """
[[policy]]
name = "rich"
select = { name = "web-*" }
schedule = "0 2 * * *"
keep = { last = 14 }

[[policy]]
name = "lean"
select = { name = "db-*" }
schedule = "0 2 * * *"
keep = { last = 2 }
"""

COPIES = """
[[policy]]
name = "copies"
select = { name = "web-*" }
schedule = "0 4 * * *"
method = "clone"
clone = { datastore = "ds", folder = "/DC0/vm/copies", delete = true }
keep = { last = 2 }
"""


class Simulate(SiteCase):
    def setUp(self):
        super().setUp()
        self.site.configure({"url": "https://192.0.2.1/sdk", "username": "u", "password": "p"}, extra=POLICIES)
        self.vms = [vm("web-1", "vm-1", [1, 1]), vm("web-2", "vm-2", [2, 2]), vm("db-1", "vm-3", [1, 1]),
                    vm("other", "vm-4", [1])]

    def simulate(self, *args, **environment):
        path = saved_inventory.save(self.site.path / "inventory.json", *self.vms)
        return self.site.run("simulate", "--inventory", path, *args, **environment)

    def document(self, *args):
        result = self.simulate("--json", *args)
        self.assert_exit(0, result)
        document = result.document()
        self.assertEqual(1, document["format"])
        return document["simulations"]

    def test_plays_each_vm_under_its_policy_though_nothing_is_armed(self):
        (simulation,) = self.document("--days", "20")
        vms = {one["name"]: one for one in simulation["vms"]}
        self.assertEqual({"web-1", "web-2", "db-1"}, set(vms))
        self.assertEqual(4, max(vms["db-1"]["depth"]))  # 2 kept, 1 marked, 1 being made
        self.assertEqual(16, max(vms["web-1"]["depth"]))
        self.assertEqual(20, len(simulation["days"]))
        self.assertEqual("2026-11-22", simulation["days"][0]["day"])
        self.assertEqual(3, simulation["days"][0]["creates"])

    def test_one_vm_with_a_date_that_no_calendar_has_says_so_and_the_others_are_played(self):
        self.site.configure({"url": "https://192.0.2.1/sdk", "username": "u", "password": "p"},
                            extra=POLICIES.replace("last = 2", "daily = 2") + 'timezone = "Europe/Berlin"\n')
        self.vms[2]["snapshots"][0]["created"] = "1960-01-01T00:00:00Z"  # of db-1, which the last policy has
        (simulation,) = self.document("--days", "10")
        vms = {one["name"]: one for one in simulation["vms"]}
        self.assertEqual("time-out-of-range", vms["db-1"]["refused"])
        self.assertEqual([0, 2], [sum(vms["db-1"]["removals"]), max(vms["db-1"]["depth"])])
        self.assertIsNone(vms["web-1"]["refused"])
        self.assertGreater(max(vms["web-1"]["depth"]), 2)

    def test_totals_are_the_sums_of_the_vms(self):
        (simulation,) = self.document("--days", "30")
        for number, day in enumerate(simulation["days"]):
            self.assertAlmostEqual(sum(one["delta_bytes"][number] for one in simulation["vms"]), day["delta_bytes"],
                                   delta=1024)
            self.assertEqual(sum(one["removals"][number] for one in simulation["vms"]), day["removals"])
            self.assertEqual(max(one["depth"][number] for one in simulation["vms"]), day["depth_max"])
        self.assertEqual(sum(day["creates"] for day in simulation["days"]), simulation["summary"]["creates"])

    def test_compares_the_same_vms_under_another_policy(self):
        before, after = self.document("--policy", "rich", "--against", "lean", "--days", "40")
        self.assertEqual(("rich", "lean"), (before["name"], after["name"]))
        self.assertEqual({"web-1", "web-2"}, {one["name"] for one in after["vms"]})
        self.assertEqual((16, 4), (before["summary"]["depth_max"], after["summary"]["depth_max"]))
        self.assertLess(after["summary"]["probes_mean"], before["summary"]["probes_mean"])
        self.assertLess(after["summary"]["delta_bytes_end"], 12 * GIB)

    def test_a_policy_that_is_named_is_played_though_one_of_another_method_has_the_vm_too(self):
        self.site.configure({"url": "https://192.0.2.1/sdk", "username": "u", "password": "p"},
                            extra=POLICIES + COPIES)
        (simulation,) = self.document("--policy", "copies", "--days", "10")
        self.assertEqual({"web-1", "web-2"}, {one["name"] for one in simulation["vms"]})
        self.assertEqual({"copies"}, {one["policy"] for one in simulation["vms"]})
        self.assertGreater(simulation["summary"]["copy_bytes"], 0)
        (simulation,) = self.document("--days", "10")
        self.assertEqual({"rich", "lean"}, {one["policy"] for one in simulation["vms"]})

    def test_compares_with_another_configuration_file(self):
        other = self.site.path / "other.toml"
        other.write_text(self.site.config.read_text(encoding="utf-8").replace("last = 14", "last = 3"), encoding="utf-8")
        before, after = self.document("--against", other, "--days", "30")
        self.assertEqual((16, 5), (before["summary"]["depth_max"], after["summary"]["depth_max"]))

    def test_the_same_input_gives_the_same_bytes(self):
        self.assertEqual(self.simulate("--json").out, self.simulate("--json").out)

    def test_the_table_is_by_the_week_when_there_are_many_days(self):
        result = self.simulate("--days", "90")
        self.assert_exit(0, result)
        self.assertIn("WEEK OF", result.out)
        self.assertIn("█", result.out)
        self.assertLess(len(result.out.splitlines()), 30)
        self.assertIn("DAY ", self.simulate("--days", "7").out)

    def test_ascii_terminals_get_ascii_lines(self):
        result = self.simulate("--days", "30", LANG="C")
        self.assert_exit(0, result)
        self.assertTrue(result.out.isascii(), result)
        self.assertIn("#", result.out)

    def test_a_comparison_says_how_much_changes(self):
        result = self.simulate("--policy", "rich", "--against", "lean")
        self.assert_exit(0, result)
        for word in ("before: rich", "after:  lean", "deepest chain", "-75 %"):
            self.assertIn(word, result.out)

    def test_the_drawing_is_one_document_with_escaped_names(self):
        self.vms = [vm("web-<script>&\"1\u202e", "vm-1", [1, 1])]
        drawing = self.site.path / "out.svg"
        self.assert_exit(0, self.simulate("--against", "lean", "--svg", drawing))
        text = drawing.read_text(encoding="utf-8")
        root = ElementTree.fromstring(text)
        self.assertTrue(root.tag.endswith("svg"))
        self.assertIn("prefers-color-scheme:dark", text)
        for forbidden in ("<script", "http://192", "href", "\u202e"):
            self.assertNotIn(forbidden, text)
        self.assertTrue(any("web-<script>" in (one.text or "") for one in root.iter()))

    def test_makes_no_directory_for_a_mistyped_drawing(self):
        drawing = self.site.path / "mistyped" / "out.svg"
        result = self.simulate("--svg", drawing, "--json")
        self.assert_error(result, 1, "output")
        self.assertFalse(drawing.parent.exists())

    def test_vms_of_which_no_delta_was_seen_are_counted(self):
        self.vms = [vm("web-1", "vm-1", [])]
        (simulation,) = self.document("--days", "5")
        self.assertEqual(1, simulation["vms_without_history"])
        self.assertIn("no delta was ever seen", self.simulate("--days", "5").out)

    def test_mistakes_are_told(self):
        for args, code, said in ((("--policy", "none"), 2, "it has: rich lean"), (("--against", "none"), 2, "none"),
                                 (("--against", "/nowhere.toml"), 2, "nowhere"), (("--vm", "other"), 1, 'no policy selects the virtual machine "other"'),
                                 (("--policy", "lean", "--vm", "web-1"), 1, '"lean" does not select'),
                                 (("--vm", "gone"), 1, "gone")):
            with self.subTest(args=args):
                result = self.simulate(*args)
                self.assert_exit(code, result)
                self.assertIn(said, result.err)


if __name__ == "__main__":
    unittest.main()
