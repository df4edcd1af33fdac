"""`forecast` offline: when thresholds are crossed and why, from a saved inventory."""

import unittest

import saved_inventory
from deltakeep import SiteCase
from saved_inventory import vm

POLICY = """
[[policy]]
name = "daily"
apply = {apply}
select = {{ name = "web-*" }}
schedule = "0 2 * * *"
keep = {{ last = {last} }}
"""


class Forecast(SiteCase):
    def forecast(self, *vms, args=(), last=14, armed=True, extra="", complete=True, free=500, capacity=1000,
                 policy=POLICY):
        self.site.configure({"url": "https://192.0.2.1/sdk", "username": "u", "password": "p",
                             "mode": "act" if armed else "observe"},
                            extra=policy.format(last=last, apply=str(armed).lower()) + extra)
        path = saved_inventory.save(self.site.path / "inventory.json", *vms, complete=complete, free=free,
                                    capacity=capacity)
        return self.site.run("forecast", "--inventory", path, *args)

    def document(self, *vms, args=(), **how):
        result = self.forecast(*vms, args=("--json", *args), **how)
        self.assert_exit(0, result)
        document = result.document()
        self.assertEqual(1, document["format"])
        return document["forecasts"]

    def crossing(self, forecast, level, rule):
        found = [one for one in forecast["crossings"] if (one["level"], one["rule"]) == (level, rule)]
        self.assertEqual(1, len(found), forecast)
        return found[0]

    def test_fourteen_daily_warn_when_the_run_leaves_four_deltas(self):
        disk, store = self.document(vm("web-1", "vm-1", [1, 1]))
        self.assertEqual("disk", disk["kind"])
        self.assertTrue(disk["played"])
        self.assertEqual("2026-11-23T02:00:00Z", disk["warn_at"])
        probes = self.crossing(disk, "warn", "probes")
        self.assertEqual(("at", "certain"), (probes["state"], probes["certainty"]))
        self.assertEqual('policy "daily" leaves 4 deltas', probes["cause"])
        self.assertIsNone(disk["limit_at"])
        self.assertEqual("not-within", self.crossing(disk, "limit", "depth")["state"])
        self.assertEqual(("datastore", "ds", None), (store["kind"], store["datastore"]["name"], store["full_at"]))

    def test_keeping_two_crosses_no_probes_within_400_days(self):
        disk, _ = self.document(vm("web-1", "vm-1", [1, 1]), last=2, args=("--days", "400"))
        self.assertEqual("not-within", self.crossing(disk, "warn", "probes")["state"])

    def test_one_vm_with_a_date_that_no_calendar_has_says_so_and_the_others_are_forecast(self):
        by_calendar = POLICY.replace("{{ last", "{{ daily") + 'timezone = "Europe/Berlin"\n'
        odd = vm("web-2", "vm-2", [1, 1])
        odd["snapshots"][0]["created"] = "1960-01-01T00:00:00Z"
        forecasts = self.document(vm("web-1", "vm-1", [1, 1]), odd, policy=by_calendar)
        disks = {one["vm"]["name"]: one for one in forecasts if one["kind"] == "disk"}
        self.assertEqual({"web-1": None, "web-2": "time-out-of-range"},
                         {name: one["refused"] for name, one in disks.items()})
        self.assertIsNotNone(disks["web-1"]["warn_at"])
        shown = self.forecast(odd, policy=by_calendar, args=("web-2",))
        self.assert_exit(0, shown)
        self.assertIn("time-out-of-range", shown.out)

    def test_a_datastore_of_unknown_size_is_not_called_full(self):
        self.assertEqual(["disk"], [one["kind"] for one in self.document(vm("web-1", "vm-1", [1, 1]), free=0, capacity=0)])

    def test_an_inventory_of_a_time_that_no_calendar_has_is_a_mistake(self):
        self.assert_exit(0, self.forecast(vm("web-1", "vm-1", [1, 1])))
        path = self.site.path / "inventory.json"
        saved = path.read_text(encoding="utf-8")
        for year in ("1900", "9999"):
            path.write_text(saved.replace('"taken": "2026', f'"taken": "{year}'), encoding="utf-8")
            result = self.site.run("forecast", "--inventory", path)
            self.assert_exit(2, result)
            self.assertIn("the calendars here reach from 1970 to 2100", result.err)

    def test_what_is_not_armed_is_not_played_unless_it_is_named(self):
        inventory = vm("web-1", "vm-1", [1, 1])
        disk, _ = self.document(inventory, armed=False)
        self.assertFalse(disk["played"])
        self.assertEqual("not-within", self.crossing(disk, "warn", "probes")["state"])
        self.assertEqual("age", [one["rule"] for one in disk["crossings"] if one["at"] == disk["warn_at"]][0])
        disk = self.document(inventory, armed=False, args=("--policy", "daily"))[0]
        self.assertTrue(disk["played"])
        self.assertEqual("2026-11-23T02:00:00Z", disk["warn_at"])

    def test_without_history_sizes_are_not_guessed(self):
        extra = 'warn = { size = "50GiB" }\n'
        disk = self.document(vm("web-1", "vm-1", [1]), extra=extra)[0]
        self.assertEqual("none", disk["growth"]["basis"])
        self.assertIsNone(disk["growth"]["bytes_per_day"])
        size = self.crossing(disk, "warn", "size")
        self.assertEqual(("not-enough-history", None), (size["state"], size["at"]))

    def test_frozen_deltas_of_the_chain_are_history_enough_for_sizes(self):
        disk = self.document(vm("web-1", "vm-1", [2, 2, 2, 2, 2]), extra='warn = { size = "19GiB" }\n')[0]
        size = self.crossing(disk, "warn", "size")
        self.assertEqual("at", size["state"])
        self.assertLess(size["earliest"], size["at"])
        self.assertTrue(size["latest"] is None or size["at"] < size["latest"])

    def test_a_datastore_fills_by_all_that_lies_on_it(self):
        vms = [vm(f"web-{number}", f"vm-{number}", [3, 3, 3, 3]) for number in range(5)]
        store = self.document(*vms, free=50)[-1]
        self.assertEqual("datastore", store["kind"])
        self.assertEqual(5, store["vms"])
        full = store["crossings"][0]
        self.assertEqual(("full", "at"), (full["rule"], full["state"]))
        self.assertLess(full["earliest"], full["at"])
        self.assertTrue("2026-11-24" < full["at"] < "2026-11-27", full)

    def test_a_guard_that_refuses_is_named(self):
        disk = self.document(vm("web-1", "vm-1", [1, 1], consolidation_needed=True,
                                flags=["consolidation-needed"]))[0]
        self.assertEqual(("merge-debt", "2026-11-22T02:00:00Z"), (disk["refused"], disk["refused_from"]))

    def test_the_table_is_by_the_soonest_and_says_what_crosses_nothing(self):
        result = self.forecast(vm("web-1", "vm-1", [1]), vm("web-2", "vm-2", [1, 1, 1]), vm("db", "vm-3", []))
        self.assert_exit(0, result)
        lines = result.out.splitlines()
        self.assertTrue(lines[0].startswith("VM"), result)
        self.assertTrue(lines[1].startswith("web-2") and lines[2].startswith("web-1"), result)
        self.assertIn("in 1 h", lines[1])
        self.assertIn("0 disks cross nothing within 30 days", result.out)
        self.assertIn("not filled by snapshots", result.out)

    def test_one_vm_is_told_with_all_its_thresholds(self):
        result = self.forecast(vm("web-1", "vm-1", [1, 1]), args=("web-1",))
        self.assert_exit(0, result)
        for word in ("policy daily", "not enough history", "not within 30 days", "2026-11-23 02:00Z", "certain"):
            self.assertIn(word, result.out)

    def test_mistakes_are_told(self):
        machine = vm("web-1", "vm-1", [1])
        for args, code, said in ((("--days", "0"), 2, "--days"), (("--days", "401"), 2, "400"),
                                 (("nobody",), 1, "nobody"), (("--policy", "weekly"), 2, "it has: daily")):
            with self.subTest(args=args):
                result = self.forecast(machine, args=args)
                self.assert_exit(code, result)
                self.assertIn(said, result.err)

    def test_a_partial_inventory_says_so(self):
        self.assertIn("not complete", self.forecast(vm("web-1", "vm-1", [1]), complete=False).out)


if __name__ == "__main__":
    unittest.main()
