// What a new process makes of what an earlier one left in the middle, whatever it was doing.
#include <stdexcept>
#include <utility>

#include "tests/unit/agent/executor_world.h"

namespace agent::test {
namespace {

using policy::OpKind;
using policy::OpState;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// The process is gone.
struct Crash : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class ARestart : public ExecutorWorld {
 protected:
  /// Runs a job until an operation is written in this state, and is gone then.
  void crash_in(OpState state, const Job& job) {
    changed = [state](const policy::Operation& operation) {
      if (operation.state == state) throw Crash("gone");
    };
    EXPECT_THROW(run({job}), Crash) << policy::op_state_name(state);
    changed = nullptr;
    start_executor();
  }
  /// Recovers until nothing is open, for at most an hour.
  void recover() {
    for (int i = 0; i < 60 && !open_operations().empty(); ++i) {
      start_executor();
      executor->recover();
      step(std::chrono::minutes{1});
    }
    EXPECT_THAT(open_operations(), SizeIs(0));
  }
  policy::Operation last() { return journal.operations({}).at(0); }
};

TEST_F(ARestart, FindsThatACreateWasNeverSent) {
  crash_in(OpState::Intent, job("web", {create()}));
  recover();
  EXPECT_EQ(last().state, OpState::Failed) << last().why;
  EXPECT_TRUE(vm("web").snapshots.empty());
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 0U);
}

TEST_F(ARestart, FollowsTheTaskOfACreate) {
  crash_in(OpState::Task, job("web", {create()}));
  recover();
  EXPECT_EQ(last().state, OpState::Done) << last().why;
  EXPECT_THAT(owned(), SizeIs(1));
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 1U);
}

TEST_F(ARestart, FindsASnapshotWhoseAnswerWasLost) {
  rules({{{"method", "CreateSnapshotEx_Task"}, {"then", {{"drop_after", true}}}}});
  crash_in(OpState::Unknown, job("web", {create()}));
  recover();
  EXPECT_EQ(last().state, OpState::Done) << last().why;
  EXPECT_THAT(vm("web").snapshots, SizeIs(1));
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 1U);
}

TEST_F(ARestart, VerifiesWhatWasMadeButNotLookedAt) {
  crash_in(OpState::Result, job("web", {create()}));
  recover();
  EXPECT_EQ(last().state, OpState::Done) << last().why;
  EXPECT_THAT(owned(), SizeIs(1));
}

TEST_F(ARestart, NeverSendsARemovalAgain) {
  for (const OpState state : {OpState::Intent, OpState::Task, OpState::OffTree}) {
    const std::string moid = made("web");
    forget_calls();
    crash_in(state, job("web", {remove("web", moid)}));
    recover();
    const bool was_sent = state != OpState::Intent;
    EXPECT_EQ(last().state, was_sent ? OpState::Done : OpState::Failed) << last().why;
    EXPECT_EQ(calls("RemoveSnapshot_Task"), was_sent ? 1U : 0U);
    EXPECT_THAT(owned(), SizeIs(was_sent ? 0 : 1));
    if (!was_sent) {
      EXPECT_EQ(one("web", remove("web", moid)).end, StepEnd::Done);
    }
  }
}

TEST_F(ARestart, ConsolidatesWhatAnEarlierProcessLeft) {
  const std::string moid = made("web");
  rules({{{"method", "RemoveSnapshot_Task"}, {"then", {{"consolidation_debt", true}}}}});
  crash_in(OpState::MergePending, job("web", {remove("web", moid)}));
  recover();
  EXPECT_EQ(last().state, OpState::Done) << last().why;
  EXPECT_FALSE(vm("web").consolidation_needed);
  EXPECT_EQ(vm("web").disks[0].running->parent, nullptr);
}

TEST_F(ARestart, ConsolidatesOnceTheGuardsKnowTheEndpointThoughThereIsNothingElseToDo) {
  const std::string moid = made("web");
  rules({{{"method", "RemoveSnapshot_Task"}, {"then", {{"consolidation_debt", true}}}}});
  crash_in(OpState::MergePending, job("web", {remove("web", moid)}));
  const policy::EndpointFacts scanned = std::exchange(endpoint_facts, {});
  for (int i = 0; i < 2; ++i) {
    start_executor();
    EXPECT_THAT(executor->recover(), SizeIs(1));
    EXPECT_EQ(last().state, OpState::MergePending);
    EXPECT_THAT(last().why, Not(HasSubstr("not known"))) << "nothing was scanned yet";
    EXPECT_EQ(calls("ConsolidateVMDisks_Task"), 0U);
  }
  endpoint_facts = scanned;
  EXPECT_THAT(run({}), SizeIs(0));
  EXPECT_EQ(calls("ConsolidateVMDisks_Task"), 1U);
  recover();
  EXPECT_EQ(last().state, OpState::Done) << last().why;
}

