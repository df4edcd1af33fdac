"""Real inventories, recorded by govc object.save and served over the wire by vcsim."""

import unittest
from pathlib import Path

from deltakeep import SiteCase
from vcsim import Vcsim, recordings

DUMP = Path("nri-vsphere", "SDDC-Datacenter")
# Of the dump's own layoutEx, newest first: vSAN keeps descriptor and data in one object.
LAYERS = [("test-snap-000007.vmdk", 54525952), ("test-snap-000006.vmdk", 12582912), ("test-snap-000005.vmdk", 62914560),
          ("test-snap-000004.vmdk", 1778384896), ("test-snap-000003.vmdk", 2264924160),
          ("test-snap-000002.vmdk", 1195376640), ("test-snap.vmdk", 2218786816)]
NAMES = ["Snap2", "Snap3", "Snap4", "Snap5", "Snap6", "Snap7"]


class ARealVcenter8(SiteCase):
    """vm-1003 of a VMware Cloud SDDC, vCenter 8.0.1 on vSAN: six snapshots, six vsanSparse deltas."""

    def setUp(self):
        super().setUp()
        server = Vcsim("--load", recordings() / DUMP)
        self.addCleanup(server.close)
        self.site.configure(server.keys())
        self.scan = self.site.run("--json", "scan")
        self.assert_exit(0, self.scan)

    def vm(self):
        return next(vm for vm in self.site.run("--json", "vms").document()["vms"] if vm["moid"] == "vm-1003")

    def test_vms_shows_all_seven_and_their_depths(self):
        vms = self.site.run("--json", "vms").document()["vms"]
        self.assertEqual(7, len(vms))
        self.assertEqual({"test-snap": 6}, {vm["name"]: vm["depth"] for vm in vms if vm["depth"]})

    def test_vm_1003_has_depth_6_and_its_probes(self):
        vm = self.vm()
        self.assertEqual((6, 6), (vm["depth"], vm["tree_depth"]))
        self.assertGreater(vm["probes"], 6)
        self.assertLess(vm["probes"], 7)

    def test_tree_is_one_line_of_descent(self):
        snapshots = self.vm()["snapshots"]
        self.assertEqual(NAMES, [snapshot["name"] for snapshot in snapshots])
        self.assertEqual([None] + [snapshot["moid"] for snapshot in snapshots[:-1]],
                         [snapshot["parent"] for snapshot in snapshots])
        self.assertEqual([False] * 5 + [True], [snapshot["current"] for snapshot in snapshots])
        self.assertEqual([True, False, True, True, False, True], [snapshot["memory"] for snapshot in snapshots])
        self.assertEqual([4, 5, 6, 7, 8, 9], [snapshot["id"] for snapshot in snapshots])
        text = self.site.run("tree", "vm-1003")
        self.assert_exit(0, text)
        places = [text.out.index(name) for name in [*NAMES, "You are here"]]
        self.assertEqual(sorted(places), places)

    def test_chain_is_six_vsan_deltas_over_one_base_with_the_sizes_of_the_dump(self):
        disk, = self.vm()["disks"]
        self.assertEqual(("vsanSparse", 6, 0, 0), (disk["kind"], disk["depth"], disk["inherited"], disk["orphans"]))
        self.assertEqual(LAYERS, [(layer["file"].rsplit("/", 1)[1], layer["bytes"]) for layer in disk["layers"]])
        self.assertEqual([f"snapshot-{n}" for n in range(1012, 1006, -1)] + [None],
                         [layer["snapshot"] for layer in disk["layers"]])
        text = self.site.run("chain", "vm-1003")
        self.assert_exit(0, text)
        for file, _ in LAYERS:
            self.assertIn(file, text.out)


if __name__ == "__main__":
    unittest.main()
