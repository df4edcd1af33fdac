// What becomes of each kind of operation, seen from the world that it was done to.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "agent/act/execute/failpoint.h"
#include "agent/act/execute/intent.h"
#include "agent/act/execute/ladder.h"
#include "agent/act/server_clock.h"
#include "agent/error.h"
#include "agent/translate/task_seen.h"
#include "policy/marker.h"
#include "storage/copies.h"
#include "storage/watch.h"
#include "tests/unit/agent/executor_world.h"

namespace agent::test {
namespace {

using policy::OpKind;
using policy::OpState;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
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

/// Helper snapshot, clone, removal of the helper: what a policy of method clone asks for.
std::vector<JobStep> clone_steps(bool linked) {
  std::vector<JobStep> steps(3);
  steps[0].kind = OpKind::Create;
  steps[0].quiesce = Quiesce::Never;
  steps[0].helper = true;
  steps[1].kind = OpKind::Clone;
  steps[1].needs_previous = true;
  steps[1].clone = CloneTarget{.name = "web copy",
                               .datastore = {},
                               .host = {},
                               .pool = {},
                               .folder = "/DC/vm/copies",
                               .linked = linked,
                               .as_template = false};
  steps[2].kind = OpKind::Remove;
  steps[2].remove_created = true;
  if (linked) steps.pop_back();
  return steps;
}

TEST_F(AnExecutor, ClonesFromAHelperThatGoesWhenTheCloneIsVerified) {
  const auto results = run({job("web", clone_steps(false))});
  ASSERT_THAT(results, SizeIs(3));
  for (const StepResult& result : results) EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_TRUE(vm("web").snapshots.empty());
  // One more than three for each: the folders, once, and what is plugged into the source.
  EXPECT_LE(round_trips(), 13U);
  const sim::Vm& copy = vm("web copy");
  EXPECT_EQ(copy.power, sim::PowerState::Off);
  EXPECT_FALSE(copy.network_connected);
  EXPECT_EQ(copy.disks[0].running->parent, nullptr);
  const auto copies = storage::Copies(journal).copies(uuid);
  ASSERT_THAT(copies, SizeIs(1));
  EXPECT_EQ(copies[0].state, storage::CopyState::Made);
  EXPECT_EQ(copies[0].image.instance_uuid, copy.instance_uuid);
  EXPECT_FALSE(copies[0].mac.empty());
}

TEST_F(AnExecutor, MakesNoHelperForACloneThatHasNoPlace) {
  std::vector<JobStep> steps = clone_steps(false);
  steps[1].clone->datastore = "vautl";
  const auto results = run({job("web", steps)});
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_EQ(results[0].end, StepEnd::Refused);
  EXPECT_THAT(results[0].text, HasSubstr("vautl"));
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 0U);
}

TEST_F(AnExecutor, RemovesTheHelperOfACloneThatWasNotEvenBegun) {
  policy_facts.allow_remove_all = false;  // it is the newest, and no good one
  changed = [this](const policy::Operation& operation) {
    if (operation.kind != OpKind::Create || operation.state != OpState::Done) return;
    rules({{{"method", "RetrievePropertiesEx"},
            {"times", 1},
            {"then", {{"fault", {{"type", "NoPermission"}}}}}}});
  };
  const auto results = run({job("web", clone_steps(false))});
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_EQ(results[1].end, StepEnd::Failed) << results[1].text;
  EXPECT_FALSE(results[1].operation) << "it has no row";
  EXPECT_EQ(results[2].end, StepEnd::Done) << results[2].text;
  EXPECT_TRUE(vm("web").snapshots.empty());
}

TEST_F(AnExecutor, ClonesLinkedFromASnapshot) {
  const auto results = run({job("web", clone_steps(true))});
  for (const StepResult& result : results) EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_NE(vm("web copy").disks[0].running->parent, nullptr);
}

TEST_F(AnExecutor, RemovesTheHelperOfACloneThatFailed) {
  rules({{{"method", "CloneVM_Task"}, {"then", {{"task_error", {{"type", "NoDiskSpace"}}}}}}});
  const auto results = run({job("web", clone_steps(false))});
  EXPECT_EQ(results.at(1).end, StepEnd::Failed) << results.at(1).text;
  EXPECT_EQ(results.at(2).end, StepEnd::Done) << results.at(2).text;
  EXPECT_TRUE(vm("web").snapshots.empty());
  EXPECT_TRUE(storage::Copies(journal).copies(uuid).empty());
}

class ACopy : public AnExecutor {
 protected:
  ACopy() {
    run({job("web", clone_steps(false))});
    copy = vm("web copy").ref.value;
    forget_calls();
  }
  StepResult destroy() {
    JobStep step;
    step.kind = OpKind::Destroy;
    step.copy = storage::Copies(journal).copies(uuid).at(0).op;
    return one("web copy", step);
  }
  storage::CopyState state() { return storage::Copies(journal).copies(uuid).at(0).state; }
  std::string copy;
};

TEST_F(ACopy, IsDeletedWhenNobodyTouchedIt) {
  const StepResult result = destroy();
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_FALSE(world.vms.contains(copy));
  EXPECT_EQ(state(), storage::CopyState::Deleted);
}

TEST_F(ACopy, IsReleasedForEverOnceItWasPoweredOn) {
  touch({{"act", "power_on"}, {"vm", copy}});
  step(std::chrono::minutes{1});
  EXPECT_EQ(destroy().end, StepEnd::Refused);
  EXPECT_EQ(state(), storage::CopyState::Released);
  touch({{"act", "power_off"}, {"vm", copy}});
  step(std::chrono::minutes{1});
  EXPECT_EQ(destroy().end, StepEnd::Refused);
  EXPECT_TRUE(world.vms.contains(copy));
  EXPECT_EQ(calls("Destroy_Task"), 0U);
}

TEST_F(ACopy, IsReleasedThoughItRanOnlyWhileNobodyLooked) {
  for (const char* act : {"power_on", "power_off"}) {
    touch({{"act", act}, {"vm", copy}});
    step(std::chrono::minutes{1});
  }
  EXPECT_EQ(destroy().end, StepEnd::Refused);
  EXPECT_EQ(state(), storage::CopyState::Released);
  EXPECT_EQ(calls("Destroy_Task"), 0U);
}

TEST_F(ACopy, IsReleasedWhenItWasRenamed) {
  {
    const std::lock_guard hold(world.mutex);
    world.vms.at(copy).name = "web restored";
    world.touch(world.vms.at(copy).ref, "name");
  }
  JobStep step;
  step.kind = OpKind::Destroy;
  step.copy = storage::Copies(journal).copies(uuid).at(0).op;
  EXPECT_EQ(one("web restored", step).end, StepEnd::Refused);
  EXPECT_EQ(state(), storage::CopyState::Released);
}

TEST_F(ACopy, IsDeletedOnlyWhileANewerOneStandsUntouched) {
  policy_facts.allow_remove_all = false;
  const StepResult only = destroy();
  EXPECT_EQ(only.end, StepEnd::Refused);
  EXPECT_THAT(only.text, HasSubstr("last-good"));
  EXPECT_EQ(state(), storage::CopyState::Made);
  step(std::chrono::hours{1});
  auto steps = clone_steps(false);
  steps[1].clone->name = "newer";
  run({job("web", steps)});
  const nlohmann::json newer{{"act", "power_on"}, {"vm", vm("newer").ref.value}};
  touch(newer);
  step(std::chrono::minutes{1});
  EXPECT_EQ(destroy().end, StepEnd::Refused);
  EXPECT_EQ(calls("Destroy_Task"), 0U);
  steps[1].clone->name = "newest";
  run({job("web", steps)});
  const StepResult done = destroy();
  EXPECT_EQ(done.end, StepEnd::Done) << done.text;
  EXPECT_FALSE(world.vms.contains(copy));
}

TEST(AnOperationId, SortsByTimeAndIsNeverGivenTwice) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(new_id(kNow));
  EXPECT_THAT(ids, SizeIs(100));
  EXPECT_LT(*ids.rbegin(), new_id(kNow + std::chrono::seconds{1}));
  for (const std::string& id : ids) EXPECT_THAT(id, SizeIs(26));
}

