#include "agent/act/execute/run_report.h"

#include <algorithm>
#include <utility>

namespace agent {
namespace {

template <typename Wanted>
std::size_t count_steps(const RunResponse& run, Wanted wanted) {
  std::size_t count = 0;
  for (const VmOutcome& vm : run.vms) {
    count += static_cast<std::size_t>(std::count_if(vm.steps.begin(), vm.steps.end(), wanted));
  }
  return count;
}

void add(std::string& text, std::uint64_t count, const char* what) {
  if (count == 0) return;
  if (!text.empty()) text += ", ";
  text += std::to_string(count) + " " + what;
}

}  // namespace

std::size_t RunResponse::count(StepEnd end) const {
  return count_steps(*this, [&](const StepOutcome& step) { return !step.held && step.end == end; });
}

std::size_t RunResponse::held() const {
  return count_steps(*this, [](const StepOutcome& step) { return step.held; });
}

std::size_t RunResponse::refused_vms() const {
  return static_cast<std::size_t>(
      std::count_if(vms.begin(), vms.end(), [](const VmOutcome& vm) { return vm.refused; }));
}

ExitCode code_of(const RunResponse& run) {
  const std::size_t done = run.count(StepEnd::Done);
  const std::size_t failed = run.count(StepEnd::Failed);
  const std::size_t open = run.count(StepEnd::Open);
  const std::size_t refused = run.count(StepEnd::Refused) + run.refused_vms();
  if (run.count(StepEnd::Interrupted) > 0) return ExitCode::Interrupted;
  if (failed + open > 0) return done > 0 || failed == 0 ? ExitCode::Partial : ExitCode::Failed;
  if (refused > 0) return done + run.held() > 0 ? ExitCode::Partial : ExitCode::Refused;
  return ExitCode::Ok;
}

storage::RunOutcome outcome_of(const RunResponse& run) {
  switch (run.code) {
    case ExitCode::Ok:
      return storage::RunOutcome::Ok;
    case ExitCode::Refused:
      return storage::RunOutcome::Refused;
    case ExitCode::Interrupted:
      return storage::RunOutcome::Interrupted;
    case ExitCode::Partial:
      return storage::RunOutcome::Partial;
    case ExitCode::Failed:
    case ExitCode::Usage:
    case ExitCode::Unreachable:
    case ExitCode::Locked:
    case ExitCode::Login:
      break;
  }
  return storage::RunOutcome::Failed;
}

const char* run_outcome_name(storage::RunOutcome outcome) {
  switch (outcome) {
    case storage::RunOutcome::Running:
      return "running";
    case storage::RunOutcome::Ok:
      return "ok";
    case storage::RunOutcome::Partial:
      return "partial";
    case storage::RunOutcome::Failed:
      return "failed";
    case storage::RunOutcome::Refused:
      return "refused";
    case storage::RunOutcome::Interrupted:
      return "interrupted";
  }
  return "unknown";
}

std::string summary_of(const RunResponse& run) {
  const auto done = [&](const char* what) {
    return count_steps(run, [&](const StepOutcome& step) {
      return step.what == what && step.end == StepEnd::Done;
    });
  };
  std::string text;
  add(text, done("create"), "created");
  add(text, done("clone"), "cloned");
  add(text, done("remove"), "removed");
  add(text, done("mark"), "marked");
  add(text, run.held(), "held");
  add(text, run.count(StepEnd::Refused) + run.refused_vms(), "refused");
  add(text, run.count(StepEnd::Failed), "failed");
  add(text, run.count(StepEnd::Open), "open");
  add(text, run.count(StepEnd::NotTried), "not tried");
  add(text, run.count(StepEnd::Interrupted), "interrupted");
  return text.empty() ? "nothing to do" : text;
}

std::string summary_of(const policy::Plan& plan) {
  const policy::Totals totals = plan.totals();
  std::string text;
  add(text, totals.creates, "to create");
  add(text, totals.clones, "to clone");
  add(text, totals.removals, "to remove");
  add(text, totals.marks, "to mark");
  add(text, totals.refused, "refused");
  return text.empty() ? "nothing to do" : text;
}

}  // namespace agent
