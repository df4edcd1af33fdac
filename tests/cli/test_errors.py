"""What goes wrong between us and a server: each in its own words, with the exit code of the contract."""

import json
import signal
import socket
import subprocess
import threading
import unittest

from deltakeep import BINARY, SiteCase
from simulator import Simulator
from tampering import Cut, Tampering
from vcsim import Vcsim

ENVELOPE = (b'<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
            b"<soapenv:Body>%s</soapenv:Body></soapenv:Envelope>")


def html_503(*_):
    return 503, {"Content-Type": "text/html"}, b"<html><body><h1>503 Service Unavailable</h1></body></html>"


def malformed(status, headers, body):
    return status, headers, body.replace(b"</", b"<", 1)


def empty(status, headers, _):
    return status, headers, b""


def oversized(status, headers, body):
    # Whitespace before the end: well-formed, only too large (a page may have 64 MiB).
    at = body.rindex(b"</")
    return status, headers, body[:at] + b" " * (65 << 20) + body[at:]


def truncated(status, headers, body):
    return status, headers, Cut.of(body, len(body) // 2)


def redirect(*_):
    return 302, {"Location": "https://127.0.0.1:1/sdk"}, b""


def session_lost(*_):
    return 500, {"Content-Type": "text/xml"}, ENVELOPE % (
        b"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>The session is not authenticated."
        b"</faultstring><detail><NotAuthenticatedFault xmlns='urn:vim25' "
        b"xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='NotAuthenticated'>"
        b"<object type='Folder'>group-d1</object><privilegeId>System.View</privilegeId>"
        b"</NotAuthenticatedFault></detail></soapenv:Fault>")


def untouched(status, headers, body):
    return status, headers, body


def other_xml(status, headers, _):
    return status, headers, ENVELOPE % b"<SomethingElse xmlns='urn:vim25'/>"


class Login(SiteCase):
    def test_a_wrong_password_is_tried_once_and_ends_12(self):
        with Vcsim("--vms", 2) as server:
            self.site.configure(server.keys(password="not-the-password"))
            message = self.assert_error(self.site.run("--json", "scan"), 12, "login")
            self.assertIn(server.username, message)
            self.assertNotIn("not-the-password", message)
            self.assertEqual(1, server.calls()["Login"], server.calls())

    def test_says_so_to_a_person_on_stderr(self):
        with Vcsim("--vms", 2) as server:
            self.site.configure(server.keys(password="not-the-password"))
            result = self.site.run("scan")
            self.assert_exit(12, result)
            self.assertNotEqual("", result.err)
            self.assertNotIn("not-the-password", result.out + result.err)


class Reaching(SiteCase):
    def fails(self, code, kind, **keys):
        self.site.configure({"username": "u", "password": "p", **keys})
        return self.assert_error(self.site.run("--json", "scan"), code, kind)

    def test_an_unknown_name(self):
        message = self.fails(10, "unreachable", url="https://no-such-host.invalid/sdk")
        self.assertIn("no-such-host.invalid", message)
        self.assertRegex(message.lower(), "resolve|name|dns")

    def test_a_refused_connection(self):
        with socket.socket() as probe:  # bound and not listening: refused, and nobody else takes the port
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            message = self.fails(10, "unreachable", url=f"https://127.0.0.1:{port}/sdk")
            self.assertIn(f"127.0.0.1:{port}", message)
            self.assertIn("refused", message.lower())

    def test_the_two_do_not_read_alike(self):
        unknown = self.fails(10, "unreachable", url="https://no-such-host.invalid/sdk")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            refused = self.fails(10, "unreachable", url=f"https://127.0.0.1:{probe.getsockname()[1]}/sdk")
        self.assertNotIn("refused", unknown.lower())
        self.assertNotRegex(refused.lower(), "resolve")

    def test_an_unknown_certificate_authority(self):
        with Vcsim("--vms", 1) as server:
            keys = server.keys()
            del keys["thumbprint"]
            message = self.fails(10, "tls", **keys)
            self.assertIn("certificate", message.lower())
            self.assertRegex(message, "ca_file|thumbprint")
            self.assertEqual(0, sum(server.calls().values()), "something was sent to a server that was not verified")

    def test_a_wrong_thumbprint_shows_both(self):
        with Vcsim("--vms", 1) as server:
            wrong = "AB" * 32
            message = self.fails(10, "tls", **server.keys(thumbprint=wrong)).upper().replace(":", "")
            self.assertIn(wrong, message)
            self.assertIn(server.thumbprint, message)
            self.assertEqual(0, sum(server.calls().values()), "something was sent to a server that was not verified")

    def test_a_host_name_that_the_certificate_does_not_have(self):
        with Vcsim("--vms", 1, "--http") as behind, Tampering(behind, name="vcenter.example.com") as server:
            keys = server.keys(ca_file=server.ca_file, url=f"https://localhost:{server.port}/sdk")
            del keys["thumbprint"]
            message = self.fails(10, "tls", **keys)
            self.assertRegex(message.lower(), "host|name")

    def test_a_ca_file_is_enough(self):
        with Vcsim("--vms", 1) as server:
            keys = server.keys(ca_file=server.ca_file)
            del keys["thumbprint"]
            self.site.configure(keys)
            self.assert_exit(0, self.site.run("scan"))

    def test_proxy_variables_are_not_for_vcenter(self):
        with Vcsim("--vms", 1) as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan", https_proxy="http://127.0.0.1:1", HTTPS_PROXY="http://127.0.0.1:1",
                                              ALL_PROXY="http://127.0.0.1:1"))


