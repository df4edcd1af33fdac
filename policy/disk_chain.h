// Traces one disk: which chain to believe, where the VM's own part begins, whose every delta is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "policy/chain_evidence.h"

namespace policy {

struct TracedDisk {
  Disk disk;  ///< without probes
  std::uint32_t grain_bytes = 4096;
  /// (node of the tree, bytes) of every delta that a snapshot's creation made, on all branches.
  std::vector<std::pair<std::size_t, std::uint64_t>> made;
  bool mismatch = false;      ///< layoutEx contradicts the backings or itself
  bool inaccessible = false;  ///< a file of the believed chain is not accessible
};

TracedDisk trace_disk(const DiskSeen& seen, const ChainEvidence& evidence);

}  // namespace policy
