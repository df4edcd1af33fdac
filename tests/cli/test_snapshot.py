"""One operation on one VM by a person: guarded, journalled, verified, told."""

import unittest

from acting import ActingCase


class Snapshots(ActingCase):
    def test_are_created_pinned_and_removed_and_the_journal_tells_of_it(self):
        made = self.operation("snapshot", "create", "web-01", "--name", "before-update", "--description", "ask Eve")
        self.assertEqual(("create", "done", "done", "verified"),
                         (made["operation"], made["state"], made["result"], made["layers"]), made)
        self.assertEqual(["before-update"], self.snapshots("vm-101"))
        tree = self.run_json("tree", "web-01")["vms"][0]["snapshots"]
        self.assertEqual([("before-update", "ours")], [(one["name"], one["owner"]) for one in tree])

        pin = self.run_json("pin", "add", "web-01", "before-update", "--reason", "audit", "--until", "7d")["pins"][0]
        refused = self.operation("snapshot", "remove", "web-01", "before-update", code=4)
        self.assertEqual("refused", refused["result"])
        self.assertEqual(["pinned"], [one["rule"] for one in refused["refusals"]])
        listed = self.site.run("pin", "list")
        self.assertIn("before-update", listed.out)
        self.assertIn("audit", listed.out)
        self.assert_exit(0, self.site.run("pin", "remove", pin["id"]))
        self.assertEqual([], self.run_json("pin", "list")["pins"])

        gone = self.operation("snapshot", "remove", "web-01", "before-update")
        self.assertEqual(("remove", "done", "verified"), (gone["operation"], gone["state"], gone["layers"]), gone)
        self.assertEqual([], self.snapshots("vm-101"))
        self.assertEqual([("remove", "done"), ("create", "done")],
                         [(one["operation"], one["state"]) for one in self.run_json("ops")["operations"]])
        self.assertEqual(1, self.changes()["RemoveSnapshot_Task"])
        told = self.site.run("ops", made["id"][:14])
        self.assert_exit(0, told)
        for words in ("create of snapshot before-update", made["id"], "intent", "done", "verified"):
            self.assertIn(words, told.out)

    def test_are_told_to_people_in_one_line_each(self):
        told = self.site.run("snapshot", "create", "web-01", "--name", "x")
        self.assert_exit(0, told)
        self.assertRegex(told.out, r"^create of snapshot x \(snapshot-\d+\) on web-01: done, layers verified.*\(\w{26}\)\n$")
        refused = self.site.run("snapshot", "remove", "web-02", "golden", "--dry-run")
        self.assert_exit(0, refused)
        self.assertIn("would be sent; nothing stands against it", refused.out)

    def test_are_renamed(self):
        done = self.operation("snapshot", "rename", "web-02", "golden", "--name", "golden 2025")
        self.assertEqual("done", done["state"], done)
        self.assertEqual(["golden 2025", "twice", "twice"], self.snapshots("vm-102"))

    def test_of_others_are_removed_by_their_name_alone(self):
        message = self.assert_error(self.site.run("--json", "snapshot", "remove", "db-01", "current"), 4, "refused")
        self.assertIn("not ours", message)
        self.assertEqual({}, self.changes())
        told = self.site.run("snapshot", "remove", "db-01", "monthly")
        self.assert_exit(0, told)
        self.assertIn("foreign", told.out)
        self.assertEqual([], self.snapshots("vm-103"))

    def test_of_one_name_are_refused_with_their_moids(self):
        message = self.assert_error(self.site.run("--json", "snapshot", "remove", "web-02", "twice"), 2, "ambiguous")
        moids = [one["moid"] for one in self.run_json("tree", "web-02")["vms"][0]["snapshots"]]
        self.assertIn(moids[1], message)
        self.assertIn(moids[2], message)
        self.assertNotIn(moids[0], message)
        message = self.assert_error(self.site.run("--json", "snapshot", "remove", "web-02", "never"), 1, "not-found")
        self.assertIn("golden", message)
        self.assertEqual({}, self.changes())

    def test_that_appeared_since_the_scan_are_found(self):
        self.server.touch(act="create", vm="vm-101", name="by hand", user="eve")
        self.wait_for(lambda: self.snapshots("vm-101") == ["by hand"])
        words = ("snapshot", "rename", "web-01", "by hand", "--name", "by Eve")
        self.assertEqual(["other-product"], [one["rule"] for one in self.operation(*words, code=4)["refusals"]])
        done = self.operation(*words, "--force", "other-product")
        self.assertEqual(("done", ["other-product"]), (done["state"], done["forced"]), done)
        self.assertIn("other-product", self.site.run("audit", "export").out)

    def test_of_a_vm_that_no_scan_saw_are_not_touched(self):
        message = self.assert_error(self.site.run("--json", "snapshot", "create", "new-01"), 1, "not-found")
        self.assertIn("deltakeep scan", message)

    def test_force_takes_the_names_of_guards_alone(self):
        message = self.assert_error(
            self.site.run("--json", "snapshot", "create", "web-01", "--force", "depth-limt"), 2, "usage")
        self.assertIn("depth-limit", message)

    def test_dry_run_tells_and_sends_nothing(self):
        told = self.operation("snapshot", "create", "web-01", "--dry-run")
        self.assertEqual("would-send", told["result"])
        self.assertIsNone(told["id"])
        self.assertEqual({}, self.changes())
        self.assertEqual([], self.run_json("ops")["operations"])


