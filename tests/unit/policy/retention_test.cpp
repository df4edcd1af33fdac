// The edges of retention, one by one; what holds for all pasts is in tests/law.
#include "policy/retention.h"

#include <gtest/gtest.h>

#include "tests/law/retention_past.h"
#include "tests/unit/policy/retention_fixture.h"

namespace {

using namespace policy_test;
using policy::Cap;
using policy::KeepRule;
using policy::Owner;
using policy::RetentionResult;
using policy::RetentionRules;
using policy::SnapshotState;

const std::vector<std::string> kFiveDays{"2026-11-17T02:00:00Z", "2026-11-18T02:00:00Z",
                                         "2026-11-19T02:00:00Z", "2026-11-20T02:00:00Z",
                                         "2026-11-21T02:00:00Z"};

TEST(KeepRules, TakeTheNewestOfEachOfTheNewestPeriods) {
  Line line({"2026-11-19T02:00:00Z", "2026-11-20T02:00:00Z", "2026-11-20T14:00:00Z",
             "2026-11-21T02:00:00Z", "2026-11-21T14:00:00Z"});
  EXPECT_EQ(line.kept(keep({{"daily", {0, 2}}})), "2 4");
  EXPECT_EQ(line.kept(keep({{"last", {0, 2}}})), "3 4");
  EXPECT_EQ(line.kept(keep({{"daily", {0, std::nullopt}}})), "0 2 4");
}

TEST(KeepRules, CountPeriodsThatHaveSnapshotsOnly) {
  Line line({"2026-08-01T02:00:00Z", "2026-09-15T02:00:00Z", "2026-11-21T02:00:00Z"});
  EXPECT_EQ(line.kept(keep({{"daily", {0, 2}}})), "1 2");
  EXPECT_EQ(line.kept(keep({{"monthly", {0, 3}}})), "0 1 2");
}

TEST(KeepRules, SplitTheHourThatADayRepeats) {
  Line line({"2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z",
             "2026-10-25T02:30:00Z"});
  line.input.zone = &berlin();  // the second is at 02:30+02:00, the third at 02:30+01:00
  const RetentionResult result = line.evaluate(keep({{"hourly", {0, 4}}}));
  EXPECT_EQ(result.keep.size(), 4U);
  EXPECT_EQ(reasons(result, 1), "hourly 3/4 2026-10-25T02+02:00");
  EXPECT_EQ(reasons(result, 2), "hourly 2/4 2026-10-25T02+01:00");
}

TEST(KeepRules, CountDaysInThePolicysZone) {
  // 23:30Z is half past midnight of the next day in Berlin.
  Line line({"2026-11-20T22:30:00Z", "2026-11-20T23:30:00Z", "2026-11-21T02:00:00Z"});
  EXPECT_EQ(line.kept(keep({{"daily", {0, 9}}})), "1 2");
  line.input.zone = &berlin();
  EXPECT_EQ(line.kept(keep({{"daily", {0, 9}}})), "0 2");
}

TEST(KeepRules, PutTheFirstDaysOfAYearIntoTheLastWeekOfTheOldOne) {
  Line line({"2020-12-27T02:00:00Z", "2020-12-31T02:00:00Z", "2021-01-03T02:00:00Z",
             "2021-01-04T02:00:00Z"});
  const RetentionResult result = line.evaluate(keep({{"weekly", {0, 9}}}));
  EXPECT_EQ(reasons(result, 0), "weekly 3/9 2020-W52");
  EXPECT_EQ(why_gone(result, 1), "superseded");
  EXPECT_EQ(reasons(result, 2), "weekly 2/9 2020-W53");
  EXPECT_EQ(reasons(result, 3), "weekly 1/9 2021-W01");
}

TEST(KeepRules, DoNotTakeAMonthForAWeekOfTheSameNumber) {
  Line line({"2026-01-04T02:00:00Z", "2026-01-22T02:00:00Z"});
  const RetentionResult result = line.evaluate(keep({{"weekly", {0, 52}}, {"monthly", {0, 24}}}));
  EXPECT_EQ(reasons(result, 0), "weekly 2/52 2026-W01");
}

TEST(KeepRules, ReachBackAClampedMonth) {
  Line line({"2026-02-28T01:59:59Z", "2026-02-28T02:00:00Z", "2026-03-31T02:00:00Z"});
  EXPECT_EQ(line.kept(keep({}, {{"within", {.months = 1}}})), "1 2");
}

TEST(KeepRules, KeepWhatIsExactlyAsOldAsTheSpan) {
  Line line(kFiveDays);
  EXPECT_EQ(line.kept(keep({}, {{"within", {.days = 2}}})), "2 3 4");
  EXPECT_EQ(line.kept(keep({}, {{"within_daily", {.hours = 49}}})), "2 3 4");
  EXPECT_EQ(line.kept(keep({}, {{"within", {.hours = 47}}})), "3 4");
}

TEST(KeepRules, AnchorSpansOnTheNewestSnapshotAndNotOnNow) {
  Line line(kFiveDays);
  line.input.now = at("2027-03-01T00:00:00Z");
  EXPECT_EQ(line.kept(keep({}, {{"within", {.days = 2}}})), "2 3 4");
}

TEST(KeepRules, KeepTheOldestWhileARuleHasSlotsLeft) {
  Line line({"2026-11-20T02:00:00Z", "2026-11-20T14:00:00Z", "2026-11-21T02:00:00Z"});
  RetentionRules rules = keep({{"daily", {0, 3}}});
  rules.keep.oldest = true;
  const RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(reasons(result, 0), "daily 3/3 2026-11-20 oldest");
  rules.keep.counts["daily"] = {0, 2};
  EXPECT_EQ(line.kept(rules), "1 2");
}

TEST(KeepRules, ListAllThatMatchWithTheirNames) {
  Line line(kFiveDays);
  RetentionRules rules = keep({{"last", {0, 2}}, {"daily", {0, std::nullopt}}, {"yearly", {0, 1}}},
                              {{"within_quarterly", {.days = 1}}});
  const std::vector<std::string> tags{"a"};
  line[4].tags = tags;
  rules.keep.tags = {{"a"}};
  EXPECT_EQ(reasons(line.evaluate(rules), 4),
            "last 1/2, daily 1 2026-11-21, within_quarterly 1 2026-Q4, yearly 1/1 2026, tags");
}

TEST(KeepRules, WantAllTagsOfAList) {
  Line line(kFiveDays);
  const std::vector<std::string> ab{"a", "b"}, a{"a"}, c{"c"};
  line[0].tags = ab;
  line[1].tags = a;
  line[2].tags = c;
  RetentionRules rules;
  rules.keep.tags = {{"a", "b"}, {"c"}};
  EXPECT_EQ(line.kept(rules), "0 2 4");  // 4 by min_keep
  rules.keep.tags = {{""}};
  EXPECT_EQ(line.kept(rules), "3 4");
}

TEST(KeepRules, RefuseANameThatIsNone) {
  Line line(kFiveDays);
  EXPECT_THROW(line.evaluate(keep({{"minutely", {0, 1}}})), std::invalid_argument);
  EXPECT_THROW(line.evaluate(keep({{"within", {0, 1}}})), std::invalid_argument);
  EXPECT_THROW(line.evaluate(keep({{"tags", {0, 1}}})), std::invalid_argument);
  EXPECT_THROW(line.evaluate(keep({}, {{"last", {.days = 1}}})), std::invalid_argument);
}

TEST(MaxAge, BeatsRulesButNotMinKeepAndKeepsWhatIsExactlySoOld) {
  Line line(kFiveDays);
  RetentionRules rules = keep({{"daily", {0, 7}}});
  rules.max_age = {.hours = 48};
  EXPECT_EQ(line.kept(rules), "2 3 4");
  EXPECT_EQ(why_gone(line.evaluate(rules), 1), "max-age");
  line.input.now = at("2026-12-31T00:00:00Z");  // off for a month
  rules.min_keep = 2;
  const RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(reasons(result, 4), "min_keep");
  EXPECT_EQ(reasons(result, 3), "min_keep");
  EXPECT_EQ(result.keep.size(), 2U);
}

TEST(MaxAge, ThatAPinOutlivesIsAConflict) {
  Line line(kFiveDays);
  line[0].pinned = true;
  RetentionRules rules = keep({{"last", {0, 1}}});
  rules.max_age = {.days = 3};
  const RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(reasons(result, 0), "pinned");
  ASSERT_EQ(result.conflicts.size(), 1U);
  EXPECT_EQ(result.conflicts[0].cap, Cap::MaxAge);
  EXPECT_EQ(result.conflicts[0].limit, 3 * 86400);
  EXPECT_EQ(result.conflicts[0].actual, 4 * 86400);
  ASSERT_EQ(result.conflicts[0].blockers.size(), 1U);
  EXPECT_EQ(result.conflicts[0].blockers[0].why, KeepRule::Pinned);
}

TEST(HardKeeps, TakeNoSlotAndDoNotHideTheirPeriod) {
  Line line({"2026-11-20T02:00:00Z", "2026-11-21T02:00:00Z", "2026-11-21T14:00:00Z"});
  line[2].pinned = true;
  EXPECT_EQ(line.kept(keep({{"daily", {0, 2}}})), "0 1 2");
  line[2].in_use = true;
  EXPECT_EQ(reasons(line.evaluate(keep({{"daily", {0, 2}}})), 2), "pinned, in-use");
}

TEST(Future, IsKeptAndTakesNoSlotNorAnchor) {
  Line line(kFiveDays);
  line.input.now = at("2026-11-20T02:00:00Z");
  const RetentionResult result = line.evaluate(keep({{"last", {0, 1}}}));
  EXPECT_EQ(reasons(result, 4), "future");
  EXPECT_EQ(reasons(result, 3), "last 1/1");
  EXPECT_EQ(result.keep.size(), 2U);
  line.input.now = at("2026-11-21T01:55:00Z");  // five minutes are skew, not future
  EXPECT_EQ(reasons(line.evaluate(keep({{"last", {0, 1}}})), 4), "last 1/1");
  line.input.now -= std::chrono::microseconds{1};
  EXPECT_EQ(reasons(line.evaluate(keep({{"last", {0, 1}}})), 4), "future");
}

TEST(Order, IsTheTreesWhateverTheClocksSay) {
  Line line({"2026-11-20T10:00:00Z", "2026-11-20T04:00:00Z", "2026-11-20T12:00:00Z"});
  line[1].pinned = true;
  const RetentionResult result = line.evaluate(keep({{"last", {0, 1}}}));
  EXPECT_EQ(result.keep[0].index, 2U);
  EXPECT_EQ(result.keep[1].index, 1U);
  // A clock that was behind is raised to the parent's: the child is not six hours older.
  RetentionRules rules = keep({{"last", {0, 9}}});
  rules.max_age = {.hours = 3};
  line[1].pinned = false;
  EXPECT_EQ(line.kept(rules), "0 1 2");
}

TEST(Order, AClockAheadOfNowRaisesNobody) {
  Line line({"2026-11-20T02:00:00Z", "2030-01-01T00:00:00Z", "2026-11-21T02:00:00Z"});
  const RetentionResult result = line.evaluate(keep({{"daily", {0, 1}}}));
  EXPECT_EQ(reasons(result, 1), "future");
  EXPECT_EQ(reasons(result, 2), "daily 1/1 2026-11-21");
  EXPECT_EQ(why_gone(result, 0), "beyond-count");
}

TEST(Order, IsByIdWhereTreeAndClocksAreSilent) {
  Line line({"2026-11-20T02:00:00Z", "2026-11-20T02:00:00Z"});
  line[1].parent.reset();
  EXPECT_EQ(reasons(line.evaluate(keep({{"last", {0, 1}}})), 1), "last 1/1");
  EXPECT_EQ(reasons(line.evaluate(keep({{"last", {0, 1}}})), 0), "detached");
}

TEST(Order, RefusesARingOfParents) {
  Line line(kFiveDays);
  line[0].parent = 4U;
  EXPECT_THROW(line.evaluate(keep({{"last", {0, 1}}})), std::invalid_argument);
  line[0].parent = 5U;
  EXPECT_THROW(line.evaluate(keep({{"last", {0, 1}}})), std::invalid_argument);
}

TEST(Incomplete, StaysOnlyWhileItIsTheNewestAndYoung) {
  Line line(kFiveDays);
  line[4].state = SnapshotState::Partial;
  line[3].state = SnapshotState::Failed;
  const RetentionRules rules = keep({{"last", {0, 1}}});
  RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(reasons(result, 4), "partial");
  EXPECT_EQ(why_gone(result, 3), "partial");
  EXPECT_EQ(reasons(result, 2), "last 1/1");
  line.input.now += std::chrono::hours{4};
  EXPECT_EQ(why_gone(line.evaluate(rules), 4), "partial");
  line.input.now -= std::chrono::microseconds{1};
  EXPECT_EQ(reasons(line.evaluate(rules), 4), "partial");
}

TEST(Incomplete, InProgressIsNeverTouched) {
  Line line(kFiveDays);
  line[0].state = SnapshotState::InProgress;
  EXPECT_EQ(reasons(line.evaluate(keep({{"last", {0, 1}}})), 0), "in-progress");
}

TEST(Orphans, OfAJobThatIsGoneAreKeptByNoRule) {
  Line line(kFiveDays);
  line[4].orphan = true;
  const RetentionResult result = line.evaluate(keep({{"last", {0, 9}}}));
  EXPECT_EQ(why_gone(result, 4), "orphan");
  EXPECT_EQ(reasons(result, 3), "last 1/9");
}

TEST(AllZero, RemovesAllWhenNothingIsToBeKept) {
  Line line(kFiveDays);
  RetentionRules rules = keep({{"last", {0, 0}}});
  rules.min_keep = 0;
  rules.allow_remove_all = true;
  EXPECT_EQ(line.kept(rules), "");
  rules.min_keep = 1;
  EXPECT_EQ(reasons(line.evaluate(rules), 4), "min_keep");
}

TEST(Current, IsKeptWhileTheRulesKeepAnythingAtAll) {
  Line line(kFiveDays);
  const std::vector<std::string> a{"a"};
  line[0].tags = a;
  RetentionRules rules;
  rules.keep.tags = {{"a"}};
  rules.min_keep = 0;
  rules.allow_remove_all = true;
  EXPECT_EQ(reasons(line.evaluate(rules), 4), "current");
  rules.cap.depth = 1;
  const RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(why_gone(result, 4), "shrunk");
  EXPECT_EQ(reasons(result, 0), "tags");
}

TEST(Detached, AreKeptUntilTheyWereDetachedForLongEnough) {
  Line line({"2026-10-01T02:00:00Z", "2026-10-02T02:00:00Z", "2026-10-03T02:00:00Z",
             "2026-10-20T02:00:00Z", "2026-11-21T02:00:00Z"});
  line[3].parent = 0U;  // 1 and 2 are another branch
  line[1].detached_since = line[2].detached_since = at("2026-10-20T02:00:00Z");
  RetentionRules rules = keep({{"last", {0, 9}}});
  EXPECT_EQ(reasons(line.evaluate(rules), 2), "detached");
  rules.detached = {.days = 33};  // it is 32 days ago
  EXPECT_EQ(line.kept(rules), "0 1 2 3 4");
  rules.detached = {.days = 32};
  RetentionResult result = line.evaluate(rules);
  ASSERT_EQ(result.remove.size(), 2U);
  EXPECT_EQ(result.remove[0].index, 2U) << "deepest first";
  EXPECT_EQ(why_gone(result, 1), "detached");
  line[2].pinned = true;
  EXPECT_EQ(reasons(line.evaluate(rules), 1), "detached") << "what stays needs it";
}

TEST(Detached, OnlyTheHistoryKnowsForHowLong) {
  // 4 was made after 3, but nobody knows whether the running point was back on 3 since.
  Line line(kFiveDays);
  line[4].parent = 2U;
  line.input.now += std::chrono::days(400);
  RetentionRules rules = keep({{"last", {0, 9}}});
  rules.detached = {.days = 1};
  EXPECT_EQ(line.kept(rules), "0 1 2 3 4") << "nobody knows since when";
  line[3].detached_since = at("2026-11-20T02:00:00Z");
  EXPECT_EQ(line.kept(rules), "0 1 2 4");
}

TEST(Detached, AreAllWhenNoSnapshotIsCurrent) {
  Line line(kFiveDays);
  line.input.newest_is_current = false;
  EXPECT_EQ(line.kept(keep({{"last", {0, 1}}})), "0 1 2 3 4");
}

TEST(OfAnotherKeeper, AreKeptAndCountForCapsAtOnce) {
  Line line(kFiveDays);
  line[0].keeper = policy::Keeper::OtherPolicy;
  line[1].keeper = policy::Keeper::OrphanedPolicy;
  line[4].keeper = policy::Keeper::Operator;
  line.input.foreign_min_age = std::chrono::hours(24 * 30);
  RetentionRules rules = keep({{"last", {0, 9}}});
  rules.cap.depth = 4;
  const RetentionResult result = line.evaluate(rules);
  EXPECT_EQ(reasons(result, 0), "other-policy");
  EXPECT_EQ(reasons(result, 1), "orphaned-policy");
  EXPECT_EQ(reasons(result, 4), "operator");
  EXPECT_EQ(reasons(result, 3), "last 1/1") << "its own newest, though an operator's is newer";
  EXPECT_EQ(why_gone(result, 2), "shrunk");
}

TEST(OfAnotherKeeper, NoCompleteOneMakesAnIncompleteOneWorthless) {
  Line line(kFiveDays);
  line.input.partial_grace = std::chrono::hours(48);
  line[3].state = SnapshotState::Partial;
  line[4].keeper = policy::Keeper::Operator;
  EXPECT_EQ(reasons(line.evaluate(keep({{"last", {0, 1}}})), 3), "partial");
}

TEST(Removal, GoesFromTheRootTowardsTheCurrentOne) {
  Line line(kFiveDays);
  const RetentionResult result = line.evaluate(keep({{"last", {0, 2}}}));
  ASSERT_EQ(result.remove.size(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(result.remove[i].index, i);
}

TEST(NoSnapshots, IsNotAnError) {
  Line line({});
  EXPECT_TRUE(line.evaluate(keep({{"last", {0, 2}}}, {{"within", {.days = 1}}})).keep.empty());
}

}  // namespace
