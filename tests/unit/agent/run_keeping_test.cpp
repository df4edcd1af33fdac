// What a run keeps beside its work: findings about claims, doubts and waits, pauses that ran out,
// and old rows that go.
#include "agent/act/execute/ended_pauses.h"
#include "agent/act/execute/findings_step.h"
#include "agent/act/execute/old_rows.h"
#include "agent/act/execute/watermark.h"
#include "owned_state.h"
#include "policy/settle.h"
#include "tests/unit/agent/sample_servers.h"

namespace agent {
namespace {

using std::chrono::hours;
using test::kNow;

constexpr const char* kPolicies = R"([[policy]]
name = "daily"
apply = true
select = { name = "web-*" }
schedule = "0 2 * * *"
timezone = "UTC"
defer = "4h"
keep = { last = 2 }
)";

class StillClock : public Clock {
 public:
  policy::Time now() const override { return time; }
  policy::Time time = kNow;
};

class KeepingTest : public test::OwnedState {
 protected:
  KeepingTest() : watch(journal) {
    const ConfigResult parsed = parse_config(std::string(test::kProd) + kPolicies, "test.toml", {});
    for (const ConfigProblem& problem : parsed.problems) ADD_FAILURE() << problem.text();
    context.config = parsed.config;
    own_it();
    scan();
  }
  void scan() {
    storage::ScanWriter writer = store.begin_scan(
        {.name = "prod", .uuid = kEndpoint, .api = "8.0.2.0", .product = "", .is_host = false},
        clock.time);
    writer.put(vm);
    writer.close(storage::ScanOutcome::Complete, {}, clock.time);
  }
  /// Those of a rule, as they are after another look.
  std::vector<policy::Finding> found(const std::string& rule) {
    const Ownership ownership(journal, holds, &key, clock.time);
    auto all = settle_findings_of(context.config, store, journal, ownership, clock.time);
    std::erase_if(all, [&](const policy::Finding& one) { return one.rule != rule; });
    return all;
  }
  void wait(const std::string& policy, policy::Time since) {
    holds.wait({.endpoint_uuid = kEndpoint,
                .vm_moid = "vm-1",
                .policy = policy,
                .act = "create",
                .since = since});
  }

  Environment environment;
  StillClock clock;
  Context context{.config = {},
                  .environment = environment,
                  .clock = clock,
                  .stop = {},
                  .watch = {},
                  .log = nullptr,
                  .actor = "ada"};
  storage::Watch watch;
};

TEST_F(KeepingTest, AnEditedMarkIsAFindingUntilItIsSettled) {
  EXPECT_TRUE(found("mark-gone").empty());
  vm.snapshots.front().description = "mine now";
  scan();
  const auto told = found("mark-gone");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].severity, policy::RiskLevel::Warn) << "told at once";
  EXPECT_EQ(told[0].subject.name, "web-1");
  EXPECT_NE(told[0].text.find("left alone until `adopt`"), std::string::npos) << told[0].text;
  describe(marker());
  scan();
  EXPECT_TRUE(found("mark-gone").empty());
}

TEST_F(KeepingTest, AMarkThatTheStateDoesNotKnowSaysWhatItStops) {
  policy::Marker unknown = marker();
  unknown.op = "op-of-another-state";
  policy::Snapshot later = vm.snapshots.front();
  later.moid = "snapshot-10";
  later.description = described(unknown);
  vm.snapshots.push_back(later);
  scan();
  const auto told = found("unknown-mark");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].text.find("nothing is removed on prod until then"), std::string::npos);
}

TEST_F(KeepingTest, AMovedVmIsAFinding) {
  policy::Marker elsewhere = marker();
  elsewhere.endpoint_uuid = "another-server";
  vm.snapshots.front().moid = "snapshot-10";
  describe(elsewhere);
  scan();
  ASSERT_EQ(found("moved").size(), 1U);
}

