"""What a script on pyvmomi does to get what `deltakeep scan` gets: same properties, pages of 100.

    pyvmomi_scan.py HOST PORT USER EXPECTED_VMS        the password comes in PEER_PASSWORD
"""

import os
import sys

from servers import Peer, vim

PATHS = ["name", "parent", "parentVApp", "resourcePool", "datastore", "customValue", "disabledMethod", "snapshot", "layoutEx",
         "config.changeVersion", "config.files.snapshotDirectory", "config.files.vmPathName", "config.hardware.device",
         "config.instanceUuid", "config.managedBy", "config.template", "config.uuid", "runtime.connectionState",
         "runtime.consolidationNeeded", "runtime.faultToleranceState", "runtime.host", "runtime.powerState",
         "runtime.question"]

if sys.argv[1:] == ["--paths"]:  # for a peer in another language
    print(*PATHS)
    sys.exit(0)


class Server:
    host, port, username = sys.argv[1:4]
    password = os.environ["PEER_PASSWORD"]


with Peer(Server) as peer:
    found = peer.read(vim.VirtualMachine, PATHS)
layers = 0
for properties in found.values():  # pyvmomi decodes when asked; a scan has to look at the chains
    for device in properties["config.hardware.device"]:
        backing = device.backing if isinstance(device, vim.vm.device.VirtualDisk) else None
        while backing:
            layers += 1
            backing = getattr(backing, "parent", None)
if len(found) != int(sys.argv[4]):
    sys.exit(f"pyvmomi saw {len(found)} VMs, not {sys.argv[4]}")
print(len(found), "VMs,", layers, "layers")
