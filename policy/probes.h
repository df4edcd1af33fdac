// Expected number of files a read of one disk looks in: the number the product exists for.
// Formulas: q = prod(1-f_i), probes = 1 + sum_i prod_{j<=i}(1-f_j); see policy/README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace policy {

/// A run of allocated bytes of the virtual disk: start and length.
struct Extent {
  std::uint64_t start = 0;
  std::uint64_t length = 0;
  bool operator==(const Extent&) const = default;
};

/// Two classes of blocks: `fraction` of the disk (above 0, below 1) takes `share` (0 to 1) of the
/// reads and of the writes.
struct Skew {
  double fraction = 0;
  double share = 0;
};

struct LayerFill {
  std::string name;
  std::uint64_t allocated_bytes = 0;           ///< ignored for the base
  std::optional<std::vector<Extent>> extents;  ///< exact map of a delta, when known
};

struct ChainEstimateRequest {
  std::uint64_t capacity_bytes = 0;
  std::uint32_t grain_bytes = 4096;
  std::vector<LayerFill> layers;  ///< newest first; the last one is the base
  std::optional<Skew> skew;
};

struct ServedBy {
  std::string name;
  double share = 0;  ///< of uniform reads that this layer answers
  bool operator==(const ServedBy&) const = default;
};

/// The short form kept for every disk. worst = layers; all are 1 for a disk with no delta.
struct ProbeEstimate {
  double best = 1;
  double low = 1;
  double high = 1;
  double worst = 1;
  double base_share = 1;
  double split_64k = 1;         ///< data I/Os of a 64 KiB read
  std::uint64_t map_bytes = 0;  ///< upper size of the grain tables a read may need
  bool operator==(const ProbeEstimate&) const = default;
};

struct ChainEstimate {
  int depth = 0;   ///< deltas
  int layers = 0;  ///< files a read may look in
  ProbeEstimate probes;
  bool exact = false;  ///< from extents whose fill is within 1.3x of the size fill
  std::vector<ServedBy> served_by;
};

/// Pure arithmetic; the result has one `served_by` entry per layer, in the order given.
/// With a skew the maps are not used: they do not tell which blocks are hot. Some maps but not all:
/// overlaps are exact among the mapped layers and independent otherwise, and `exact` stays false.
/// The bounds follow from the fills alone, also when `best` is exact.
/// Precondition: at least one layer, capacity_bytes > 0, grain_bytes > 0 and a skew within its
/// ranges (std::invalid_argument otherwise).
/// A fill above the capacity counts as full, it is not an error.
ChainEstimate estimate_chain(const ChainEstimateRequest& request);

}  // namespace policy
