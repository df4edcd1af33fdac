#include "policy/plan.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "policy/plan_vm.h"

namespace policy {
namespace {

constexpr double kRemovalsPerVm = 1.2;

bool by_name(const Vm* a, const Vm* b) {
  return std::tie(a->identity.name, a->identity.endpoint, a->identity.moid) <
         std::tie(b->identity.name, b->identity.endpoint, b->identity.moid);
}

// Not armed and paused are the same for many VMs: said once, not fifty thousand times.
void hoist_holds(std::vector<Refusal>& of_vm, std::vector<Refusal>& of_policy) {
  const auto one_vm = [](const Refusal& one) {
    return one.rule == "paused" && one.evidence.front().value.starts_with("vm ");
  };
  std::erase_if(of_vm, [&](Refusal& one) {
    if (one.verdict != Verdict::Held || one_vm(one)) return false;
    if (std::find(of_policy.begin(), of_policy.end(), one) == of_policy.end()) {
      of_policy.push_back(std::move(one));
    }
    return true;
  });
}

void price(const PlanInput& input, VmPlan& plan) {
  std::vector<std::string> order;
  for (const Step& step : plan.steps) {
    if (step.kind == StepKind::Remove) order.push_back(plan.vm->snapshots[*step.snapshot].moid);
  }
  if (order.empty()) return;
  const MergeRates rates = input.rates ? input.rates(*plan.vm) : MergeRates{};
  auto prices = price_removals(*plan.vm, order, rates);
  auto next = prices.begin();
  for (Step& step : plan.steps) {
    if (step.kind != StepKind::Remove) continue;
    step.price = std::make_shared<const RemovalStep>(std::move(*next++));
  }
}

Refusal beyond_budget(BudgetStop stop) {
  const char* what = "the window";
  if (stop == BudgetStop::Removals) what = "the number of removals";
  if (stop == BudgetStop::MergeBytes) what = "the bytes to merge";
  return {.rule = "budget",
          .verdict = Verdict::Waits,
          .text = std::string("left to a later run: ") + what + " of this one is used up",
          .evidence = {{"budget", what}},
          .forceable = false,
          .until = {}};
}

/// Leaves only as many removals as one run may do; the deepest VMs come first.
void spend_budget(const PlanInput& input, PolicyPlan& plan) {
  std::vector<VmPlan*> queue;
  for (VmPlan& vm : plan.vms) {
    const bool removes = std::any_of(vm.steps.begin(), vm.steps.end(), [](const Step& step) {
      return step.kind == StepKind::Remove;
    });
    if (removes) queue.push_back(&vm);
  }
  std::stable_sort(queue.begin(), queue.end(),
                   [](const VmPlan* a, const VmPlan* b) { return a->vm->depth > b->vm->depth; });
  std::vector<RemovalStep> prices;  // only what a budget is about: there are many
  for (const VmPlan* vm : queue) {
    for (const Step& step : vm->steps) {
      if (!step.price) continue;
      prices.push_back({.merge = step.price->merge, .duration = step.price->duration});
    }
  }
  RemovalBudget budget = input.budget;
  budget.removals = std::min(budget.removals.value_or(plan.max_removals), plan.max_removals);
  const WithinBudget fits = within_budget(prices, budget);
  std::size_t seen = 0;
  for (VmPlan* vm : queue) {
    std::erase_if(vm->steps, [&](const Step& step) {
      if (!step.price || seen++ < fits.steps) return false;
      vm->snapshots.push_back({*step.snapshot, beyond_budget(fits.stop)});
      return true;
    });
  }
}

void count(const VmPlan& plan, Totals& totals) {
  if (plan.refused()) ++totals.refused;
  if (plan.retention && !plan.retention->conflicts.empty()) ++totals.conflicts;
  for (const Step& step : plan.steps) {
    switch (step.kind) {
      case StepKind::Create: ++totals.creates; break;
      case StepKind::Clone: ++totals.clones; break;
      case StepKind::Mark: ++totals.marks; break;
      case StepKind::Remove: ++totals.removals; break;
    }
    if (!step.price) continue;
    totals.merge_bytes += step.price->merge.best;
    totals.freed_bytes += step.price->freed.best;
    totals.merge_time += step.price->duration.value_or(std::chrono::seconds{0});
    if (!step.price->duration) ++totals.unpriced;
  }
}

int removals_of(const Policy& policy, std::size_t selected) {
  if (policy.max_removals) return *policy.max_removals;
  return static_cast<int>(std::ceil(static_cast<double>(selected) * kRemovalsPerVm));
}

PolicyPlan plan_policy(const PlanInput& input, const Policy& policy,
                       const Surroundings& surroundings, const std::vector<const Vm*>& selected) {
  PolicyPlan plan;
  plan.policy = &policy;
  plan.vms.reserve(selected.size());
  for (const Vm* vm : selected) {
    plan.vms.push_back(plan_vm(input, policy, surroundings, *vm));
    price(input, plan.vms.back());
    hoist_holds(plan.vms.back().create, plan.held);
    hoist_holds(plan.vms.back().remove, plan.held);
  }
  // In the order in which they lie in memory until here: at this size that is half of the time.
  std::sort(plan.vms.begin(), plan.vms.end(),
            [](const VmPlan& a, const VmPlan& b) { return by_name(a.vm, b.vm); });
  std::sort(plan.held.begin(), plan.held.end(), [](const Refusal& a, const Refusal& b) {
    return std::tie(a.rule, a.text) < std::tie(b.rule, b.text);
  });
  plan.max_removals = removals_of(policy, selected.size());
  spend_budget(input, plan);
  plan.totals.selected = selected.size();
  for (const VmPlan& vm : plan.vms) count(vm, plan.totals);
  return plan;
}

/// Which VMs each policy has, in the order of the policies.
std::vector<std::vector<const Vm*>> share_out(const PlanInput& input, Plan& plan) {
  std::vector<SelectionRule> rules;
  std::unordered_map<std::string, std::size_t> places;
  for (const Policy& policy : input.policies) {
    places.emplace(policy.name(), rules.size());
    rules.push_back(policy.selection);
  }
  const Selecting selecting(std::move(rules), input.inventory.datastores, input.protected_vms);
  std::vector<std::vector<const Vm*>> shares(input.policies.size());
  for (const Vm& vm : input.inventory.vms) {
    const Selection selection = selecting.of(vm);
    for (const std::string& name : selection.policies) shares[places.at(name)].push_back(&vm);
    for (const auto& [policy, by] : selection.shadowed) {
      plan.left_alone.push_back({&vm, "shadowed", policy, by});
    }
    if (!selection.never.empty()) plan.left_alone.push_back({&vm, selection.never, {}, {}});
    if (selection == Selection{}) ++plan.unselected;
  }
  std::stable_sort(plan.left_alone.begin(), plan.left_alone.end(),
                   [](const LeftAlone& a, const LeftAlone& b) { return by_name(a.vm, b.vm); });
  return shares;
}

}  // namespace

const char* step_name(StepKind kind) {
  switch (kind) {
    case StepKind::Create: return "create";
    case StepKind::Clone: return "clone";
    case StepKind::Mark: return "mark";
    case StepKind::Remove: return "remove";
  }
  return "unknown";
}

std::string step_id(const Policy& policy, const Vm& vm, const Step& step) {
  std::string id = policy.name() + "/" + vm.identity.endpoint + "/" + vm.identity.moid + "/" +
                   step_name(step.kind);
  if (step.snapshot) id += "/" + vm.snapshots[*step.snapshot].moid;
  return id;
}

Totals Plan::totals() const {
  Totals all;
  for (const PolicyPlan& policy : policies) {
    const Totals& one = policy.totals;
    all.selected += one.selected;
    all.creates += one.creates;
    all.clones += one.clones;
    all.marks += one.marks;
    all.removals += one.removals;
    all.refused += one.refused;
    all.conflicts += one.conflicts;
    all.merge_bytes += one.merge_bytes;
    all.freed_bytes += one.freed_bytes;
    all.merge_time += one.merge_time;
    all.unpriced += one.unpriced;
  }
  return all;
}

Plan make_plan(const PlanInput& input) {
  Plan plan;
  plan.at = input.now;
  plan.taken = input.inventory.taken;
  plan.complete = input.inventory.complete;
  const auto shares = share_out(input, plan);
  const Surroundings surroundings(input);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Policy& policy = input.policies[i];
    if (!input.only.empty() && !input.only.contains(policy.name())) continue;
    plan.policies.push_back(plan_policy(input, policy, surroundings, shares[i]));
  }
  return plan;
}

}  // namespace policy
