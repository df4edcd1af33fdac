"""Form: exit codes of usage errors, one JSON document whatever happens, colour only where it is wanted."""

import array
import fcntl
import json
import os
import pty
import signal
import sqlite3
import subprocess
import termios
import unittest

from deltakeep import BINARY, SiteCase
from simulator import Simulator
from vcsim import Vcsim

ESCAPE = "\x1b"
PURE = ["version", "--help", "completion bash", "completion zsh", "completion fish"]


class Usage(SiteCase):
    WRONG = ["", "scna", "--no-such-flag", "scan --no-such-flag", "tree", "chain", "tree a b", "vms --limit x",
             "completion tcsh", "history --since yesterday", "config", "config chekc", "scan --password secret"]

    def test_ends_2_and_says_how_it_goes(self):
        for line in self.WRONG:
            with self.subTest(line):
                result = self.site.run(*line.split(), configured=False)
                self.assert_exit(2, result)
                self.assertIn("usage", result.err.lower(), result)
                self.assertEqual("", result.out, result)

    def test_is_a_document_with_json(self):
        for line in self.WRONG:
            with self.subTest(line):
                self.assert_error(self.site.run("--json", *line.split(), configured=False), 2, "usage")

    def test_names_the_nearest_word(self):
        self.assertIn("scan", self.site.run("scna", configured=False).err)

    def test_global_flags_work_on_either_side(self):
        self.assertEqual(self.site.run("--json", "version", configured=False).out,
                         self.site.run("version", "--json", configured=False).out)

    def test_no_password_on_the_command_line(self):
        self.assertNotIn("hunter2", self.site.run("scan", "--password", "hunter2", configured=False).err)