TEST(ACloneName, IsCutAtACharacterWhereItIsTooLong) {
  EXPECT_EQ(clone_name("web", kNow), "web_2026-11-22T02-00-00Z");
  std::string long_name(58, 'a');
  for (const char* end : {"\u00fc", "a\u00fc", "\u00fc\u00fc\u00fc"}) {
    const std::string name = clone_name(long_name + end, kNow);
    EXPECT_LE(name.size(), 80U);
    const std::string before = name.substr(0, name.find('_'));
    EXPECT_TRUE((long_name + end).starts_with(before));
    EXPECT_NE(static_cast<unsigned char>(before.back()) & 0xC0U, 0xC0U) << "half a character";
  }
}

TEST(TheLadder, AsksOnlyAGuestThatRunsAndGivesWayOnceToTry) {
  EXPECT_TRUE(asks_for_quiesce(Quiesce::Try, policy::Power::On, false));
  EXPECT_FALSE(asks_for_quiesce(Quiesce::Require, policy::Power::Off, false));
  EXPECT_FALSE(asks_for_quiesce(Quiesce::Try, policy::Power::On, true));
  policy::Operation failed;
  failed.quiesced = true;
  failed.fault = "GenericVmConfigFault";
  const std::string notes = "msg.snapshot.error-QUIESCINGERROR: the guest did not answer";
  EXPECT_TRUE(tries_without(Quiesce::Try, failed, notes));
  EXPECT_FALSE(tries_without(Quiesce::Require, failed, notes));
  EXPECT_FALSE(tries_without(Quiesce::Try, failed, "disk full"));
  failed.quiesced = false;
  EXPECT_FALSE(tries_without(Quiesce::Try, failed, notes));
}

