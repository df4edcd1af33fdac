"""The two simulated vCenters as one kind of thing, for tests that run unchanged on both."""

import functools
import ssl
import unittest

from simulator import Simulator
from vcsim import Vcsim

try:
    from pyVim.connect import Disconnect, SmartConnect
    from pyVmomi import vim, vmodl
except ImportError as problem:
    raise unittest.SkipTest(f"python3-pyvmomi is missing: {problem}") from problem


class OnVcsim(Vcsim):
    """govmomi's simulator, which we did not write."""

    NAME = "vcsim"
    LACKS = {
        "layers": "a snapshot taken or removed over the wire leaves the disks' chains as they were",
        "rename-snapshot": "RenameSnapshot is not there",
        "linked-clone": "a clone gets new disks whatever diskMoveType says",
        "clone": "a clone's layoutEx lists more layers than its disks have",
        "control": "its past, its faults and its storage kinds cannot be chosen from outside",
    }

    def __init__(self, vms=20, snapshots="0-6", seed=1, **_):
        super().__init__("--vms", vms, "--snapshots", snapshots, "--seed", seed, "--tags", "--page", 100)

    def step(self, _seconds):
        """Its clock is the wall's, and its tasks end at once."""


class OnSimulator(Simulator):
    """tests/simulator, which models chains."""

    NAME = "vcenter-sim"
    LACKS = {}

    def __init__(self, vms=20, snapshots="0-6", seed=1, options=()):
        super().__init__("--vms", vms, "--snapshots", snapshots, "--seed", seed, "--speed", 0, *options)


def needs(what):
    """For a test of something that one server lacks. There it has to fail, or the list of lacks is out of date."""
    def mark(test):
        @functools.wraps(test)
        def run(self):
            reason = self.SERVER.LACKS.get(what)
            if reason is None:
                return test(self)
            try:
                test(self)
            except unittest.SkipTest:
                raise
            except Exception as lack:  # whatever shape it takes
                shape = type(lack).__name__.rsplit(".", 1)[-1]
                raise unittest.SkipTest(f"{self.SERVER.NAME} lacks {what}: {reason} ({shape})") from None
            return self.fail(f"{self.SERVER.NAME} does not lack {what} ({reason}): strike it from LACKS")
        return run
    return mark


class Peer:
    """pyvmomi on a server: what another client sees and does. Close it, or sessions pile up."""

    def __init__(self, server):
        self._server = server
        self.service = SmartConnect(host=server.host, port=int(server.port), user=server.username, pwd=server.password,
                                    sslContext=ssl._create_unverified_context())  # trust is not what is tested
        self.content = self.service.RetrieveContent()

    def close(self):
        Disconnect(self.service)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, kind, paths):
        """moid -> properties of all objects of a kind, in pages, as deltakeep reads them."""
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [kind], True)
        collector = vmodl.query.PropertyCollector
        walk = collector.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        spec = collector.FilterSpec(
            objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[walk])],
            propSet=[collector.PropertySpec(type=kind, all=False, pathSet=paths)])
        found = {}
        page = self.content.propertyCollector.RetrievePropertiesEx([spec], collector.RetrieveOptions())
        while page:
            for item in page.objects:
                found[item.obj._moId] = {prop.name: prop.val for prop in item.propSet}
            page = page.token and self.content.propertyCollector.ContinueRetrievePropertiesEx(page.token)
        view.DestroyView()
        return found

    def vm(self, moid):
        return vim.VirtualMachine(moid, self.service._stub)

    def snapshot(self, moid):
        return vim.vm.Snapshot(moid, self.service._stub)

    def folder(self, name):
        return next(vim.Folder(moid, self.service._stub)
                    for moid, seen in self.read(vim.Folder, ["name"]).items() if seen["name"] == name)

    def finish(self, task):
        """Lets virtual time pass until a task is done. A failed one is an exception."""
        for _ in range(200):
            state = self._value(task, "info.state")
            if state == vim.TaskInfo.State.success:
                return
            if state == vim.TaskInfo.State.error:
                raise self._value(task, "info.error")
            self._server.step(60)
        raise RuntimeError(f"task {task._moId} never ends")

    def _value(self, subject, path):
        """One property. task.info would read all of it, and vcsim says there that a snapshot is an entity."""
        collector = vmodl.query.PropertyCollector
        spec = collector.FilterSpec(objectSet=[collector.ObjectSpec(obj=subject, skip=False)],
                                    propSet=[collector.PropertySpec(type=type(subject), all=False, pathSet=[path])])
        found, = self.content.propertyCollector.RetrieveContents([spec])
        return found.propSet[0].val
