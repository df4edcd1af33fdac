"""The table: which operation is killed at which point, and into which world deltakeep comes back.

A world is what a fault does to the call and what happens while nobody looks. A row of POINTS that names a world
which an operation does not have (nobody can remove what is not there yet) leaves it out for that operation."""

from dataclasses import dataclass, field

from oracle import mark_of
from stage import ELSEWHERE, SHOP, VM, expect

A_DAY = 86400


def expect_moved(shop):
    shop.server.touch(act="relocate_vm", vm=VM, user="eve", **ELSEWHERE)
    shop.server.step(60)
    files = [layer["file"] for disk in shop.vm()["disks"] for layer in disk["chain"]]
    if not files or not all(file.startswith(f"[{ELSEWHERE['datastore']}]") for file in files):
        raise AssertionError(f"{VM} did not move: {files}")


@dataclass(frozen=True)
class World:
    name: str
    fault: dict = field(default_factory=dict)  # what becomes of the call
    person: str = ""                           # what a person does: "removes", "changes", "makes another"
    wait: int = 0                              # virtual seconds until the server restarts, or a person comes
    restart: bool = False
    moves: bool = False                        # the VM goes to another host, and all of its files elsewhere
    later: int = 0                             # virtual seconds until we come back

    def happen(self, driver, shop, oracle, row):
        if self.wait:
            shop.server.step(self.wait)
        oracle.remember()
        if self.person:
            oracle.by_hand |= set(driver.person(self.person, shop, row) or ())
            shop.server.step(60)
            oracle.remember()
        if self.moves:
            expect_moved(shop)
            oracle.remember()
        if self.restart:
            shop.server.touch(act="restart")
            oracle.forgot = True
        if self.later:
            shop.server.step(self.later)


AT_ONCE = World("at once")
DAY_LATER = World("a day later", later=A_DAY)
RESTARTED = World("restarted", wait=60, restart=True)
REMOVES = World("a person removes it", person="removes", wait=60)
CHANGES = World("a person changes it", person="changes", wait=60)
ANOTHER = World("a person makes another", person="makes another", wait=60)
DONE = World("done", wait=60)
MOVES = World("the VM moves", moves=True, wait=60)
RUNS = World("still runs", fault={"task_delay": 7200})
RUNS_RESTARTED = World("still runs, restarted", fault={"task_delay": 7200}, restart=True)
FAILS = World("fails", fault={"task_error": "SystemError"}, wait=60)
FAILS_DONE = World("told to have failed, but done", wait=60,
                   fault={"task_error": {"type": "SystemError", "after_executing": True}})
FAILS_REMOVES = World("fails, and a person removes it", fault={"task_error": "SystemError"}, person="removes", wait=60)

LOST, UNHEARD = {"drop_before": True}, {"drop_after": True}
NOT_SENT = World("never arrived", fault=LOST)
NOT_SENT_RESTARTED = World("never arrived, restarted", fault=LOST, wait=60, restart=True)
NOT_SENT_ANOTHER = World("never arrived, a person makes another", fault=LOST, person="makes another", wait=60)
NOT_SENT_MOVES = World("never arrived, the VM moves", fault=LOST, moves=True, wait=60)
HEARD_MOVES = World("arrived, the VM moves", fault=UNHEARD, moves=True, wait=60)
HEARD = World("arrived, not heard of", fault=UNHEARD)
HEARD_DAY = World("arrived, a day later", fault=UNHEARD, later=A_DAY)
HEARD_RESTARTED = World("arrived, restarted", fault=UNHEARD, wait=60, restart=True)
HEARD_REMOVES = World("arrived, a person removes it", fault=UNHEARD, person="removes", wait=60)
HEARD_CHANGES = World("arrived, a person changes it", fault=UNHEARD, person="changes", wait=60)

POINTS = {
    "before-intent": (AT_ONCE, DAY_LATER, RESTARTED, REMOVES, CHANGES),
    "after-intent": (AT_ONCE, DAY_LATER, RESTARTED, REMOVES, CHANGES, ANOTHER, MOVES),
    "after-lost": (NOT_SENT, NOT_SENT_RESTARTED, NOT_SENT_ANOTHER, HEARD, HEARD_DAY, HEARD_RESTARTED, HEARD_REMOVES,
                   HEARD_CHANGES, NOT_SENT_MOVES, HEARD_MOVES),
    "after-call": (AT_ONCE, DONE, DAY_LATER, RESTARTED, RUNS, RUNS_RESTARTED, FAILS, FAILS_DONE, REMOVES, CHANGES,
                   FAILS_REMOVES, MOVES),
    "after-task": (AT_ONCE, DONE, DAY_LATER, RESTARTED, RUNS, RUNS_RESTARTED, FAILS, FAILS_DONE, REMOVES, CHANGES,
                   FAILS_REMOVES, MOVES),
    "before-verify": (AT_ONCE, DAY_LATER, RESTARTED, REMOVES, CHANGES, MOVES),
    "before-done": (AT_ONCE, DAY_LATER, RESTARTED, REMOVES, CHANGES, MOVES),
    "after-claim": (AT_ONCE, DAY_LATER, RESTARTED, REMOVES, CHANGES),
    "after-done": (AT_ONCE, DAY_LATER, RESTARTED, REMOVES, CHANGES, MOVES),
}
NOT_YET = ("before-intent", "after-intent")  # what is made by the call is not there
RECOVERY_POINTS = ("recover.begin", "settle.looked", "journal.before-update", "journal.after-update",
                   "settle.written", "recover.end")
