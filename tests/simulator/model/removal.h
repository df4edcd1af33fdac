// How snapshots leave the tree, before any data moves.
#pragma once

#include <set>

#include "tests/simulator/model/world.h"

namespace sim {

/// Takes nodes out of a VM's tree: children move up to the nearest one that stays, and so does the
/// current snapshot. Layers that only they held are gone; those below something else stay,
/// unmerged.
void take_out(World& world, Vm& vm, const std::set<Ref>& snapshots);

/// Shows consolidationNeeded after `lag`, if deltas that no snapshot needs are still there then.
void raise_debt(World& world, const Ref& vm, Duration lag);

}  // namespace sim
