// What a run is made of, before anything is sent: what is due, what was approved, which jobs follow
// from a plan, and what is told of them afterwards.
#include <gtest/gtest.h>

#include <sstream>

#include "agent/act/execute/approved_plan.h"
#include "agent/act/execute/due.h"
#include "agent/act/execute/jobs.h"
#include "agent/act/execute/put_off.h"
#include "agent/act/execute/run_outcomes.h"
#include "agent/act/server_clock.h"
#include "agent/config/policies.h"
#include "owned_state.h"
#include "tests/support/paper_vcenter.h"
#include "tests/unit/agent/sample_servers.h"

namespace agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const policy::Time kMidnight = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

constexpr const char* kPolicies = R"([[policy]]
name = "daily"
renamed_from = "nightly"
apply = true
select = { name = "web-*" }
schedule = "0 2 * * *"
timezone = "UTC"
misfire = "skip-after 2h"
mark_delay = "0s"
keep = { last = 1 }
[[policy]]
name = "copy"
apply = true
select = { name = "db-*" }
method = "clone"
clone = { datastore = "vault", folder = "/DC0/vm/copies", partial = true }
keep = { monthly = 3 }
[[policy]]
name = "watch"
select = { name = "*" }
method = "retain"
keep = { last = 9 }
)";

Config config() {
  const ConfigResult result =
      parse_config(std::string(test::kProd) + test::kLab + kPolicies, "test.toml", {});
  for (const ConfigProblem& problem : result.problems) ADD_FAILURE() << problem.text();
  return result.config;
}

PolicyDue due_of(const std::vector<storage::PolicyRun>& last, policy::Time now) {
  return due_policies(config(), last, now)[0];
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
  const auto all = due_policies(config(), {}, kMidnight);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_FALSE(all[1].runs) << "clone without a schedule: " << all[1].text;
  EXPECT_TRUE(all[2].runs) << "retain: " << all[2].text;
}

/// Two VMs on prod, one on lab, planned under the configuration above.
struct Planned {
  Config settings = config();
  std::vector<policy::Policy> policies = policies_of(settings, kMidnight);
  Gathered gathered;
  policy::Plan plan;

  Planned() {
    gathered.inventory.taken = kMidnight;
    gathered.inventory.complete = true;
    gathered.inventory.endpoints.resize(2);
    gathered.inventory.endpoints[0].name = "prod";
    gathered.inventory.endpoints[0].uuid = "uuid-p";
    gathered.inventory.endpoints[1].name = "lab";
    gathered.inventory.endpoints[1].uuid = "uuid-l";
    gathered.endpoint_uuids = {{"prod", "uuid-p"}, {"lab", "uuid-l"}};
    gathered.endpoints["prod"].armed = true;
    gathered.endpoints["prod"].scan_complete = true;
    gathered.endpoints["lab"].armed = false;
    add("prod", "web-1", "vm-1");
    add("prod", "db-1", "vm-2");
    add("lab", "web-1", "vm-1");
    plan_again();
  }

  void add(const std::string& endpoint, const std::string& name, const std::string& moid) {
    policy::Vm vm;
    vm.identity = {.endpoint = endpoint,
                   .moid = moid,
                   .instance_uuid = "i-" + endpoint + moid,
                   .bios_uuid = {},
                   .name = name,
                   .raw_name = name};
    vm.place.host = "host-1";
    vm.place.datastores = {"datastore-2", "datastore-1", "datastore-2"};
    vm.state.connection = policy::Connection::Connected;
    vm.state.power = policy::Power::Off;
    policy::Disk disk;
    disk.key = 2000;
    disk.capacity_bytes = 1 << 30;
    disk.datastore = "datastore-1";
    disk.layers.resize(1);
    disk.layers[0].file = "[d] " + name + "/" + moid + ".vmdk";
    disk.layers[0].bytes = 1 << 30;
    vm.disks = {disk};
    gathered.inventory.vms.push_back(vm);
  }

  void plan_again(bool create = true) {
    gathered.inventory.datastores.clear();
    for (const char* endpoint : {"prod", "lab"}) {
      for (const char* moid : {"datastore-1", "datastore-2"}) {
        policy::Datastore one;
        one.endpoint = endpoint;
        one.moid = one.name = moid;
        one.capacity_bytes = 1000ULL << 30;
        one.free_bytes = 900ULL << 30;
        gathered.inventory.datastores.push_back(one);
      }
    }
    plan = policy::make_plan({.inventory = gathered.inventory,
                              .policies = policies,
                              .now = kMidnight,
                              .create = create,
                              .endpoints = gathered.endpoints});
  }

