// What is said against a policy when it is written, and what is not.
#include "policy/lints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/retention_fixture.h"

namespace {

using namespace policy_test;
using policy::lint;
using policy::LintKind;
using policy::RetentionRules;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> told(const RetentionRules& rules,
                              std::optional<std::chrono::seconds> gap = std::nullopt) {
  std::vector<std::string> texts;
  for (const policy::Lint& one : lint(rules, gap)) texts.push_back(one.text);
  return texts;
}

TEST(Lints, FindSlotsThatMaxAgeNeverLetsFill) {
  RetentionRules rules = keep({{"monthly", {0, 6}}});
  rules.max_age = {.hours = 72};
  EXPECT_THAT(told(rules),
              ElementsAre("monthly = 6 can't fill its slots: max_age = 72h removes them first"));
  rules.keep.counts["monthly"] = {0, 2};  // on the first of a month both may be there
  EXPECT_THAT(told(rules), IsEmpty());
}

TEST(Lints, FindSpansThatReachBeyondMaxAge) {
  RetentionRules rules = keep({}, {{"within_daily", {.days = 5}}});
  rules.max_age = {.hours = 72};
  ASSERT_EQ(lint(rules).size(), 1U);
  EXPECT_EQ(lint(rules)[0].kind, LintKind::SpanBeyondMaxAge);
  rules.max_age = {.days = 5};
  EXPECT_THAT(lint(rules), IsEmpty());
}

TEST(Lints, CallALeastAboveACapAnError) {
  RetentionRules rules = keep({{"daily", {4, 9}}});
  rules.min_keep = 3;
  rules.cap.depth = 2;
  const auto found = lint(rules);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].error && found[1].error);
  EXPECT_EQ(found[0].rule, "min_keep");
  EXPECT_EQ(found[1].text, "daily holds at least 4, but cap.depth is 2; one of them has to give");
  rules.cap.depth = 4;
  EXPECT_THAT(lint(rules), IsEmpty());
}

TEST(Lints, FindRulesThatAFinerOneCovers) {
  EXPECT_THAT(told(keep({{"daily", {0, 8}}, {"weekly", {0, 2}}})),
              ElementsAre("weekly = 2 adds nothing: daily = 8 keeps all of it"));
  EXPECT_THAT(told(keep({{"daily", {0, 7}}, {"weekly", {0, 2}}})), IsEmpty());
  EXPECT_THAT(told(keep({{"last", {0, std::nullopt}}, {"yearly", {0, std::nullopt}}})),
              ElementsAre("yearly = \"all\" adds nothing: last = \"all\" keeps all of it"));
  EXPECT_THAT(told(keep({{"weekly", {0, std::nullopt}}, {"monthly", {0, 2}}})), IsEmpty())
      << "a week may lie in two months";
}

TEST(Lints, FindTiersFinerThanTheSchedule) {
  EXPECT_THAT(
      told(keep({{"hourly", {0, 4}}}), hours{24}),
      ElementsAre("hourly = 4 counts runs, like last: the schedule runs less often than that"));
  EXPECT_THAT(told(keep({{"hourly", {0, 4}}}), hours{1}), IsEmpty());
}

TEST(Lints, SayNothingAgainstTheDocumentedPolicies) {
  RetentionRules rules = keep({{"last", {0, 2}}});
  rules.max_age = {.hours = 96};
  rules.cap.depth = 4;
  EXPECT_THAT(told(rules, hours{23}), IsEmpty());
  EXPECT_THAT(told(keep({{"weekly", {0, 4}}, {"monthly", {0, 3}}}), hours{167}), IsEmpty());
}

}  // namespace
