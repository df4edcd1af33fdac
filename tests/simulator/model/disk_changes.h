// What ReconfigVM_Task may do to disks, judged before anything is done.
#pragma once

#include <optional>
#include <vector>

#include "tests/simulator/model/world.h"

namespace sim {

/// The first change that cannot be made, in their order; else none, and each new disk has its unit.
std::optional<FaultValue> settle_disk_changes(World& world, const Vm& vm,
                                              std::vector<DiskChange>& changes);

}  // namespace sim
