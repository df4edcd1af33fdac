#include "agent/act/execute/run_marks.h"

#include <algorithm>

#include "agent/act/execute/jobs.h"

namespace agent {

SnapshotMarks::SnapshotMarks(const policy::Plan& plan, const Gathered& gathered,
                             storage::Holds& holds, const storage::AuditEntry& audit,
                             const std::string& run)
    : plan_(plan), gathered_(gathered), holds_(holds), audit_(audit), run_(run) {}

void SnapshotMarks::settle(std::size_t p, std::size_t v, Outcomes& outcomes) {
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
  if (planned.retention) unmark(of_policy, planned, chosen);
}

void SnapshotMarks::unmark(const policy::PolicyPlan& of_policy, const policy::VmPlan& planned,
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

storage::AuditEntry SnapshotMarks::entry(const char* action, const char* text, const policy::Vm& vm,
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

}  // namespace agent
