// What one look at a VM showed, in domain words but before any model: the input of chain.h.
// The wire is translated into these values in agent/translate and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/inventory.h"

namespace policy {

/// One file of a VM as layoutEx lists it. Its size is in bytes; accessible is unset when not told.
struct FileSeen {
  int key = 0;
  std::string name;  ///< datastore path, "[ds] folder/file"
  std::string type;  ///< "diskDescriptor", "diskExtent", "snapshotMemory", ... as sent
  std::uint64_t bytes = 0;
  std::optional<bool> accessible;
};

/// The files of one layer: descriptor and extent on VMFS and NFS, one object on vSAN and vVol.
struct LayerSeen {
  std::vector<int> file_keys;
};

/// A chain as layoutEx orders it: base first, running point last.
struct DiskLayoutSeen {
  int disk_key = 0;
  std::vector<LayerSeen> chain;
};

/// The chains frozen at one snapshot; they leave out the delta that the snapshot created.
struct SnapshotLayoutSeen {
  std::string snapshot;  ///< moid
  int data_key = -1;     ///< key of the .vmsn, -1 when none
  int memory_key = -1;   ///< key of the memory file, -1 when the snapshot holds no memory
  std::vector<DiskLayoutSeen> disks;
};

/// One step of the backing recursion, as the device tells it.
struct BackingSeen {
  std::string file;
  std::string delta_format;   ///< "redoLogFormat" | "seSparseFormat" | "nativeFormat" | ""
  std::string delta_variant;  ///< "vmfsSparseVariant" | "vsanSparseVariant" | ""
  std::optional<std::uint32_t> grain_bytes;
};

enum class BackingKind { Flat, SeSparse, Sparse, RdmVirtual, RdmPhysical, RawDisk, PMem, Unknown };

struct DiskSeen {
  int key = 0;
  std::string label;
  std::uint64_t capacity_bytes = 0;
  BackingKind backing = BackingKind::Unknown;
  std::string mode;  ///< "persistent", "independent_persistent", ... as sent
  bool multi_writer = false;
  std::string datastore;              ///< moid of the datastore of the running layer, may be empty
  std::string uuid;                   ///< backing uuid: identifies the disk across snapshots
  std::vector<BackingSeen> backings;  ///< running point first, base last (leaf to root)
};

/// A snapshot of the tree, already flattened: parents come before their children.
struct SnapshotSeen {
  std::string moid;
  int id = 0;  ///< opaque; 0 is a valid id
  std::string name;
  std::string raw_name;
  std::string description;
  Time created{};
  std::optional<std::string> parent;  ///< moid; unset for a root
  std::string state;                  ///< power state it returns to, as sent
  bool quiesced = false;
};

struct VmSeen {
  VmIdentity identity;
  VmPlace place;
  VmState state;
  std::string home;                ///< config.files.vmPathName
  std::string snapshot_directory;  ///< config.files.snapshotDirectory, may be empty
  std::vector<FileSeen> files;
  std::vector<DiskLayoutSeen> layout;  ///< running point
  std::vector<SnapshotLayoutSeen> snapshot_layouts;
  bool layout_known = false;   ///< layoutEx was delivered
  bool devices_known = false;  ///< config.hardware.device was delivered
  std::optional<Time> layout_time;
  std::vector<DiskSeen> disks;
  std::vector<SnapshotSeen> snapshots;
  std::optional<std::string> current_snapshot;
  bool snapshots_known = true;  ///< false when the property could not be read: no tree is claimed
};

}  // namespace policy
