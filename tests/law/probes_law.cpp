// Laws of the probe arithmetic, on chains nobody thought of.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "policy/probes.h"

namespace {

using policy::ChainEstimate;
using policy::ChainEstimateRequest;
using policy::estimate_chain;
using policy::Extent;

constexpr double kRounding = 1e-9;

ChainEstimateRequest any_sized_chain() {
  ChainEstimateRequest request;
  request.capacity_bytes = *rc::gen::inRange<std::uint64_t>(1, 1ULL << 46);
  request.grain_bytes = *rc::gen::element(512U, 4096U, 65536U, 1048576U, 3U);
  const auto fills = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1200));
  for (const int fill : fills) {  // in thousandths; some are above the capacity
    const double bytes = static_cast<double>(request.capacity_bytes) * fill / 1000;
    request.layers.push_back({"d", static_cast<std::uint64_t>(bytes), std::nullopt});
  }
  request.layers.push_back({"base", 0, std::nullopt});
  return request;
}

void expect_sane(const ChainEstimate& estimate, const ChainEstimateRequest& request) {
  const policy::ProbeEstimate& probes = estimate.probes;
  const auto layers = static_cast<double>(request.layers.size());
  RC_ASSERT(probes.low >= 1 - kRounding);
  RC_ASSERT(probes.low <= probes.best + kRounding);
  RC_ASSERT(probes.best <= probes.high + kRounding);
  RC_ASSERT(probes.high <= probes.worst + kRounding);
  RC_ASSERT(probes.worst == layers);
  RC_ASSERT(estimate.layers == estimate.depth + 1);
  RC_ASSERT(probes.base_share >= 0.0);
  RC_ASSERT(probes.base_share <= 1 + kRounding);
  RC_ASSERT(probes.split_64k >= 1 - kRounding);
  RC_ASSERT(probes.split_64k <= std::max(1.0, 65536.0 / request.grain_bytes) + kRounding);
  RC_ASSERT(estimate.served_by.size() == request.layers.size());
  double sum = 0;
  for (const policy::ServedBy& served : estimate.served_by) {
    RC_ASSERT(served.share >= 0.0);
    sum += served.share;
  }
  RC_ASSERT(std::abs(sum - 1) < kRounding);
  RC_ASSERT(std::abs(estimate.served_by.back().share - probes.base_share) < kRounding);
}

/// The definition: a read that the i-th layer answers has looked in i + 1 layers.
double mean_by_answers(const ChainEstimate& estimate) {
  double mean = 0;
  double files = 0;
  for (const policy::ServedBy& served : estimate.served_by) mean += ++files * served.share;
  return mean;
}

RC_GTEST_PROP(ProbeLaw, BoundsHoldAndTheSharesAddUp, ()) {
  const ChainEstimateRequest request = any_sized_chain();
  const ChainEstimate estimate = estimate_chain(request);
  expect_sane(estimate, request);
  RC_ASSERT(std::abs(mean_by_answers(estimate) - estimate.probes.best) < 1e-6);
  RC_ASSERT(!estimate.exact);
}

RC_GTEST_PROP(ProbeLaw, BoundsHoldForEverySkew, ()) {
  ChainEstimateRequest request = any_sized_chain();
  request.skew =
      policy::Skew{*rc::gen::inRange(1, 1000) / 1000.0, *rc::gen::inRange(0, 1001) / 1000.0};
  const ChainEstimate estimate = estimate_chain(request);
  expect_sane(estimate, request);
  RC_ASSERT(std::abs(mean_by_answers(estimate) - estimate.probes.best) < 1e-6);
}

RC_GTEST_PROP(ProbeLaw, ASkewKeepsTheAllocatedBytes, ()) {
  // One delta: 1 - base share of either class is its fill. Reads that follow the sizes of the
  // classes see the mean fill, whatever the writes did; here both follow the share, so weigh back.
  ChainEstimateRequest request;
  request.capacity_bytes = 1000;
  const auto allocated = *rc::gen::inRange<std::uint64_t>(0, 1001);
  request.layers = {{"d", allocated, {}}, {"base", 0, {}}};
  const double fraction = *rc::gen::inRange(1, 100) / 100.0;
  request.skew = policy::Skew{fraction, 1.0};
  const double hot = 1 - estimate_chain(request).probes.base_share;  // all reads are hot
  const double fill = static_cast<double>(allocated) / 1000;
  RC_ASSERT(std::abs(hot - std::min(1.0, fill / fraction)) < kRounding);
  request.skew = policy::Skew{fraction, 0.0};
  const double cold = 1 - estimate_chain(request).probes.base_share;
  RC_ASSERT(std::abs(cold - std::min(1.0, fill / (1 - fraction))) < kRounding);
}