  StoredPlan stored() const {
    std::stringstream text;
    write_plan(text, plan);
    return read_plan(text);
  }
};

TEST(JobsOfAPlan, AreThoseOfOneEndpointThatNothingHolds) {
  const Planned p;
  EXPECT_TRUE(jobs_of(p.plan, p.settings, p.gathered, "lab").empty()) << "lab is only observed";
  const auto jobs = jobs_of(p.plan, p.settings, p.gathered, "prod");
  ASSERT_EQ(jobs.size(), 2U);
  const Job& daily = jobs[0].job;
  EXPECT_EQ(daily.policy_name, "daily");
  EXPECT_EQ(daily.vm.endpoint_uuid, "uuid-p");
  EXPECT_EQ(daily.demand.datastores, (std::vector<std::string>{"datastore-1", "datastore-2"}));
  ASSERT_EQ(daily.steps.size(), 1U);
  EXPECT_EQ(daily.steps[0].kind, policy::OpKind::Create);
  EXPECT_EQ(daily.steps[0].id, "daily/prod/vm-1/create");
}

TEST(JobsOfAPlan, CloneInThreeStepsOfWhichTheLastTakesTheHelperAway) {
  const Planned p;
  const auto jobs = jobs_of(p.plan, p.settings, p.gathered, "prod");
  const std::vector<JobStep>& steps = jobs[1].job.steps;
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_TRUE(steps[0].helper);
  EXPECT_EQ(steps[1].kind, policy::OpKind::Clone);
  EXPECT_TRUE(steps[1].needs_previous);
  EXPECT_TRUE(steps[1].partial_clone);
  EXPECT_EQ(steps[1].clone->datastore, "vault");
  EXPECT_EQ(steps[1].clone->folder, "/DC0/vm/copies");
  EXPECT_TRUE(steps[2].remove_created);
  EXPECT_EQ(jobs[1].steps, (std::vector<std::size_t>{0, 0, 0})) << "all three are one planned step";
}

TEST(JobsOfAPlan, AreHeldByAPauseOfWhateverScope) {
  Planned p;
  p.gathered.endpoints["prod"].paused = policy::Pause{"vcenter prod", {}, "storage move"};
  EXPECT_TRUE(jobs_of(p.plan, p.settings, p.gathered, "prod").empty());
  const auto why = held_because(p.policies[0], p.gathered.inventory.vms[0], p.gathered);
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("storage move"), std::string::npos) << *why;
}

TEST(ApprovedPlan, IsCarriedOutWholeWhereNothingChanged) {
  Planned p;
  const StoredPlan approved = p.stored();
  p.plan_again();
  EXPECT_TRUE(keep_approved(approved, p.plan).empty());
  EXPECT_EQ(jobs_of(p.plan, p.settings, p.gathered, "prod").size(), 2U);
}

TEST(ApprovedPlan, LeavesOutAVmThatChangedAndGoesOnWithTheOthers) {
  Planned p;
  const StoredPlan approved = p.stored();
  p.gathered.inventory.vms[0].disks[0].layers[0].file = "[d] v/v_1.vmdk";
  p.plan_again();
  const auto left = keep_approved(approved, p.plan);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].step.id, "daily/prod/vm-1/create");
  EXPECT_NE(left[0].why.find("changed"), std::string::npos);
  const auto jobs = jobs_of(p.plan, p.settings, p.gathered, "prod");
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].job.policy_name, "copy");
}

TEST(ApprovedPlan, DoesNothingThatItDoesNotList) {
  Planned p;
  StoredPlan approved = p.stored();
  std::erase_if(approved.steps, [](const StoredStep& step) { return step.policy == "copy"; });
  p.plan_again();
  EXPECT_TRUE(keep_approved(approved, p.plan).empty());
  const auto jobs = jobs_of(p.plan, p.settings, p.gathered, "prod");
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].job.policy_name, "daily");
}

TEST(ApprovedPlan, SaysWhichStepsAPlanOfNowDoesNotHave) {
  Planned p;
  const StoredPlan approved = p.stored();
  p.plan_again(false);
  const auto left = keep_approved(approved, p.plan);
  EXPECT_EQ(left.size(), approved.steps.size());
  for (const Unapproved& one : left) EXPECT_NE(one.why.find("a plan of now"), std::string::npos);
}

TEST(ApprovedPlan, SaysWhichVmsAreGone) {
  Planned p;
  const StoredPlan approved = p.stored();
  p.gathered.inventory.vms.erase(p.gathered.inventory.vms.begin());
  p.plan_again();
  const auto left = keep_approved(approved, p.plan);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_NE(left[0].why.find("gone"), std::string::npos) << left[0].why;
}

