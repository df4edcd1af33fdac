"""The crash sweep: deltakeep really dies by SIGKILL at each point between its journal and the server, comes back
into each world that there may be by then, and dies in its recovery, too. What must hold is in oracle.py.

Without more words the whole table is run; DELTAKEEP_CRASH=quick runs each point and each world once.
DELTAKEEP_CRASH_ONLY=TEXT runs the cases whose name has the text.
"""

import os
import subprocess
import time
import unittest

from oracle import Oracle, come_back, verdicts
from stage import BINARY, Stage, was_killed
from table import DRIVERS, POINTS, RECOVERY_POINTS, RUN_POINTS, AT_ONCE, DONE, takes_part

MODE = os.environ.get("DELTAKEEP_CRASH") or os.environ.get("DELTAKEEP_CRASH_DEFAULT", "full")
ONLY = os.environ.get("DELTAKEEP_CRASH_ONLY", "")


class Case:
    """One process that dies, the world after it, and those that come back."""

    def __init__(self, driver, point, world, again=""):
        self.driver, self.point, self.world, self.again = driver, point, world, again
        self.failpoint = point if "." in point else f"{driver.kind}.{point}"
        self.said = ""
        self.hit = set()

    def __str__(self):
        twice = f" / again at {self.again}" if self.again else ""
        return f"{self.driver.name} / {self.failpoint} / {self.world.name}{twice}"

    def run(self, stage):
        """What is wrong, as lines; none: all is well."""
        shop = stage.begin()
        try:
            return self.act(shop)
        finally:
            shop.close()

    def act(self, shop):
        driver, server = self.driver, shop.server
        words = driver.words(shop)
        self.oracle = Oracle(shop)
        known = {row["id"] for row in shop.operations()}
        self.add_faults(server)
        nth = driver.nth if "." not in self.point else 1
        dead = self.deltakeep(shop, words, f"{self.failpoint}:{nth}")
        if not was_killed(dead):
            return [f"it did not die: {dead}"]
        self.hit.add(self.failpoint)
        server.clear_faults()
        row = next((row for row in shop.operations() if row["id"] not in known and row["kind"] == driver.kind), None)
        self.world.happen(driver, shop, self.oracle, row or self.of_debt(shop, known))
        found = self.oracle.violations(looked_at=False)
        if self.again:
            dead = self.deltakeep(shop, driver.again, self.again)
            if not was_killed(dead):
                return found + [f"its recovery did not die at {self.again}: {dead}"]
            self.hit.add(self.again)
        return (found + come_back(shop, self.oracle, driver.again, self.said) +
                verdicts(shop, known, interfered=driver.interferes(self.point, self.world)))

    def of_debt(self, shop, known):
        return next((row for row in shop.operations() if row["id"] not in known), None)

    def add_faults(self, server):
        driver = self.driver
        if driver.fault and "then" in driver.fault:
            server.add_faults(driver.fault)
        elif driver.fault:
            server.add_faults({"method": driver.method, "nth": 1, "then": driver.fault})
        if self.world.fault:
            server.add_faults({"method": driver.method, "nth": driver.nth, "then": self.world.fault})

    def deltakeep(self, shop, words, failpoint=""):
        result = shop.run(*words, failpoint=failpoint)
        self.said += result.out + result.err
        return result


def whole_table():
    for driver in DRIVERS:
        for point in POINTS:
            if takes_part(driver, point):
                for world in driver.worlds(point):
                    yield Case(driver, point, world)
        for first in ("after-intent", "after-call", "after-task", "before-done"):
            if takes_part(driver, first):
                for second in RECOVERY_POINTS:
                    yield Case(driver, first, DONE if first != "before-done" else AT_ONCE, again=second)
        for point in RUN_POINTS:
            yield Case(driver, point, AT_ONCE)


def quick_table():
    """Each point once, each world once, and for each operation a person, a restart, a move and a fault once; first the
    cases that are new in more than one way."""
    seen = {""}
    for worth in (3, 2, 1):
        for case in whole_table():
            world = case.world
            kinds = {(case.driver.kind, what) for what in ("person", "restart", "moves", "fault") if getattr(world, what)}
            new = ({case.failpoint, case.again, world.name} | kinds) - seen
            if len(new) >= worth:
                seen |= new
                yield case


def listed():
    told = subprocess.run([BINARY, "--list-failpoints"], capture_output=True, text=True, check=True)
    return told.stdout.split()


class CrashSweep(unittest.TestCase):
    def test_every_point_in_every_world(self):
        self.assertIn(MODE, ("quick", "full"))
        cases = list(quick_table() if MODE == "quick" else whole_table())
        cases = [case for case in cases if ONLY in str(case)]
        begun, hit, failed, stages = time.monotonic(), set(), [], {}
        for case in cases:
            driver = case.driver
            if driver.name not in stages:
                stages[driver.name] = Stage(driver.policies, driver.prepare, driver.shop(), anew=driver.anew)
                self.addCleanup(stages[driver.name].close)
            found = case.run(stages[driver.name])
            hit |= case.hit
            if found:
                failed.append((str(case), found))
        points = listed()
        missed = [] if ONLY else sorted(set(points) - hit)
        print(f"crash sweep ({MODE}): {len(cases)} cases, {len(points)} points, "
              f"{'all hit' if not missed else str(len(hit)) + ' hit'}, {time.monotonic() - begun:.0f} s", flush=True)
        lines = [f"{name}\n    " + "\n    ".join(dict.fromkeys(found)) for name, found in failed]
        self.assertFalse(failed, f"{len(failed)} of {len(cases)} cases:\n" + "\n".join(lines))
        self.assertEqual([], missed, "points that no case hit")


if __name__ == "__main__":
    unittest.main()
