// Whether the server shows what an operation was to bring about. Success of a task is not enough:
// tree, layers of each disk and the consolidation flag have to agree with the pre-image.
#pragma once

#include <string>
#include <vector>

#include "policy/operation.h"

namespace policy {

enum class Verified {
  Yes,
  NotYet,   ///< may still come: caches lag, a merge runs
  Pending,  ///< off the tree, but deltas are left: a consolidation is due
  No        ///< contradicts it
};

struct Verification {
  Verified verdict = Verified::No;
  /// False with Yes: tree and flag agree, but this server or storage shows no layers to count.
  bool layers = false;
  std::string text;  ///< what was expected and what is there, for a person
  std::vector<Evidence> evidence;
};

/// Create: the node `operation.snapshot` is in the tree above the former current one and under the
/// running point; each disk that takes part has one layer more, its old chain frozen below. What
/// others did since is counted in: snapshots made on top of it, older ones removed.
Verification verify_created(const Operation& operation, const VmImage& now);
/// Remove: the node is gone, its children are its parent's, all other nodes are as before; each
/// disk has as many layers less as the snapshot owned, and none less below two branches; the flag
/// is down. With no more layers than predicted but the flag up, or with layers left: Pending.
/// Snapshots that others made on top or removed since are counted in, but a tree that lost others
/// while the deltas stayed is damaged: No.
Verification verify_removed(const Operation& operation, const VmImage& now);
/// Consolidate: the flag is down and each disk's depth is what the tree explains.
Verification verify_consolidated(const Operation& operation, const VmImage& now, int tree_depth);
/// Revert: the target is current, and each disk runs on a new layer above the target's chain.
Verification verify_reverted(const Operation& operation, const VmImage& now);
/// Clone: a VM of its own (other instance uuid), powered off, with a disk of the same capacity for
/// each that was to be copied; full: it stands on no layer of the source; linked: it does.
Verification verify_cloned(const Operation& operation, const Vm& source, const Vm& clone);

}  // namespace policy
