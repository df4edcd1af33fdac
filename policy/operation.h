// One change to one VM as the journal knows it: from the intent, written before the call, to an end
// that somebody has seen. States and what each may become: policy/README.md, "Operations".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/guard.h"
#include "policy/inventory.h"

namespace policy {

enum class OpKind : std::uint8_t {
  Create,
  Remove,
  Consolidate,
  Revert,
  Clone,
  Rename,
  Destroy  ///< of a clone that we made, DESIGN rule 12
};
/// "create", "remove", ...
const char* op_kind_name(OpKind kind);
std::optional<OpKind> op_kind(std::string_view name);

enum class OpState : std::uint8_t {
  Intent,         ///< written before the call; from here nobody knows whether it was sent
  Task,           ///< the server has a task for it
  Result,         ///< create, clone: what was made is named, but not verified
  OffTree,        ///< remove: the snapshot is gone from the tree, its files are not believed yet
  MergePending,   ///< remove, consolidate: deltas are left over, a consolidation is due
  Unknown,        ///< nobody can tell yet what the call did; it is looked at again
  NeedsOperator,  ///< no look will tell; `resolve` ends it. Blocks the VM until then
  // Over, for good:
  Done,
  Failed,    ///< it did not happen, and is known not to
  Gone,      ///< what it made was removed by somebody else before it was verified
  Released,  ///< what it made was changed by a person and is theirs now
};
/// "intent", "task", ..., "needs-operator", ...
const char* op_state_name(OpState state);
std::optional<OpState> op_state(std::string_view name);
bool is_over(OpState state);

/// Who an operation is about. The endpoint's uuid and the VM's instance uuid decide; names are for
/// people, the moid is a handle.
struct OpSubject {
  std::string endpoint;  ///< configured name
  std::string endpoint_uuid;
  std::string moid, instance_uuid, name;
  bool operator==(const OpSubject&) const = default;
};

/// A snapshot as it was when it was decided on: what must not have changed when the call is sent.
struct NodeImage {
  std::string moid;
  int id = 0;
  Time created{};
  std::string parent;  ///< moid, "" for a root
  bool operator==(const NodeImage&) const = default;
};

struct DiskImage {
  int key = 0;
  std::vector<std::string> files;  ///< newest first, the whole chain
  int depth = 0;
  /// By moid: how many layers of this disk the snapshot's creation made (0 or 1 as a rule).
  std::map<std::string, int> owned;
  bool operator==(const DiskImage&) const = default;
};

/// A VM as far as a verification compares it: the pre-image of an operation.
struct VmImage {
  Time read{};  ///< server time
  std::string change_version;
  std::vector<NodeImage> nodes;  ///< parents before children
  std::string current;           ///< moid, "" when none is
  std::vector<DiskImage> disks;  ///< those that snapshots take part in, by key
  bool consolidation_needed = false;
  /// A "Consolidate Helper" is in the tree: a merge runs or broke off. No pre-image has one.
  bool helper = false;
  bool layers_known = false;  ///< false: the server shows no layers of this VM
  Power power = Power::Unknown;
  bool operator==(const VmImage&) const = default;
};
/// Independent disks are left out. A physical RDM can't be told from here and stays in; no snapshot
/// is made of a VM that has one.
VmImage image_of(const Vm& vm, const std::string& change_version, Time read);
/// Whether nothing that a snapshot operation changes differs; `read`, power and `change_version`
/// (any edit of the VM moves it) do not count, nor does the order of siblings.
bool same_state(const VmImage& a, const VmImage& b);

/// What a clone was asked for, and what it became.
struct CloneImage {
  std::string name, folder, datastore, host, pool;  ///< folder, host, pool, datastore: moids
  std::string path;                                 ///< of the folder, for people
  bool linked = false, as_template = false;
  std::string moid, instance_uuid, change_version;  ///< of the clone, once it is verified
  std::uint64_t bytes = 0;
  bool operator==(const CloneImage&) const = default;
};

struct Operation {
  std::string id;  ///< ULID: sorts by time of making
  OpKind kind = OpKind::Create;
  OpState state = OpState::Intent;
  OpSubject vm;
  std::string policy;  ///< config name, "" for an operator's command
  std::string run;     ///< id of the run, "" outside of one
  std::string actor;   ///< user name, or "schedule"
  std::string job;     ///< id of the operation that this one serves (helper of a clone), else ""
  Time started{}, updated{};
  std::optional<Time> ended;
  /// Calls sent so far; a call that may have reached the server is never repeated without a look.
  int attempt = 0;
  std::string method;          ///< of the last call
  Time sent{};                 ///< server time right before it
  std::string task, task_key;  ///< of the last call, "" until the server has named them
  int progress = -1;           ///< of the task, percent; -1: not told
  /// Create: what was made. Remove, Revert, Rename: the target. Clone: what it is cloned from, ""
  /// for the running point.
  NodeImage snapshot;
  std::string name, description;  ///< Create, Rename: as they were sent
  bool memory = false;
  bool quiesced = false;  ///< Create: as it was asked for in the last call
  std::optional<CloneImage> clone;
  VmImage before;
  /// The first of the two equal looks that settle a call nobody heard of again.
  std::optional<VmImage> settling;
  std::optional<Time> next_look;  ///< of Unknown and MergePending
  bool layers_verified = false;   ///< of Done: false where the server shows no layers
  std::string why;                ///< of the present state, for a person
  std::string fault;              ///< type of the server's fault, "" for none
  std::vector<Evidence> evidence;
  std::vector<std::string> forced;  ///< guards that an operator overrode
  bool operator==(const Operation&) const = default;
};

/// One line for a person: "remove of snapshot daily-... (snapshot-12) on web-01".
std::string describe(const Operation& operation);

}  // namespace policy
