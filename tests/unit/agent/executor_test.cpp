// What becomes of each kind of operation, seen from the world that it was done to.
#include <algorithm>

#include "agent/act/server_clock.h"
#include "agent/error.h"
#include "storage/watch.h"
#include "tests/unit/agent/executor_world.h"

namespace agent::test {
namespace {

using policy::OpKind;
using policy::OpState;
using testing::HasSubstr;
using testing::SizeIs;

class AnExecutor : public ExecutorWorld {
 protected:
  std::string rules_of(const StepResult& result) {
    std::string names;
    for (const policy::Refusal& one : result.refusals) names += one.rule + " ";
    return names;
  }
};

TEST_F(AnExecutor, RemovesASnapshotAndMeasuresTheMerge) {
  vm("web").writes = {.pattern = sim::WriteModel::Pattern::Uniform, .bytes_per_hour = 4e9};
  const std::string moid = made("web");
  step(std::chrono::minutes{30});
  forget_calls();
  const StepResult result = one("web", remove("web", moid));
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_TRUE(result.operation->layers_verified);
  EXPECT_LE(round_trips(), 3U);
  EXPECT_TRUE(vm("web").snapshots.empty());
  EXPECT_EQ(vm("web").disks[0].running->parent, nullptr);
  EXPECT_TRUE(owned().empty());
  const auto merges = storage::Watch(journal).merges(uuid);
  ASSERT_THAT(merges, SizeIs(1));
  EXPECT_GT(merges[0].bytes, 0U);
  EXPECT_EQ(result.bytes, merges[0].bytes);
}

TEST_F(AnExecutor, SettlesARemovalWhoseAnswerIsLost) {
  const std::string moid = made("web");
  rules({{{"method", "RemoveSnapshot_Task"}, {"then", {{"drop_after", true}}}}});
  const StepResult result = one("web", remove("web", moid));
  EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_EQ(calls("RemoveSnapshot_Task"), 1U);
  EXPECT_TRUE(vm("web").snapshots.empty());
}

TEST_F(AnExecutor, TakesNoTaskOfTheStepBeforeForItsOwnThoughClocksDisagree) {
  const std::string first = made("web");
  const std::string second = made("web");
  rules({{{"method", "RemoveSnapshot_Task"}, {"nth", 2}, {"then", {{"drop_before", true}}}}});
  changed = [this](const policy::Operation& operation) {
    if (operation.state != OpState::Unknown) return;
    const std::lock_guard hold(world.mutex);
    for (auto& [moid, task] : world.tasks) {
      if (task.completed) *task.completed += std::chrono::seconds{2};
    }
  };
  const auto results = run({job("web", {remove("web", first), remove("web", second)})});
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_EQ(results[0].end, StepEnd::Done) << results[0].text;
  EXPECT_EQ(results[1].end, StepEnd::Failed) << results[1].text;
  EXPECT_TRUE(open_operations().empty()) << "it was never executed, and nobody has to look";
}

TEST_F(AnExecutor, GoesOnWithoutAHistoryThatTheServerRefuses) {
  rules(
      {{{"method", "CreateSnapshotEx_Task"}, {"nth", 1}, {"then", {{"drop_before", true}}}},
       {{"method", "CreateCollectorForTasks"}, {"then", {{"fault", {{"type", "NoPermission"}}}}}}});
  const policy::Time began = clock.now();
  const StepResult result = one("web", create());
  EXPECT_EQ(result.end, StepEnd::Failed) << result.text;
  EXPECT_GT(calls("CreateCollectorForTasks"), 1U);
  EXPECT_LT(clock.now() - began, std::chrono::minutes{15});
  EXPECT_TRUE(open_operations().empty());
}

TEST_F(AnExecutor, LeavesAVmToALaterRunThatCanNotBeLookedAt) {
  rules({{{"method", "CreateSnapshotEx_Task"}, {"nth", 1}, {"then", {{"drop_before", true}}}}});
  changed = [this](const policy::Operation& operation) {
    if (operation.state != OpState::Unknown || !operation.fault.empty()) return;
    rules(
        {{{"method", "RetrievePropertiesEx"}, {"then", {{"fault", {{"type", "NoPermission"}}}}}}});
    changed = nullptr;
  };
  const policy::Time began = clock.now();
  const StepResult result = one("web", create());
  EXPECT_EQ(result.end, StepEnd::Open) << result.text;
  EXPECT_LT(clock.now() - began, std::chrono::minutes{20});
  ASSERT_THAT(open_operations(), SizeIs(1));
  EXPECT_THAT(open_operations()[0].why, HasSubstr("NoPermission")) << "the journal knows why";
}

TEST_F(AnExecutor, TellsOfARevertWhoseTaskFailedThoughTheDisksWentBack) {
  const std::string moid = made("web");
  JobStep revert = remove("web", moid);
  revert.kind = OpKind::Revert;
  rules({{{"method", "RevertToSnapshot_Task"},
          {"then",
           {{"task_error",
             {{"type", "GenericVmConfigFault"},
              {"message", "could not be resumed"},
              {"after_executing", true}}}}}}});
  const StepResult result = one("web", revert);
  EXPECT_EQ(result.end, StepEnd::Failed);
  EXPECT_THAT(result.text, HasSubstr("stands on " + moid));
  EXPECT_THAT(result.text, HasSubstr("GenericVmConfigFault (could not be resumed)"));
  EXPECT_EQ(result.operation->state, OpState::Done) << "the disks did go back";
}

TEST_F(AnExecutor, ConsolidatesWhatARemovalLeftBehind) {
  const std::string moid = made("web");
  rules({{{"method", "RemoveSnapshot_Task"}, {"then", {{"consolidation_debt", true}}}}});
  const StepResult result = one("web", remove("web", moid));
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_EQ(calls("ConsolidateVMDisks_Task"), 1U);
  EXPECT_EQ(vm("web").disks[0].running->parent, nullptr);
  EXPECT_FALSE(vm("web").consolidation_needed);
}

TEST_F(AnExecutor, WaitsForATaskThatTakesHours) {
  const std::string moid = made("web");
  rules({{{"method", "RemoveSnapshot_Task"},
          {"then", {{"task_delay", 7200}, {"consolidation_debt", true}, {"flag_lag", 20}}}}});
  const StepResult result = one("web", remove("web", moid));
  EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_GE(result.took, std::chrono::hours{2});
}

TEST_F(AnExecutor, LeavesAMergeOpenThatFailsAndTriesItAgainWhenItIsDue) {
  const std::string moid = made("web");
  rules({{{"method", "RemoveSnapshot_Task"}, {"then", {{"consolidation_debt", true}}}},
         {{"method", "ConsolidateVMDisks_Task"},
          {"times", 1},
          {"then", {{"task_error", {{"type", "FileLocked"}}}}}}});
  const StepResult result = one("web", remove("web", moid));
  EXPECT_EQ(result.end, StepEnd::Open) << result.text;
  EXPECT_EQ(result.operation->state, OpState::MergePending);
  EXPECT_THAT(one("web", create()).end, StepEnd::Refused) << "while it is open, nothing else";

  start_executor();
  ASSERT_THAT(executor->recover(), SizeIs(1));
  EXPECT_EQ(calls("ConsolidateVMDisks_Task"), 1U) << "not due yet";
  step(std::chrono::minutes{6});
  start_executor();
  executor->recover();
  EXPECT_EQ(calls("ConsolidateVMDisks_Task"), 2U);
  step(std::chrono::minutes{1});
  start_executor();
  executor->recover();
  EXPECT_TRUE(open_operations().empty());
  EXPECT_FALSE(vm("web").consolidation_needed);
  EXPECT_TRUE(owned().empty());
}

TEST_F(AnExecutor, WaitsForATaskOfAnother) {
  touch({{"act", "create"}, {"vm", vm("web").ref.value}, {"name", "by hand"}, {"memory", true}});
  const StepResult result = one("web", create());
  EXPECT_EQ(result.end, StepEnd::Refused) << result.text;
  EXPECT_THAT(rules_of(result), HasSubstr("foreign-task"));
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 0U);
  EXPECT_TRUE(open_operations().empty());
}

TEST_F(AnExecutor, DoesNotRemoveASnapshotThatAPersonTookOver) {
  const std::string moid = made("web");
  touch({{"act", "rename"}, {"snapshot", moid}, {"description", "mine now"}});
  const StepResult result = one("web", remove("web", moid));
  EXPECT_EQ(result.end, StepEnd::Refused);
  EXPECT_THAT(rules_of(result), HasSubstr("foreign-snapshot"));
  EXPECT_EQ(calls("RemoveSnapshot_Task"), 0U);
}

TEST_F(AnExecutor, DoesNotRemoveAnotherSnapshotOfTheSameName) {
  const std::string moid = made("web");
  JobStep step = remove("web", moid);
  ++step.snapshot.id;
  const StepResult result = one("web", step);
  EXPECT_EQ(result.end, StepEnd::Refused);
  EXPECT_THAT(rules_of(result), HasSubstr("identity"));
}

TEST_F(AnExecutor, RevertsOnce) {
  const std::string first = made("web");
  made("web");
  JobStep step = remove("web", first);
  step.kind = OpKind::Revert;
  const StepResult result = one("web", step);
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_EQ(vm("web").current_snapshot->value, first);
  EXPECT_EQ(calls("RevertToSnapshot_Task"), 1U);
}

TEST_F(AnExecutor, RenamesWithoutTakingTheMarkAway) {
  const std::string moid = made("web");
  JobStep step = remove("web", moid);
  step.kind = OpKind::Rename;
  step.new_name = "before the update";
  step.new_description = "asked for by Eve";
  const StepResult result = one("web", step);
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_EQ(vm("web").snapshots[0].name, "before the update");
  EXPECT_THAT(vm("web").snapshots[0].description, HasSubstr("Eve"));
  EXPECT_EQ(one("web", remove("web", moid)).end, StepEnd::Done) << "it is still ours";
}

TEST_F(AnExecutor, NeverSendsARemovalWithoutATarget) {
  JobStep step;
  step.kind = OpKind::Remove;
  EXPECT_EQ(one("web", step).end, StepEnd::Refused);
  EXPECT_EQ(calls("RemoveSnapshot_Task"), 0U);
}

TEST_F(AnExecutor, ConsolidatesForAnOperator) {
  const std::string moid = made("web");
  touch({{"act", "delete"}, {"snapshot", moid}, {"consolidate", false}});
  step(std::chrono::minutes{1});
  JobStep step;
  step.kind = OpKind::Consolidate;
  const StepResult result = one("web", step);
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_EQ(vm("web").disks[0].running->parent, nullptr);
}

TEST_F(AnExecutor, LooksAgainWhenAConnectionBreaksOnce) {
  rules({{{"method", "RetrievePropertiesEx"}, {"times", 1}, {"then", {{"drop_before", true}}}}});
  const StepResult result = one("web", create());
  EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_THAT(vm("web").snapshots, SizeIs(1));
}

TEST_F(AnExecutor, GivesUpWhenTheServerIsGoneAndLeavesTheRest) {
  rules({{{"method", "RetrievePropertiesEx"}, {"then", {{"drop_before", true}}}}});
  EXPECT_THROW(run({job("web", {create()}), job("db", {create()})}), vsphere::Error);
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 0U);
  EXPECT_TRUE(open_operations().empty());
}

