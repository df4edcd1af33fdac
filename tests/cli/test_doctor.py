"""`doctor` tells whether an endpoint and its account are fit for what is configured."""

import unittest

from deltakeep import SiteCase
from vcsim import Vcsim


class Doctor(SiteCase):
    def doctor(self, *server_args, code=0, **changes):
        with Vcsim("--vms", 2, *server_args) as server:
            self.site.configure(server.keys(**changes))
            result = self.site.run("--json", "doctor")
            self.assert_exit(code, result)
            text = self.site.run("doctor")
            return result.document(), text.out

    def test_lists_what_an_operator_needs_to_know(self):
        document, text = self.doctor()
        whole = str(document)
        for word in ("session", "api-version", "clock-skew", "vmfs"):
            self.assertIn(word, whole)
        for word in ("6.5", "VMFS"):
            self.assertIn(word.lower(), text.lower())

    def test_names_the_rights_that_are_missing(self):
        document, text = self.doctor("--deny", "VirtualMachine.State.RemoveSnapshot,VirtualMachine.State.CreateSnapshot",
                                     code=1, mode="act")
        self.assertIn("VirtualMachine.State.RemoveSnapshot", text)
        self.assertIn("missing", (str(document) + text).lower())

    def test_refuses_a_state_that_a_scan_would_refuse(self):
        with Vcsim("--vms", 2) as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
            self.assert_exit(0, self.site.run("doctor"))
            self.site.state.chmod(0o620)
            refused = self.site.run("scan")
            self.assert_exit(1, refused)
            result = self.site.run("doctor")
            self.assert_exit(1, result)
            self.assertIn("chmod go-w", result.out)
            self.assertIn("logged in", result.out, "the server is looked at all the same")

    def test_a_state_that_is_not_there_yet_is_no_problem_and_is_not_made(self):
        with Vcsim("--vms", 2) as server:
            self.site.configure(server.keys())
            state = self.site.path / "none" / "state.db"
            result = self.site.run("doctor", "--state", state)
            self.assert_exit(0, result)
            self.assertIn("the first scan makes", result.out)
            self.assertFalse(state.parent.exists())

    def test_names_rights_that_are_more_than_needed(self):
        document, text = self.doctor()
        self.assertRegex((str(document) + text).lower(), "excess|more than|not need")


if __name__ == "__main__":
    unittest.main()