class WithoutAServer(SiteCase):
    def test_what_needs_no_configuration_works_without(self):
        for line in PURE:
            with self.subTest(line):
                result = self.site.run(*line.split(), configured=False)
                self.assert_exit(0, result)
                self.assertNotEqual("", result.out)
                self.assertNotIn(ESCAPE, result.out)

    def test_a_missing_configuration_is_named(self):
        message = self.assert_error(self.site.run("--json", "scan"), 2, "config")
        self.assertIn(str(self.site.config), message)

    def test_no_configuration_at_all_says_how_to_begin(self):
        message = self.assert_error(self.site.run("--json", "scan", configured=False), 2, "config")
        self.assertRegex(message, "GOVC_URL|init")

    def test_mistakes_in_the_file_come_all_at_once_with_their_places(self):
        self.site.config.write_text('[agent]\nstat = "x"\n\n[[vcenter]]\nname = "a"\nurl = 7\n', encoding="utf-8")
        result = self.site.run("config", "check")
        self.assert_exit(2, result)
        told = result.out + result.err
        self.assertIn(f"{self.site.config}:2:1", told)
        self.assertIn(f"{self.site.config}:6:", told)
        document = self.site.run("--json", "config", "check")
        self.assert_exit(2, document)
        document.document()

    def test_no_state_yet_says_to_scan(self):
        self.site.configure({"url": "https://127.0.0.1:1/sdk", "username": "u", "password": "p"})
        for line in ("vms", "status", "tree x", "chain x", "history"):
            with self.subTest(line):
                result = self.site.run("--json", *line.split())
                self.assertIn("scan", self.assert_error(result, result.code))
                self.assertNotEqual(0, result.code)

    def test_chain_estimate_gives_the_example_of_the_contract(self):
        question = {"capacity_bytes": 1073741824, "grain_bytes": 4096,
                    "layers": [{"name": "vm-000001.vmdk", "allocated_bytes": 5368709}, {"name": "vm.vmdk"}]}
        result = self.site.run("chain", "estimate", stdin=json.dumps(question), configured=False)
        self.assert_exit(0, result)
        answer = result.document()
        expected = {"depth": 1, "layers": 2, "probes": 1.995, "probes_low": 1.995, "probes_high": 1.995,
                    "probes_worst": 2, "exact": False, "base_share": 0.995, "split_64k": 1.149625, "map_bytes": 2097152}
        for key, value in expected.items():
            self.assertAlmostEqual(value, answer[key], 4, key)
        self.assertEqual(["vm-000001.vmdk", "vm.vmdk"], [share["name"] for share in answer["served_by"]])

    def test_chain_estimate_ends_at_the_first_interrupt(self):
        process = subprocess.Popen([BINARY, "chain", "estimate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=self.site.environment)
        try:
            process.stdin.write(b"{")
            process.stdin.flush()
            unread = array.array("i", [1])
            while unread[0] and process.poll() is None:  # what it has taken it waits for more of
                fcntl.ioctl(process.stdin, termios.FIONREAD, unread)
            process.send_signal(signal.SIGINT)
            self.assertEqual(130, process.wait(30))
            self.assertEqual(b"", process.stdout.read())
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def test_chain_estimate_refuses_nonsense_with_a_document(self):
        for text in ("", "{", "[]", '{"layers":[]}', '{"capacity_bytes":-1,"grain_bytes":4096,"layers":[{"name":"a"}]}'):
            with self.subTest(text):
                self.assert_error(self.site.run("--json", "chain", "estimate", stdin=text, configured=False), 2)


class WithAServer(SiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vcsim = Vcsim("--vms", 12, "--snapshots", "0-4", "--tags")
        cls.addClassCleanup(cls.vcsim.close)

    def setUp(self):
        super().setUp()
        self.site.configure(self.vcsim.keys())

    def test_every_command_gives_one_document(self):
        for line in ("scan", "status", "vms", "vms --limit 3", "tree web-001", "chain web-001", "history", "doctor",
                     "history web-001", "config check"):
            with self.subTest(line):
                result = self.site.run("--json", *line.split())
                self.assert_exit(0, result)
                self.assertIsInstance(result.document(), dict)

    def test_no_colour_where_nobody_looks(self):
        for line in ("scan", "status", "vms", "tree web-001", "chain web-001", "doctor"):
            with self.subTest(line):
                result = self.site.run(*line.split())
                self.assert_exit(0, result)
                self.assertNotIn(ESCAPE, result.out + result.err)

    def on_a_terminal(self, *args, **environment):
        parent, child = pty.openpty()
        process = subprocess.Popen([BINARY, "--config", str(self.site.config), *args], stdin=child, stdout=child,
                                   stderr=child, env={**self.site.environment, "TERM": "xterm-256color", **environment})
        os.close(child)
        text = b""
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:  # the terminal's way to say that the other side has gone
                break
            if not piece:
                break
            text += piece
        os.close(parent)
        self.assertEqual(0, process.wait(), text)
        return text.decode()

    def test_colour_on_a_terminal_unless_refused(self):
        self.assert_exit(0, self.site.run("scan"))
        coloured = "\x1b["
        self.assertIn(coloured, self.on_a_terminal("vms"))
        self.assertNotIn(coloured, self.on_a_terminal("vms", NO_COLOR="1"))
        self.assertNotIn(coloured, self.on_a_terminal("--no-color", "vms"))
        self.assertNotIn(coloured, self.on_a_terminal("vms", TERM="dumb"))

    def test_a_vm_may_be_named_in_three_ways(self):
        self.assert_exit(0, self.site.run("scan"))
        vm = next(vm for vm in self.site.run("--json", "vms").document()["vms"] if vm["name"] == "db-003")
        answers = {self.site.run("--json", "chain", name).out for name in (vm["name"], vm["path"], vm["moid"])}
        self.assertEqual(1, len(answers))

    def test_one_vm_is_judged_by_the_thresholds_of_its_policy(self):
        self.assert_exit(0, self.site.run("scan"))
        deep = max(self.site.run("--json", "vms").document()["vms"], key=lambda vm: vm["depth"])
        self.assertGreater(deep["depth"], 0)
        config = self.site.config.read_text(encoding="utf-8")
        policy = '[[policy]]\nname = "strict"\nselect = { name = "*" }\nmethod = "retain"\nkeep = { last = 9 }\n'
        told = []
        for warn, critical in (("1h", "2h"), ("9998d", "9999d")):
            limits = f'warn = {{ age = "{warn}", probes = 31.0 }}\ncritical = {{ age = "{critical}", probes = 32.0 }}\n'
            self.site.config.write_text(f"{config}\n{policy}{limits}", encoding="utf-8")
            listed = {vm["moid"]: vm for vm in self.site.run("--json", "vms").document()["vms"]}[deep["moid"]]
            for command in ("tree", "chain"):
                shown = self.site.run("--json", command, deep["moid"]).document()["vms"][0]
                self.assertEqual(listed["risk"], shown["risk"])
                self.assertEqual(["strict"], shown["policies"])
            told.append(self.site.run("chain", deep["moid"]).out)
        self.assertIn("critical: ", told[0])
        self.assertNotEqual(told[0], told[1])

    def test_an_unknown_vm_is_an_error_with_a_way_on(self):
        self.assert_exit(0, self.site.run("scan"))
        for command in ("tree", "chain", "history"):
            message = self.assert_error(self.site.run("--json", command, "no-such-vm"), 1, "not-found")
            self.assertIn("no-such-vm", message)

    def test_a_saved_inventory_is_the_contract(self):
        file = self.site.path / "inventory.json"
        self.assert_exit(0, self.site.run("scan", "--output", file))
        inventory = json.loads(file.read_text(encoding="utf-8"))
        self.assertEqual(1, inventory["format"])
        self.assertIs(True, inventory["complete"])
        self.assertEqual(12, len(inventory["vms"]))
        self.assertEqual(["vc0"], [endpoint["name"] for endpoint in inventory["endpoints"]])
        for key in ("endpoint", "moid", "name", "raw_name", "instance_uuid", "path", "cluster", "host", "connection",
                    "power", "template", "tags", "attributes", "policies", "question", "disabled_methods", "depth",
                    "tree_depth", "probes", "consolidation_needed", "flags", "snapshots", "disks"):
            self.assertIn(key, inventory["vms"][0])

    def test_vms_has_the_depth_that_the_trees_have(self):
        self.assert_exit(0, self.site.run("scan"))
        vms = self.site.run("--json", "vms").document()["vms"]
        self.assertEqual({0, 1, 2, 3, 4}, {vm["depth"] for vm in vms})
        for vm in vms:
            self.assertEqual(len(vm["snapshots"]), vm["depth"], vm["name"])
            self.assertEqual(vm["tree_depth"], vm["depth"], vm["name"])
            for disk in vm["disks"]:
                self.assertEqual(vm["depth"] + 1, len(disk["layers"]))
                self.assertEqual("seSparse" if vm["depth"] else "none", disk["kind"] or "none")

    def test_tags_are_read(self):
        self.assert_exit(0, self.site.run("scan"))
        vms = self.site.run("--json", "vms").document()["vms"]
        self.assertEqual({"backup:daily", "backup:weekly"}, {tag for vm in vms for tag in vm["tags"]})

    def test_a_name_is_shown_decoded_and_kept_as_sent(self):
        self.assert_exit(0, self.site.run("scan"))
        names = {(snapshot["raw_name"], snapshot["name"])
                 for vm in self.site.run("--json", "vms").document()["vms"] for snapshot in vm["snapshots"]}
        self.assertIn(("Snapshot %25", "Snapshot %"), names)
        self.assertIn(("pre-upgrade 8.0%2f8.1", "pre-upgrade 8.0/8.1"), names)

    def test_nothing_but_reading_is_sent_and_every_login_logs_out(self):
        allowed = {"RetrieveServiceContent", "Login", "Logout", "RetrievePropertiesEx", "ContinueRetrievePropertiesEx",
                   "CreateContainerView", "DestroyView", "CurrentTime", "HasPrivilegeOnEntities",
                   "GET /sdk/vimServiceVersions.xml"}
        with Vcsim("--vms", 3, "--tags") as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
            self.assert_exit(0, self.site.run("doctor"))
            calls = server.calls()
            soap = {name for name in calls if not any(part in name for part in ("/rest/", "/api/"))}
            self.assertLessEqual(soap, allowed)
            self.assertEqual(calls["Login"], calls["Logout"], calls)
            rest = {name for name in calls if "/rest/" in name or "/api/" in name}
            self.assertFalse([name for name in rest if name.startswith(("PUT", "PATCH"))], rest)

    def test_the_password_is_nowhere(self):
        result = self.site.run("--verbose", "scan")
        self.assert_exit(0, result)
        self.assertNotIn(self.vcsim.password, result.out + result.err)
        for file in self.site.path.rglob("*"):
            if file.is_file() and not file.name.startswith("password"):
                self.assertNotIn(self.vcsim.password.encode(), file.read_bytes(), file)

    def test_the_state_is_ours_alone(self):
        self.assert_exit(0, self.site.run("scan"))
        self.assertEqual(0o600, self.site.state.stat().st_mode & 0o777)

    def test_the_environment_of_govc_is_enough(self):
        host = self.vcsim.url.split("/")[2]
        known = self.site.path / "known_hosts"
        known.write_text(f"{host} {self.vcsim.thumbprint}\n", encoding="utf-8")
        result = self.site.run("--json", "scan", configured=False, GOVC_URL=self.vcsim.url,
                               GOVC_USERNAME=self.vcsim.username, GOVC_PASSWORD=self.vcsim.password,
                               GOVC_TLS_KNOWN_HOSTS=str(known))
        self.assert_exit(0, result)
        self.assertTrue(list((self.site.path / "xdg" / "deltakeep").iterdir()))


class AnEsxiHost(SiteCase):
    def test_is_scanned_like_a_vcenter(self):
        with Vcsim("--esx", "--vms", 3, "--snapshots", "2-2") as server:
            self.site.configure(server.keys())
            scan, = self.site.run("--json", "scan").document()["scans"]
            self.assertEqual("complete", scan["outcome"])
            self.assertNotEqual("", scan["uuid"], "an ESXi host is known by its hardware")
            vms = self.site.run("--json", "vms").document()["vms"]
            self.assertEqual([2, 2, 2], [vm["depth"] for vm in vms])
            self.assertFalse([call for call in server.calls() if "/rest/" in call or "/api/" in call])
            self.assert_exit(0, self.site.run("doctor"))


class TwoServers(SiteCase):
    def test_one_name_on_both_is_told_apart_by_the_vcenter(self):
        with Simulator("--vms", 3, "--seed", 1) as one, Simulator("--vms", 3, "--seed", 2) as other:
            self.site.configure(one.keys(name="one"), other.keys(name="other"))
            self.assert_exit(0, self.site.run("scan"))
            name = min(vm["moid"] for vm in one.state()["vms"])
            for command in ("tree", "chain", "history"):
                with self.subTest(command):
                    message = self.assert_error(self.site.run("--json", command, name), 2, "ambiguous")
                    self.assertIn("(other)", message)
                    found = self.site.run("--json", command, name, "--vcenter", "other")
                    self.assert_exit(0, found)
                    document = found.document()
                    vm = document["vm"] if command == "history" else document["vms"][0]
                    self.assertEqual(("other", name), (vm["endpoint"], vm["moid"]))
                    self.assert_error(self.site.run("--json", command, name, "--vcenter", "nope"), 2, "config")
            scans = self.site.run("--json", "history", "--vcenter", "one").document()["scans"]
            self.assertEqual(["one"], [scan["endpoint"] for scan in scans])

    def test_two_ports_of_one_host_are_two_endpoints_in_the_environment_of_govc(self):
        names = []
        with Simulator("--vms", 3, "--seed", 1) as one, Simulator("--vms", 2, "--seed", 2) as other:
            for server in (one, other):
                result = self.site.run("--json", "scan", configured=False, GOVC_URL=server.url, GOVC_INSECURE="1",
                                       GOVC_USERNAME=server.username, GOVC_PASSWORD=server.password)
                self.assert_exit(0, result)
                names.append(result.document()["scans"][0]["endpoint"])
            self.assertEqual([f"127.0.0.1:{one.port}", f"127.0.0.1:{other.port}"], names)
            vms = self.site.run("--json", "vms", configured=False, GOVC_URL=one.url, GOVC_USERNAME="u", GOVC_PASSWORD="p")
            self.assertEqual(5, len(vms.document()["vms"]), "the second scan left what the first one stored")

    def test_one_that_fails_does_not_stop_the_other(self):
        with Vcsim("--vms", 3) as server:
            dead = {"name": "dead", "url": "https://127.0.0.1:1/sdk", "username": "u", "password": "p"}
            self.site.configure(dead, server.keys(name="alive"))
            self.assert_exit(10, self.site.run("--json", "scan"))
            self.assertEqual({"alive"}, {vm["endpoint"] for vm in self.site.run("--json", "vms").document()["vms"]})
            status = self.site.run("--json", "status").document()
            self.assertEqual(["dead"], status["never"])
            self.assertIn("never scanned: dead", self.site.run("status").out)

    def test_one_server_under_two_names_is_refused(self):
        with Vcsim("--vms", 3) as server:
            other = server.url.replace("127.0.0.1", "localhost")
            self.site.configure(server.keys(name="one"), server.keys(name="two", url=other))
            result = self.site.run("--json", "scan")
            self.assert_exit(2, result)
            first, second = result.document()["scans"]
            self.assertEqual(("complete", "failed"), (first["outcome"], second["outcome"]))
            self.assertIn("same server as one", second["error"]["message"])
            self.assertEqual(3, len(self.site.run("--json", "vms", "--vcenter", "one").document()["vms"]))

    def test_a_name_given_twice_is_scanned_once(self):
        with Vcsim("--vms", 3) as server:
            self.site.configure(server.keys(name="one"))
            scans = self.site.run("--json", "scan", "--vcenter", "one", "--vcenter", "one").document()["scans"]
            self.assertEqual(1, len(scans))


class SavedInventory(SiteCase):
    """`scan --output` replaces a regular file whole, and nothing else."""

    def setUp(self):
        super().setUp()
        self.server = Vcsim("--vms", 3)
        self.addCleanup(self.server.close)
        self.site.configure(self.server.keys())

    def test_follows_a_link(self):
        target = self.site.path / "target.json"
        target.write_text("old", encoding="utf-8")
        link = self.site.path / "link.json"
        link.symlink_to(target)
        self.assert_exit(0, self.site.run("scan", "--output", link))
        self.assertTrue(link.is_symlink())
        self.assertEqual(3, len(json.loads(target.read_text(encoding="utf-8"))["vms"]))

    def test_refuses_what_is_no_regular_file(self):
        pipe = self.site.path / "pipe"
        os.mkfifo(pipe)
        self.assert_error(self.site.run("--json", "scan", "--output", pipe), 2, "usage")
        self.assertTrue(pipe.is_fifo())

    def test_a_failure_to_save_does_not_hide_the_scan(self):
        result = self.site.run("--json", "scan", "--output", self.site.path / "none" / "x.json")
        self.assert_exit(1, result)
        self.assertEqual("complete", result.document()["scans"][0]["outcome"])
        self.assertEqual("output", result.document()["error"]["kind"])
        self.assertIn("x.json", result.err)


class OneDocument(SiteCase):
    def test_an_unknown_endpoint_is_an_error_and_no_list(self):
        with Vcsim("--vms", 3) as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
            self.assert_error(self.site.run("--json", "vms", "--vcenter", "nope"), 2, "config")

    def test_a_damaged_row_is_told_in_the_list_that_it_cuts_short(self):
        with Vcsim("--vms", 3) as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
        with sqlite3.connect(self.site.state) as state:
            state.execute("UPDATE vm_state SET text = 'x' WHERE id = (SELECT max(id) FROM vm_state)")
        state.close()
        result = self.site.run("--json", "vms")
        self.assert_exit(1, result)
        self.assertEqual(1, result.document()["error"]["exit"])

    def test_the_history_of_a_vm_outlives_it(self):
        with Vcsim("--vms", 3, "--seed", 1) as server:
            self.site.configure(server.keys())
            self.assert_exit(0, self.site.run("scan"))
            name = self.site.run("--json", "vms").document()["vms"][0]["name"]
        with sqlite3.connect(self.site.state) as state:
            state.execute("UPDATE vm SET gone = 1, last_scan = 1, last_seen = 1 WHERE name = ?", (name,))
        state.close()
        self.assert_exit(1, self.site.run("--json", "tree", name))
        result = self.site.run("--json", "history", name)
        self.assert_exit(0, result)
        self.assertEqual(name, result.document()["vm"]["name"])


if __name__ == "__main__":
    unittest.main()
