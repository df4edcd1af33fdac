"""Each invariant of the oracle, broken on purpose: one that could not fail would be worth nothing."""

import sqlite3
import unittest
from contextlib import closing

from oracle import Oracle, mark_of, verdicts
from stage import VM, Stage, expect
from table import Remove, snapshot_of


class TheOracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        driver = Remove()
        cls.stage = Stage(driver.policies, driver.prepare)
        cls.addClassCleanup(cls.stage.close)

    def setUp(self):
        self.shop = self.stage.begin()
        self.addCleanup(self.shop.close)
        self.oracle = Oracle(self.shop)
        self.known = {row["id"] for row in self.shop.operations()}
        expect(self.shop.run(*Remove().words(self.shop)), 0)
        self.oracle.last_process = 1

    def told(self):
        return self.oracle.violations() + self.oracle.violations_at_rest("") + verdicts(self.shop, self.known)

    def change(self, *statements):
        with closing(sqlite3.connect(self.shop.site.state)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()

    def assert_tells(self, invariant):
        told = self.told()
        self.assertTrue(told, f"{invariant} is broken, and nothing is told")
        self.assertTrue(any(line.startswith(invariant + ":") for line in told), told)

    def test_says_nothing_where_all_is_well(self):
        self.assertEqual([], self.told())
        self.assertEqual(1, self.shop.server.calls()["RemoveSnapshot_Task"], "nothing was removed")

    def test_sees_what_happened_to_others(self):
        self.shop.server.touch(act="rename", snapshot=snapshot_of(self.shop, "golden"), name="silver", user="eve")
        self.shop.server.step(60)
        self.assert_tells("I1")

    def test_sees_a_pinned_one_go(self):
        pinned = Remove.ours(self.shop)[0]
        self.assertIn(pinned, self.oracle.held)
        self.shop.server.touch(act="delete", snapshot=pinned, user="eve")
        self.shop.server.step(60)
        self.assert_tells("I1")

    def test_sees_a_removal_that_no_plan_names(self):
        self.change("UPDATE run SET plan = '{}'")
        self.assert_tells("I2")

    def test_sees_a_call_without_an_intent(self):
        self.change("DELETE FROM operation_event", "DELETE FROM operation WHERE kind = 'remove'")
        self.assert_tells("I2")
        self.assert_tells("I3")

    def test_sees_two_snapshots_of_one_operation(self):
        one = next(one for one in self.shop.vm()["snapshots"] if mark_of(one))
        self.shop.server.touch(act="create", vm=VM, name="again", description=one["description"], user="eve")
        self.shop.server.step(60)
        self.assert_tells("I3")

    def test_sees_a_snapshot_that_is_lost(self):
        self.change("UPDATE owned_snapshot SET disowned = 'lost'")
        self.assert_tells("I4")

    def test_sees_a_row_that_nobody_will_look_at(self):
        self.change("UPDATE operation SET over = 0, state = 'unknown', task = '', next_look = NULL "
                    "WHERE number = (SELECT max(number) FROM operation)")
        self.assert_tells("I5")

    def test_sees_two_tasks_at_once(self):
        self.oracle.remember()
        moid, task = next(iter(self.oracle.tasks.items()))
        self.oracle.tasks[moid + "0"] = {**task, "moid": moid + "0"}
        self.assert_tells("I6")

    def test_sees_a_create_while_a_removal_is_open(self):
        self.change("UPDATE operation SET started = 1, ended = 9000000000000000 WHERE kind = 'remove'")
        self.assert_tells("I7")

    def test_sees_a_method_that_is_forbidden(self):
        log = self.shop.server.log()
        self.shop.server.log = lambda: [*log, {**log[-1], "method": "RemoveAllSnapshots_Task"}]
        self.assert_tells("I8")
        self.shop.server.log = lambda: [*log, {**log[-1], "method": "Destroy_Task", "object": VM}]
        self.assert_tells("I8")

    def test_sees_a_session_that_is_left(self):
        log = self.shop.server.log()
        last = max(number for number, entry in enumerate(log) if entry["method"] == "Logout")
        self.shop.server.log = lambda: log[:last] + log[last + 1:]
        self.assert_tells("I9")

    def test_sees_a_password(self):
        (self.shop.site.path / "core").write_text(f"x{self.shop.server.password}x", encoding="utf-8")
        self.assert_tells("I10")

    def test_sees_an_edited_and_a_shortened_audit(self):
        self.change("DROP TRIGGER audit_is_not_changed", "UPDATE audit SET actor = 'eve' WHERE number = 2")
        self.assert_tells("I11")

    def test_sees_an_audit_that_was_cut(self):
        self.change("DROP TRIGGER audit_is_not_deleted",
                    "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)")
        self.assert_tells("I11")

    def test_sees_a_damaged_file(self):
        self.change("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(self.shop.site.state, "r+b") as file:
            file.seek(0, 2)
            for page in range(2, file.tell() // 8192):
                file.seek(page * 8192 + 3)
                file.write(b"\xff\xff")
        self.assertTrue(self.oracle.quick_check().startswith("I12"))

    def test_sees_a_row_that_says_what_is_not_so(self):
        self.change("UPDATE operation SET state = 'failed' WHERE kind = 'remove'")
        self.assert_tells("T")


if __name__ == "__main__":
    unittest.main()
