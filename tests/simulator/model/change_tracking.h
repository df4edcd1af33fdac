// Changed block tracking: which areas of a disk changed since a changeId.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulator/model/objects.h"

namespace sim {

struct ChangedAreas {
  std::optional<FaultValue> fault;
  std::uint64_t start = 0,
                length = 0;  ///< bytes that the answer speaks of; it ends at the capacity
  std::vector<std::pair<std::uint64_t, std::uint64_t>> areas;  ///< start, length in bytes, sorted
};

/// QueryChangedDiskAreas: what changed between `change_id` ("*": what is allocated at all) and
/// `snapshot`, or the running point of a powered off VM when null. A changeId of another tracking
/// run (after a revert) or from later than the snapshot answers FileFault.
ChangedAreas changed_areas(const Vm& vm, const Snapshot* snapshot, int device_key,
                           std::uint64_t start_offset, const std::string& change_id,
                           std::uint64_t block_bytes);

}  // namespace sim
