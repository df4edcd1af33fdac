#include "policy/forecast.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "played_vm.h"
#include "scheduled_disk.h"

namespace policy {
namespace {

using std::chrono::hours;

struct Scene {
  Vm vm = vm_with_deltas({1, 1});
  Policy policy = keeping_last(14);
  bool with_policy = true;
  std::vector<Time> runs = daily_runs(22, 60);
  std::vector<DiskWrites> writes{writes_of(1)};
  std::vector<DeltaKind> kinds{DeltaKind::VmfsSparse};
  std::optional<ForeignHabit> foreign;
  std::string create_refused;
  int days = 30;
  Time now = noon(21) + hours{1};

  VmForecast forecast() const {
    std::vector<Time> ticks;
    for (int i = 1; i <= days; ++i) ticks.push_back(now + hours{24 * i});
    return forecast_vm(
        {.play = {.vm = vm,
                  .policy = with_policy ? &policy : nullptr,
                  .runs = with_policy ? std::span<const Time>(runs) : std::span<const Time>(),
                  .ticks = ticks,
                  .writes = writes,
                  .now = now,
                  .until = now + hours{24 * days},
                  .create_refused = create_refused,
                  .removal_refused = {},
                  .copies = {}},
         .thresholds = policy.thresholds,
         .kinds = kinds,
         .foreign = foreign});
  }
  Crossing crossing(const std::string& rule, ForecastLevel level) const {
    const VmForecast all = forecast();
    for (const Crossing& one : all.disks[0].crossings) {
      if (one.rule == rule && one.level == level) return one;
    }
    ADD_FAILURE() << "no threshold " << rule;
    return {};
  }
};

TEST(Forecast, FourteenDailyCrossFourProbesAtTheRunThatLeavesFourDeltas) {
  const Crossing warn = Scene{}.crossing("probes", ForecastLevel::Warn);
  EXPECT_EQ(warn.state, CrossingState::At);
  // Two deltas are there; 1 % each: 4 deltas make 4.9 probes, 3 make 3.94.
  EXPECT_EQ(warn.at, noon(23));
  EXPECT_EQ(warn.cause, "policy \"daily\" leaves 4 deltas");
  EXPECT_EQ(warn.certainty, Certainty::Certain);
}

TEST(Forecast, APolicyThatKeepsTwoNeverCrossesAndSaysSo) {
  Scene scene;
  scene.policy = keeping_last(2);
  scene.days = 30;
  const Crossing warn = scene.crossing("probes", ForecastLevel::Warn);
  EXPECT_EQ(warn.state, CrossingState::NotWithin);
  EXPECT_FALSE(warn.at);
  EXPECT_TRUE(warn.cause.empty());
}

TEST(Forecast, WhatIsCrossedBeforeTheFirstRunIsNotBlamedOnThePolicy) {
  Scene scene;
  scene.vm = vm_with_deltas({1, 1, 1, 1});
  scene.policy = keeping_last(2);
  scene.policy.thresholds.warn.age = hours{48};
  scene.policy.thresholds.warn.size_bytes = 2 * kGiB;
  const auto now = [&](const std::string& rule) {
    const Crossing warn = scene.crossing(rule, ForecastLevel::Warn);
    EXPECT_EQ(warn.state, CrossingState::Now) << rule;
    return warn.cause;
  };
  EXPECT_EQ(now("probes"), "its chain of 4 deltas");
  EXPECT_EQ(now("age"), "the snapshot of 2026-11-18T12:00:00Z is still there");
  EXPECT_EQ(now("size"), "what its deltas hold already");
}

TEST(Forecast, WhatIsDeeperOnlyDuringARunDoesNotCross) {
  Scene scene;
  scene.policy = keeping_last(2);  // 3 between runs, 4 during
  scene.policy.thresholds.warn.depth = 4;
  EXPECT_EQ(scene.crossing("depth", ForecastLevel::Warn).state, CrossingState::NotWithin);
  scene.policy.thresholds.warn.depth = 3;
  EXPECT_EQ(scene.crossing("depth", ForecastLevel::Warn).at, noon(22));
}

TEST(Forecast, WithoutRemovalsTheLimitComesAndThenCreatesAreRefused) {
  Scene scene;
  scene.policy.rules.keep.counts["last"] = {.min = 0, .max = std::nullopt};
  const VmForecast all = scene.forecast();
  const Crossing* limit = all.disks[0].first(ForecastLevel::Limit);
  ASSERT_NE(limit, nullptr);
  EXPECT_EQ(limit->at, noon(22) + hours{24 * 25});  // the 28th delta: two are there
  EXPECT_EQ(all.refused, "depth-limit");
  EXPECT_EQ(all.refused_from, noon(22) + hours{24 * 26});
}

TEST(Forecast, AnOldSnapshotAgesToItsThresholdToTheSecond) {
  Scene scene;
  scene.with_policy = false;
  const Crossing warn = scene.crossing("age", ForecastLevel::Warn);
  EXPECT_EQ(warn.at, noon(20) + hours{72});
  EXPECT_EQ(warn.cause, "the snapshot of 2026-11-20T12:00:00Z is not removed before");
  EXPECT_EQ(warn.certainty, Certainty::Certain);
}

TEST(Forecast, WhetherAStrangersSnapshotStaysIsOnlyLikely) {
  Scene scene;
  scene.with_policy = false;
  for (Snapshot& snapshot : scene.vm.snapshots) snapshot.owner = Owner::Foreign;
  EXPECT_EQ(scene.crossing("age", ForecastLevel::Warn).certainty, Certainty::Likely);
}

TEST(Forecast, ARemovalBeforeTheThresholdKeepsAgeBelow) {
  Scene scene;
  scene.policy = keeping_last(1);  // that of the 20th is marked on the 22nd and goes on the 23rd
  EXPECT_EQ(scene.crossing("age", ForecastLevel::Warn).at, noon(23));
  scene.policy.thresholds.warn.age = hours{72} + std::chrono::seconds{1};
  EXPECT_EQ(scene.crossing("age", ForecastLevel::Warn).state, CrossingState::NotWithin);
}

TEST(Forecast, WhatIsCrossedIsNow) {
  Scene scene;
  scene.vm = vm_with_deltas({1, 1, 1, 1, 1});
  EXPECT_EQ(scene.crossing("probes", ForecastLevel::Warn).state, CrossingState::Now);
}

TEST(Forecast, OfUnknownWritesSizesAreNotGuessedButDepthIs) {
  Scene scene;
  scene.writes = {DiskWrites{}};
  scene.policy.thresholds.warn.size_bytes = 20 * kGiB;
  const Crossing size = scene.crossing("size", ForecastLevel::Warn);
  EXPECT_EQ(size.state, CrossingState::NotEnoughHistory);
  EXPECT_FALSE(size.at);
  const Crossing probes = scene.crossing("probes", ForecastLevel::Warn);
  EXPECT_EQ(probes.at, noon(23));
  EXPECT_EQ(probes.certainty, Certainty::Likely);  // full deltas would answer every read
}

TEST(Forecast, TheRunningDeltaGrowsByWhatWasSeenOfIt) {
  Scene scene;
  scene.with_policy = false;
  scene.policy.thresholds.critical.size_bytes = 12 * kGiB;
  std::vector<GrowthSample> samples;
  for (int i = 0; i <= 72; ++i) {  // 1 GiB a day, 1 GiB at noon of the 21st plus an hour
    samples.push_back({.time = scene.now - hours{72 - i},
                       .running_bytes = kGiB - static_cast<std::uint64_t>(72 - i) * (kGiB / 96),
                       .depth = 2,
                       .max_depth = 2});
  }
  scene.writes = {{.model = {}, .growth = estimate_growth(samples)}};
  const Crossing size = scene.crossing("size", ForecastLevel::Critical);
  // 2 GiB now; 10 more at a 96th of a GiB an hour take 40 days.
  EXPECT_EQ(size.state, CrossingState::NotWithin);
  scene.days = 45;
  const Crossing later = scene.crossing("size", ForecastLevel::Critical);
  ASSERT_TRUE(later.at);
  EXPECT_LT(abs(*later.at - (scene.now + hours{24 * 40})), hours{1});
  EXPECT_EQ(later.cause, "growth of the running delta");
}

TEST(Forecast, SnapshotsOfOthersThatStayMakeACrossingPossible) {
  Scene scene;
  scene.with_policy = false;
  scene.foreign = ForeignHabit{.a_day = 0.5, .kept_a_day = 0.5};
  const Crossing critical = scene.crossing("depth", ForecastLevel::Critical);
  EXPECT_EQ(critical.state, CrossingState::NotWithin);  // 22 more at one in two days
  scene.days = 60;
  const Crossing later = scene.crossing("depth", ForecastLevel::Critical);
  EXPECT_EQ(later.state, CrossingState::At);
  EXPECT_EQ(later.certainty, Certainty::Possible);
  EXPECT_EQ(later.at, scene.now + hours{24 * 44});
  EXPECT_EQ(later.cause, "snapshots of others, about 3.5 a week");
}

TEST(Forecast, NativeDeltasHaveNoProbesToCross) {
  Scene scene;
  scene.kinds = {DeltaKind::Native};
  const VmForecast all = scene.forecast();
  for (const Crossing& one : all.disks[0].crossings) EXPECT_NE(one.rule, "probes");
}

TEST(Forecast, AGuardThatRefusesNowIsNamed) {
  Scene scene;
  scene.create_refused = "merge-debt";
  const VmForecast all = scene.forecast();
  EXPECT_EQ(all.refused, "merge-debt");
  EXPECT_EQ(all.refused_from, noon(22));
}

TEST(ForeignHabits, AreReadOffADepthThatRisesAndStays) {
  std::vector<GrowthSample> samples;
  for (int day = 0; day <= 10; ++day) {
    samples.push_back({.time = noon(1) + hours{24 * day},
                       .running_bytes = 1,
                       .depth = 1 + day / 2,
                       .max_depth = 1 + day / 2});
  }
  const auto habit = foreign_habit(samples, 0);
  ASSERT_TRUE(habit);
  EXPECT_DOUBLE_EQ(habit->a_day, 0.5);
  EXPECT_DOUBLE_EQ(habit->kept_a_day, 0.5);
  EXPECT_FALSE(foreign_habit(std::span(samples).first(7), 0));  // six days
  EXPECT_FALSE(foreign_habit(samples, 5));                      // all of them were ours
}

TEST(ForeignHabits, OfBackupsThatComeAndGoNothingStays) {
  std::vector<GrowthSample> samples;
  for (int day = 0; day <= 10; ++day) {
    samples.push_back(
        {.time = noon(1) + hours{24 * day}, .running_bytes = 1, .depth = 0, .max_depth = 1});
  }
  const auto habit = foreign_habit(samples, 0);
  ASSERT_TRUE(habit);
  EXPECT_DOUBLE_EQ(habit->a_day, 1);
  EXPECT_DOUBLE_EQ(habit->kept_a_day, 0);
}

TEST(DatastoreForecasts, AreFullWhenAllThatLiesThereHasGrownByWhatIsFree) {
  const Datastore store{.endpoint = "prod",
                        .moid = "datastore-1",
                        .name = "ds",
                        .type = "vmfs",
                        .capacity_bytes = 1000 * kGiB,
                        .free_bytes = 50 * kGiB};
  const std::vector<Time> ticks{noon(2), noon(3), noon(4)};
  SpaceSeries one{.datastore = "datastore-1", .bytes = {}};
  for (int i = 0; i < 4; ++i)
    one.bytes.push_back({i * 5.0 * kGiB, i * 10.0 * kGiB, i * 40.0 * kGiB});
  const auto forecast = forecast_datastore(store, noon(1), ticks, std::vector{one, one});
  EXPECT_EQ(forecast.full.at, noon(3) + hours{12});
  EXPECT_EQ(forecast.full.earliest, noon(1) + hours{15});
  EXPECT_FALSE(forecast.full.latest);
  EXPECT_EQ(forecast.full.certainty, Certainty::Likely);
  EXPECT_NEAR(forecast.bytes_a_day / kGiB, 20, 1e-9);
}

TEST(DatastoreForecasts, OfNoHistoryAtAllSaySo) {
  const Datastore store{.free_bytes = kGiB};
  const std::vector<Time> ticks{noon(2)};
  SpaceSeries unknown{.datastore = "datastore-1", .known = false, .bytes = {{}, {}}};
  EXPECT_EQ(forecast_datastore(store, noon(1), ticks, std::vector{unknown}).full.state,
            CrossingState::NotEnoughHistory);
  EXPECT_EQ(forecast_datastore(store, noon(1), ticks, {}).full.state, CrossingState::NotWithin);
}

TEST(ForecastCoverage, NineOfTenIntervalsHoldTheTruthUnderASchedule) {
  int held = 0;
  for (std::uint32_t seed = 0; seed < 60; ++seed)
    held += holds(forecast_scheduled(7, 500 + seed)) ? 1 : 0;
  EXPECT_GE(held, 54) << "of 60";
}

}  // namespace
}  // namespace policy
