#include "policy/probes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "policy/chain.h"

namespace {

using policy::ChainEstimate;
using policy::ChainEstimateRequest;
using policy::estimate_chain;
using policy::Extent;
using policy::LayerFill;
using policy::Skew;

constexpr std::uint64_t kGiB = 1024ULL * 1024 * 1024;
constexpr std::uint64_t kBlocks = 1000;

/// `deltas` deltas of one fill over a base, on a disk of 1000 blocks.
ChainEstimateRequest equal_chain(int deltas, double fill) {
  ChainEstimateRequest request{.capacity_bytes = kBlocks * 4096, .layers = {}, .skew = {}};
  const auto bytes = static_cast<std::uint64_t>(std::llround(fill * kBlocks)) * 4096;
  for (int i = 0; i < deltas; ++i) request.layers.push_back({"d", bytes, std::nullopt});
  request.layers.push_back({"base", 0, std::nullopt});
  return request;
}

LayerFill mapped(std::uint64_t size, std::vector<Extent> extents) {
  return {"m", size, std::move(extents)};
}

TEST(Probes, OfABaseAloneAreOne) {
  const ChainEstimate estimate = estimate_chain(equal_chain(0, 0));
  EXPECT_EQ(estimate.depth, 0);
  EXPECT_EQ(estimate.layers, 1);
  EXPECT_EQ(estimate.probes, policy::ProbeEstimate{});
  EXPECT_FALSE(estimate.exact);
  ASSERT_EQ(estimate.served_by.size(), 1U);
  EXPECT_DOUBLE_EQ(estimate.served_by[0].share, 1);
}

// The measured table of the model: 5,000 verified reads a cell, deviation below 2 %.
TEST(Probes, AreTheMeasuredOnesOfRealChains) {
  struct Cell {
    int deltas;
    double fill, predicted, measured;
  };
  for (const Cell& cell :
       {Cell{1, 0.1, 1.90, 1.90}, Cell{4, 0.02, 4.80, 4.82}, Cell{8, 0.005, 8.82, 8.80},
        Cell{14, 0.02, 13.07, 13.11}, Cell{14, 0.1, 7.94, 7.92}, Cell{31, 0.02, 23.81, 23.85}}) {
    const double best = estimate_chain(equal_chain(cell.deltas, cell.fill)).probes.best;
    EXPECT_NEAR(best, cell.predicted, 0.005) << cell.deltas << " x " << cell.fill;
    EXPECT_NEAR(best, cell.measured, 0.02 * cell.measured) << cell.deltas << " x " << cell.fill;
  }
}

TEST(Probes, BoundsAreThoseOfDisjointAndNestedDeltas) {
  const auto probes = estimate_chain(equal_chain(14, 0.02)).probes;
  EXPECT_NEAR(probes.low, 12.90, 0.001);
  EXPECT_NEAR(probes.high, 14.72, 0.001);
  EXPECT_DOUBLE_EQ(probes.worst, 15);
}

TEST(Probes, LowCountsNoLayerBelowOnesThatFillTheDiskTogether) {
  ChainEstimateRequest request = equal_chain(4, 0.4);
  EXPECT_NEAR(estimate_chain(request).probes.low, 1 + 0.6 + 0.2, 1e-12);
}

TEST(Probes, HighTakesTheFullestDeltaUpToEachLayer) {
  ChainEstimateRequest request = equal_chain(3, 0);
  request.layers[0].allocated_bytes = 100 * 4096;
  request.layers[1].allocated_bytes = 400 * 4096;
  request.layers[2].allocated_bytes = 200 * 4096;
  EXPECT_DOUBLE_EQ(estimate_chain(request).probes.high, 1 + 0.9 + 0.6 + 0.6);
  EXPECT_DOUBLE_EQ(estimate_chain(request).probes.low, 1 + 0.9 + 0.5 + 0.3);
}

TEST(Probes, OfUnequalDeltasDependOnTheirOrder) {
  ChainEstimateRequest request = equal_chain(2, 0);
  request.layers[0].allocated_bytes = 100 * 4096;
  request.layers[1].allocated_bytes = 500 * 4096;
  const ChainEstimate small_first = estimate_chain(request);
  EXPECT_DOUBLE_EQ(small_first.probes.best, 1 + 0.9 + 0.9 * 0.5);
  EXPECT_DOUBLE_EQ(small_first.served_by[0].share, 0.1);
  EXPECT_DOUBLE_EQ(small_first.served_by[1].share, 0.9 * 0.5);
  EXPECT_DOUBLE_EQ(small_first.served_by[2].share, 0.9 * 0.5);
  std::swap(request.layers[0], request.layers[1]);
  EXPECT_DOUBLE_EQ(estimate_chain(request).probes.best, 1 + 0.5 + 0.5 * 0.9);
}

TEST(Probes, OfTheRecordedSixDeltaVmAreSixPointThreeSeven) {
  ChainEstimateRequest request{.capacity_bytes = 16 * kGiB, .layers = {}, .skew = {}};
  for (const std::uint64_t bytes :
       {54525952ULL, 12582912ULL, 62914560ULL, 1778384896ULL, 2264924160ULL, 1195376640ULL}) {
    request.layers.push_back({"d", bytes, std::nullopt});
  }
  request.layers.push_back({"base", 2218786816, std::nullopt});
  EXPECT_NEAR(estimate_chain(request).probes.best, 6.37, 0.005);
}

TEST(Probes, SplitReadsAreTheMeasuredOnes) {
  // 14 deltas of 2 %: 7.44 data I/Os of a 64 KiB read measured, 7.48 predicted.
  EXPECT_NEAR(estimate_chain(equal_chain(14, 0.02)).probes.split_64k, 7.48, 0.005);
}

TEST(Probes, AGrainOf64KiBNeverSplitsA64KiBRead) {
  ChainEstimateRequest request = equal_chain(3, 0.3);
  request.grain_bytes = 65536;
  EXPECT_DOUBLE_EQ(estimate_chain(request).probes.split_64k, 1);
  request.grain_bytes = 1024 * 1024;
  EXPECT_DOUBLE_EQ(estimate_chain(request).probes.split_64k, 1);
}

TEST(Probes, MapEntriesHaveEightBytesAtFourKiBElseFour) {
  ChainEstimateRequest request = equal_chain(2, 0.1);
  request.capacity_bytes = 1024 * kGiB;
  EXPECT_EQ(estimate_chain(request).probes.map_bytes, 2 * 2 * kGiB);  // 2 GiB per TiB and delta
  request.grain_bytes = 512;
  EXPECT_EQ(estimate_chain(request).probes.map_bytes, 2 * 8 * kGiB);
  request.capacity_bytes = 513;
  EXPECT_EQ(estimate_chain(request).probes.map_bytes, 2U * 2 * 4) << "a started grain counts";
}

TEST(Probes, AFillAboveTheCapacityCountsAsFull) {
  ChainEstimateRequest request = equal_chain(2, 0);
  request.layers[0].allocated_bytes = request.capacity_bytes * 2;
  const ChainEstimate estimate = estimate_chain(request);
  EXPECT_DOUBLE_EQ(estimate.probes.best, 1);
  EXPECT_DOUBLE_EQ(estimate.probes.base_share, 0);
  EXPECT_DOUBLE_EQ(estimate.served_by[0].share, 1);
}

TEST(Probes, OfAHotSetAreTheMeasuredOnes) {
  ChainEstimateRequest request = equal_chain(14, 0.02);
  request.skew = Skew{.fraction = 0.1, .share = 0.9};
  EXPECT_NEAR(estimate_chain(request).probes.best, 6.22, 0.005);  // 6.16 measured
  request = equal_chain(14, 0.05);
  request.skew = Skew{.fraction = 0.1, .share = 0.9};
  EXPECT_NEAR(estimate_chain(request).probes.best, 3.44, 0.005);  // 3.40 measured
}

TEST(Probes, WithAShareEqualToTheFractionAreUniform) {
  ChainEstimateRequest request = equal_chain(5, 0.07);
  const ChainEstimate uniform = estimate_chain(request);
  request.skew = Skew{.fraction = 0.25, .share = 0.25};
  EXPECT_NEAR(estimate_chain(request).probes.best, uniform.probes.best, 1e-12);
}

TEST(Probes, AFullHotSetGivesItsExcessToTheColdBlocks) {
  ChainEstimateRequest request = equal_chain(1, 0.3);
  request.skew = Skew{.fraction = 0.1, .share = 0.9};
  // Hot 0.3 x 0.9 / 0.1 is above 1: full; of 300 blocks 200 are left for 900 cold ones.
  const double cold = 200.0 / 900;
  EXPECT_NEAR(estimate_chain(request).probes.best, 0.9 * 1 + 0.1 * (2 - cold), 1e-12);
}

TEST(Probes, AFullColdPartGivesItsExcessToTheHotBlocks) {
  ChainEstimateRequest request = equal_chain(1, 0.95);
  request.skew = Skew{.fraction = 0.5, .share = 0.1};
  // Cold 0.95 x 0.9 / 0.5 is above 1: full; of 950 blocks 450 are left for 500 hot ones.
  EXPECT_NEAR(estimate_chain(request).probes.best, 0.1 * (2 - 0.9) + 0.9 * 1, 1e-12);
}

TEST(Probes, OfDisjointMapsReachTheLowerBoundExactly) {
  ChainEstimateRequest request{.capacity_bytes = 1000, .grain_bytes = 1, .layers = {}, .skew = {}};
  request.layers = {mapped(100, {{0, 100}}), mapped(100, {{500, 100}}), {"base", 0, {}}};
  const ChainEstimate estimate = estimate_chain(request);
  EXPECT_TRUE(estimate.exact);
  EXPECT_DOUBLE_EQ(estimate.probes.best, 1 + 0.9 + 0.8);
  EXPECT_DOUBLE_EQ(estimate.probes.best, estimate.probes.low);
  EXPECT_DOUBLE_EQ(estimate.served_by[1].share, 0.1);
}

TEST(Probes, OfNestedMapsReachTheUpperBoundExactly) {
  ChainEstimateRequest request{.capacity_bytes = 1000, .grain_bytes = 1, .layers = {}, .skew = {}};
  request.layers = {mapped(100, {{50, 100}}), mapped(100, {{50, 100}}), {"base", 0, {}}};
  const ChainEstimate estimate = estimate_chain(request);
  EXPECT_DOUBLE_EQ(estimate.probes.best, 1 + 0.9 + 0.9);
  EXPECT_DOUBLE_EQ(estimate.probes.best, estimate.probes.high);
  EXPECT_DOUBLE_EQ(estimate.served_by[1].share, 0) << "the newer layer answers all its blocks";
}

TEST(Probes, CountOverlappingExtentsOfOneMapOnce) {
  ChainEstimateRequest request{.capacity_bytes = 1000, .grain_bytes = 1, .layers = {}, .skew = {}};
  request.layers = {mapped(200, {{100, 100}, {0, 150}, {150, 0}, {0, 1}}), {"base", 0, {}}};
  EXPECT_DOUBLE_EQ(estimate_chain(request).probes.best, 1.8);
}

TEST(Probes, CutExtentsAtTheEndOfTheDisk) {
  ChainEstimateRequest request{.capacity_bytes = 1000, .grain_bytes = 1, .layers = {}, .skew = {}};
  request.layers = {mapped(100, {{900, UINT64_MAX}, {2000, 5}}), {"base", 0, {}}};
  EXPECT_DOUBLE_EQ(estimate_chain(request).probes.best, 1.9);
}

TEST(Probes, BelieveAMapUpToAThirdOffTheSizeAndNoFurther) {
  ChainEstimateRequest request{.capacity_bytes = 10000, .grain_bytes = 1, .layers = {}, .skew = {}};
  const auto with_map = [&](std::uint64_t length) {
    request.layers = {mapped(1000, {{0, length}}), {"base", 0, {}}};
    return estimate_chain(request);
  };
  EXPECT_TRUE(with_map(1300).exact);
  EXPECT_DOUBLE_EQ(with_map(1300).probes.best, 1.87);
  EXPECT_FALSE(with_map(1301).exact) << "a map coarser than the writes lies";
  EXPECT_DOUBLE_EQ(with_map(1301).probes.best, 1.9);
  EXPECT_TRUE(with_map(770).exact);
  EXPECT_FALSE(with_map(769).exact) << "a map of a part of the delta is no map";
}

TEST(Probes, MixMapsAndSizesAsIndependent) {
  ChainEstimateRequest request{.capacity_bytes = 1000, .grain_bytes = 1, .layers = {}, .skew = {}};
  request.layers = {
      mapped(100, {{0, 100}}), {"sized", 500, {}}, mapped(100, {{0, 100}}), {"base", 0, {}}};
  const ChainEstimate estimate = estimate_chain(request);
  EXPECT_FALSE(estimate.exact);
  EXPECT_DOUBLE_EQ(estimate.probes.best, 1 + 0.9 + 0.45 + 0.45);
  EXPECT_DOUBLE_EQ(estimate.served_by[2].share, 0);
}

TEST(Probes, RefuseWhatIsNoChain) {
  EXPECT_THROW(estimate_chain({.capacity_bytes = 1, .layers = {}, .skew = {}}),
               std::invalid_argument);
  ChainEstimateRequest request = equal_chain(1, 0.1);
  request.capacity_bytes = 0;
  EXPECT_THROW(estimate_chain(request), std::invalid_argument);
  request = equal_chain(1, 0.1);
  request.grain_bytes = 0;
  EXPECT_THROW(estimate_chain(request), std::invalid_argument);
  for (const Skew skew : {Skew{0, 0.5}, Skew{1, 0.5}, Skew{0.5, -0.1}, Skew{0.5, 1.1},
                          Skew{std::nan(""), 0.5}, Skew{0.5, std::nan("")}}) {
    request = equal_chain(1, 0.1);
    request.skew = skew;
    EXPECT_THROW(estimate_chain(request), std::invalid_argument);
  }
}

TEST(DiskProbes, CountABlockOnceThatVsanStoresTwice) {
  policy::Disk disk;
  disk.capacity_bytes = 1000;
  disk.kind = policy::DeltaKind::VsanSparse;
  disk.depth = 2;
  disk.layers.resize(3);
  disk.layers[0].bytes = 400;
  disk.layers[1].bytes = 800;
  disk.layers[2].bytes = 2000;
  EXPECT_EQ(policy::stored_copies(disk), 2);
  EXPECT_NEAR(policy::disk_probes(disk).best, 1 + 0.8 + 0.8 * 0.6, 1e-9);
  disk.layers[2].bytes = 1040;  // its descriptor, no copy
  EXPECT_EQ(policy::stored_copies(disk), 1);
  EXPECT_NEAR(policy::disk_probes(disk).best, 1 + 0.6 + 0.6 * 0.2, 1e-9);
  disk.layers[2].bytes = 2000;
  disk.kind = policy::DeltaKind::SeSparse;
  EXPECT_EQ(policy::stored_copies(disk), 1)
      << "elsewhere a base that large is damaged, not doubled";
  disk.kind = policy::DeltaKind::VsanSparse;
  disk.inherited = 1;
  disk.depth = 1;
  EXPECT_EQ(policy::stored_copies(disk), 1) << "the lowest layer is another VM's";
}

}  // namespace
