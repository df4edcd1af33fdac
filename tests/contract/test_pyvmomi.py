"""pyvmomi and deltakeep read the same vCenter: same VMs, same trees, same disks."""

import ssl
import unittest

from deltakeep import SiteCase
from vcsim import Vcsim

try:
    from pyVim.connect import Disconnect, SmartConnect
    from pyVmomi import vim, vmodl
except ImportError as problem:
    raise unittest.SkipTest(f"python3-pyvmomi is missing: {problem}") from problem

PATHS = ["name", "config.instanceUuid", "config.hardware.device", "snapshot", "layoutEx", "runtime.powerState"]


def read_with_pyvmomi(server):
    """VM moid -> properties, in one call, as deltakeep reads them."""
    context = ssl._create_unverified_context()  # the peer's trust is not what is tested
    service = SmartConnect(host=server.host, port=int(server.port), user=server.username, pwd=server.password,
                           sslContext=context)
    try:
        content = service.RetrieveContent()
        view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
        collector = vmodl.query.PropertyCollector
        walk = collector.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        spec = collector.FilterSpec(
            objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[walk])],
            propSet=[collector.PropertySpec(type=vim.VirtualMachine, all=False, pathSet=PATHS)])
        page = content.propertyCollector.RetrievePropertiesEx([spec], collector.RetrieveOptions())
        found = {}
        while page:
            for item in page.objects:
                found[item.obj._moId] = {prop.name: prop.val for prop in item.propSet}
            page = content.propertyCollector.ContinueRetrievePropertiesEx(page.token) if page.token else None
        return found
    finally:
        Disconnect(service)


def tree_of(info):
    """(moid, raw name, id, parent moid, current) of each snapshot."""
    rows = []

    def walk(nodes, parent):
        for node in nodes:
            rows.append((node.snapshot._moId, node.name, node.id, parent, node.snapshot == info.currentSnapshot))
            walk(node.childSnapshotList, node.snapshot._moId)
    if info:
        walk(info.rootSnapshotList, None)
    return sorted(rows)


def layers_of(device):
    """Files of a disk, running point first."""
    files, backing = [], device.backing
    while backing:
        files.append(backing.fileName)
        backing = backing.parent
    return files


class BothClients(SiteCase):
    VMS = 2000

    def compare(self, server, count):
        self.site.configure(server.keys())
        self.assert_exit(0, self.site.run("scan"))
        ours = {vm["moid"]: vm for vm in self.site.run("--json", "vms").document()["vms"]}
        theirs = read_with_pyvmomi(server)
        self.assertEqual(count, len(theirs))
        self.assertEqual(set(theirs), set(ours))
        snapshots = 0
        for moid, properties in theirs.items():
            vm = ours[moid]
            self.assertEqual(properties["name"], vm["raw_name"])
            self.assertEqual(properties["config.instanceUuid"].lower(), vm["instance_uuid"].lower())
            self.assertEqual(properties["runtime.powerState"], {"on": "poweredOn", "off": "poweredOff"}[vm["power"]])
            rows = sorted((s["moid"], s["raw_name"], s["id"], s["parent"], s["current"]) for s in vm["snapshots"])
            self.assertEqual(tree_of(properties.get("snapshot")), rows)
            snapshots += len(rows)
            disks = {disk["key"]: disk for disk in vm["disks"]}
            sizes = {file.name: file.size for file in properties["layoutEx"].file}
            for device in properties["config.hardware.device"]:
                if not isinstance(device, vim.vm.device.VirtualDisk):
                    continue
                disk = disks.pop(device.key)
                files = layers_of(device)
                self.assertEqual(device.capacityInBytes, disk["capacity_bytes"])
                self.assertEqual(files, [layer["file"] for layer in disk["layers"]])
                self.assertEqual(len(files) - 1, disk["depth"])
                for file, layer in zip(files, disk["layers"]):
                    extent = file.replace(".vmdk", "-sesparse.vmdk" if layer is not disk["layers"][-1] else "-flat.vmdk")
                    self.assertEqual(sizes[file] + sizes[extent], layer["bytes"])
            self.assertEqual({}, disks)
        return snapshots

    def test_see_the_same_2000_machines(self):
        with Vcsim("--vms", self.VMS, "--clusters", 4, "--snapshots", "0-6", "--seed", 5) as server:
            self.assertGreater(self.compare(server, self.VMS), 3000)

    def test_see_the_same_through_pages_of_100(self):
        with Vcsim("--vms", 350, "--page", 100, "--seed", 6) as server:
            self.compare(server, 350)
            self.assertGreaterEqual(server.calls()["ContinueRetrievePropertiesEx"], 6)


if __name__ == "__main__":
    unittest.main()
