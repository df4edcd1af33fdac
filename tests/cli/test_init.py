"""`init` asks, shows the certificate, tries the login, and only then writes two private files."""

import os
import pty
import select
import signal
import time
import unittest

from deltakeep import BINARY, SiteCase
from vcsim import Vcsim


class Terminal:
    """The binary on a terminal of its own; answers what it asks."""

    def __init__(self, words, environment):
        self.child, self._master = pty.fork()
        if self.child == 0:
            os.execve(BINARY, [BINARY, *words], {**environment, "TERM": "xterm"})
        self.shown = ""

    def wait_for(self, text, seconds=30):
        """Everything shown up to the first `text` that was not there before."""
        end = time.monotonic() + seconds
        start = len(self.shown)
        while text not in self.shown[start:] and time.monotonic() < end:
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    self.shown += os.read(self._master, 4096).decode(errors="replace")
                except OSError:
                    break
        if text not in self.shown[start:]:
            raise AssertionError(f"{text!r} was not shown: {self.shown!r}")

    def answer(self, text):
        os.write(self._master, text.encode() + b"\n")

    def interrupt(self):
        os.write(self._master, b"\x03")

    def end(self, seconds=60):
        end = time.monotonic() + seconds
        while True:
            if not select.select([self._master], [], [], max(0, end - time.monotonic()))[0]:
                os.kill(self.child, signal.SIGKILL)
                os.waitpid(self.child, 0)
                raise AssertionError(f"did not end within {seconds} s: {self.shown!r}")
            try:
                more = os.read(self._master, 4096)
            except OSError:
                break
            if not more:
                break
            self.shown += more.decode(errors="replace")
        status = os.waitpid(self.child, 0)[1]
        os.close(self._master)
        return os.waitstatus_to_exitcode(status)


