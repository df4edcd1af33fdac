"""Killed while it writes its state: at each sync and each write of it, and at times drawn by lot over twenty VMs.

DELTAKEEP_CRASH=quick takes a few of each; DELTAKEEP_CRASH_SEEDS says how many times are drawn.
"""

import os
import random
import subprocess
import sys
import time
import unittest

from oracle import Oracle, come_back, verdicts
from stage import SHOP, Stage, expect, was_killed
from table import policy

QUICK = (os.environ.get("DELTAKEEP_CRASH") or os.environ.get("DELTAKEEP_CRASH_DEFAULT")) == "quick"
LIBRARY = os.environ.get("DELTAKEEP_KILL_AT_LIBRARY", "")
SEEDS = int(os.environ.get("DELTAKEEP_CRASH_SEEDS", "5" if QUICK else "100"))
RUN = ("run", "--policy", "daily")


def shop_of(vms):
    first = SHOP["vms"][0]
    many = [{**first, "name": f"web-{number:02}", "moid": f"vm-{100 + number}"} for number in range(1, vms + 1)]
    return {**SHOP, "vms": many}


def three_runs(shop):
    for _ in range(2):
        expect(shop.run(*RUN), 0)


def preload(**more):
    options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS", ""), "verify_asan_link_order=0"]))
    return {"LD_PRELOAD": LIBRARY, "ASAN_OPTIONS": options, **more}


def some(total, few):
    """All numbers from 1, or a few of them from the first to the last."""
    if not QUICK or total <= few:
        return range(1, total + 1)
    return sorted({1 + round(step * (total - 1) / (few - 1)) for step in range(few)})


class Killed(unittest.TestCase):
    def setUp(self):
        self.assertTrue(os.path.exists(LIBRARY), f"DELTAKEEP_KILL_AT_LIBRARY names no library: {LIBRARY!r}")
        self.failed, self.cases = [], 0

    def stage(self, *args, **more):
        stage = Stage(*args, **more)
        self.addCleanup(stage.close)
        return stage

    def check(self, shop, oracle, known, name, found=()):
        self.cases += 1
        told = [*found, *come_back(shop, oracle, RUN), *verdicts(shop, known)]
        if told:
            self.failed.append(name + "\n    " + "\n    ".join(dict.fromkeys(told)))

    def told(self, what):
        print(f"{what}: {self.cases} cases{', a few' if QUICK else ''}", file=sys.stderr, flush=True)
        self.assertGreater(self.cases, 3)
        self.assertFalse(self.failed, f"{len(self.failed)} of {self.cases}:\n" + "\n".join(self.failed))

    def counts(self, stage, words):
        """(syncs, writes) of one that is let live."""
        shop = stage.begin()
        try:
            counts = shop.site.path / "counts"
            expect(shop.run(*words, preload=preload(DELTAKEEP_COUNT_TO=str(counts))), 0)
            syncs, writes = map(int, counts.read_text().split())
        finally:
            shop.close()
        self.assertGreater(min(syncs, writes), 3, "the library counts nothing")
        return syncs, writes

    def kill_at_each(self, stage, words, few):
        syncs, writes = self.counts(stage, words)
        for at in [f"sync:{n}" for n in some(syncs, few)] + [f"write:{n}" for n in some(writes, few)]:
            shop = stage.begin()
            try:
                fresh = not shop.site.state.exists()
                oracle = Oracle(shop, fresh=fresh)
                known = set() if fresh else {row["id"] for row in shop.operations()}
                dead = shop.run(*words, preload=preload(DELTAKEEP_KILL_AT=at))
                self.check(shop, oracle, known, at, [] if was_killed(dead) else [f"it did not die: {dead}"])
            finally:
                shop.close()

    def test_at_each_write_of_a_run(self):
        self.kill_at_each(self.stage(policy(1), three_runs, shop_of(2)), RUN, 6)
        self.told("killed at writes of a run")

    def test_while_a_state_is_made(self):
        self.kill_at_each(self.stage(policy(1), lambda shop: None, shop_of(2), scans=0), ("scan",), 4)
        self.told("killed while a state is made")

    def test_at_times_by_lot_over_twenty_vms(self):
        stage = self.stage(policy(1), three_runs, shop_of(20))
        shop = stage.begin()
        begun = time.monotonic()
        expect(shop.run(*RUN), 0)
        whole = time.monotonic() - begun
        shop.close()
        for seed in range(SEEDS):
            shop = stage.begin()
            try:
                oracle, known = Oracle(shop), {row["id"] for row in shop.operations()}
                after = random.Random(seed).uniform(0, whole)
                process = subprocess.Popen(shop.command(*RUN), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL, env=shop.environment(), cwd=shop.site.path)
                try:
                    process.wait(after)
                except subprocess.TimeoutExpired:
                    process.kill()
                process.wait()
                self.check(shop, oracle, known, f"seed {seed}, killed after {after:.3f} of {whole:.3f} s")
            finally:
                shop.close()
        self.told("killed at times by lot")


if __name__ == "__main__":
    unittest.main()
