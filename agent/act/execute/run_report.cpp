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

/// Refused for now, and by nothing that a person has to settle.
bool is_put_off(const StepOutcome& step) {
  return step.end == StepEnd::Refused && !step.refusals.empty() &&
         std::all_of(step.refusals.begin(), step.refusals.end(), [](const policy::Refusal& one) {
           return one.verdict == policy::Verdict::Waits || one.verdict == policy::Verdict::Held;
         });
}

void add(std::string& text, std::uint64_t count, const char* what) {
  if (count == 0) return;
  if (!text.empty()) text += ", ";
  text += std::to_string(count) + " " + what;
}

}  // namespace

std::size_t RunResponse::count(StepEnd end) const {
  return count_steps(*this, [&](const StepOutcome& step) {
    return !step.held && step.end == end && !is_put_off(step);
  });
}

std::size_t RunResponse::put_off() const {
  const auto planned =
      std::count_if(vms.begin(), vms.end(), [](const VmOutcome& vm) { return vm.waits; });
  return static_cast<std::size_t>(planned) + count_steps(*this, is_put_off);
}

std::size_t RunResponse::held() const {
  return count_steps(*this, [](const StepOutcome& step) { return step.held; });
}

std::size_t RunResponse::refused_vms() const {
  return static_cast<std::size_t>(
      std::count_if(vms.begin(), vms.end(), [](const VmOutcome& vm) { return vm.refused; }));
}

ExitCode code_of(const RunResponse& run) {
  // What would be sent counts as done where nothing is sent.
  const std::size_t done = run.count(run.dry_run ? StepEnd::NotTried : StepEnd::Done);
  const std::size_t failed = run.count(StepEnd::Failed);
  const std::size_t open = run.count(StepEnd::Open);
  const std::size_t refused = run.count(StepEnd::Refused) + run.refused_vms();
  if (run.count(StepEnd::Interrupted) > 0) return ExitCode::Interrupted;
  if (failed + open > 0) return done > 0 || failed == 0 ? ExitCode::Partial : ExitCode::Failed;
  if (refused > 0) return done + run.held() > 0 ? ExitCode::Partial : ExitCode::Refused;
  return ExitCode::Ok;
}

storage::RunOutcome outcome_of(const RunResponse& run) {
  // One endpoint's trouble is the exit code, and not the end of what was done on the others.
  const bool done = run.count(StepEnd::Done) > 0;
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
  return done ? storage::RunOutcome::Partial : storage::RunOutcome::Failed;
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

namespace {

/// "would create 3, remove 2; 1 held; nothing was sent", in the order of the first of each.
std::string dry_summary(const RunResponse& run) {
  std::vector<std::pair<std::string, std::size_t>> planned;
  for (const VmOutcome& vm : run.vms) {
    for (const StepOutcome& step : vm.steps) {
      if (step.held || step.end != StepEnd::NotTried) continue;
      const auto known = std::find_if(planned.begin(), planned.end(),
                                      [&](const auto& one) { return one.first == step.what; });
      if (known == planned.end()) {
        planned.emplace_back(step.what, 1);
      } else {
        ++known->second;
      }
    }
  }
  std::string text, rest;
  for (const auto& [what, count] : planned) {
    text += (text.empty() ? "would " : ", ") + what + " " + std::to_string(count);
  }
  add(rest, run.held(), "held");
  add(rest, run.put_off(), "put off");
  add(rest, run.count(StepEnd::Refused) + run.refused_vms(), "refused");
  if (text.empty() && rest.empty()) return "nothing to do";
  if (!rest.empty()) text += (text.empty() ? "" : "; ") + rest;
  return text + "; nothing was sent";
}

}  // namespace

std::string summary_of(const RunResponse& run) {
  if (run.dry_run) return dry_summary(run);
  const auto done = [&](const char* what) {
    return count_steps(run, [&](const StepOutcome& step) {
      return step.what == what && step.end == StepEnd::Done;
    });
  };
  std::string text;
  add(text, done("create"), "created");
  add(text, done("clone"), "cloned");
  add(text, done("remove"), "removed");
  add(text, done("destroy"), "copies deleted");
  add(text, done("mark") + done("mark-copy"), "marked");
  add(text, run.held(), "held");
  add(text, run.put_off(), "put off");
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
  add(text, totals.destroys, "copies to delete");
  add(text, totals.marks + totals.copy_marks, "to mark");
  add(text, totals.waiting, "put off");
  add(text, totals.refused, "refused");
  return text.empty() ? "nothing to do" : text;
}

}  // namespace agent