class SpoiledReplies(SiteCase):
    """After one good scan, a bad reply ends with a clear error and leaves the state as it was."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vcsim = Vcsim("--vms", 3, "--snapshots", "2-2", "--http")
        cls.addClassCleanup(cls.vcsim.close)

    def spoiled(self, rules, code):
        with Tampering(self.vcsim) as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
            before = self.site.run("--json", "vms").document()
            self.assertEqual(3, len(before["vms"]))
            server.rules.update(rules)
            result = self.site.run("--json", "scan")
            message = self.assert_error(result, code)
            self.assertGreater(len(message), 30, "an error says what was done, to whom, what came back")
            self.assertIn("vc0", message)
            self.assertIn(next(iter(rules)), message)
            self.assertEqual(before, self.site.run("--json", "vms").document())
            unanswered = 1 if "Login" in rules else 0
            self.assertEqual(server.seen["Login"], server.seen["Logout"] + unanswered, server.seen)
            return message

    def test_html_instead_of_soap(self):
        for method in ("RetrieveServiceContent", "Login", "RetrievePropertiesEx"):
            with self.subTest(method):
                self.assertIn("503", self.spoiled({method: html_503}, 1))

    def test_xml_that_is_not_well_formed(self):
        for method in ("RetrieveServiceContent", "RetrievePropertiesEx"):
            with self.subTest(method):
                self.spoiled({method: malformed}, 1)

    def test_an_empty_reply(self):
        for method in ("RetrieveServiceContent", "RetrievePropertiesEx"):
            with self.subTest(method):
                self.spoiled({method: empty}, 1)

    def test_another_reply_than_asked_for(self):
        self.spoiled({"RetrievePropertiesEx": other_xml}, 1)

    def test_a_reply_that_ends_early(self):
        for method in ("RetrieveServiceContent", "RetrievePropertiesEx"):
            with self.subTest(method):
                self.spoiled({method: truncated}, 10)

    def test_a_redirect_is_not_followed(self):
        for method in ("RetrieveServiceContent", "Login"):
            with self.subTest(method):
                self.assertIn("302", self.spoiled({method: redirect}, 1))

    def test_a_reply_that_is_too_large(self):
        self.assertRegex(self.spoiled({"RetrievePropertiesEx": oversized}, 1).lower(), "large|mib|limit|big")


class Failing(SiteCase):
    """`status` tells of scans that came to nothing until one does not."""

    def status(self):
        told = self.site.run("status")
        self.assert_exit(0, told)
        document = self.site.run("--json", "status")
        self.assert_exit(0, document)
        return told.out, document.document()["failing"]

    def test_a_server_that_is_down_is_told_until_it_is_up_again(self):
        with Simulator("--vms", 3) as server:
            down = server.keys(name="prod", url="https://127.0.0.1:1/sdk")
            self.site.configure(down)
            for _ in range(2):
                self.assert_error(self.site.run("--json", "scan"), 10, "unreachable")
            out, (failing,) = self.status()
            self.assertEqual(("prod", "unreachable", 2), (failing["endpoint"], failing["kind"], failing["count"]))
            self.assertLess(failing["since"], failing["last"])
            self.assertIn("127.0.0.1:1", failing["message"])
            self.assertRegex(out, r"(?m)^prod: no good scan yet; failing since \S+Z \(2 times\): .*127\.0\.0\.1:1")
            self.site.configure(server.keys(name="prod"))
            self.assert_exit(0, self.site.run("scan"))
            out, failing = self.status()
            self.assertEqual([], failing)
            self.assertNotIn("failing", out)
            self.site.configure(down)
            self.assert_exit(10, self.site.run("scan"))
            out, (failing,) = self.status()
            self.assertEqual(1, failing["count"])
            self.assertRegex(out, r"(?m)^prod: last good scan \d+ s ago; failing since \S+Z \(once\): ")
            self.site.configure(server.keys(name="renamed"))
            self.assertEqual([], self.status()[1], "what is not configured is not tried")

    def test_what_a_server_says_is_shown_safely_and_without_our_password(self):
        def spiteful(status, headers, body):
            return 500, {"Content-Type": "text/xml"}, ENVELOPE % (
                "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>bad\u009b31m\u202e "
                f"{behind.password} {'long ' * 1000}</faultstring></soapenv:Fault>").encode()

        with Vcsim("--vms", 2, "--http") as behind, Tampering(behind, {"RetrievePropertiesEx": spiteful}) as server:
            self.site.configure(server.keys())
            result = self.site.run("scan")
            self.assert_exit(1, result)
            out, (failing,) = self.status()
            self.assertIn("REDACTED", failing["message"])
            self.assertLessEqual(len(failing["message"].encode()), 1000)
            for told in (result.err, out):
                self.assertIn("bad", told)
                for hidden in (behind.password, "\u009b", "\u202e"):
                    self.assertNotIn(hidden, told)
            for file in self.site.path.glob("state.db*"):
                self.assertNotIn(behind.password.encode(), file.read_bytes(), file)


class HalfWay(SiteCase):
    """Things that happen in the middle of a scan."""

    def test_a_lost_session_is_opened_again_once(self):
        with Vcsim("--vms", 3, "--http") as behind, Tampering(behind) as server:
            server.rules["RetrievePropertiesEx"] = [untouched, session_lost, untouched]
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
            self.assertEqual(2, server.seen["Login"])
            self.assertEqual(3, len(self.site.run("--json", "vms").document()["vms"]))

    def test_a_session_that_cannot_be_kept_ends_the_scan(self):
        with Vcsim("--vms", 3, "--http") as behind, Tampering(behind) as server:
            server.rules["RetrievePropertiesEx"] = session_lost
            self.site.configure(server.keys())
            self.assert_error(self.site.run("--json", "scan"), 12)
            self.assertEqual(2, server.seen["Login"])  # no hammering: an account may be locked

    def test_a_list_that_breaks_off_is_partial_and_forgets_nothing(self):
        with Vcsim("--vms", 250, "--page", 100, "--http") as behind, Tampering(behind) as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
            server.rules["ContinueRetrievePropertiesEx"] = truncated
            result = self.site.run("--json", "scan")
            self.assert_exit(3, result)
            scan, = result.document()["scans"]
            self.assertEqual("partial", scan["outcome"])
            self.assertNotEqual([], scan["missing"])
            self.assertEqual(250, len(self.site.run("--json", "vms").document()["vms"]))

    def test_an_interrupt_ends_130_and_logs_out(self):
        reached, let_go = threading.Event(), threading.Event()

        def hold(status, headers, body):
            reached.set()
            let_go.wait(60)
            return status, headers, body

        with Vcsim("--vms", 3, "--http") as behind, Tampering(behind, {"RetrievePropertiesEx": hold}) as server:
            self.site.configure(server.keys())
            process = subprocess.Popen([BINARY, "--config", str(self.site.config), "--json", "scan"], text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.site.environment)
            try:
                self.assertTrue(reached.wait(60))
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate(timeout=30)
            finally:
                let_go.set()
                process.kill()
                process.wait()
            self.assertEqual(130, process.returncode)
            self.assertEqual(130, json.loads(out)["error"]["exit"])
            self.assertEqual(server.seen["Login"], server.seen["Logout"])


class HostileText(SiteCase):
    def test_no_control_character_of_a_name_reaches_the_terminal(self):
        hostile = "evil\u009b31m\u202etxt"

        def rename(status, headers, body):
            return status, headers, body.replace(b">web-001<", f">{hostile}<".encode())

        with Vcsim("--vms", 2, "--http") as behind, Tampering(behind, {"RetrievePropertiesEx": rename}) as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
            self.assertIn(hostile, [vm["raw_name"] for vm in self.site.run("--json", "vms").document()["vms"]])
            for line in (["vms"], ["tree", hostile], ["chain", hostile], ["status"], ["tree", hostile + "x"]):
                result = self.site.run(*line)
                for character in ("\u009b", "\u202e", "\x1b"):
                    self.assertNotIn(character, result.out + result.err, line)


if __name__ == "__main__":
    unittest.main()
