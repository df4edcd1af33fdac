// Turns one look at a VM into its chains: the only place that knows what depth, inherited, orphan
// and owner of a delta mean.
#pragma once

#include "policy/inventory.h"
#include "policy/observation.h"

namespace policy {

/// Builds the model of one VM from layoutEx and device backings together.
/// Total: any observation gives a Vm, contradictions become flags, nothing throws.
/// - A layer is the VM's own when it was the running layer at any of its snapshots, is the running
///   layer now, or lies in one of the VM's directories; the lowest own layer is the VM's base, what
///   is below it is inherited.
/// - A delta belongs to the snapshot in whose frozen chain it is missing and whose child's chain (or
///   the running chain, when the snapshot is current) has it.
/// - A disk whose mode is independent takes no part in snapshots; its depth is what its chain shows.
Vm build_vm(const VmSeen& seen);

}  // namespace policy