TEST(ApprovedPlan, MustBeThere) { EXPECT_THROW(load_approved("/nonexistent/plan.json"), Error); }

StepResult ended(std::size_t step, StepEnd end, const std::string& text) {
  StepResult result;
  result.step = step;
  result.end = end;
  result.text = text;
  result.took = std::chrono::seconds{10};
  return result;
}

StepOutcome step_of(const Outcomes& outcomes, const std::string& policy) {
  for (const VmOutcome& vm : outcomes.done()) {
    if (vm.policy == policy && !vm.steps.empty()) return vm.steps[0];
  }
  ADD_FAILURE() << "no step of policy " << policy;
  return {};
}

TEST(OutcomesOfARun, AreHeldWhereNothingWasMeantToBeSent) {
  const Planned p;
  const auto vms = Outcomes(p.plan, p.gathered, {}).done();
  const auto lab = std::find_if(vms.begin(), vms.end(),
                                [](const VmOutcome& vm) { return vm.endpoint == "lab"; });
  ASSERT_NE(lab, vms.end());
  ASSERT_EQ(lab->steps.size(), 1U);
  EXPECT_TRUE(lab->steps[0].held);
  EXPECT_NE(lab->steps[0].text.find("mode"), std::string::npos);
}

TEST(OutcomesOfARun, TellOfACloneWhatWentWrongFirst) {
  const Planned p;
  const auto jobs = jobs_of(p.plan, p.settings, p.gathered, "prod");
  Outcomes outcomes(p.plan, p.gathered, {});
  outcomes.take(jobs[1], ended(0, StepEnd::Failed, "no snapshot"));
  outcomes.take(jobs[1], ended(1, StepEnd::NotTried, "no helper"));
  outcomes.take(jobs[1], ended(2, StepEnd::NotTried, "nothing to remove"));
  const StepOutcome step = step_of(outcomes, "copy");
  EXPECT_EQ(step.end, StepEnd::Failed);
  EXPECT_EQ(step.text, "no snapshot");
  EXPECT_FALSE(outcomes.created(jobs[1].policy, jobs[1].vm));
}

TEST(OutcomesOfARun, TellOfACloneThatItsHelperStays) {
  const Planned p;
  const auto jobs = jobs_of(p.plan, p.settings, p.gathered, "prod");
  Outcomes outcomes(p.plan, p.gathered, {});
  outcomes.take(jobs[1], ended(0, StepEnd::Done, "made"));
  outcomes.take(jobs[1], ended(1, StepEnd::Done, "cloned"));
  outcomes.take(jobs[1], ended(2, StepEnd::Open, "merge pending"));
  const StepOutcome step = step_of(outcomes, "copy");
  EXPECT_EQ(step.end, StepEnd::Open);
  EXPECT_EQ(step.text, "merge pending");
  EXPECT_EQ(step.took, std::chrono::seconds{30});
}

RunResponse with(std::vector<StepEnd> ends, bool refused_vm = false) {
  RunResponse run;
  VmOutcome vm;
  vm.refused = refused_vm;
  for (const StepEnd end : ends) {
    StepOutcome step;
    step.what = "create";
    step.end = end;
    vm.steps.push_back(step);
  }
  run.vms.push_back(vm);
  return run;
}

TEST(ExitCodeOfARun, SaysWhetherAScriptHasToLook) {
  using enum StepEnd;
  EXPECT_EQ(code_of(with({})), ExitCode::Ok);
  EXPECT_EQ(code_of(with({Done, Done})), ExitCode::Ok);
  EXPECT_EQ(code_of(with({Done, Failed})), ExitCode::Partial);
  EXPECT_EQ(code_of(with({Failed})), ExitCode::Failed);
  EXPECT_EQ(code_of(with({Open})), ExitCode::Partial) << "nobody knows that it failed";
  EXPECT_EQ(code_of(with({Refused})), ExitCode::Refused);
  EXPECT_EQ(code_of(with({}, true)), ExitCode::Refused);
  EXPECT_EQ(code_of(with({Done, Refused})), ExitCode::Partial);
  EXPECT_EQ(code_of(with({Done, Interrupted})), ExitCode::Interrupted);
}

TEST(SummaryOfARun, CountsWhatHappened) {
  using enum StepEnd;
  EXPECT_EQ(summary_of(with({Done, Done, Failed, Open})), "2 created, 1 failed, 1 open");
  EXPECT_EQ(summary_of(with({})), "nothing to do");
}