RUN_POINTS = ("run.planned", "run.executed")


def policy(keep, **more):
    keys = {"mark_delay": "0s", "quiesce": "never", **more}
    text = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    select = 'select = { folder = "/DC0/vm/prod", name = "web-*" }'  # clones lie elsewhere
    return (f'\n[[policy]]\nname = "daily"\napply = true\n{select}\nschedule = "0 2 * * *"\n'
            f'{text}keep = {{ last = {keep} }}\n')


def snapshot_of(shop, name):
    return next(one["moid"] for one in shop.vm()["snapshots"] if one["name"] == name)


class Driver:
    """How one operation is brought about, and what a person can do about it."""
    name = kind = method = ""
    policies = policy(5)
    acts_on_what_is_there = True  # else it is made by the call
    again = ("enforce", "--policy", "daily")
    passes = tuple(POINTS)
    nth = 1       # which passing of the points, and which call of the method, is the one
    fault = None  # of the server, besides the world's
    anew = False  # see Stage

    def shop(self):
        return SHOP

    def prepare(self, shop):
        pass

    def words(self, shop):
        raise NotImplementedError

    def person(self, act, shop, row):
        raise NotImplementedError

    def worlds(self, point):
        for world in POINTS[point]:
            unborn = not self.acts_on_what_is_there and point in NOT_YET
            if unborn and world.person in ("removes", "changes"):
                continue
            yield world

    def interferes(self, point, world):
        """Whether a person may be asked, because what happened hides what became of the call."""
        return bool(world.person)

    def begins(self, policies, shop):
        shop.site.configure(shop.server.keys(mode="act"), extra=policies)


def another(shop):
    shop.server.touch(act="create", vm=VM, name="by hand", user="eve")


def delete(shop, moid):
    if any(one["moid"] == moid for one in shop.vm()["snapshots"]):
        shop.server.touch(act="delete", snapshot=moid, user="eve")
    return [moid]


def edit(shop, moid):
    if any(one["moid"] == moid for one in shop.vm()["snapshots"]):
        shop.server.touch(act="rename", snapshot=moid, name="golden copy", description="mine now", user="eve")
    return [moid]


class Create(Driver):
    name, kind, method = "create", "create", "CreateSnapshotEx_Task"
    acts_on_what_is_there = False
    again = ("run", "--policy", "daily")

    def words(self, shop):
        return "run", "--policy", "daily"

    def person(self, act, shop, row):
        if act == "makes another":
            return another(shop)
        made = [one["moid"] for one in shop.vm()["snapshots"] if row and mark_of(one) == row["id"]]
        return [moid for one in made for moid in (delete if act == "removes" else edit)(shop, one)]


class CreateWithout(Create):
    """The guest does not come to rest, and the second attempt, without, is the one."""
    name, nth = "create without rest", 2
    policies = policy(5, quiesce="try")
    fault = {"task_error": {"type": "ApplicationQuiesceFault", "message": "the guest would not rest"}}
    passes = ("before-intent", "after-intent", "after-call", "after-task", "before-verify")

    def worlds(self, point):
        return [one for one in super().worlds(point) if not one.fault]


class Remove(Driver):
    name, kind, method = "remove", "remove", "RemoveSnapshot_Task"
    again = ("run", "--policy", "daily")

    def prepare(self, shop):
        for _ in range(3):
            expect(shop.run("run", "--policy", "daily"), 0)
        ours = self.ours(shop)
        expect(shop.run("pin", "add", "web-01", ours[1], "--reason", "kept by the books"), 0)

    @staticmethod
    def ours(shop):
        return [one["moid"] for one in shop.vm()["snapshots"] if mark_of(one)]

    def words(self, shop):
        self.begins(policy(1), shop)
        return "enforce", "--policy", "daily"

    def person(self, act, shop, row):
        if act == "makes another":
            return another(shop)
        return (delete if act == "removes" else edit)(shop, row["snapshot_moid"] if row else self.ours(shop)[0])


