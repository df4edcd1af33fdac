"""A prepared vCenter and state, copied for each case: cases share nothing and begin alike."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

from deltakeep import BINARY, TIMEOUT, Result, Site
from simulator import Simulator

START = "2026-03-01T00:00:00Z"
STATE_FILES = ("state.db", "state.db-wal", "state.db.key")

# The one that is worked on, with a snapshot of somebody else that nothing may happen to, and a bystander.
VM, BYSTANDER = "vm-101", "vm-102"
ELSEWHERE = {"host": "esx2.example.org", "datastore": "ds2"}  # where a VM moves to
SHOP = {
    "vcenter_sim": 1,
    "datacenters": [{
        "name": "DC0", "folders": ["prod", "copies"],
        "datastores": [{"name": one, "type": "vmfs6", "capacity_gib": 500} for one in ("ds", ELSEWHERE["datastore"])],
        "clusters": [{"name": "c", "hosts": ["esx1.example.org", ELSEWHERE["host"]]}]}],
    "vms": [{"name": name, "moid": moid, "folder": "prod", "datastore": "ds",
             "disks": [{"size_gib": 4, "used_gib": 0.1}], "written_mib": 8,
             "snapshots": [{"name": "golden", "age_hours": 400}]}
            for name, moid in (("web-01", VM), ("db-01", BYSTANDER))],
}


def start_server(inventory, *args):
    return Simulator("--inventory", inventory, "--insecure-http", "--speed", 0, "--wait-steps", *args)


class Shop:
    """A running server and a site that is configured for it."""

    def __init__(self, server, site, policies):
        self.server, self.site = server, site
        site.configure(server.keys(mode="act"), extra=policies)

    def command(self, *words):
        return [BINARY, "--config", str(self.site.config), "--clock", "server", "--json", *map(str, words)]

    def environment(self, failpoint="", preload=None):
        environment = {**self.site.environment, **(preload or {})}
        if failpoint:
            environment["DELTAKEEP_FAILPOINT"] = failpoint
        return environment

    def run(self, *words, failpoint="", preload=None):
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=TIMEOUT, check=False, cwd=self.site.path,
                              env=self.environment(failpoint, preload))
        return Result(done)

    def vm(self, moid=VM):
        return next((one for one in self.server.state()["vms"] if one["moid"] == moid), None)

    @contextmanager
    def database(self):
        """Read-only, as an auditor would."""
        with closing(sqlite3.connect(f"file:{self.site.state}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            yield database

    def rows(self, sql, *values):
        with self.database() as database:
            return database.execute(sql, values).fetchall()

    def open_operations(self):
        return self.rows("SELECT * FROM operation WHERE over = 0")

    def operations(self):
        return self.rows("SELECT * FROM operation ORDER BY number")

    def close(self):
        self.server.close()
        self.site.close()


class Stage:
    """Brings a vCenter and a state to where the cases begin, once: `prepare(shop)` does it. Each case does it anew
    where `anew`: for what the simulator's inventory file does not carry over, as a VM's changeVersion."""

    def __init__(self, policies, prepare, shop=None, scans=2, anew=False):
        self.policies, self._prepare, self._scans, self._anew = policies, prepare, scans, anew
        self._kept = tempfile.TemporaryDirectory(prefix="deltakeep-stage-")
        self.path = Path(self._kept.name)
        first = self.path / "shop.json"
        first.write_text(json.dumps(SHOP if shop is None else shop), encoding="utf-8")
        self._first = first
        if anew:
            return
        made = self._make()
        try:
            self.inventory = self.path / "prepared.json"
            self.inventory.write_text(json.dumps(made.server.control("GET", "inventory")), encoding="utf-8")
            for name in STATE_FILES:
                if (made.site.path / name).exists():
                    shutil.copyfile(made.site.path / name, self.path / name)
        finally:
            made.close()

    def _make(self):
        made = Shop(start_server(self._first, "--start", START), Site(), self.policies)
        try:
            for _ in range(self._scans):  # removals want an earlier scan to compare with
                expect(made.run("scan"), 0)
            self._prepare(made)
        except BaseException:
            made.close()
            raise
        return made

    def begin(self):
        """A case of its own."""
        if self._anew:
            return self._make()
        server = start_server(self.inventory)
        site = Site()
        for name in STATE_FILES:
            if (self.path / name).exists():
                shutil.copyfile(self.path / name, site.path / name)
                os.chmod(site.path / name, 0o600)
        return Shop(server, site, self.policies)

    def close(self):
        self._kept.cleanup()


def expect(result, *codes):
    if result.code not in codes:
        raise AssertionError(f"expected exit {codes}: {result}")
    return result


def was_killed(result):
    return result.code == -signal.SIGKILL
