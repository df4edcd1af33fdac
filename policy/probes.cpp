#include "policy/probes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "policy/extents.h"

namespace policy {
namespace {

constexpr double kSplitRead = 65536;
constexpr double kUsableMap = 1.3;  // a map further from the size than this factor is not believed

/// What one class of reads sees, deltas newest first.
struct ReadClass {
  std::vector<double> fills;
  std::vector<double> served;  ///< share of reads that this layer answers
  std::vector<double> passed;  ///< share of reads that no layer up to this one answers
};

double base_share(const ReadClass& reads) {
  return reads.passed.empty() ? 1.0 : reads.passed.back();
}

ReadClass independent(std::vector<double> fills) {
  ReadClass reads{std::move(fills), {}, {}};
  double passed = 1;
  for (const double fill : reads.fills) {
    reads.served.push_back(fill * passed);
    reads.passed.push_back(passed *= 1 - fill);
  }
  return reads;
}

double size_fill(const LayerFill& layer, std::uint64_t capacity) {
  return std::min(1.0, static_cast<double>(layer.allocated_bytes) / static_cast<double>(capacity));
}

/// A map much bigger than the file is coarser than the writes, a much smaller one is incomplete.
bool believable(double map_fill, double fill) {
  return map_fill <= kUsableMap * fill && fill <= kUsableMap * map_fill;
}

/// Fills from sizes, save where a believable map gives them. Layers with a map overlap as their
/// maps do; a layer without one is taken as independent of all others.
ReadClass from_maps(const ChainEstimateRequest& request, std::size_t deltas, bool& exact) {
  std::vector<std::vector<Extent>> maps(deltas);
  std::vector<bool> mapped(deltas, false);
  ReadClass reads;
  const auto capacity = static_cast<double>(request.capacity_bytes);
  for (std::size_t i = 0; i < deltas; ++i) {
    const LayerFill& layer = request.layers[i];
    double fill = size_fill(layer, request.capacity_bytes);
    if (layer.extents) {
      std::vector<Extent> map = normalize(*layer.extents, request.capacity_bytes);
      const double map_fill = static_cast<double>(total_length(map)) / capacity;
      if (believable(map_fill, fill)) {
        maps[i] = std::move(map);
        mapped[i] = true;
        fill = map_fill;
      }
    }
    reads.fills.push_back(fill);
  }
  exact = deltas > 0 && std::all_of(mapped.begin(), mapped.end(), [](bool m) { return m; });

  const std::vector<std::uint64_t> first = first_cover(maps);
  std::uint64_t uncovered = request.capacity_bytes;
  double unmapped = 1;
  for (std::size_t i = 0; i < deltas; ++i) {
    reads.served.push_back(mapped[i] ? static_cast<double>(first[i]) / capacity * unmapped
                                     : reads.fills[i] * unmapped *
                                           (static_cast<double>(uncovered) / capacity));
    uncovered -= first[i];
    if (!mapped[i]) unmapped *= 1 - reads.fills[i];
    reads.passed.push_back(static_cast<double>(uncovered) / capacity * unmapped);
  }
  return reads;
}

/// The fill of the hot part. A class that would be more than full gives its excess to the other, so
/// that the allocated bytes stay what they are.
double hot_fill(double fill, const Skew& skew) {
  const double cold_part = 1 - skew.fraction;
  const double hot = std::min(1.0, fill * skew.share / skew.fraction);
  const double cold = (fill - skew.fraction * hot) / cold_part;
  return cold > 1 ? std::clamp((fill - cold_part) / skew.fraction, 0.0, 1.0) : hot;
}

double cold_fill(double fill, const Skew& skew) {
  const double cold = (fill - skew.fraction * hot_fill(fill, skew)) / (1 - skew.fraction);
  return std::clamp(cold, 0.0, 1.0);
}

ProbeEstimate measure(const ReadClass& reads, double grains_per_read) {
  double sum = 0;
  double largest = 0;
  ProbeEstimate estimate;
  for (std::size_t i = 0; i < reads.fills.size(); ++i) {
    sum += reads.fills[i];
    largest = std::max(largest, reads.fills[i]);
    estimate.best += reads.passed[i];
    estimate.low += std::max(0.0, 1 - sum);
    estimate.high += 1 - largest;
  }
  // Rounding may push the best a last bit over an end that it equals.
  estimate.low = std::min(estimate.low, estimate.high);
  estimate.best = std::clamp(estimate.best, estimate.low, estimate.high);
  estimate.base_share = base_share(reads);
  estimate.split_64k = 1 + (grains_per_read - 1) * (1 - estimate.base_share * estimate.base_share);
  return estimate;
}

void add(ProbeEstimate& to, const ProbeEstimate& from, double weight) {
  to.best += weight * from.best;
  to.low += weight * from.low;
  to.high += weight * from.high;
  to.base_share += weight * from.base_share;
  to.split_64k += weight * from.split_64k;
}

/// Every delta may need the tables of the whole disk: entries of 8 bytes at a grain of 4096
/// (seSparse), of 4 bytes in all other formats.
std::uint64_t map_bytes(const ChainEstimateRequest& request, std::size_t deltas) {
  const std::uint64_t grains = request.capacity_bytes / request.grain_bytes +
                               (request.capacity_bytes % request.grain_bytes != 0 ? 1 : 0);
  const std::uint64_t entry = request.grain_bytes == 4096 ? 8 : 4;
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(grains, entry * deltas, &bytes)) return UINT64_MAX;
  return bytes;
}

void check(const ChainEstimateRequest& request) {
  if (request.layers.empty()) throw std::invalid_argument("estimate_chain: no layer");
  if (request.capacity_bytes == 0) throw std::invalid_argument("estimate_chain: capacity is 0");
  if (request.grain_bytes == 0) throw std::invalid_argument("estimate_chain: grain is 0");
  if (!request.skew) return;
  const auto [fraction, share] = *request.skew;
  if (!(fraction > 0 && fraction < 1 && share >= 0 && share <= 1)) {
    throw std::invalid_argument("estimate_chain: skew needs 0 < fraction < 1, 0 <= share <= 1");
  }
}

}  // namespace