class RemoveWithDebt(Remove):
    """The removal leaves its deltas, and a consolidation follows under its row."""
    name, kind, method = "remove that leaves debt", "consolidate", "ConsolidateVMDisks_Task"
    fault = {"method": "RemoveSnapshot_Task", "then": {"consolidation_debt": True}}
    passes = ("before-intent", "after-intent", "after-lost", "after-call", "after-task", "before-verify")

    def person(self, act, shop, row):
        if act == "makes another":
            return another(shop)
        if act == "removes":
            shop.server.touch(act="consolidate", vm=VM, user="eve")


class Consolidate(Driver):
    name, kind, method = "consolidate", "consolidate", "ConsolidateVMDisks_Task"

    def shop(self):
        vms = [{**SHOP["vms"][0], "written_mib": {"2000": [64, 32]}, "consolidation_needed": True}, *SHOP["vms"][1:]]
        return {**SHOP, "vms": vms}

    def words(self, shop):
        return "snapshot", "consolidate", "web-01"

    def person(self, act, shop, row):
        if act == "removes":
            shop.server.touch(act="consolidate", vm=VM, user="eve")
        else:
            another(shop)


class Revert(Driver):
    name, kind, method = "revert", "revert", "RevertToSnapshot_Task"

    def prepare(self, shop):
        expect(shop.run("snapshot", "create", "web-01", "--name", "before update", "--quiesce", "never"), 0)

    def words(self, shop):
        return "snapshot", "revert", "web-01", "golden", "--confirm", "web-01"

    def interferes(self, point, world):
        """A person may have reverted and come back: of one that was not sent, any change since counts."""
        return super().interferes(point, world) or (world.moves and (point == "after-intent" or world.fault == LOST))

    def person(self, act, shop, row):
        if act == "removes":
            return delete(shop, snapshot_of(shop, "golden"))
        another(shop)


class Rename(Driver):
    name, kind, method = "rename", "rename", "RenameSnapshot"
    passes = tuple(point for point in POINTS if point not in ("after-task", "after-claim"))

    def prepare(self, shop):
        expect(shop.run("snapshot", "create", "web-01", "--name", "mine", "--quiesce", "never"), 0)

    def words(self, shop):
        return "snapshot", "rename", "web-01", "mine", "--name", "ours"

    def person(self, act, shop, row):
        if act == "makes another":
            return another(shop)
        moid = next(one["moid"] for one in shop.vm()["snapshots"] if one["name"] != "golden")
        return (delete if act == "removes" else edit)(shop, moid)

    def worlds(self, point):  # it has no task that could run or fail
        return [one for one in super().worlds(point) if not (set(one.fault) & {"task_delay", "task_error"})]


class Clone(Driver):
    name, kind, method = "clone", "clone", "CloneVM_Task"
    acts_on_what_is_there = False

    def words(self, shop):
        return "clone", "web-01", "--to", "copy-of-web", "--folder", "/DC0/vm/copies"

    def person(self, act, shop, row):
        if act == "makes another":
            return another(shop)
        clone = next((vm for vm in shop.server.state()["vms"] if vm["extra_config"].get("deltakeep.op")), None)
        if clone is None:
            return None
        shop.server.touch(act="destroy" if act == "removes" else "power_on", vm=clone["moid"], user="eve")
        return [row["id"]] if row else None


class CloneOfRun(Clone):
    """A policy's: its helper goes once the clone is verified."""
    name = "clone of a run"
    policies = policy(5, method="clone") + 'clone = { folder = "/DC0/vm/copies" }\n'
    again = ("run", "--policy", "daily")

    def words(self, shop):
        return "run", "--policy", "daily"


class Destroy(Clone):
    """The oldest copy goes once there is a newer one."""
    name, kind, method = "destroy", "destroy", "Destroy_Task"
    acts_on_what_is_there = True
    again = ("enforce", "--policy", "daily")
    anew = True

    @staticmethod
    def copies(keep):
        return policy(keep, method="clone") + 'clone = { folder = "/DC0/vm/copies", delete = true }\n'

    policies = copies(5)

    def prepare(self, shop):
        for _ in range(2):
            expect(shop.run("run", "--policy", "daily"), 0)
            shop.server.step(3600)

    def words(self, shop):
        self.begins(self.copies(1), shop)
        return self.again

    def person(self, act, shop, row):
        if act == "makes another":
            return another(shop)
        oldest = next((vm for vm in shop.server.state()["vms"] if vm["extra_config"].get("deltakeep.op")), None)
        if oldest is not None:
            shop.server.touch(act="destroy" if act == "removes" else "power_on", vm=oldest["moid"], user="eve")


def takes_part(driver, point):
    return point in driver.passes and (point != "after-claim" or driver.kind in ("clone", "destroy"))


DRIVERS = (Create(), CreateWithout(), Remove(), RemoveWithDebt(), Consolidate(), Revert(), Rename(), Clone(),
           CloneOfRun(), Destroy())