TEST(ExitCodeOfARun, TakesNothingFromOkWhereAVmOnlyWaits) {
  RunResponse run = with({});
  run.vms.front().waits = true;
  EXPECT_EQ(code_of(run), ExitCode::Ok);
  EXPECT_EQ(summary_of(run), "1 put off");
}

TEST(ExitCodeOfARun, TakesNothingFromOkWhereAStepOnlyWaits) {
  policy::Refusal refusal;
  refusal.verdict = policy::Verdict::Waits;
  RunResponse run;
  StepOutcome& step = run.vms.emplace_back().steps.emplace_back();
  step.what = "create";
  step.end = StepEnd::Refused;
  step.refusals = {refusal};
  EXPECT_EQ(code_of(run), ExitCode::Ok);
  EXPECT_EQ(summary_of(run), "1 put off");
  refusal.verdict = policy::Verdict::Refused;
  step.refusals.push_back(refusal);
  EXPECT_EQ(code_of(run), ExitCode::Refused);
  EXPECT_EQ(summary_of(run), "1 refused");
}

TEST(SummaryOfARun, OfADryOneSaysWhatItWouldDo) {
  const Planned planned;
  RunResponse run;
  run.dry_run = true;
  run.vms = Outcomes(planned.plan, planned.gathered, {}).done();
  EXPECT_EQ(summary_of(run), "would create 1, clone 1; 1 held; nothing was sent");
  EXPECT_EQ(summary_of(RunResponse{.dry_run = true}), "nothing to do");
}

/// What a run notes of acts that others keep it from.
class PutOffs : public test::OwnedState {
 protected:
  Planned planned;
  std::vector<VmOutcome> outcomes = Outcomes(planned.plan, planned.gathered, {}).done();

  StepOutcome& create() {
    for (VmOutcome& one : outcomes) {
      if (one.policy == "daily" && one.endpoint == "prod") return one.steps.at(0);
    }
    throw std::logic_error("no such VM in the plan");
  }
  void others_work(policy::Verdict verdict = policy::Verdict::Waits) {
    policy::Refusal refusal;
    refusal.rule = "foreign-task";
    refusal.verdict = verdict;
    create().end = StepEnd::Refused;
    create().refusals = {refusal};
  }
  void passes(StepEnd end) {
    create().end = end;
    create().refusals.clear();
  }
  std::vector<storage::Waiting> keep(policy::Time now, bool creates_too = true) {
    keep_put_off(planned.plan, planned.gathered, outcomes, creates_too, holds, now);
    return holds.waiting();
  }
};

TEST_F(PutOffs, BeginWhenAGuardSaysSoAndEndWhenItPasses) {
  others_work();
  auto waits = keep(kMidnight);
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_EQ(waits[0].endpoint_uuid, "uuid-p");
  EXPECT_EQ(waits[0].vm_moid, "vm-1");
  EXPECT_EQ(waits[0].policy, "daily");
  EXPECT_EQ(waits[0].act, "create");
  EXPECT_EQ(waits[0].since, kMidnight);
  others_work(policy::Verdict::Refused);
  waits = keep(kMidnight + hours(5));
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_EQ(waits[0].since, kMidnight) << "refused by now, and waiting since then";
  passes(StepEnd::Failed);
  EXPECT_TRUE(keep(kMidnight + hours(6)).empty()) << "it was sent; how it went is another matter";
}

TEST_F(PutOffs, GoOnWhereNobodyAsked) {
  others_work();
  keep(kMidnight);
  for (const StepEnd end : {StepEnd::NotTried, StepEnd::Interrupted}) {
    passes(end);
    EXPECT_EQ(keep(kMidnight + hours(1)).size(), 1U) << step_end_name(end);
  }
  passes(StepEnd::Done);
  EXPECT_EQ(keep(kMidnight + hours(1), false).size(), 1U) << "retention alone makes nothing";
  create().held = true;
  EXPECT_EQ(keep(kMidnight + hours(1)).size(), 1U);
}

TEST_F(PutOffs, EndWhenThePolicyHasTheVmNoMore) {
  holds.wait({"uuid-p", "vm-77", "daily", "remove", kMidnight});
  holds.wait({"uuid-p", "vm-77", "other", "remove", kMidnight});
  const auto waits = keep(kMidnight);
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_EQ(waits[0].policy, "other") << "this run knows nothing of that one";
}

TEST(ServerClock, IsNoClockOfAServerThatIsNotSimulated) {
  testing_support::PaperVcenter paper;
  vsphere::Session session(paper, [] { return vsphere::Credentials{"user", "secret"}; });
  session.open();
  EXPECT_THROW(ServerClock{session}, Error);
}

}  // namespace
}  // namespace agent
