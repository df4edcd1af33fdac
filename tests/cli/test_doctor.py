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

    def test_names_rights_that_are_more_than_needed(self):
        document, text = self.doctor()
        self.assertRegex((str(document) + text).lower(), "excess|more than|not need")


if __name__ == "__main__":
    unittest.main()
