"""A small vCenter that deltakeep may change, scanned once: what tests of acting commands begin with."""

import json
import subprocess
import time

from deltakeep import BINARY, SiteCase
from simulator import Simulator

CHANGES = {"CreateSnapshot_Task", "CreateSnapshotEx_Task", "RemoveSnapshot_Task", "RevertToSnapshot_Task",
           "RenameSnapshot", "ConsolidateVMDisks_Task", "CloneVM_Task", "Destroy_Task"}


def vm(name, moid, *snapshots, **members):
    """Writes come after the first snapshot only: a layer below it would be debt."""
    later = [{**one, "written_mib": 8} for one in snapshots[1:]]
    return {"name": name, "moid": moid, "folder": "prod", "datastore": "ds", "disks": [{"size_gib": 8, "used_gib": 1}],
            "snapshots": [*snapshots[:1], *later], **({"written_mib": 8} if snapshots else {}), **members}


def snapshot(name, hours, **members):
    return {"name": name, "age_hours": hours, **members}


SHOP = {
    "vcenter_sim": 1,
    "datacenters": [{
        "name": "DC0", "folders": ["prod", "copies"],
        "datastores": [{"name": "ds", "type": "vmfs6", "capacity_gib": 500},
                       {"name": "vault", "type": "vmfs6", "capacity_gib": 500}],
        "clusters": [{"name": "c", "hosts": ["esx1.example.org", "esx2.example.org"]}]}],
    "vms": [
        vm("web-01", "vm-101"),
        vm("web-02", "vm-102", snapshot("golden", 400), snapshot("twice", 300), snapshot("twice", 200)),
        vm("db-01", "vm-103", snapshot("monthly", 700)),
    ],
}


class ActingCase(SiteCase):
    SHOP = SHOP
    POLICIES = ""
    MODE = "act"
    SERVER = ()  # how the simulator is started, besides
    CLOCK = ()   # what every command begins with

    def setUp(self):
        super().setUp()
        inventory = self.site.path / "shop.json"
        inventory.write_text(json.dumps(self.SHOP), encoding="utf-8")
        self.server = Simulator("--inventory", inventory, *self.SERVER)
        self.addCleanup(self.server.close)
        self.configure(self.MODE)
        self.assert_exit(0, self.run_words("scan"))

    def configure(self, mode="act", policies=None):
        self.site.configure(self.server.keys(mode=mode), extra=self.POLICIES if policies is None else policies)

    def run_words(self, *words):
        return self.site.run(*self.CLOCK, *words)

    def run_json(self, *words, code=0):
        """The document of a command that ends with `code`."""
        result = self.run_words("--json", *words)
        self.assert_exit(code, result)
        return result.document()

    def operation(self, *words, code=0):
        return self.run_json(*words, code=code)["operation"]

    def snapshots(self, moid):
        """What the server itself has, by name; its tree in the order of making."""
        return [one["name"] for one in self.server.state(vm=moid)["snapshots"]]

    def wait_for(self, true, seconds=60):
        """For what happens in the simulator, whose clock goes on by itself here."""
        end = time.monotonic() + seconds
        while not true():
            self.assertLess(time.monotonic(), end, "it did not happen")
            time.sleep(0.05)

    def changes(self):
        """How often the server was asked to change something, by method."""
        return {method: count for method, count in self.server.calls().items() if method in CHANGES}

    def start(self, *words):
        """The binary in the background, to be interrupted."""
        return subprocess.Popen([BINARY, "--config", str(self.site.config), *words], env=self.site.environment,
                                cwd=self.site.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class VirtualCase(ActingCase):
    """The same on a clock that stands still but for step() and for what commands wait."""
    SERVER = ("--speed", 0, "--wait-steps", "--start", "2026-03-01T00:00:00Z")
    CLOCK = ("--clock", "server")
