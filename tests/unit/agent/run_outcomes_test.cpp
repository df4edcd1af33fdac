// What is told of a run: of each step, in the exit code and in one line.
#include "agent/act/execute/run_outcomes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "agent/act/execute/jobs.h"
#include "tests/unit/agent/planned_run.h"

namespace agent {
namespace {

using test::Planned;

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

TEST(OutcomesOfARun, TellWhyNothingWasTriedWhereNothingElseIsTold) {
  const Planned p;
  const auto jobs = jobs_of(p.plan, p.settings, p.gathered, "prod");
  Outcomes outcomes(p.plan, p.gathered, {});
  outcomes.take(jobs[1], ended(0, StepEnd::Failed, "no snapshot"));
  outcomes.untried("prod", "not reached");
  outcomes.untried("lab", "not reached");
  std::map<std::string, std::size_t> told;
  for (const VmOutcome& vm : outcomes.done()) {
    for (const StepOutcome& step : vm.steps) ++told[step.held ? "held" : step.text];
  }
  EXPECT_EQ(told["no snapshot"], 1U);
  EXPECT_GT(told["not reached"], 0U);
  EXPECT_EQ(told[""], 0U);
  EXPECT_GT(told["held"], 0U) << "that says more";
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

TEST(OutcomeOfARun, IsPartialWhereOneEndpointIsLostAndSomethingWasDoneOnAnother) {
  RunResponse run = with({StepEnd::Done, StepEnd::NotTried});
  run.code = ExitCode::Unreachable;
  EXPECT_EQ(outcome_of(run), storage::RunOutcome::Partial);
  run = with({StepEnd::NotTried});
  run.code = ExitCode::Unreachable;
  EXPECT_EQ(outcome_of(run), storage::RunOutcome::Failed);
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

}  // namespace
}  // namespace agent
