// What a run is made of, before anything is sent: which jobs follow from a plan, what was approved,
// and what is put off.
#include <gtest/gtest.h>

#include <sstream>

#include "agent/act/execute/approved_plan.h"
#include "agent/act/execute/jobs.h"
#include "agent/act/execute/put_off.h"
#include "agent/act/execute/run_outcomes.h"
#include "agent/act/server_clock.h"
#include "agent/config/policies.h"
#include "owned_state.h"
#include "tests/support/paper_vcenter.h"
#include "tests/unit/agent/planned_run.h"

namespace agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::kMidnight;
using test::Planned;

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
