// Turns one look at a VM into its chains: the only place that knows what depth, inherited, orphan
// and owner of a delta mean.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "policy/inventory.h"
#include "policy/observation.h"

namespace policy {

/// Builds the model of one VM from layoutEx and device backings together.
/// Total: any observation gives a Vm, contradictions become flags, nothing throws.
/// - A layer is the VM's own when it was the running layer at any of its snapshots, is the running
///   layer now, or lies in one of the VM's directories; the lowest own layer is the VM's base, what
///   is below it is inherited.
/// - A delta belongs to the snapshot in whose frozen chain it is missing and whose child's chain
///   (or the running chain, when the snapshot is current) has it.
/// - A disk whose mode is independent takes no part in snapshots; its depth is what its chain
///   shows.
/// - Orphans of a disk are its depth less the snapshots of the current path that it takes part in,
///   never negative. While no snapshot is current, only the deltas that lie between a snapshot and
///   its child are explained.
/// - A delta on another branch counts in Snapshot::bytes of the snapshot whose creation made it.
Vm build_vm(const VmSeen& seen);

/// Size of a layer's files right after it was made, by Layer::file. A new seSparse delta is not
/// empty: its tables take space before the guest writes. One look cannot tell, the history can.
using BytesAtCreation = std::map<std::string, std::uint64_t>;

/// How many times over vSAN stores the disk: it tells the bytes of an object with its copies. A
/// base that takes more than the disk has room for shows it; its bytes over the capacity are never
/// more than the copies, and fewer where it is thin. 1 for all else, and where nothing shows it.
double stored_copies(const Disk& disk);

/// The estimate that build_vm puts into a disk, over all its layers, inherited ones included.
/// Bytes count once, however often they are stored. `at_creation` is subtracted; build_vm knows
/// none, a caller with a history calls again. Grain 0: the constant of the disk's kind. A layer of
/// 0 bytes is one of unknown size (no delta is without a header): `best` and `high` take it as
/// empty, the safe side, `low` as full; so does a disk of unknown capacity for all layers. Native
/// deltas are not searched: all values are 1.
ProbeEstimate disk_probes(const Disk& disk, const BytesAtCreation& at_creation = {},
                          std::uint32_t grain_bytes = 0);

}  // namespace policy
