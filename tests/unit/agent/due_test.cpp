#include "agent/act/execute/due.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/agent/planned_run.h"

namespace agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::kMidnight;
using test::run_config;

PolicyDue due_of(const std::vector<storage::PolicyRun>& last, policy::Time now) {
  return due_policies(run_config(), last, now)[0];
}

TEST(DuePolicies, FirstSightIsRememberedAndRunsNothing) {
  const PolicyDue due = due_of({}, kMidnight);
  EXPECT_FALSE(due.runs);
  EXPECT_EQ(due.settled, kMidnight);
  EXPECT_EQ(due.next, kMidnight + hours(2));
}

TEST(DuePolicies, RunOnceForAllTimesThatWentBy) {
  const PolicyDue due =
      due_of({{"daily", kMidnight - hours(70), {}}}, kMidnight + hours(2) + minutes(5));
  EXPECT_TRUE(due.runs);
  EXPECT_EQ(due.settled, kMidnight + hours(2));
  EXPECT_NE(due.text.find("2 earlier times"), std::string::npos) << due.text;
}

TEST(DuePolicies, AreNotDueTwiceForOneTime) {
  const PolicyDue due =
      due_of({{"daily", kMidnight + hours(2), {}}}, kMidnight + hours(2) + minutes(5));
  EXPECT_FALSE(due.runs);
  EXPECT_FALSE(due.settled);
  EXPECT_EQ(due.next, kMidnight + hours(26));
}

TEST(DuePolicies, LeaveOutWhatIsTooLateAndSettleIt) {
  const PolicyDue due = due_of({{"daily", kMidnight - hours(22), {}}}, kMidnight + hours(5));
  EXPECT_FALSE(due.runs);
  EXPECT_EQ(due.settled, kMidnight + hours(2));
  EXPECT_NE(due.text.find("left out"), std::string::npos) << due.text;
}

TEST(DuePolicies, KnowARenamedPolicysLastRun) {
  const PolicyDue due =
      due_of({{"nightly", kMidnight + hours(2), {}}}, kMidnight + hours(2) + minutes(5));
  EXPECT_FALSE(due.runs) << due.text;
}

TEST(DuePolicies, KeepWithoutAScheduleWheneverTheyAreAskedAndMakeNothing) {
  const auto all = due_policies(run_config(), {}, kMidnight);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_FALSE(all[1].runs) << "clone without a schedule: " << all[1].text;
  EXPECT_TRUE(all[2].runs) << "retain: " << all[2].text;
}

}  // namespace
}  // namespace agent
