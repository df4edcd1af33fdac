// What caps take, in which order, and whom they blame.
#include <gtest/gtest.h>

#include "policy/retention.h"
#include "tests/unit/policy/retention_fixture.h"

namespace {

using namespace policy_test;
using policy::Cap;
using policy::Conflict;
using policy::KeepRule;
using policy::Owner;
using policy::RetentionResult;
using policy::RetentionRules;
using policy::Shrunk;

std::vector<std::string> days(int count) {
  std::vector<std::string> times;
  for (int i = 0; i < count; ++i) {
    times.push_back(policy::format_utc(at("2026-11-01T02:00:00Z") + std::chrono::days{i}));
  }
  return times;
}

TEST(Caps, TakeSlotsWhereTheyAreWorthTheLeast) {
  Line line(days(20));  // Sunday 1st to Friday 20th
  RetentionRules rules = keep({{"last", {0, 3}}, {"daily", {0, 7}}, {"weekly", {0, 4}}});
  EXPECT_EQ(line.kept(rules), "0 7 13 14 15 16 17 18 19");
  rules.cap.depth = 5;
  const RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(line.kept(rules), "7 14 17 18 19");
  const std::vector<Shrunk> expected{{KeepRule::Daily, 7, 3, Cap::Depth},
                                     {KeepRule::Weekly, 4, 3, Cap::Depth}};
  EXPECT_EQ(result.shrunk, expected);
  EXPECT_EQ(why_gone(result, 13), "shrunk");
  EXPECT_EQ(why_gone(result, 12), "superseded");
}

TEST(Caps, TakeFromTheFinerOfTwoThatAreWorthTheSame) {
  Line line({"2026-11-20T02:00:00Z", "2026-11-21T01:00:00Z", "2026-11-21T02:00:00Z"});
  RetentionRules rules = keep({{"last", {0, 2}}, {"daily", {0, 2}}});
  rules.cap.depth = 2;
  EXPECT_EQ(line.kept(rules), "0 2");
}

TEST(Caps, CountTheReserve) {
  Line line(days(5));
  RetentionRules rules = keep({{"last", {0, 4}}});
  rules.cap.depth = 4;
  EXPECT_EQ(line.kept(rules), "1 2 3 4");
  line.input.reserve = 2;
  EXPECT_EQ(line.kept(rules), "3 4");
}

TEST(Caps, TakeNoMoreThanTheLeastOfARange) {
  Line line(days(5));
  RetentionRules rules = keep({{"last", {0, 1}}, {"daily", {3, 5}}});
  rules.cap.count = 2;
  const RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(line.kept(rules), "2 3 4");
  ASSERT_EQ(result.conflicts.size(), 1U);
  const Conflict& conflict = result.conflicts[0];
  EXPECT_EQ(conflict.cap, Cap::Count);
  EXPECT_EQ(conflict.limit, 2);
  EXPECT_EQ(conflict.actual, 3);
  EXPECT_EQ(conflict.unmet, 1);
  ASSERT_EQ(conflict.blockers.size(), 3U);
  EXPECT_EQ(conflict.blockers[0].why, KeepRule::MinKeep);
  EXPECT_EQ(conflict.blockers[1].why, KeepRule::Daily);
}

TEST(Caps, BlameForeignOnesOnceTheyAreADayOld) {
  Line line(days(3));
  RetentionRules rules = keep({{"last", {0, 1}}});
  rules.cap.depth = 1;
  line[1].owner = Owner::Foreign;
  line.input.now = line[1].time + std::chrono::hours{24} - std::chrono::microseconds{1};
  line[2].time = line.input.now;
  EXPECT_TRUE(line.evaluate(rules).conflicts.empty()) << "another product may be at work";
  line.input.now += std::chrono::microseconds{1};
  const RetentionResult result = line.evaluate(rules);
  ASSERT_EQ(result.conflicts.size(), 1U);
  ASSERT_EQ(result.conflicts[0].blockers.size(), 2U);
  EXPECT_EQ(result.conflicts[0].blockers[1].why, KeepRule::Foreign);
}

TEST(Caps, OfSizeGiveUpTheSlotThatFreesTheMost) {
  Line line(days(3));
  line[0].bytes = 10;
  line[1].bytes = 50;
  line[2].bytes = 10;
  RetentionRules rules = keep({{"last", {0, 3}}});
  rules.cap.size_bytes = 60;
  EXPECT_EQ(line.kept(rules), "1 2");  // 70 bytes, so a slot goes; 60 are allowed
  rules.cap.size_bytes = 59;
  EXPECT_EQ(line.kept(rules), "2");
}

TEST(Caps, OfFreeSpaceAndProbesNeedToKnowTheirCapacity) {
  Line line(days(3));
  RetentionRules rules = keep({{"last", {0, 3}}});
  rules.cap.probes = 3;
  EXPECT_THROW(line.evaluate(rules), std::invalid_argument);
  line.input.disk_capacity_bytes = 100;
  EXPECT_EQ(line.kept(rules), "1 2");  // empty deltas: one probe each, and the base
  rules.cap = {.min_free_share = 0.1};
  EXPECT_THROW(line.evaluate(rules), std::invalid_argument);
  line.input.datastore_free_bytes = 10;
  line.input.datastore_capacity_bytes = 150;
  line[0].bytes = 5;
  EXPECT_EQ(line.kept(rules), "1 2");
}

TEST(Caps, OfProbesCountFullDeltasForLess) {
  Line line(days(3));
  for (std::size_t i = 0; i < 3; ++i) line[i].bytes = 50;
  line.input.disk_capacity_bytes = 100;
  RetentionRules rules = keep({{"last", {0, 3}}});
  rules.cap.probes = 1.875;  // 1 + 1/2 + 1/4 + 1/8
  EXPECT_EQ(line.kept(rules), "0 1 2");
  rules.cap.probes = 1.874;
  EXPECT_EQ(line.kept(rules), "1 2");
}

TEST(Caps, TakeTheOldestBeforeAnySlot) {
  Line line(days(4));
  RetentionRules rules = keep({{"monthly", {0, 2}}, {"last", {0, 2}}});
  rules.keep.oldest = true;
  EXPECT_EQ(line.kept(rules), "0 2 3");
  rules.cap.depth = 2;
  const RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(line.kept(rules), "2 3");
  ASSERT_EQ(result.shrunk.size(), 1U);
  EXPECT_EQ(result.shrunk[0].rule, KeepRule::Oldest);
}

}  // namespace