class Init(SiteCase):
    def setUp(self):
        super().setUp()
        self.server = Vcsim("--vms", 2)
        self.addCleanup(self.server.close)
        self.file = self.site.path / "made" / "deltakeep.toml"
        self.password = self.site.secret("password", self.server.password)

    def init(self, *more, password=None, url=None):
        return self.site.run("--json", "init", "--url", url or self.server.url, "--username", self.server.username,
                             "--password-file", password or self.password, "--output", self.file, *more,
                             configured=False)

    def assert_nothing_written(self):
        self.assertFalse(self.file.parent.exists(), list(self.site.path.rglob("*")))

    def test_refuses_a_certificate_that_nobody_confirmed_and_shows_it(self):
        message = self.assert_error(self.init(), 4, "refused")
        self.assertIn(self.server.thumbprint, message)
        self.assertNotIn("Login", self.server.calls(), "an unverified server is sent nothing")
        self.assert_nothing_written()

    def test_yes_does_not_stand_for_a_look_at_the_certificate(self):
        self.assert_error(self.init("--yes"), 4, "refused")
        self.assertNotIn("Login", self.server.calls())
        self.assert_nothing_written()

    def test_refuses_another_certificate_than_the_accepted_one_and_shows_both(self):
        other = "AB" * 32
        message = self.assert_error(self.init("--accept-thumbprint", other), 4, "refused")
        self.assertIn(other, message)
        self.assertIn(self.server.thumbprint, message.replace(":", ""))
        self.assert_nothing_written()

    def test_writes_private_files_that_work_after_a_live_test(self):
        result = self.init("--accept-thumbprint", self.server.thumbprint.lower())
        self.assert_exit(0, result)
        self.assertIn("VMware vCenter", result.document()["product"])
        self.assertEqual(1, self.server.calls()["Login"])
        self.assertEqual(1, self.server.calls()["Logout"])
        self.assertEqual(0o600, self.file.stat().st_mode & 0o777)
        text = self.file.read_text(encoding="utf-8")
        self.assertIn("#", text)
        self.assertIn('mode = "observe"', text)
        self.assertNotIn(self.server.password, text)
        self.assert_exit(0, self.site.run("--config", self.file, "config", "check", configured=False))
        scan = self.site.run("--config", self.file, "--state", self.site.state, "--json", "scan", configured=False)
        self.assert_exit(0, scan)
        self.assertEqual(2, scan.document()["scans"][0]["vms"])

    def test_writes_the_state_that_was_asked_for(self):
        result = self.init("--accept-thumbprint", self.server.thumbprint, "--state", "here/state.db")
        self.assert_exit(0, result)
        self.assertIn(f'state = "{self.site.path}/here/state.db"', self.file.read_text(encoding="utf-8"))
        self.assert_exit(0, self.site.run("--config", self.file, "scan", configured=False))
        self.assertTrue((self.site.path / "here" / "state.db").exists())

    def test_never_overwrites_unless_forced(self):
        self.assert_exit(0, self.init("--accept-thumbprint", self.server.thumbprint))
        before = self.file.read_text(encoding="utf-8")
        message = self.assert_error(self.init("--accept-thumbprint", self.server.thumbprint), 1, "exists")
        self.assertIn("--force", message)
        self.assertEqual(before, self.file.read_text(encoding="utf-8"))
        self.assert_exit(0, self.init("--accept-thumbprint", self.server.thumbprint, "--force"))

    def test_a_wrong_password_is_tried_once_and_writes_nothing(self):
        wrong = self.site.secret("wrong", "not it")
        self.assert_error(self.init("--accept-thumbprint", self.server.thumbprint, password=wrong), 12)
        self.assertEqual(1, self.server.calls()["Login"])
        self.assert_nothing_written()

    def test_a_password_in_the_url_is_refused(self):
        url = self.server.url.replace("https://", "https://user:secret@")
        message = self.assert_error(self.init(url=url), 2, "usage")
        self.assertNotIn("secret", message)
        self.assert_nothing_written()

    def test_without_a_terminal_every_answer_must_be_a_flag(self):
        result = self.site.run("--json", "init", "--output", self.file, configured=False)
        self.assertIn("--url", self.assert_error(result, 2, "usage"))

    def test_asks_on_a_terminal_and_does_not_echo_the_password(self):
        terminal = Terminal(["init", "--output", str(self.file)], self.site.environment)
        terminal.wait_for("vCenter or ESXi host:")
        terminal.answer(self.server.url)
        terminal.wait_for("Is that the server's certificate?")
        self.assertIn(self.server.thumbprint, terminal.shown.replace(":", ""))
        terminal.answer("yes")
        terminal.wait_for("User name")
        terminal.answer(self.server.username)
        terminal.wait_for("Password:")
        terminal.answer(self.server.password)
        self.assertEqual(0, terminal.end(), terminal.shown)
        self.assertNotIn(self.server.password, terminal.shown)
        secrets = list(self.file.parent.glob("*.pass"))
        self.assertEqual(1, len(secrets))
        self.assertEqual(0o600, secrets[0].stat().st_mode & 0o777)
        self.assertEqual(self.server.password, secrets[0].read_text(encoding="utf-8").strip())

    def test_a_stored_password_is_not_overwritten(self):
        other = self.file.with_suffix(".pass")
        other.parent.mkdir()
        other.write_text("of another server\n", encoding="utf-8")
        terminal = Terminal(["init", "--url", self.server.url, "--username", "x", "--output", str(self.file),
                             "--accept-thumbprint", self.server.thumbprint], self.site.environment)
        self.assertEqual(1, terminal.end(), terminal.shown)
        self.assertIn("exists", terminal.shown)
        self.assertEqual("of another server\n", other.read_text(encoding="utf-8"))

    def test_a_no_ends_it_with_nothing_written(self):
        terminal = Terminal(["init", "--url", self.server.url, "--output", str(self.file)], self.site.environment)
        terminal.wait_for("certificate?")
        terminal.answer("no")
        self.assertEqual(4, terminal.end(), terminal.shown)
        self.assert_nothing_written()

    def test_ctrl_c_at_the_password_ends_it_with_nothing_written(self):
        terminal = Terminal(["init", "--url", self.server.url, "--username", "x", "--output", str(self.file),
                             "--accept-thumbprint", self.server.thumbprint], self.site.environment)
        terminal.wait_for("Password:")
        terminal.interrupt()
        self.assertEqual(130, terminal.end(), terminal.shown)
        self.assert_nothing_written()


if __name__ == "__main__":
    unittest.main()
