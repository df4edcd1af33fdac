#include "policy/growth.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "growing_deltas.h"

namespace policy {
namespace {

using std::chrono::hours;

constexpr std::uint64_t kGiB = 1ULL << 30;

/// A look every hour at a delta that grows by a GiB an hour.
std::vector<GrowthSample> hourly(int count, std::uint64_t an_hour = kGiB) {
  std::vector<GrowthSample> samples;
  for (int i = 0; i < count; ++i) {
    samples.push_back({.time = Time{} + hours{i},
                       .running_bytes = kGiB + static_cast<std::uint64_t>(i) * an_hour,
                       .depth = 1,
                       .max_depth = 1});
  }
  return samples;
}

TEST(Growth, SaysNothingOfNoHistoryOrOneLook) {
  EXPECT_EQ(estimate_growth({}).basis, GrowthBasis::None);
  EXPECT_EQ(estimate_growth(hourly(1)).basis, GrowthBasis::None);
  EXPECT_FALSE(grows_to(estimate_growth(hourly(1)), 1e12).earliest);
}

TEST(Growth, UnderADaySaysOnlyTheEarliest) {
  const Growth growth = estimate_growth(hourly(12));
  EXPECT_EQ(growth.basis, GrowthBasis::Earliest);
  const GrowthCrossing crossing = grows_to(growth, 20.0 * kGiB);
  ASSERT_TRUE(crossing.earliest);
  EXPECT_LT(abs(*crossing.earliest - (Time{} + hours{19})), std::chrono::seconds{2});
  EXPECT_FALSE(crossing.best);
  EXPECT_FALSE(crossing.latest);
}

TEST(Growth, UnderTwoDaysGivesNoInterval) {
  EXPECT_EQ(estimate_growth(hourly(48)).basis, GrowthBasis::Rough);
  EXPECT_FALSE(grows_to(estimate_growth(hourly(48)), 100.0 * kGiB).latest);
  EXPECT_EQ(estimate_growth(hourly(49)).basis, GrowthBasis::Interval);
}

TEST(Growth, OfASteadyDeltaIsExact) {
  const Growth growth = estimate_growth(hourly(72));
  const GrowthCrossing crossing = grows_to(growth, 100.0 * kGiB);
  ASSERT_TRUE(crossing.earliest && crossing.best && crossing.latest);
  EXPECT_LT(abs(*crossing.best - (Time{} + hours{99})), std::chrono::seconds{2});
  EXPECT_LT(*crossing.latest - *crossing.earliest, std::chrono::minutes{1});
}

TEST(Growth, IsAnchoredAtTheLastSample) {
  auto samples = hourly(72);
  samples.back().running_bytes += 10 * kGiB;  // a burst just now
  const GrowthCrossing crossing = grows_to(estimate_growth(samples), 100.0 * kGiB);
  ASSERT_TRUE(crossing.best);
  EXPECT_LT(*crossing.best, Time{} + hours{90});
}

TEST(Growth, ATenthOfWildSamplesDoesNotBendTheSlope) {
  auto samples = hourly(96);
  for (std::size_t i = 5; i < samples.size() - 1; i += 10) samples[i].running_bytes += 5 * kGiB;
  const Growth growth = estimate_growth(samples);
  EXPECT_NEAR(growth.best * 3600 / kGiB, 1, 0.06);
}

TEST(Growth, TakesNoSlopeAcrossARevert) {
  auto samples = hourly(60);
  const auto after = hourly(60);
  for (const GrowthSample& one : after) {
    GrowthSample later = one;
    later.time += hours{60};
    samples.push_back(later);
  }
  const Growth growth = estimate_growth(samples);
  EXPECT_EQ(growth.bytes, 60 * kGiB);
  EXPECT_NEAR(growth.best * 3600 / kGiB, 1, 1e-9);
  EXPECT_EQ(growth.evidence, hours{118});  // not the hour in which it was put back
}

TEST(Growth, TakesNoSlopeAcrossAnotherDepth) {
  auto samples = hourly(72);
  for (std::size_t i = 36; i < samples.size();
       ++i) {  // the newest snapshot went: its delta is the parent's
    samples[i].depth = 0;
    samples[i].running_bytes += 500 * kGiB;
  }
  for (GrowthSample& one : samples) ++one.depth;
  EXPECT_NEAR(estimate_growth(samples).fast * 3600 / kGiB, 1, 0.01);
}

TEST(Growth, ASpanInWhichTheDepthRoseIsNoSlope) {
  auto samples = hourly(72);
  samples[40].max_depth = 2;
  samples[40].running_bytes += 300 * kGiB;
  for (std::size_t i = 41; i < samples.size(); ++i) samples[i].running_bytes += 300 * kGiB;
  EXPECT_NEAR(estimate_growth(samples).fast * 3600 / kGiB, 1, 0.01);
}

TEST(Growth, OfADiskWithoutDeltasIsNothing) {
  auto samples = hourly(72);
  for (GrowthSample& one : samples) one.depth = one.max_depth = 0;
  EXPECT_EQ(estimate_growth(samples).basis, GrowthBasis::None);
}

TEST(Growth, AnIdleDeltaNeverGetsThere) {
  const Growth growth = estimate_growth(hourly(96, 0));
  EXPECT_EQ(growth.basis, GrowthBasis::Interval);
  const GrowthCrossing crossing = grows_to(growth, 2.0 * kGiB);
  EXPECT_FALSE(crossing.earliest || crossing.best || crossing.latest);
}

TEST(Growth, WhatIsReachedAlreadyIsReachedNow) {
  const GrowthCrossing crossing = grows_to(estimate_growth(hourly(72)), 1.0 * kGiB);
  EXPECT_EQ(crossing.best, Time{} + hours{71});
}

TEST(Growth, ForgetsWhatIsOlderThanThirtyDays) {
  auto samples = hourly(24, 50 * kGiB);
  for (const GrowthSample& one : hourly(72)) {
    GrowthSample later = one;
    later.time += hours{24 * 40};
    samples.push_back(later);
  }
  EXPECT_NEAR(estimate_growth(samples).fast * 3600 / kGiB, 1, 0.01);
}

struct CoverageCase {
  const char* name;
  Writes writes;
};

class GrowthCoverage : public ::testing::TestWithParam<CoverageCase> {};

TEST_P(GrowthCoverage, NineOfTenIntervalsHoldTheTruthFromTwoDaysOn) {
  Coverage coverage;
  for (const double watched : {48 * 3600.0, 96 * 3600.0, 168 * 3600.0}) {
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      judge(watch(GetParam().writes, watched, 2, 7000 + seed), coverage);
    }
  }
  EXPECT_GE(coverage.streams, 95);
  EXPECT_GE(coverage.share(), 0.9) << coverage.held << " of " << coverage.streams;
  // An interval from now to never would hold everything.
  EXPECT_LT(percentile(coverage.errors, 0.5), 2) << "median error factor of the best guess";
}

INSTANTIATE_TEST_SUITE_P(Streams, GrowthCoverage,
                         ::testing::Values(CoverageCase{"Linear", Writes::Linear},
                                           CoverageCase{"Saturating", Writes::Saturating},
                                           CoverageCase{"Bursty", Writes::Bursty},
                                           CoverageCase{"Reverting", Writes::Reverting}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace policy
