// QueryChangedDiskAreas: what change tracking recorded between two moments of a disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulator/wire/call.h"

namespace sim {

struct ChangedAreas {
  std::uint64_t start = 0, length = 0;  ///< bytes that this answer speaks for
  std::vector<std::pair<std::uint64_t, std::uint64_t>> extents;  ///< start and length, bytes
};

/// Areas from `offset` on that changed between `change_id` ("uuid/N", or "*" for all that is
/// allocated) and the snapshot; without one up to now, for a VM that is off. At most 2,000 extents:
/// then `length` ends before the disk does and a client asks on (assumption; the API allows it).
/// Throws FaultReply: NotFound for no such disk, InvalidArgument for an offset past its end or an
/// identifier that is none, FileFault where tracking cannot tell (reset, off, a foreign uuid).
ChangedAreas changed_areas(World& world, Vm& vm, const std::optional<Ref>& snapshot, int disk_key,
                           std::uint64_t offset, const std::string& change_id);

}  // namespace sim
