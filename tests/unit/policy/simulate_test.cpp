#include "policy/simulate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "played_vm.h"

namespace policy {
namespace {

using std::chrono::hours;

std::vector<Time> midnights(int first_day, int count) {
  std::vector<Time> ticks;
  for (int i = 0; i < count; ++i) ticks.push_back(noon(first_day + i) - hours{12});
  return ticks;
}

SimulatedVm simulated(const Policy& policy, int days, const Vm& vm = vm_with_deltas({1, 1}),
                      const std::vector<DiskWrites>& writes = {writes_of(1)}) {
  const auto runs = daily_runs(22, days);
  const auto ticks = midnights(23, days);
  const std::vector<DeltaKind> kinds{DeltaKind::VmfsSparse};
  return simulate_vm({.vm = vm,
                      .policy = &policy,
                      .runs = runs,
                      .ticks = ticks,
                      .writes = writes,
                      .now = noon(22) - hours{1},
                      .until = ticks.back(),
                      .create_refused = {},
                      .removal_refused = {},
                      .copies = {}},
                     policy.thresholds, kinds);
}

TEST(Simulation, HasADayForEachTickAndCountsWhatHappenedOnIt) {
  const SimulatedVm vm = simulated(keeping_last(2), 4);
  ASSERT_EQ(vm.days.size(), 4U);
  EXPECT_EQ(vm.days[0].depth, 3);
  EXPECT_EQ(vm.days[1].depth, 4);  // the deepest moment, while the marked one is still there
  EXPECT_EQ(vm.events[0].creates, 1U);
  EXPECT_EQ(vm.events[0].removals, 0U);
  EXPECT_EQ(vm.events[1].removals, 1U);
  EXPECT_NEAR(vm.events[1].merge_bytes / kGiB, 1, 0.05);
}

TEST(Simulation, BytesAreThoseAtTheEndOfTheDay) {
  const SimulatedVm vm = simulated(keeping_last(14), 2);
  // Two of 1 GiB, of which one ran and grew until noon, and half a day of the new one.
  EXPECT_NEAR(vm.days[0].delta_bytes / kGiB, 2.02 + 0.71, 0.05);
  EXPECT_GT(vm.days[1].delta_bytes, vm.days[0].delta_bytes);
}

TEST(Simulation, LevelsFollowTheThresholdsOfThePolicy) {
  Policy policy = keeping_last(14);
  EXPECT_EQ(simulated(policy, 1).days[0].level, RiskLevel::Ok);
  EXPECT_EQ(simulated(policy, 3).days[2].level, RiskLevel::Warn);
  policy.thresholds.critical.probes = 4.5;
  EXPECT_EQ(simulated(policy, 3).days[2].level, RiskLevel::Critical);
}

TEST(Simulation, SaysWhenWritesAreNotKnown) {
  EXPECT_FALSE(simulated(keeping_last(2), 1, vm_with_deltas({1, 1}), {DiskWrites{}}).writes_known);
  EXPECT_TRUE(simulated(keeping_last(2), 1).writes_known);
}

TEST(Simulation, AFleetAddsUpAndTakesMeansOverItsVms) {
  SimulatedFleet fleet(2);
  fleet.add(simulated(keeping_last(2), 2));
  fleet.add(simulated(keeping_last(2), 2, vm_with_deltas({1, 1, 1, 1})));
  const auto days = fleet.days();
  ASSERT_EQ(days.size(), 2U);
  EXPECT_EQ(days[0].depth_max, 5);
  EXPECT_DOUBLE_EQ(days[0].depth_mean, 4);
  EXPECT_EQ(days[0].events.creates, 2U);
  EXPECT_GT(days[0].probes_mean, 3);
  EXPECT_LT(days[0].probes_mean, days[0].probes_max);
}

TEST(Simulation, AnEmptyFleetReadsFromOneFile) {
  const auto days = SimulatedFleet(1).days();
  EXPECT_DOUBLE_EQ(days[0].probes_mean, 1);
  EXPECT_DOUBLE_EQ(summarise({}).probes_mean, 1);
}

TEST(Simulation, ASummaryTellsTwoPoliciesApart) {
  const auto summary = [](int keep) {
    SimulatedFleet fleet(20);
    fleet.add(simulated(keeping_last(keep), 20));
    return summarise(fleet.days());
  };
  const SimulationSummary few = summary(2);
  const SimulationSummary many = summary(14);
  EXPECT_EQ(few.depth_max, 4);
  EXPECT_EQ(many.depth_max, 16);
  EXPECT_LT(few.probes_mean, many.probes_mean);
  EXPECT_LT(few.delta_bytes_max, many.delta_bytes_max);
  EXPECT_GT(few.events.removals, many.events.removals);
  EXPECT_EQ(many.critical_max, 1U);
}

}  // namespace
}  // namespace policy
