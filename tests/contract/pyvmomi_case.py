"""What the tests of vcenter-sim with VMware's own client share: a server, its clock, and ways to read a VM."""

import ssl
import unittest

from simulator import Simulator

try:
    from pyVim.connect import Disconnect, SmartConnect
    from pyVmomi import vim, vmodl
except ImportError as problem:
    raise unittest.SkipTest(f"python3-pyvmomi is missing: {problem}") from problem

START = "2026-11-22T02:00:00Z"
Collector = vmodl.query.PropertyCollector


def connect(server, **changes):
    keys = {"user": server.username, "pwd": server.password, **changes}
    return SmartConnect(host=server.host, port=server.port, sslContext=ssl._create_unverified_context(), **keys)


def nodes_of(info):
    """name -> VirtualMachineSnapshotTree of a whole tree."""
    found, left = {}, list(info.rootSnapshotList) if info else []
    while left:
        node = left.pop()
        found[node.name] = node
        left += node.childSnapshotList
    return found


def disks_of(config):
    return [device for device in config.hardware.device if isinstance(device, vim.vm.device.VirtualDisk)]


def layers_of(disk):
    """Files of a disk, running point first."""
    files, backing = [], disk.backing
    while backing:
        files.append(backing.fileName)
        backing = backing.parent
    return files


class SimulatorCase(unittest.TestCase):
    """One server for the class, its clock standing; each test takes VMs of its own."""
    FLAGS = ("--vms", 16, "--snapshots", "0", "--seed", 11, "--days", 2)

    @classmethod
    def setUpClass(cls):
        cls.server = Simulator("--speed", 0, "--start", START, *cls.FLAGS)
        cls.addClassCleanup(cls.server.close)
        cls.service = connect(cls.server)
        cls.addClassCleanup(Disconnect, cls.service)
        cls.content = cls.service.RetrieveContent()
        view = cls.content.viewManager.CreateContainerView(cls.content.rootFolder, [vim.VirtualMachine], True)
        cls.unused = [vm for vm in view.view if vm.runtime.powerState == "poweredOn" and not vm.snapshot
                      and all(disk.backing.diskMode == "persistent"
                              and isinstance(disk.backing, vim.vm.device.VirtualDisk.FlatVer2BackingInfo)
                              for disk in disks_of(vm.config))
                      and "CreateSnapshot_Task" not in vm.disabledMethod]
        view.DestroyView()

    def a_vm(self):
        self.assertTrue(self.unused, "the flags of this class build too few plain VMs")
        return self.unused.pop(0)

    def ended(self, task):
        """The task's info once it has ended; it is read often, as an ended one vanishes after ten minutes."""
        for _ in range(400):
            info = task.info
            if info.state in ("success", "error"):
                return info
            self.server.step(60)
        self.fail(f"{info.name} does not end")

    def finish(self, task):
        """The result of a task, which has to succeed."""
        info = self.ended(task)
        self.assertEqual("success", info.state, info.error)
        return info.result

    def snapshot(self, vm, name, description="", memory=False):
        return self.finish(vm.CreateSnapshot_Task(name=name, description=description, memory=memory, quiesce=False))

    def fails(self, fault, call, *args, **kwargs):
        with self.assertRaises(fault) as caught:
            call(*args, **kwargs)
        return caught.exception

    def task_fails(self, fault, task):
        info = self.ended(task)
        self.assertEqual("error", info.state)
        self.assertIsInstance(info.error, fault)
        return info.error
