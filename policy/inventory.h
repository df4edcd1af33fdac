// What a scan saw, as values: the one vocabulary that chains, plans, storage and output share.
// The field names follow the saved inventory (`scan --output`), see agent/codec.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/probes.h"
#include "policy/time.h"

namespace policy {

enum class Connection { Connected, Disconnected, Orphaned, Inaccessible, Invalid, Unknown };
enum class Power { On, Off, Suspended, Unknown };
enum class Owner { Ours, Foreign };
enum class SnapshotState { Complete, Partial, Failed, InProgress };

/// How a delta is stored; decides weights and thresholds. None: the disk has no delta.
enum class DeltaKind { None, VmfsSparse, SeSparse, VsanSparse, Native, Unknown };

/// Facts about a VM a person or a guard must know; printed by their wire names (flag_name).
enum class VmFlag {
  CurrentSnapshotUnset,  ///< snapshots exist, but none is current
  ConsolidationNeeded,   ///< the server says so
  HelperSnapshot,        ///< a "Consolidate Helper" snapshot is in the tree
  OrphanDeltas,          ///< more deltas than the tree explains
  IndependentDisk,
  RdmPhysical,
  RdmVirtual,
  SharedDisk,  ///< multi-writer
  Template,
  FaultTolerant,
  Suspended,
  Disconnected,      ///< host not connected: what is shown is stale
  Inaccessible,      ///< orphaned, inaccessible or invalid: what is shown is stale
  LinkedClone,       ///< a disk stands on layers of another VM
  LayoutUnknown,     ///< no layoutEx: depth is from backings alone, sizes unknown
  ChainMismatch,     ///< layoutEx and backings disagree: the longer one is believed
  FileInaccessible,  ///< a layer's file is not accessible
  QuestionPending,
  Unreadable,  ///< a property could not be read: nothing is concluded from it
};

/// Stable text of a flag in JSON and tables, e.g. "consolidation-needed".
std::string flag_name(VmFlag flag);

/// Who a VM is. The moid is a handle; the uuids decide.
struct VmIdentity {
  std::string endpoint;  ///< configured name
  std::string moid;
  std::string instance_uuid;  ///< may be empty on hosts that never delivered config
  std::string bios_uuid;
  std::string name;      ///< decoded once, for people
  std::string raw_name;  ///< as sent
  auto operator<=>(const VmIdentity&) const = default;
};

/// Where a VM lives.
struct VmPlace {
  std::string path;                     ///< inventory path, "/DC0/vm/folder/name"
  std::string cluster;                  ///< name, may be empty
  std::string host;                     ///< moid
  std::vector<std::string> datastores;  ///< moids
  std::vector<std::string> tags;        ///< "category:tag"
  std::map<std::string, std::string> attributes;
  auto operator<=>(const VmPlace&) const = default;
};

struct VmState {
  Connection connection = Connection::Unknown;
  Power power = Power::Unknown;
  bool is_template = false;
  bool fault_tolerant = false;
  bool consolidation_needed = false;
  std::string managed_by;                     ///< extension key, empty when none
  std::optional<std::string> question;        ///< text of a pending question
  std::vector<std::string> disabled_methods;  ///< sorted, unique
  std::vector<std::string> unreadable;        ///< property paths answered with a fault
  auto operator<=>(const VmState&) const = default;
};

/// One layer of a disk. `snapshot` is the moid of the snapshot whose creation made this delta:
/// unset for the base, for inherited layers and for orphans.
struct Layer {
  std::string file;
  std::uint64_t bytes = 0;  ///< descriptor + extent, or the object
  std::optional<std::string> snapshot;
  bool inherited = false;  ///< belongs to the parent of a linked clone
  bool orphan = false;     ///< a delta that no snapshot of the tree explains
  auto operator<=>(const Layer&) const = default;
};

struct Disk {
  int key = 0;
  std::string label;
  std::uint64_t capacity_bytes = 0;
  DeltaKind kind = DeltaKind::None;
  std::string mode;
  std::string uuid;
  std::string datastore;
  int depth = 0;      ///< deltas above the VM's own base, as they lie on disk
  int inherited = 0;  ///< layers below the VM's own base
  int orphans = 0;    ///< deltas of `depth` that the tree does not explain
  ProbeEstimate probes;
  std::vector<Layer> layers;  ///< newest first, base (or the deepest inherited layer) last
  bool operator==(const Disk&) const = default;
};

struct Snapshot {
  std::string moid;
  int id = 0;
  std::string name;
  std::string raw_name;
  std::string description;
  Time created{};
  std::optional<std::string> parent;
  bool current = false;
  bool on_current_path = false;  ///< it or a descendant is current
  Owner owner = Owner::Foreign;
  bool pinned = false;
  SnapshotState state = SnapshotState::Complete;
  bool memory = false;
  bool quiesced = false;
  bool helper = false;             ///< a "Consolidate Helper"
  std::uint64_t bytes = 0;         ///< of the deltas that its creation made, over all disks
  std::uint64_t memory_bytes = 0;  ///< of its memory and state files, apart
  /// Config name of the policy that made it; empty: not known, or none (an operator's command).
  std::string policy{};
  bool in_use = false;    ///< a copy is being read from it
  bool leftover = false;  ///< made for a copy that is over
  bool operator==(const Snapshot&) const = default;
};

struct Vm {
  VmIdentity identity;
  VmPlace place;
  VmState state;
  std::vector<VmFlag> flags;        ///< sorted, unique
  std::vector<Snapshot> snapshots;  ///< parents before children, siblings by creation
  std::vector<Disk> disks;          ///< by key
  int depth = 0;                    ///< max over disks
  int tree_depth = 0;               ///< snapshots from root to current
  double probes = 1;                ///< max over disks
  bool stale = false;               ///< values are the last known ones: the host is not
                                    ///< connected, or the last scan did not reach the VM
  std::optional<Time> layout_time;
  std::vector<std::string> policies;  ///< config names of the policies that select it
  bool operator==(const Vm&) const = default;
};

/// Whether the VM has the flag.
bool has_flag(const Vm& vm, VmFlag flag);
/// By moid; null where the VM has no such snapshot.
const Snapshot* snapshot_of(const Vm& vm, const std::string& moid);

struct Datastore {
  std::string endpoint;
  std::string moid;
  std::string name;
  std::string type;  ///< summary.type in lower case: "vmfs", "nfs", "vsan", "vvol", ...
  std::uint64_t capacity_bytes = 0;
  std::uint64_t free_bytes = 0;
  bool accessible = true;
  std::optional<bool> native_snapshots;  ///< capability.nativeSnapshotSupported
  std::optional<bool> se_sparse;
  std::optional<bool> vmfs_sparse;
  std::optional<bool> vsan_sparse;
  bool operator==(const Datastore&) const = default;
};

struct Endpoint {
  std::string name;
  std::string uuid;      ///< about.instanceUuid; on ESXi the host's hardware uuid
  std::string api;       ///< version spoken, "8.0.2.0"
  std::string product;   ///< about.fullName
  bool is_host = false;  ///< an ESXi host, not a vCenter
  bool operator==(const Endpoint&) const = default;
};

/// A whole inventory in memory: for saved files and tests. Live scans stream VM by VM instead.
struct Inventory {
  Time taken{};
  bool complete = false;
  std::vector<Endpoint> endpoints;
  std::vector<Vm> vms;
  std::vector<Datastore> datastores;
};

}  // namespace policy
