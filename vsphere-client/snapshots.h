// Changes a VM's snapshots: each function sends one call, once, and gives the task that carries it
// out.
#pragma once

#include <optional>
#include <string>

#include "vsphere-client/moref.h"
#include "vsphere-client/session.h"

namespace vsphere {

/// How the guest is brought to rest. The server passes over it without a word when the VM is off or
/// its Tools do not run: see `quiesced` of the new snapshot.
struct QuiesceSpec {
  /// A Windows guest is asked for a VSS backup of kind "copy": no log is cut and no other product's
  /// chain of backups broken. False for all others and when the guest is not known.
  bool windows = false;
  /// 5 to 240; unset leaves it to the server.
  std::optional<int> timeout_minutes;
};

struct SnapshotSpec {
  std::string name;
  std::string description;
  bool memory = false;
  /// Has no effect beside `memory`: memory wins.
  std::optional<QuiesceSpec> quiesce;
};

// All of these throw Error. Outcome NotExecuted means that nothing was done and nothing will be;
// Unknown that it may have been, or may still come: look before trying again. None is ever sent
// again by this folder: when the session has expired, they log in again and throw NotAuthenticated,
// NotExecuted. A reply without a task is Protocol, Unknown. That a task was given says nothing of
// how it ends.

/// The task's result is the new snapshot. Below API 6.5, and where a server says MethodNotFound to
/// CreateSnapshotEx_Task, CreateSnapshot_Task is sent: quiescing takes no choices then.
MoRef create_snapshot(Session& session, const MoRef& vm, const SnapshotSpec& spec);

/// Removes this one snapshot, never its children, and merges its deltas. The task can succeed with
/// deltas left over (consolidationNeeded), and fail with the snapshot gone from the tree.
MoRef remove_snapshot(Session& session, const MoRef& snapshot);

/// What the VM holds now is lost. A snapshot with memory starts the VM unless `suppress_power_on`.
MoRef revert_to(Session& session, const MoRef& snapshot, bool suppress_power_on);

/// Done when it returns: there is no task. Unset leaves as it is; std::invalid_argument when both
/// are.
void rename_snapshot(Session& session, const MoRef& snapshot,
                     const std::optional<std::string>& name,
                     const std::optional<std::string>& description);

/// Merges what removals have left. Harmless on a VM with nothing to merge.
MoRef consolidate(Session& session, const MoRef& vm);

}  // namespace vsphere
