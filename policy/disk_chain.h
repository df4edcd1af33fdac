// Traces one disk: which chain to believe, where the VM's own part begins, whose every delta is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/chain_evidence.h"

namespace policy {

struct TracedDisk {
  Disk disk;  ///< without probes
  std::uint32_t grain_bytes = 4096;
  struct Made {
    std::size_t node;  ///< of the tree
    std::uint64_t bytes;
    int file_key;  ///< -1 when layoutEx does not have the layer
  };
  std::vector<Made> made;     ///< the deltas of the chain that a snapshot is known to have made
  bool mismatch = false;      ///< layoutEx contradicts the backings or itself
  bool inaccessible = false;  ///< a file of the believed chain is not accessible
};

TracedDisk trace_disk(const DiskSeen& seen, const ChainEvidence& evidence);

}  // namespace policy