TEST_F(KeepingTest, ADoubtAboutAServerIsAFindingThatSaysHowToEndIt) {
  for (const char* kind : {kRolledBack, kRestored, kClockStep}) {
    watch.doubt({.endpoint_uuid = kEndpoint, .kind = kind, .text = "so it is", .since = kNow},
                audit());
    const auto told = found(kind);
    ASSERT_EQ(told.size(), 1U) << kind;
    EXPECT_EQ(told[0].subject.name, "prod");
    EXPECT_EQ(told[0].severity, kind == std::string(kClockStep) ? policy::RiskLevel::Warn
                                                                : policy::RiskLevel::Critical);
    EXPECT_NE(told[0].text.find("--accept " + std::string(kind)), std::string::npos);
    watch.settle_doubt(kEndpoint, kind, audit());
    EXPECT_TRUE(found(kind).empty());
  }
}

TEST_F(KeepingTest, AnActThatWaitsIsAFindingOnceItWaitedForTooLong) {
  wait("daily", kNow);
  wait("gone", kNow);
  EXPECT_TRUE(found("waits-too-long").empty());
  clock.time += hours(4);
  ASSERT_EQ(found("waits-too-long").size(), 1U) << "what a policy that is gone waited for is over";
  holds.stop_waiting(kEndpoint, "vm-1", "daily", "create");
  EXPECT_TRUE(found("waits-too-long").empty());
}

TEST_F(KeepingTest, AnOperationThatNobodyCanSettleIsAFindingUntilItIsOver) {
  policy::Operation open = begun_create("op-2");
  open.sent = kNow;
  journal.begin(open, audit());
  EXPECT_TRUE(found("operation-not-settled").empty()) << "the server may be about to tell";
  clock.time += policy::kUnknownFinding + std::chrono::seconds(1);
  ASSERT_EQ(found("operation-not-settled").size(), 1U);
  open.state = policy::OpState::NeedsOperator;
  open.why = "nobody can tell";
  journal.update(open, audit());
  EXPECT_TRUE(found("operation-not-settled").empty());
  const auto told = found("operation-in-doubt");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].severity, policy::RiskLevel::Critical);
  EXPECT_EQ(told[0].subject.name, "web-1");
  EXPECT_NE(told[0].text.find("nobody can tell; nothing else is done to web-1"), std::string::npos)
      << told[0].text;
  open.state = policy::OpState::Failed;
  open.ended = clock.time;
  journal.update(open, audit());
  EXPECT_TRUE(found("operation-in-doubt").empty());
}

TEST_F(KeepingTest, APauseThatRanOutIsToldForADay) {
  storage::PauseRow pause{.kind = "policy",
                          .what = "daily",
                          .shown = "daily",
                          .reason = "storage move",
                          .actor = "ada",
                          .since = kNow,
                          .until = kNow + hours(1)};
  holds.pause(pause, audit());
  EXPECT_TRUE(end_pauses(context, journal).empty());
  clock.time += hours(1);
  const auto told = end_pauses(context, journal);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0], "pause of policy daily by ada ran out at 2026-11-22T03:00:00Z: work goes on");
  EXPECT_TRUE(end_pauses(context, journal).empty()) << "once";
  ASSERT_EQ(watch.findings().size(), 1U) << "status shows it before the next run";
  clock.time += hours(23);
  EXPECT_EQ(found(kPauseRanOut).size(), 1U);
  clock.time += hours(1);
  EXPECT_TRUE(found(kPauseRanOut).empty());
}

TEST_F(KeepingTest, OldRowsGoButForThoseThatAMarkInSightNames) {
  context.config.keep_journal = hours(1);
  storage::OwnedSnapshot owned = journal.owned().front();
  take_old_rows_away(context, {}, journal);
  EXPECT_EQ(journal.operations({}).size(), 1U) << "it is what says that the snapshot is ours";
  journal.disown(owned, "a person has it now", audit());
  take_old_rows_away(context, {vm}, journal);
  EXPECT_EQ(journal.operations({}).size(), 1U) << "its mark would seem to be of another state";
  vm.snapshots.front().description.clear();
  take_old_rows_away(context, {vm}, journal);
  EXPECT_EQ(journal.operations({}).size(), 0U);
}

}  // namespace
}  // namespace agent
