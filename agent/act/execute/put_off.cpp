#include "agent/act/execute/put_off.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "agent/act/execute/jobs.h"
#include "policy/guard_waits.h"

namespace agent {
namespace {

using Refusals = std::vector<policy::Refusal>;

/// What is known of one act on one VM after a run.
struct ActSeen {
  const Refusals* planned = nullptr;      ///< what the plan's guards said
  std::vector<const StepOutcome*> steps;  ///< of this act
  bool held = false;
};

/// The guards let it pass: it was sent, whatever became of it.
bool passed(const StepOutcome& step) {
  return !step.held &&
         (step.end == StepEnd::Done || step.end == StepEnd::Failed || step.end == StepEnd::Open);
}

std::optional<policy::Time> since(const ActSeen& act, policy::Time now) {
  std::optional<policy::Time> earliest = policy::put_off_since(*act.planned, now);
  for (const StepOutcome* step : act.steps) {
    const auto told = policy::put_off_since(step->refusals, now);
    if (told) earliest = std::min(earliest.value_or(*told), *told);
  }
  return earliest;
}

/// Nothing is to be done, or something of it was sent.
bool is_over(const ActSeen& act) {
  if (act.held) return false;
  if (act.steps.empty()) return true;
  return std::any_of(act.steps.begin(), act.steps.end(),
                     [](const StepOutcome* step) { return passed(*step); });
}

/// One run's worth of waits: what there was, and what becomes of it.
class Waits {
 public:
  explicit Waits(storage::Holds& holds) : holds_(holds) {
    for (storage::Waiting& one : holds.waiting()) before_.insert(key_of(one));
  }

  void settle(storage::Waiting who, const ActSeen& act, policy::Time now) {
    const bool waited = before_.erase(key_of(who)) > 0;
    if (const auto began = since(act, now)) {
      who.since = *began;
      holds_.wait(who);
    } else if (waited && is_over(act)) {
      stop(key_of(who));
    }
  }

  /// Nobody asked about it.
  void leave(const storage::Waiting& who) { before_.erase(key_of(who)); }

  /// Those of these policies that nobody came to: the VM is theirs no more.
  void end_others(const std::set<std::string>& policies) {
    for (const Key& key : before_) {
      if (policies.contains(std::get<2>(key))) stop(key);
    }
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  static Key key_of(const storage::Waiting& one) {
    return {one.endpoint_uuid, one.vm_moid, one.policy, one.act};
  }
  void stop(const Key& key) {
    holds_.stop_waiting(std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key));
  }
  storage::Holds& holds_;
  std::set<Key> before_;
};

bool makes_something(const StepOutcome& step) {
  return step.what == "create" || step.what == "clone";
}

}  // namespace

void keep_put_off(const policy::Plan& plan, const Gathered& gathered,
                  const std::vector<VmOutcome>& outcomes, bool creates_too, storage::Holds& holds,
                  policy::Time now) {
  std::map<std::tuple<std::string, std::string, std::string>, const VmOutcome*> by_vm;
  for (const VmOutcome& one : outcomes) by_vm[{one.policy, one.endpoint, one.moid}] = &one;
  Waits waits(holds);
  std::set<std::string> planned_for;
  for (const policy::PolicyPlan& of_policy : plan.policies) {
    const std::string& name = of_policy.policy->name();
    planned_for.insert(name);
    for (const policy::VmPlan& planned : of_policy.vms) {
      const policy::VmIdentity& vm = planned.vm->identity;
      const auto uuid = gathered.endpoint_uuids.find(vm.endpoint);
      if (uuid == gathered.endpoint_uuids.end()) continue;
      const bool held = held_because(*of_policy.policy, *planned.vm, gathered).has_value();
      ActSeen create{.planned = &planned.create, .steps = {}, .held = held};
      ActSeen remove{.planned = &planned.remove, .steps = {}, .held = held};
      const auto outcome = by_vm.find({name, vm.endpoint, vm.moid});
      if (outcome != by_vm.end()) {
        for (const StepOutcome& step : outcome->second->steps) {
          if (makes_something(step)) create.steps.push_back(&step);
          if (step.what == "remove") remove.steps.push_back(&step);
        }
      }
      const storage::Waiting creates{uuid->second, vm.moid, name, "create", {}};
      if (creates_too) waits.settle(creates, create, now);
      if (!creates_too) waits.leave(creates);
      waits.settle({uuid->second, vm.moid, name, "remove", {}}, remove, now);
    }
  }
  waits.end_others(planned_for);
}

std::map<Gathered::VmKey, std::vector<policy::Notice>> put_off_for_too_long(
    const storage::Holds& holds, const std::map<std::string, policy::Policy>& policies,
    policy::Time now) {
  std::map<Gathered::VmKey, std::vector<policy::Notice>> found;
  for (const storage::Waiting& one : holds.waiting()) {
    const auto policy = policies.find(one.policy);
    if (policy == policies.end()) continue;
    auto notice = policy::waits_too_long({.policy = one.policy,
                                          .act = one.act,
                                          .since = one.since,
                                          .defer = policy->second.facts.defer},
                                         now);
    if (notice) found[{one.endpoint_uuid, one.vm_moid}].push_back(*std::move(notice));
  }
  return found;
}

}  // namespace agent
