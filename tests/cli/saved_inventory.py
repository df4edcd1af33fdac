"""Saved inventories for commands that work offline: VMs with a snapshot a day."""

import json
from datetime import datetime, timedelta

GIB = 1 << 30
NOW = datetime(2026, 11, 22, 1, 0)


def utc(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def vm(name, moid, deltas, owner="ours", **members):
    """A VM with a delta of so many GiB a day, oldest first; the snapshots were made at 02:00."""
    days = len(deltas)
    snapshots = [{"moid": f"{moid}-s{number}", "id": number, "name": f"day {number}", "raw_name": f"day {number}",
                  "created": utc(datetime(2026, 11, 21, 2) - timedelta(days=days - number)),
                  "parent": f"{moid}-s{number - 1}" if number > 1 else None, "current": number == days,
                  "owner": owner, "pinned": False, "state": "complete", "memory": False, "quiesced": False,
                  "bytes": int(size * GIB)} for number, size in enumerate(deltas, 1)]
    layers = [{"file": f"[ds] {name}/{name}-{number}.vmdk", "bytes": int(size * GIB), "snapshot": f"{moid}-s{number}"}
              for number, size in reversed(list(enumerate(deltas, 1)))]
    layers.append({"file": f"[ds] {name}/{name}.vmdk", "bytes": 40 * GIB, "snapshot": None})
    return {"endpoint": "vc0", "moid": moid, "name": name, "raw_name": name, "instance_uuid": f"uuid-{moid}",
            "path": f"/DC0/vm/{name}", "cluster": "c", "host": "host-1", "connection": "connected", "power": "on",
            "template": False, "tags": [], "attributes": {}, "policies": [], "question": None,
            "disabled_methods": [], "depth": days, "tree_depth": days, "probes": 1.0, "datastores": ["ds-1"],
            "consolidation_needed": False, "flags": [], "snapshots": snapshots,
            "disks": [{"key": 2000, "label": "Hard disk 1", "capacity_bytes": 100 * GIB,
                       "kind": "seSparse" if days else "none", "mode": "persistent", "depth": days, "inherited": 0,
                       "orphans": 0, "probes": 1.0, "datastore": "ds-1", "layers": layers}], **members}


def save(path, *vms, free=500, capacity=1000, complete=True):
    path.write_text(json.dumps({
        "format": 1, "taken": utc(NOW), "complete": complete,
        "endpoints": [{"name": "vc0", "uuid": "u", "api": "8.0.2.0"}], "vms": vms,
        "datastores": [{"endpoint": "vc0", "moid": "ds-1", "name": "ds", "type": "vmfs",
                        "capacity_bytes": capacity * GIB, "free_bytes": free * GIB}]}), encoding="utf-8")
    return path
