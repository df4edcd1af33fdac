#include "agent/act/execute/run_copies.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "policy/copy_findings.h"
#include "policy/plan_copies.h"
#include "storage/copies.h"

namespace agent {
namespace {

using policy::CopyStand;

class CopyNotes {
 public:
  CopyNotes(Gathered& gathered, storage::Journal& journal, const storage::AuditEntry& audit)
      : gathered_(gathered), copies_(journal), audit_(audit) {
    for (const policy::Vm& vm : gathered.inventory.vms) {
      vms_.emplace(std::pair(vm.identity.endpoint, vm.identity.moid), &vm);
    }
    for (storage::Copy& row : copies_.copies()) {
      const std::string op = row.op;
      rows_.emplace(op, std::move(row));
    }
  }

  std::vector<std::string> take() {
    for (policy::Copy& copy : gathered_.copies.copies) {
      if (!copy.released) look(copy);
    }
    std::erase_if(gathered_.copies.copies,
                  [&](const policy::Copy& copy) { return lost_.contains(copy.op); });
    return std::move(told_);
  }

 private:
  void look(policy::Copy& copy) {
    const auto found = vms_.find({copy.endpoint, copy.moid});
    const policy::EndpointFacts& endpoint = gathered_.endpoints[copy.endpoint];
    const policy::CopySight sight =
        policy::look_at_copy(copy, found == vms_.end() ? nullptr : found->second, endpoint);
    if (sight.stand == CopyStand::Changed) {
      give_up(copy, storage::CopyState::Released, sight.text);
      copy.released = true;
      copy.why = sight.text;
      if (!policy::lies_in_its_folder(copy, *found->second)) {
        gathered_.copies.never_selected.erase(copy.instance_uuid);
      }
      tell(copy, "is yours now and is never deleted: " + sight.text);
    } else if (sight.stand == CopyStand::Gone &&
               policy::believes_absence(endpoint, copy.endpoint)) {
      give_up(copy, storage::CopyState::Lost, sight.text);
      lost_.insert(copy.op);
      tell(copy, "is no longer there: " + sight.text);
    }
  }

  void give_up(const policy::Copy& copy, storage::CopyState state, const std::string& why) {
    storage::Copy row = rows_.at(copy.op);
    row.state = state;
    row.why = why;
    storage::AuditEntry entry = audit_;
    entry.action = "copy";
    entry.endpoint = copy.endpoint;
    entry.vm = copy.name;
    entry.subject = copy.op;
    entry.policy = copy.policy;
    entry.text = why;
    copies_.update(row, entry);
  }

  void tell(const policy::Copy& copy, const std::string& text) {
    if (copy.policy.empty()) return;  // an operator's clone is made to be used
    told_.push_back("the copy " + copy.name + " of " + copy.source_name + " " + text);
  }

  Gathered& gathered_;
  storage::Copies copies_;
  const storage::AuditEntry& audit_;
  std::map<std::pair<std::string, std::string>, const policy::Vm*> vms_;
  std::map<std::string, storage::Copy> rows_;
  std::set<std::string> lost_;
  std::vector<std::string> told_;
};

const policy::Vm* vm_of(const policy::Inventory& inventory, const policy::Copy& copy) {
  for (const policy::Vm& vm : inventory.vms) {
    if (vm.identity.endpoint == copy.endpoint && vm.identity.moid == copy.moid) return &vm;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> note_changed_copies(Gathered& gathered, storage::Journal& journal,
                                             const storage::AuditEntry& audit) {
  if (gathered.copies.copies.empty()) return {};
  return CopyNotes(gathered, journal, audit).take();
}

std::vector<PlannedJob> destroy_jobs(const policy::Plan& plan, const Gathered& gathered,
                                     const policy::Inventory& inventory,
                                     const std::string& endpoint,
                                     const std::vector<storage::PauseRow>& pauses, policy::Time now,
                                     Outcomes& outcomes) {
  std::vector<PlannedJob> jobs;
  for (std::size_t p = 0; p < plan.policies.size(); ++p) {
    const policy::PolicyPlan& of_policy = plan.policies[p];
    for (std::size_t v = 0; v < of_policy.vms.size(); ++v) {
      const policy::VmPlan& planned = of_policy.vms[v];
      const policy::Vm& source = *planned.vm;
      if (source.identity.endpoint != endpoint) continue;
      if (held_because(*of_policy.policy, source, gathered)) continue;
      const std::string& uuid = gathered.endpoint_uuids.at(endpoint);
      for (std::size_t s = 0; s < planned.steps.size(); ++s) {
        const policy::Step& step = planned.steps[s];
        if (step.kind != policy::StepKind::Destroy) continue;
        if (step.needs_create && !outcomes.created(p, v)) {
          outcomes.kept(p, v, s, "kept: the newer copy that was to take its place was not made");
          continue;
        }
        // Who pauses a VM means its copies, too; the copy's own pause is asked for at the call.
        const auto pause = pause_of(pauses, "vm", pause_key(uuid, source.identity.moid), now);
        if (pause) {
          outcomes.kept(p, v, s, "kept: " + pause->scope + " is paused: " + pause->reason);
          continue;
        }
        const policy::Vm* const clone = vm_of(inventory, *step.copy);
        if (clone == nullptr) continue;  // it was judged, so the scan had it
        PlannedJob& made = jobs.emplace_back();
        made.policy = p;
        made.vm = v;
        made.steps = {s};
        made.job.vm = subject_of(*clone, uuid);
        made.job.demand = demand_of(*clone);
        made.job.policy = of_policy.policy;
        made.job.policy_name = of_policy.policy->name();
        made.job.expected = expected_time(*clone, step);
        JobStep& destroy = made.job.steps.emplace_back();
        destroy.id = policy::step_id(*of_policy.policy, source, step);
        destroy.kind = policy::OpKind::Destroy;
        destroy.copy = step.copy->op;
      }
    }
  }
  return jobs;
}

}  // namespace agent
