"""What deltakeep ought to say of a VM, worked out from vcenter-sim's own record of it and from nothing deltakeep says.

The record has each disk's layers and each snapshot's frozen layers, so depth, owners and orphans follow by definition.
"""

BLOCK = 1 << 20  # bytes: --block-kib's default
DISK_FLAGS = {"normal": set(), "independentPersistent": {"independent-disk"}, "independentNonpersistent": {"independent-disk"},
              "rdmPhysical": {"independent-disk", "rdm-physical"},  # a server lists it as independent too
              "rdmVirtual": {"rdm-virtual"}, "multiWriter": {"shared-disk"}}


def decoded(name):
    """vSphere escapes three characters of a name."""
    for code, character in (("%2f", "/"), ("%2F", "/"), ("%5c", "\\"), ("%5C", "\\"), ("%25", "%")):
        name = name.replace(code, character)
    return name


def current_path(vm):
    """The snapshots from the root to the current one."""
    by_moid = {snapshot["moid"]: snapshot for snapshot in vm["snapshots"]}
    path, at = [], vm["current_snapshot"]
    while at:
        path.insert(0, by_moid[at])
        at = by_moid[at]["parent"]
    return path


def in_full(time):
    """The record leaves trailing zeros of the fraction away."""
    whole, _, fraction = time.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<6}Z" if fraction else time


def directory(file):
    return file.rsplit("/", 1)[0]


class TrueDisk:
    """Layers newest first; `own` are the VM's, the rest is borrowed from the source of a linked clone."""

    def __init__(self, disk, path):
        self.key, self.chain, self.kind = disk["key"], disk["chain"], disk["kind"]
        self.label, self.capacity = disk["label"], disk["capacity_bytes"]
        home = directory(self.chain[0]["file"])
        self.own = [layer for layer in self.chain if directory(layer["file"]) == home]
        frozen = {snapshot["frozen"][str(self.key)]: snapshot["moid"] for snapshot in path
                  if str(self.key) in snapshot["frozen"]}
        # A delta is the snapshot's that froze the layer right under it.
        self.owners = [frozen.get(below["file"]) for below in self.chain[1:len(self.own)]]
        self.owners += [None] * (len(self.chain) - len(self.owners))
        self.depth = len(self.own) - 1

    @property
    def orphans(self):
        return self.owners[:self.depth].count(None)

    def probes(self, copies=1):
        """Expected layers that a random read looks in, were reads uniform and each block stored so often."""
        expected, reach = 1.0, 1.0
        for layer in self.chain[:-1]:
            reach *= 1 - min(1.0, copies * layer["allocated_blocks"] * BLOCK / self.capacity)
            expected += reach
        return 1.0 if self.delta_form == "native" else expected

    @property
    def mirrored(self):
        """vSAN tells the bytes of both copies of an object; how many there are a client can only guess at."""
        return any(layer["file"].startswith("[vsan") for layer in self.chain)

    @property
    def delta_form(self):
        return self.chain[0]["form"] if len(self.chain) > 1 else "none"

    def tell(self):
        orphan = [owner is None and index < self.depth for index, owner in enumerate(self.owners)]
        return {"key": self.key, "label": self.label, "capacity_bytes": self.capacity, "kind": self.delta_form,
                "depth": self.depth, "inherited": len(self.chain) - len(self.own), "orphans": self.orphans,
                "layers": [{"file": layer["file"], "snapshot": owner, "orphan": lost,
                            "inherited": index >= len(self.own)}
                           for index, (layer, owner, lost) in enumerate(zip(self.chain, self.owners, orphan, strict=True))]}


def flags_of(vm, disks):
    flags = set().union(*(DISK_FLAGS[disk.kind] for disk in disks))
    if any(disk.orphans for disk in disks):
        flags.add("orphan-deltas")
    if any(len(disk.own) < len(disk.chain) for disk in disks):
        flags.add("linked-clone")
    if vm["snapshots"] and not vm["current_snapshot"]:
        flags.add("current-snapshot-unset")
    if any(snapshot["helper"] for snapshot in vm["snapshots"]):
        flags.add("helper-snapshot")
    for key, flag in (("consolidation_needed", "consolidation-needed"), ("template", "template"),
                      ("question", "question-pending")):
        if vm[key]:
            flags.add(flag)
    if vm["power"] == "suspended":
        flags.add("suspended")
    if not vm["connected"]:
        flags.add("disconnected")
    return flags


def tell(vm):
    """The part of deltakeep's JSON of a VM that the record determines."""
    path = current_path(vm)
    on_path = {snapshot["moid"] for snapshot in path}
    disks = [TrueDisk(disk, path) for disk in vm["disks"]]
    return {
        "moid": vm["moid"], "name": decoded(vm["name"]), "raw_name": vm["name"], "instance_uuid": vm["instance_uuid"],
        "host": vm["host"], "power": vm["power"], "template": vm["template"], "question": vm["question"],
        "connection": "connected" if vm["connected"] else "disconnected", "stale": not vm["connected"],
        "consolidation_needed": vm["consolidation_needed"],
        "depth": max((disk.depth for disk in disks), default=0), "tree_depth": len(path),
        "flags": sorted(flags_of(vm, disks)),
        "snapshots": {snapshot["moid"]: {
            "id": snapshot["id"], "name": decoded(snapshot["name"]), "raw_name": snapshot["name"],
            "description": snapshot["description"], "created": in_full(snapshot["created"]), "parent": snapshot["parent"],
            "current": snapshot["moid"] == vm["current_snapshot"], "on_current_path": snapshot["moid"] in on_path,
            "memory": snapshot["memory_bytes"] > 0, "quiesced": snapshot["quiesced"], "helper": snapshot["helper"],
        } for snapshot in vm["snapshots"]},
        "disks": [disk.tell() for disk in disks],
    }


def told(vm):
    """The same part of what deltakeep did say."""
    snapshot_keys = ("id", "name", "raw_name", "description", "created", "parent", "current", "on_current_path", "memory",
                     "quiesced", "helper")
    disk_keys = ("key", "label", "capacity_bytes", "kind", "depth", "inherited", "orphans")
    layer_keys = ("file", "snapshot", "orphan", "inherited")
    keys = ("moid", "name", "raw_name", "instance_uuid", "host", "power", "template", "question", "connection", "stale",
            "consolidation_needed", "depth", "tree_depth")
    return {
        **{key: vm[key] for key in keys}, "flags": sorted(vm["flags"]),
        "snapshots": {one["moid"]: {key: one[key] for key in snapshot_keys} for one in vm["snapshots"]},
        "disks": [{**{key: disk[key] for key in disk_keys},
                   "layers": [{key: layer[key] for key in layer_keys} for layer in disk["layers"]]} for disk in vm["disks"]],
    }