class Debt(ActingCase):
    def test_is_consolidated_and_until_then_nothing_is_created(self):
        moid = self.run_json("tree", "db-01")["vms"][0]["snapshots"][0]["moid"]
        self.server.touch(act="delete", snapshot=moid, consolidate=False, user="eve")
        self.wait_for(lambda: not self.snapshots("vm-103"))
        refused = self.operation("snapshot", "create", "db-01", code=4)
        self.assertIn("merge-debt", [one["rule"] for one in refused["refusals"]])
        done = self.operation("snapshot", "consolidate", "db-01")
        self.assertEqual("done", done["state"], done)
        self.assertEqual("done", self.operation("snapshot", "create", "db-01")["state"])


class Revert(ActingCase):
    def test_tells_what_is_lost_and_does_nothing_unless_somebody_confirms(self):
        for words in ((), ("--confirm", "web-01")):
            message = self.assert_error(
                self.site.run("--json", "snapshot", "revert", "web-02", "golden", *words), 4, "refused")
        self.assertIn("web-02", message)
        told = self.site.run("snapshot", "revert", "web-02", "golden", "--dry-run")
        self.assert_exit(0, told)
        for words in ("written since", "2 newer snapshots stay", "powered off"):
            self.assertIn(words, told.out)
        self.assertEqual({}, self.changes())

    def test_with_the_vms_name_takes_it_back_after_a_snapshot_of_now(self):
        document = self.run_json("snapshot", "revert", "web-02", "golden", "--safety-snapshot", "--confirm", "web-02")
        self.assertEqual(["create", "revert"], [one["operation"] for one in document["operations"]])
        self.assertEqual(["done", "done"], [one["state"] for one in document["operations"]], document)
        tree = self.run_json("tree", "web-02")["vms"][0]["snapshots"]
        self.assertEqual(["golden"], [one["name"] for one in tree if one["current"]])
        self.assertEqual(4, len(tree))


class Clones(ActingCase):
    def test_are_made_whole_elsewhere_and_linked_beside(self):
        whole = self.operation("clone", "web-02", "--to", "web-02-copy", "--datastore", "vault", "--folder",
                               "/DC0/vm/copies")
        self.assertEqual("done", whole["state"], whole)
        self.assertEqual("web-02-copy", whole["clone"]["name"])
        linked = self.operation("clone", "web-02", "--to", "web-02-test", "--snapshot", "golden", "--linked")
        self.assertEqual(("done", True), (linked["state"], linked["clone"]["linked"]), linked)
        self.assert_exit(0, self.site.run("scan"))
        names = {one["name"]: one for one in self.run_json("vms")["vms"]}
        self.assertEqual("/DC0/vm/copies/web-02-copy", names["web-02-copy"]["path"])
        self.assertIn("linked-clone", names["web-02-test"]["flags"])

    def test_to_a_place_that_is_none_are_refused(self):
        refused = self.operation("clone", "web-01", "--to", "x", "--datastore", "valt", code=4)
        self.assertIn("valt", refused["text"])
        self.assert_error(self.site.run("--json", "clone", "web-01", "--to", "x", "--linked"), 2, "usage")
        self.assertEqual({}, self.changes())


class Observed(ActingCase):
    MODE = "observe"

    def test_servers_are_changed_by_no_command(self):
        for words in (("snapshot", "create", "web-01"), ("snapshot", "rename", "web-02", "golden", "--name", "x"),
                      ("snapshot", "revert", "web-02", "golden", "--yes"), ("snapshot", "remove", "web-02", "golden"),
                      ("snapshot", "consolidate", "web-01"), ("clone", "web-01", "--to", "x"),
                      ("adopt", "web-02", "golden", "--yes")):
            with self.subTest(words=words):
                message = self.assert_error(self.site.run("--json", *words), 4, "observe")
                self.assertIn('mode = "act"', message)
        told = self.operation("snapshot", "create", "web-01", "--dry-run", code=4)
        self.assertEqual(["observe-mode"], [one["rule"] for one in told["refusals"]])
        self.assertEqual({}, self.changes())


class Adopted(ActingCase):
    def test_snapshots_are_ours_and_held_for_a_week(self):
        self.assert_error(self.site.run("--json", "adopt", "web-02", "golden"), 4, "refused")
        done = self.operation("adopt", "web-02", "golden", "--yes")
        self.assertEqual("done", done["state"], done)
        golden = self.run_json("tree", "web-02")["vms"][0]["snapshots"][0]
        self.assertEqual(("golden", "ours", True), (golden["name"], golden["owner"], golden["pinned"]), golden)
        self.assertEqual(["golden"], [one["snapshot_name"] for one in self.run_json("pin", "list")["pins"]])
        self.assert_error(self.site.run("--json", "adopt", "web-02", "--yes"), 1, "not-found")

    def test_snapshots_whose_key_was_lost_get_a_new_mark(self):
        self.operation("snapshot", "create", "web-01", "--name", "mine", "--description", "ask Eve")
        self.site.state.with_name("state.db.key").unlink()
        self.assertEqual("foreign", self.run_json("tree", "web-01")["vms"][0]["snapshots"][0]["owner"])
        self.operation("adopt", "web-01", "--yes", "--force", "other-product")  # it is young, and not ours now
        self.assertEqual("ours", self.run_json("tree", "web-01")["vms"][0]["snapshots"][0]["owner"])
        description = self.server.state(vm="vm-101")["snapshots"][0]["description"]
        self.assertEqual(1, description.count("dk1 "), description)
        self.assertTrue(description.startswith("ask Eve"), description)


if __name__ == "__main__":
    unittest.main()