#ifdef DELTAKEEP_FAILPOINTS
TEST(Failpoints, HaveNamesOfTheirOwn) {
  const std::vector<std::string> names = failpoint_names();
  EXPECT_THAT(std::set<std::string>(names.begin(), names.end()), SizeIs(names.size()));
  EXPECT_THAT(names, IsSupersetOf({"create.after-intent", "rename.after-done", "run.planned"}));
  EXPECT_THAT(names, Not(Contains("rename.after-task")));
}

TEST(FailpointsDeathTest, KillWhereTheEnvironmentSaysAtTheTimeThatItSays) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";  // in a process that has passed none yet
  setenv("DELTAKEEP_FAILPOINT", "remove.after-call:2", 1);
  const auto pass = [] {
    failpoint(OpKind::Create, Boundary::AfterCall);
    failpoint(OpKind::Remove, Boundary::AfterCall);
    std::fputs("once", stderr);
    failpoint(OpKind::Remove, Boundary::AfterCall);
  };
  EXPECT_EXIT(pass(), testing::KilledBySignal(SIGKILL), "once");
  unsetenv("DELTAKEEP_FAILPOINT");
}
#endif

TEST(ATask, IsKnownByEitherOfItsNames) {
  vsphere::TaskInfo info;
  info.ref = {.type = "Task", .value = "task-1"};
  info.name = "CreateSnapshot";
  EXPECT_EQ(task_seen(info).kind, OpKind::Create);
  EXPECT_TRUE(task_seen(info).known_kind);
  info.name = "";
  info.description_id = "vm.Snapshot.remove";
  EXPECT_EQ(task_seen(info).kind, OpKind::Remove);
  info.description_id = "VirtualMachine.migrate";
  EXPECT_FALSE(task_seen(info).known_kind);
  EXPECT_EQ(task_seen(info).state, policy::TaskState::Unknown);
  info.error = vsphere::Fault{.type = "GenericVmConfigFault",
                              .message = "it failed",
                              .privilege = {},
                              .object = {},
                              .causes = {},
                              .notes = {"msg.snapshot.error-QUIESCINGERROR: guest"}};
  EXPECT_THAT(task_seen(info).fault_text, HasSubstr("QUIESCINGERROR"));
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
