// What a guest writes, and when: a pure function of its seed and of time, so that a lazily played
// world and an eagerly played one hold the same data.
#pragma once

#include <cstdint>
#include <functional>

#include "tests/simulator/model/objects.h"

namespace sim {

struct GuestWrite {
  std::uint64_t start = 0, count = 0;  ///< blocks
  std::uint64_t stamp = 0;
};

/// A well mixed number from two: the one source of randomness here that does not depend on order.
std::uint64_t mix(std::uint64_t a, std::uint64_t b);

/// Calls `write` for every write of disk number `disk` (its key) in (from, to], oldest first, until
/// it answers false. `share` is the disk's part of the VM's rate. Cutting a span in pieces gives
/// the same writes as the whole. A bunch of about 8 blocks goes out at a time, at most each second,
/// at least each hour.
void guest_writes(const WriteModel& model, int disk, double share, std::uint64_t capacity_blocks,
                  std::uint64_t block_bytes, Time from, Time to,
                  const std::function<bool(Time, const GuestWrite&)>& write);

}  // namespace sim
