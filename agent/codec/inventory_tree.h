// Puts the snapshots of a saved inventory into the order that all of policy relies on, and refuses
// trees that no server has: a plan on one of them would remove the wrong snapshots.
#pragma once

#include "agent/codec/json_place.h"
#include "policy/inventory.h"

namespace agent {

/// Parents before children, as policy::Vm says, in whatever order the file lists them; a file that
/// does so keeps its order. Marks the way to the current snapshot, counts it, and flags a tree that
/// has none. Not an error: a parent that the file does not have, which makes a root.
/// `place` is the VM's. Throws agent::Error "input" for a ring of parents, two snapshots of one
/// moid and two current ones.
void settle_tree(const JsonPlace& place, policy::Vm& vm);

}  // namespace agent