TEST_F(ARestart, NeverSendsARevertAgain) {
  const std::string moid = made("web");
  JobStep step = remove("web", moid);
  step.kind = OpKind::Revert;
  crash_in(OpState::Intent, job("web", {step}));
  recover();
  EXPECT_EQ(last().state, OpState::Failed) << last().why;
  EXPECT_EQ(calls("RevertToSnapshot_Task"), 0U);
}

TEST_F(ARestart, FindsACloneByItsMark) {
  JobStep step;
  step.kind = OpKind::Clone;
  step.clone = CloneTarget{.name = "copy", .datastore = {}, .host = {}, .pool = {}, .folder = {}};
  rules({{{"method", "CloneVM_Task"}, {"then", {{"drop_after", true}}}}});
  crash_in(OpState::Unknown, job("web", {step}));
  recover();
  EXPECT_EQ(last().state, OpState::Done) << last().why;
  EXPECT_EQ(last().clone->moid, vm("copy").ref.value);
  EXPECT_EQ(calls("CloneVM_Task"), 1U);
}

TEST_F(ARestart, SettlesWhatTheServerForgot) {
  crash_in(OpState::Task, job("web", {create()}));
  touch({{"act", "restart"}});
  step(std::chrono::minutes{1});
  recover();
  EXPECT_EQ(last().state, OpState::Done) << last().why;
  EXPECT_THAT(vm("web").snapshots, SizeIs(1));
}

TEST_F(ARestart, BlocksItsVmUntilItIsSettled) {
  crash_in(OpState::Intent, job("web", {create()}));
  const StepResult result = one("web", create());
  EXPECT_EQ(result.end, StepEnd::Refused);
  ASSERT_FALSE(result.refusals.empty());
  EXPECT_EQ(result.refusals[0].rule, "unfinished-operation");
}

TEST_F(ARestart, WaitsForNoTaskThatAnEarlierRunLeft) {
  const std::string moid = made("web");
  rules({{{"method", "RemoveSnapshot_Task"}, {"then", {{"task_delay", 7200}}}},
         {{"method", "CreateSnapshotEx_Task"}, {"then", {{"task_delay", 60}}}}});
  crash_in(OpState::Task, job("web", {remove("web", moid)}));
  EXPECT_THAT(executor->recover(), SizeIs(1));
  const policy::Time began = clock.now();
  EXPECT_EQ(one("db", create()).end, StepEnd::Done);
  EXPECT_LT(clock.now() - began, std::chrono::minutes{5});
  EXPECT_THAT(open_operations(), SizeIs(1)) << "it is the server's, and a later run's";
}

TEST_F(ARestart, NeedsNoHistoryOfAVmThatIsGone) {
  crash_in(OpState::Intent, job("web", {create()}));
  touch({{"act", "power_off"}, {"vm", vm("web").ref.value}});
  step(std::chrono::minutes{1});
  touch({{"act", "destroy"}, {"vm", vm("web").ref.value}});
  step(std::chrono::minutes{1});
  rules({{{"method", "CreateCollectorForTasks"},
          {"then", {{"fault", {{"type", "ManagedObjectNotFound"}}}}}}});
  recover();
  EXPECT_EQ(last().state, OpState::Gone) << last().why;
}

TEST_F(ARestart, LeavesRunningTasksToTheServerWhenStopped) {
  rules({{{"method", "CreateSnapshotEx_Task"}, {"then", {{"task_delay", 7200}}}}});
  changed = [this](const policy::Operation& operation) {
    if (operation.state == OpState::Task) stop.request_stop();
  };
  const auto results = run({job("web", {create(), create()}), job("db", {create()})});
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_EQ(results[0].end, StepEnd::Open);
  EXPECT_EQ(results[1].end, StepEnd::NotTried);
  EXPECT_EQ(results[2].end, StepEnd::Interrupted);
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 1U);
  ASSERT_THAT(open_operations(), SizeIs(1));
  EXPECT_EQ(open_operations()[0].state, OpState::Task);
  executor.reset();
  connection.reset();
  EXPECT_EQ(calls("Logout"), 1U);
}

}  // namespace
}  // namespace agent::test