ChainEstimate estimate_chain(const ChainEstimateRequest& request) {
  check(request);
  const std::size_t deltas = request.layers.size() - 1;
  ChainEstimate result;
  result.depth = static_cast<int>(deltas);
  result.layers = static_cast<int>(request.layers.size());

  std::vector<std::pair<double, ReadClass>> classes;  // weight in the reads
  if (request.skew) {
    ReadClass hot;
    ReadClass cold;
    for (std::size_t i = 0; i < deltas; ++i) {
      const double fill = size_fill(request.layers[i], request.capacity_bytes);
      hot.fills.push_back(hot_fill(fill, *request.skew));
      cold.fills.push_back(cold_fill(fill, *request.skew));
    }
    classes.emplace_back(request.skew->share, independent(std::move(hot.fills)));
    classes.emplace_back(1 - request.skew->share, independent(std::move(cold.fills)));
  } else {
    classes.emplace_back(1.0, from_maps(request, deltas, result.exact));
  }

  const double grains_per_read = std::max(1.0, kSplitRead / request.grain_bytes);
  std::vector<double> served(deltas + 1, 0.0);
  result.probes = {.best = 0, .low = 0, .high = 0, .worst = 0, .base_share = 0, .split_64k = 0};
  for (const auto& [weight, reads] : classes) {
    add(result.probes, measure(reads, grains_per_read), weight);
    for (std::size_t i = 0; i < deltas; ++i) served[i] += weight * reads.served[i];
    served[deltas] += weight * base_share(reads);
  }
  result.probes.worst = static_cast<double>(request.layers.size());
  result.probes.map_bytes = map_bytes(request, deltas);
  for (std::size_t i = 0; i <= deltas; ++i) {
    result.served_by.push_back({request.layers[i].name, served[i]});
  }
  return result;
}

}  // namespace policy
