#include <gtest/gtest.h>

#include <vector>

#include "policy/retention_forward.h"

namespace policy {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Time kFirst = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

std::vector<Time> every(hours gap, int count) {
  std::vector<Time> runs;
  for (int i = 0; i < count; ++i) runs.push_back(kFirst + gap * i);
  return runs;
}

RetentionRules keeping(const char* rule, int count) {
  RetentionRules rules;
  rules.keep.counts[rule] = {0, count};
  return rules;
}

TEST(SteadyState, OfTwoKeptAndOneMarkedIsThreeBetweenRunsAndFourDuringOne) {
  const SteadyState state = steady_state(keeping("last", 2), {}, every(hours(24), 30));
  EXPECT_EQ(state.between_runs, 3);
  EXPECT_EQ(state.deepest, 4);
  EXPECT_EQ(state.deepest_at, kFirst + days(3)) << "the fourth run is the first that has four";
  EXPECT_EQ(state.oldest, days(3)) << "the run that removes it is three days after it";
  EXPECT_FALSE(state.conflict);
}

TEST(SteadyState, WithoutMarkingFirstIsOneLessDeep) {
  const SteadyState state = steady_state(keeping("last", 2), {}, every(hours(24), 30), 0);
  EXPECT_EQ(state.between_runs, 2);
  EXPECT_EQ(state.deepest, 3);
  EXPECT_EQ(state.oldest, days(2));
}

TEST(SteadyState, HoldsADepthCapAtItsDeepestMoment) {
  RetentionRules rules = keeping("last", 9);
  rules.cap.depth = 5;
  const SteadyState state = steady_state(rules, {}, every(hours(24), 40));
  EXPECT_EQ(state.deepest, 5);
  EXPECT_FALSE(state.conflict);
}

TEST(SteadyState, SaysThatACapCantBeMetWhenTheLeastIsAboveIt) {
  RetentionRules rules = keeping("last", 9);
  rules.keep.counts["last"].min = 4;
  rules.cap.depth = 5;
  const SteadyState state = steady_state(rules, {}, every(hours(24), 40));
  EXPECT_TRUE(state.conflict) << "four kept, one marked and one being made are six";
  EXPECT_GT(state.deepest, 5);
}

TEST(SteadyState, LetsMaxAgeTakeWhatARuleWouldKeep) {
  RetentionRules rules = keeping("last", 20);
  rules.max_age = parse_span("48h");
  const SteadyState state = steady_state(rules, {}, every(hours(24), 40), 0);
  EXPECT_EQ(state.oldest, days(3)) << "two days are not yet too old, the next run finds three";
  EXPECT_EQ(state.between_runs, 3);
}

TEST(SteadyState, CountsPeriodsNotRuns) {
  const SteadyState state = steady_state(keeping("daily", 2), {}, every(hours(6), 60), 0);
  EXPECT_EQ(state.between_runs, 2);
  EXPECT_EQ(state.deepest, 3);
}

TEST(SteadyState, OfNoRunIsNothing) {
  EXPECT_EQ(steady_state(keeping("last", 2), {}, {}), SteadyState{});
}

// A policy's mistake must not depend on a size that nobody knows yet.
TEST(SteadyState, LeavesOutCapsThatNeedSizes) {
  RetentionRules rules = keeping("last", 2);
  rules.cap.probes = 2.0;
  rules.cap.min_free_share = 0.1;
  EXPECT_EQ(steady_state(rules, {}, every(hours(24), 10)),
            steady_state(keeping("last", 2), {}, every(hours(24), 10)));
}

}  // namespace
}  // namespace policy
