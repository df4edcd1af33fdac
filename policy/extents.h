// Interval arithmetic for block maps: which layer answers which byte of a disk.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policy/probes.h"

namespace policy {

/// Sorted, disjoint, non-empty and within [0, capacity): the same bytes, each counted once.
/// O(n log n).
std::vector<Extent> normalize(std::vector<Extent> extents, std::uint64_t capacity);

/// Sum of the lengths; the bytes covered when the extents are normal.
std::uint64_t total_length(std::span<const Extent> extents);

/// For maps newest first, each normal: the bytes whose newest map is the i-th. Their running sum is
/// the size of the union of the first maps. One sweep, O(total extents log).
std::vector<std::uint64_t> first_cover(std::span<const std::vector<Extent>> maps);

}  // namespace policy
