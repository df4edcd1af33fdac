#include "agent/act/execute/run_marks.h"

#include <algorithm>

#include "agent/act/execute/jobs.h"
#include "policy/plan_copies.h"

namespace agent {

RunMarks::RunMarks(const policy::Plan& plan, const Gathered& gathered, storage::Holds& holds,
                   const storage::AuditEntry& audit, const std::string& run)
    : plan_(plan), gathered_(gathered), holds_(holds), audit_(audit), run_(run) {}

void RunMarks::settle(Outcomes& outcomes) {
  for (std::size_t p = 0; p < plan_.policies.size(); ++p) {
    for (std::size_t v = 0; v < plan_.policies[p].vms.size(); ++v) {
      settle_snapshots(p, v, outcomes);
      settle_copies(p, v, outcomes);
    }
  }
}

void RunMarks::settle_snapshots(std::size_t p, std::size_t v, Outcomes& outcomes) {
  const policy::PolicyPlan& of_policy = plan_.policies[p];
  const policy::VmPlan& planned = of_policy.vms[v];
  const policy::Vm& vm = *planned.vm;
  if (held_because(*of_policy.policy, vm, gathered_)) return;
  std::set<std::string> chosen;
  for (std::size_t s = 0; s < planned.steps.size(); ++s) {
    const policy::Step& step = planned.steps[s];
    if (!step.snapshot) continue;
    const policy::Snapshot& snapshot = vm.snapshots[*step.snapshot];
    chosen.insert(snapshot.moid);
    if (step.kind != policy::StepKind::Mark) continue;
    if (step.needs_create && !outcomes.created(p, v)) {
      outcomes.kept(p, v, s, "kept: the newer snapshot that was to take its place was not made");
      continue;
    }
    holds_.mark(
        gathered_.endpoint_uuids.at(vm.identity.endpoint), vm.identity.moid, node_of(snapshot),
        {.at = plan_.at, .run = run_},
        entry("mark", "chosen for removal by a later run", vm, snapshot, of_policy.policy->name()));
    outcomes.marked(p, v, s);
  }
  if (planned.retention) unmark_snapshots(of_policy, planned, chosen);
}

void RunMarks::unmark_snapshots(const policy::PolicyPlan& of_policy, const policy::VmPlan& planned,
                                const std::set<std::string>& chosen) {
  const policy::Vm& vm = *planned.vm;
  const auto& remove = planned.retention->remove;
  for (const auto& seen : planned.basis.marks) {
    const policy::Snapshot& snapshot = vm.snapshots[seen.snapshot];
    const bool still = std::any_of(remove.begin(), remove.end(), [&](const policy::Removed& one) {
      return one.index == seen.snapshot;
    });
    if (still || chosen.contains(snapshot.moid)) continue;
    holds_.unmark(gathered_.endpoint_uuids.at(vm.identity.endpoint), vm.identity.moid,
                  snapshot.moid,
                  entry("unmark", "kept after all", vm, snapshot, of_policy.policy->name()));
  }
}

void RunMarks::settle_copies(std::size_t policy, std::size_t vm, Outcomes& outcomes) {
  const policy::PolicyPlan& of_policy = plan_.policies[policy];
  const policy::VmPlan& planned = of_policy.vms[vm];
  if (!planned.copies) return;
  const policy::CopiesPlan& copies = *planned.copies;
  const std::string& name = of_policy.policy->name();
  for (std::size_t s = 0; s < planned.steps.size(); ++s) {
    const policy::Step& step = planned.steps[s];
    if (step.kind != policy::StepKind::MarkCopy) continue;
    if (step.needs_create && !outcomes.created(policy, vm)) {
      outcomes.kept(policy, vm, s, "kept: the newer copy that was to take its place was not made");
      continue;
    }
    mark(*step.copy, name);
    outcomes.marked(policy, vm, s);
  }
  const auto is_marked = [&](const policy::Copy& copy) {
    return gathered_.marks.contains({copy.endpoint, copy.moid, copy.op});
  };
  for (const policy::Kept& kept : copies.retention.keep) {
    if (kept.index >= copies.judged.size()) continue;  // the one that this run makes
    const policy::Copy& copy = *copies.judged[kept.index];
    if (is_marked(copy)) unmark(copy, name);
  }
  for (const policy::CopyLeft& one : copies.left) {
    if (one.copy->released && is_marked(*one.copy)) unmark(*one.copy, name);
  }
}

void RunMarks::mark(const policy::Copy& copy, const std::string& policy) {
  // In the place of a snapshot: the copy's own VM has none of this name, ever.
  const policy::NodeImage node{.moid = copy.op, .id = 0, .created = copy.taken, .parent = {}};
  holds_.mark(gathered_.endpoint_uuids.at(copy.endpoint), copy.moid, node,
              {.at = plan_.at, .run = run_},
              entry("mark", "the copy is chosen to be deleted by a later run", copy, policy));
}

void RunMarks::unmark(const policy::Copy& copy, const std::string& policy) {
  holds_.unmark(gathered_.endpoint_uuids.at(copy.endpoint), copy.moid, copy.op,
                entry("unmark", "the copy stays after all", copy, policy));
}

storage::AuditEntry RunMarks::entry(const char* action, const char* text, const policy::Vm& vm,
                                    const policy::Snapshot& snapshot,
                                    const std::string& policy) const {
  storage::AuditEntry entry = audit_;
  entry.action = action;
  entry.text = text;
  entry.endpoint = vm.identity.endpoint;
  entry.vm = vm.identity.name;
  entry.snapshot = snapshot.name;
  entry.policy = policy;
  return entry;
}

storage::AuditEntry RunMarks::entry(const char* action, const char* text, const policy::Copy& copy,
                                    const std::string& policy) const {
  storage::AuditEntry entry = audit_;
  entry.action = action;
  entry.text = text;
  entry.endpoint = copy.endpoint;
  entry.vm = copy.name;
  entry.policy = policy;
  return entry;
}

}  // namespace agent
