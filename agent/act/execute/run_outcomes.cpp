#include "agent/act/execute/run_outcomes.h"

#include <algorithm>
#include <utility>

#include "policy/plan_copies.h"

namespace agent {
namespace {

StepOutcome planned_step(const policy::PolicyPlan& policy, const policy::VmPlan& plan,
                         const policy::Step& step, const std::optional<std::string>& held) {
  StepOutcome outcome;
  outcome.id = policy::step_id(*policy.policy, *plan.vm, step);
  outcome.what = policy::step_name(step.kind);
  if (step.snapshot) {
    outcome.snapshot = plan.vm->snapshots[*step.snapshot].moid;
    outcome.snapshot_name = plan.vm->snapshots[*step.snapshot].name;
  }
  if (step.price) outcome.bytes = step.price->merge.best;
  if (step.copy != nullptr) {
    outcome.copy = step.copy->op;
    outcome.copy_name = step.copy->name;
    outcome.bytes = step.copy->bytes;
  }
  outcome.held = held.has_value();
  outcome.text = held.value_or("");
  return outcome;
}

/// What waits for a later run is no news.
void add_refusals(const policy::CopiesPlan& copies, std::vector<policy::Refusal>& out) {
  out.insert(out.end(), copies.all.begin(), copies.all.end());
  for (const policy::CopiesPlan::One& one : copies.refusals) {
    if (one.refusal.verdict != policy::Verdict::Refused) continue;
    out.push_back(one.refusal);
    out.back().text = "copy " + copies.judged[one.copy]->name + ": " + one.refusal.text;
  }
}

StepOutcome left_out(const Unapproved& unapproved) {
  StepOutcome outcome;
  outcome.id = unapproved.step.id;
  outcome.what = policy::step_name(unapproved.step.kind);
  outcome.snapshot = unapproved.step.snapshot;
  outcome.copy = unapproved.step.copy;
  outcome.end = StepEnd::Refused;
  outcome.text = unapproved.why;
  return outcome;
}

}  // namespace

Outcomes::Outcomes(const policy::Plan& plan, const Gathered& gathered,
                   const std::vector<Unapproved>& unapproved) {
  for (const policy::PolicyPlan& policy : plan.policies) {
    std::vector<VmOutcome>& vms = vms_.emplace_back();
    for (const policy::VmPlan& one : policy.vms) {
      VmOutcome& outcome = vms.emplace_back();
      const policy::VmIdentity& who = one.vm->identity;
      outcome.policy = policy.policy->name();
      outcome.endpoint = who.endpoint;
      outcome.moid = who.moid;
      outcome.name = who.name;
      outcome.refused = one.refused();
      outcome.waits = one.waits();
      outcome.refusals = one.create;
      outcome.refusals.insert(outcome.refusals.end(), one.remove.begin(), one.remove.end());
      if (one.copies) add_refusals(*one.copies, outcome.refusals);
      const auto held = held_because(*policy.policy, *one.vm, gathered);
      for (const policy::Step& step : one.steps) {
        outcome.steps.push_back(planned_step(policy, one, step, held));
      }
    }
  }
  for (const Unapproved& one : unapproved) {
    VmOutcome outcome;
    outcome.policy = one.step.policy;
    outcome.endpoint = one.step.endpoint;
    outcome.moid = one.step.vm;
    outcome.name = one.step.vm;
    for (auto& vms : vms_) {
      for (VmOutcome& known : vms) {
        if (known.policy != outcome.policy || known.endpoint != outcome.endpoint) continue;
        if (known.moid == outcome.moid) outcome.name = known.name;
      }
    }
    outcome.steps.push_back(left_out(one));
    if (vms_.empty()) vms_.emplace_back();
    vms_.back().push_back(std::move(outcome));
  }
}

StepOutcome& Outcomes::at(std::size_t policy, std::size_t vm, std::size_t step) {
  return vms_[policy][vm].steps[step];
}

void Outcomes::take(const PlannedJob& job, const StepResult& result) {
  StepOutcome& outcome = at(job.policy, job.vm, job.steps[result.step]);
  const policy::OpKind kind = job.job.steps[result.step].kind;
  const bool clone = outcome.what == "clone";
  outcome.took += result.took;
  // The helper's good end says nothing yet, and its removal only when it goes wrong.
  if (clone && kind != policy::OpKind::Clone && result.end == StepEnd::Done) return;
  const bool spoiled = clone && kind != policy::OpKind::Clone && !outcome.text.empty() &&
                       outcome.end != StepEnd::Done;
  if (spoiled || (clone && result.end == StepEnd::NotTried && !outcome.text.empty())) return;
  outcome.end = result.end;
  outcome.text = result.text;
  outcome.refusals = result.refusals;
  if (result.bytes > 0) outcome.bytes = result.bytes;
  if (!result.operation) return;
  outcome.op = result.operation->id;
  outcome.layers_verified = result.operation->layers_verified;
  if (kind == policy::OpKind::Create) {
    outcome.snapshot = result.operation->snapshot.moid;
    outcome.snapshot_name = result.operation->name;
  }
}

void Outcomes::marked(std::size_t policy, std::size_t vm, std::size_t step) {
  StepOutcome& outcome = at(policy, vm, step);
  outcome.end = StepEnd::Done;
  outcome.text =
      outcome.copy.empty() ? "chosen; a later run removes it" : "chosen; a later run deletes it";
}

void Outcomes::kept(std::size_t policy, std::size_t vm, std::size_t step, std::string why) {
  at(policy, vm, step).text = std::move(why);
}

void Outcomes::untried(const std::string& endpoint, const std::string& why) {
  for (std::vector<VmOutcome>& vms : vms_) {
    for (VmOutcome& vm : vms) {
      if (vm.endpoint != endpoint) continue;
      for (StepOutcome& step : vm.steps) {
        if (step.end == StepEnd::NotTried && step.text.empty()) step.text = why;
      }
    }
  }
}

bool Outcomes::created(std::size_t policy, std::size_t vm) const {
  const std::vector<StepOutcome>& steps = vms_[policy][vm].steps;
  return std::any_of(steps.begin(), steps.end(), [](const StepOutcome& one) {
    return (one.what == "create" || one.what == "clone") && one.end == StepEnd::Done;
  });
}

std::vector<VmOutcome> Outcomes::done() const {
  std::vector<VmOutcome> all;
  for (const std::vector<VmOutcome>& vms : vms_) {
    for (const VmOutcome& one : vms) {
      if (!one.steps.empty() || !one.refusals.empty()) all.push_back(one);
    }
  }
  return all;
}

}  // namespace agent