RC_GTEST_PROP(ProbeLaw, AFullerDeltaNeverLengthensTheSearch, ()) {
  ChainEstimateRequest request = any_sized_chain();
  RC_PRE(request.layers.size() > 1U);
  const auto before = estimate_chain(request).probes;
  const auto which = *rc::gen::inRange<std::size_t>(0, request.layers.size() - 1);
  request.layers[which].allocated_bytes += *rc::gen::inRange<std::uint64_t>(0, 1ULL << 46);
  const auto after = estimate_chain(request).probes;
  RC_ASSERT(after.best <= before.best + kRounding);
  RC_ASSERT(after.low <= before.low + kRounding);
  RC_ASSERT(after.high <= before.high + kRounding);
  RC_ASSERT(after.base_share <= before.base_share + kRounding);
  RC_ASSERT(after.split_64k >= before.split_64k - kRounding);
}

RC_GTEST_PROP(ProbeLaw, AnotherDeltaAboveTheBaseNeverShortensTheSearch, ()) {
  ChainEstimateRequest request = any_sized_chain();
  const auto before = estimate_chain(request).probes;
  const auto bytes = *rc::gen::inRange<std::uint64_t>(0, request.capacity_bytes + 1);
  request.layers.insert(request.layers.end() - 1, {"old", bytes, std::nullopt});
  const auto after = estimate_chain(request).probes;
  RC_ASSERT(after.best >= before.best - kRounding);
  RC_ASSERT(after.low >= before.low - kRounding);
  RC_ASSERT(after.high >= before.high - kRounding);
  RC_ASSERT(after.map_bytes >= before.map_bytes);
}

RC_GTEST_PROP(ProbeLaw, NoOrderIsSearchedLongerThanTheOneWithSmallDeltasFirst, ()) {
  ChainEstimateRequest request = any_sized_chain();
  const auto any = estimate_chain(request).probes;
  std::sort(request.layers.begin(), request.layers.end() - 1,
            [](const auto& a, const auto& b) { return a.allocated_bytes < b.allocated_bytes; });
  const auto ascending = estimate_chain(request).probes;
  RC_ASSERT(any.best <= ascending.best + 1e-6);
  RC_ASSERT(std::abs(any.base_share - ascending.base_share) < kRounding);
}

struct Mapped {
  ChainEstimateRequest request;
  std::vector<std::vector<bool>> blocks;  ///< by delta
};

/// Deltas on a disk of a few bytes with sizes that agree with their maps, so that these are used.
Mapped any_mapped_chain() {
  Mapped chain;
  chain.request.capacity_bytes = *rc::gen::inRange<std::uint64_t>(1, 65);
  chain.request.grain_bytes = 1;
  const auto size = static_cast<std::size_t>(chain.request.capacity_bytes);
  const int deltas = *rc::gen::inRange(1, 7);
  for (int i = 0; i < deltas; ++i) {
    std::vector<bool> blocks(size, false);
    std::vector<Extent> extents;
    const int count = *rc::gen::inRange(0, 6);
    for (int e = 0; e < count; ++e) {
      const Extent extent{*rc::gen::inRange<std::uint64_t>(0, 70),
                          *rc::gen::inRange<std::uint64_t>(0, 30)};
      extents.push_back(extent);
      for (std::uint64_t b = extent.start; b < extent.start + extent.length && b < size; ++b) {
        blocks[static_cast<std::size_t>(b)] = true;
      }
    }
    const auto allocated = std::count(blocks.begin(), blocks.end(), true);
    chain.request.layers.push_back({"d", static_cast<std::uint64_t>(allocated), extents});
    chain.blocks.push_back(blocks);
  }
  chain.request.layers.push_back({"base", 0, std::nullopt});
  return chain;
}

RC_GTEST_PROP(ProbeLaw, MapsGiveWhatReadingEveryBlockGives, ()) {
  const Mapped chain = any_mapped_chain();
  std::vector<double> served(chain.blocks.size() + 1, 0);
  double files = 0;
  const std::size_t size = chain.blocks[0].size();
  for (std::size_t block = 0; block < size; ++block) {
    std::size_t layer = 0;
    while (layer < chain.blocks.size() && !chain.blocks[layer][block]) ++layer;
    files += static_cast<double>(layer + 1);
    served[layer] += 1;
  }
  const ChainEstimate estimate = estimate_chain(chain.request);
  RC_ASSERT(estimate.exact);
  RC_ASSERT(std::abs(estimate.probes.best - files / static_cast<double>(size)) < kRounding);
  for (std::size_t i = 0; i < served.size(); ++i) {
    RC_ASSERT(std::abs(estimate.served_by[i].share - served[i] / static_cast<double>(size)) <
              kRounding);
  }
  expect_sane(estimate, chain.request);
}

RC_GTEST_PROP(ProbeLaw, BoundsHoldWhenOnlySomeLayersHaveAMap, ()) {
  Mapped chain = any_mapped_chain();
  for (auto& layer : chain.request.layers) {
    if (*rc::gen::arbitrary<bool>()) layer.extents.reset();
  }
  const ChainEstimate estimate = estimate_chain(chain.request);
  expect_sane(estimate, chain.request);
  RC_ASSERT(std::abs(mean_by_answers(estimate) - estimate.probes.best) < kRounding);
}

}  // namespace