TEST_F(AnExecutor, SendsNothingMoreOnceTheJournalCannotBeWritten) {
  // Somebody ends the row behind its back, so that the task can't be written into it.
  changed = [this](const policy::Operation& operation) {
    if (operation.state != OpState::Intent) return;
    policy::Operation over = operation;
    over.state = OpState::Failed;
    journal.update(over, {});
  };
  limits.per_vcenter = 1;
  start_executor();
  EXPECT_THROW(run({job("web", {create()}), job("db", {create()})}), storage::Error);
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 1U);
}

TEST_F(AnExecutor, GoesOnWithTheNextRemovalWhenAGuardRefusesOne) {
  const std::string first = made("web");
  const std::string second = made("web");
  JobStep refused = remove("web", first);
  ++refused.snapshot.id;
  const auto results = run({job("web", {refused, remove("web", second)})});
  EXPECT_EQ(results.at(0).end, StepEnd::Refused);
  EXPECT_EQ(results.at(1).end, StepEnd::Done) << results.at(1).text;
}

TEST_F(AnExecutor, TakesASimulatedServersClockForItsOwn) {
  const ServerClock servers(*connection->session);
  EXPECT_EQ(servers.now(), clock.now());
  EXPECT_TRUE(servers.is_the_servers());
  const policy::Time told = servers.now();
  step(std::chrono::minutes{1});
  servers.new_round();
  rules({{{"method", "CurrentTime"}, {"then", {{"http_503", true}}}}});
  EXPECT_EQ(servers.now(), told) << "no answer: the time that it told last";
  rules(nlohmann::json::array());
  servers.new_round();
  EXPECT_EQ(servers.now(), told + std::chrono::minutes{1});
}

class ManyJobs : public ExecutorWorld {
 protected:
  ManyJobs() : ExecutorWorld(9) {}
};

TEST_F(ManyJobs, NeverTakeMoreSlotsThanTheLimits) {
  limits = {.per_vcenter = 16, .per_host = 16, .per_datastore = 2};
  start_executor();
  std::vector<Job> jobs;
  for (const auto& [moid, one] : world.vms) jobs.push_back(job(one.name, {create()}));
  const auto results = run(jobs);
  ASSERT_THAT(results, SizeIs(12));
  for (const StepResult& result : results) EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  std::vector<std::pair<sim::Time, int>> edges;
  for (const auto& [moid, task] : world.tasks) {
    edges.emplace_back(task.queued, 1);
    edges.emplace_back(task.completed.value(), -1);
  }
  std::sort(edges.begin(), edges.end());
  int running = 0, most = 0;
  for (const auto& [at, change] : edges) most = std::max(most, running += change);
  EXPECT_EQ(most, 2);
}

}  // namespace
}  // namespace agent::test
