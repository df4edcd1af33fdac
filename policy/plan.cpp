#include "policy/plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "policy/plan_copies.h"
#include "policy/plan_vm.h"

namespace policy {
namespace {

constexpr double kRemovalsPerVm = 1.2;

/// Where each VM stands when all are in the order of name, endpoint and moid.
std::vector<std::uint32_t> ranks_of(const std::vector<Vm>& vms) {
  struct Place {
    std::uint64_t name;  // its first eight bytes after what all names have in common
    std::uint32_t vm;
  };
  std::string_view common = vms.empty() ? std::string_view() : vms.front().identity.name;
  for (const Vm& vm : vms) {
    const auto end = std::mismatch(common.begin(), common.end(), vm.identity.name.begin(),
                                   vm.identity.name.end());
    common = common.substr(0, static_cast<std::size_t>(end.first - common.begin()));
  }
  std::vector<Place> order;
  order.reserve(vms.size());
  for (std::uint32_t i = 0; i < vms.size(); ++i) {
    const std::string_view rest = std::string_view(vms[i].identity.name).substr(common.size());
    std::uint64_t key = 0;
    for (std::size_t byte = 0; byte < sizeof key; ++byte) {
      key = key << 8U | (byte < rest.size() ? static_cast<unsigned char>(rest[byte]) : 0U);
    }
    order.push_back({key, i});
  }
  // Most are told apart without a look at the VMs, which lie all over the memory.
  std::stable_sort(order.begin(), order.end(), [&](const Place& a, const Place& b) {
    if (a.name != b.name) return a.name < b.name;
    const VmIdentity& left = vms[a.vm].identity;
    const VmIdentity& right = vms[b.vm].identity;
    return std::tie(left.name, left.endpoint, left.moid) <
           std::tie(right.name, right.endpoint, right.moid);
  });
  std::vector<std::uint32_t> ranks(vms.size());
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) ranks[order[rank].vm] = rank;
  return ranks;
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

Refusal beyond_any_run(const RemovalStep& step, BudgetStop stop) {
  const bool window = stop == BudgetStop::Window;
  Refusal refusal{.rule = "over-budget",
                  .verdict = Verdict::Refused,
                  .text = std::string("no run has room for it: ") +
                          (window ? "merging it takes longer than the window of a whole run"
                                  : "it has more bytes to merge than a whole run may"),
                  .evidence = {{"merge_bytes", std::to_string(step.merge.best)}},
                  .forceable = false,
                  .until = {}};
  if (step.duration) {
    refusal.evidence.push_back({"seconds", std::to_string(step.duration->count())});
  }
  if (step.may_not_finish) {
    refusal.text += "; the guest writes as fast as it merges";
    refusal.evidence.push_back({"may_not_finish", "true"});
  }
  return refusal;
}

Refusal behind_another(const std::string& snapshot) {
  return {.rule = "budget",
          .verdict = Verdict::Waits,
          .text = "comes after the removal of " + snapshot + ", which no run has room for",
          .evidence = {{"after", snapshot}},
          .forceable = false,
          .until = {}};
}

/// A removal that is larger than a whole run would be the first of each run and end it, for ever:
/// it is left out with what comes after it on its VM, and the other VMs have their turn.
void refuse_what_never_fits(const RemovalBudget& budget, VmPlan& vm) {
  std::optional<std::uint32_t> too_large;
  std::erase_if(vm.steps, [&](const Step& step) {
    if (!step.price) return false;
    if (too_large) {
      vm.snapshots.push_back({*step.snapshot, behind_another(vm.vm->snapshots[*too_large].moid)});
      return true;
    }
    const WithinBudget alone = within_budget(std::span(step.price.get(), 1), budget);
    if (!alone.never || alone.stop == BudgetStop::Removals) return false;
    vm.snapshots.push_back({*step.snapshot, beyond_any_run(*step.price, alone.stop)});
    too_large = step.snapshot;
    return true;
  });
}

/// Only what a budget is about: there are many.
std::vector<RemovalStep> prices_of(std::span<const std::pair<int, VmPlan*>> queue) {
  std::vector<RemovalStep> prices;
  for (const auto& [depth, vm] : queue) {
    for (const Step& step : vm->steps) {
      if (!step.price) continue;
      prices.push_back({.merge = step.price->merge, .duration = step.price->duration});
    }
  }
  return prices;
}

/// Leaves only as many removals as one run may do; the deepest VMs come first.
void spend_budget(const PlanInput& input, PolicyPlan& plan) {
  std::vector<std::pair<int, VmPlan*>> queue;
  const bool sized = input.budget.merge_bytes || input.budget.window;
  for (VmPlan& vm : plan.vms) {
    if (sized) refuse_what_never_fits(input.budget, vm);
    const bool removes = std::any_of(vm.steps.begin(), vm.steps.end(), [](const Step& step) {
      return step.kind == StepKind::Remove;
    });
    if (removes) queue.emplace_back(vm.vm->depth, &vm);
  }
  std::stable_sort(queue.begin(), queue.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  RemovalBudget budget = input.budget;
  budget.removals = std::min(budget.removals.value_or(plan.max_removals), plan.max_removals);
  const WithinBudget fits =
      sized ? within_budget(prices_of(queue), budget)
            : WithinBudget{.steps = static_cast<std::size_t>(std::max(*budget.removals, 0)),
                           .stop = BudgetStop::Removals};
  std::size_t seen = 0;
  for (const auto& entry : queue) {
    VmPlan& vm = *entry.second;
    std::erase_if(vm.steps, [&](const Step& step) {
      if (!step.price || seen++ < fits.steps) return false;
      vm.snapshots.push_back({*step.snapshot, beyond_budget(fits.stop)});
      return true;
    });
  }
}

void count(const VmPlan& plan, Totals& totals) {
  if (plan.refused()) ++totals.refused;
  if (plan.waits()) ++totals.waiting;
  if (plan.retention && !plan.retention->conflicts.empty()) ++totals.conflicts;
  for (const Step& step : plan.steps) {
    switch (step.kind) {
      case StepKind::Create:
        ++totals.creates;
        break;
      case StepKind::Clone:
        ++totals.clones;
        break;
      case StepKind::Mark:
        ++totals.marks;
        break;
      case StepKind::Remove:
        ++totals.removals;
        break;
      case StepKind::MarkCopy:
        ++totals.copy_marks;
        break;
      case StepKind::Destroy:
        ++totals.destroys;
        totals.freed_bytes += step.copy->bytes;
        break;
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
                       const Surroundings& surroundings, const CopyShares& copies,
                       const std::vector<std::uint32_t>& selected,
                       const std::vector<std::uint32_t>& ranks) {
  PolicyPlan plan;
  plan.policy = &policy;
  // Planned in the order in which they lie in memory, put where their names belong: the other way
  // round takes twice as long at fifty thousand.
  std::vector<std::uint32_t> in_order(selected.size());
  std::iota(in_order.begin(), in_order.end(), 0U);
  std::sort(in_order.begin(), in_order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return ranks[selected[a]] < ranks[selected[b]];
  });
  std::vector<std::uint32_t> place(selected.size());
  for (std::uint32_t i = 0; i < in_order.size(); ++i) place[in_order[i]] = i;
  plan.vms.resize(selected.size());
  std::vector<RetentionSnapshot> scratch;
  for (std::size_t i = 0; i < selected.size(); ++i) {
    VmPlan& vm = plan.vms[place[i]];
    vm = plan_vm(input, policy, surroundings, input.inventory.vms[selected[i]], scratch);
    plan_copies(input, policy, surroundings, copies, vm);
    hoist_holds(vm.create, plan.held);
    hoist_holds(vm.remove, plan.held);
    if (vm.copies) hoist_holds(vm.copies->all, plan.held);
  }
  std::sort(plan.held.begin(), plan.held.end(), [](const Refusal& a, const Refusal& b) {
    return std::tie(a.rule, a.text) < std::tie(b.rule, b.text);
  });
  plan.max_removals = removals_of(policy, selected.size());
  spend_budget(input, plan);
  spend_copy_budget(plan);
  plan.totals.selected = selected.size();
  for (const VmPlan& vm : plan.vms) count(vm, plan.totals);
  return plan;
}

/// Which VMs each policy has, by their place in the inventory, in the order of the policies.
Surroundings::Shares share_out(const PlanInput& input, const std::vector<std::uint32_t>& ranks,
                               Plan& plan) {
  std::vector<SelectionRule> rules;
  std::unordered_map<std::string, std::size_t> places;
  for (const Policy& policy : input.policies) {
    places.emplace(policy.name(), rules.size());
    rules.push_back(policy.selection);
  }
  const Selecting selecting(std::move(rules), input.inventory.datastores, input.protected_vms);
  Surroundings::Shares shares(input.policies.size());
  const std::vector<Vm>& vms = input.inventory.vms;
  for (std::uint32_t i = 0; i < vms.size(); ++i) {
    const Vm& vm = vms[i];
    const Selection selection = selecting.of(vm);
    for (const std::string& name : selection.policies) shares[places.at(name)].push_back(i);
    for (const auto& [policy, by] : selection.shadowed) {
      plan.left_alone.push_back({&vm, "shadowed", policy, by});
    }
    if (!selection.never.empty()) plan.left_alone.push_back({&vm, selection.never, {}, {}});
    if (selection == Selection{}) ++plan.unselected;
  }
  std::stable_sort(plan.left_alone.begin(), plan.left_alone.end(),
                   [&](const LeftAlone& a, const LeftAlone& b) {
                     return ranks[static_cast<std::size_t>(a.vm - vms.data())] <
                            ranks[static_cast<std::size_t>(b.vm - vms.data())];
                   });
  return shares;
}

}  // namespace

const char* step_name(StepKind kind) {
  switch (kind) {
    case StepKind::Create:
      return "create";
    case StepKind::Clone:
      return "clone";
    case StepKind::Mark:
      return "mark";
    case StepKind::Remove:
      return "remove";
    case StepKind::MarkCopy:
      return "mark-copy";
    case StepKind::Destroy:
      return "destroy";
  }
  return "unknown";
}

std::string step_id(const Policy& policy, const Vm& vm, const Step& step) {
  std::string id = policy.name() + "/" + vm.identity.endpoint + "/" + vm.identity.moid + "/" +
                   step_name(step.kind);
  if (step.snapshot) id += "/" + vm.snapshots[*step.snapshot].moid;
  if (step.copy != nullptr) id += "/" + step.copy->op;
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
    all.waiting += one.waiting;
    all.conflicts += one.conflicts;
    all.merge_bytes += one.merge_bytes;
    all.freed_bytes += one.freed_bytes;
    all.merge_time += one.merge_time;
    all.unpriced += one.unpriced;
    all.copy_marks += one.copy_marks;
    all.destroys += one.destroys;
  }
  return all;
}

Plan make_plan(const PlanInput& input) {
  Plan plan;
  plan.at = input.now;
  plan.taken = input.inventory.taken;
  plan.complete = input.inventory.complete;
  const std::vector<std::uint32_t> ranks = ranks_of(input.inventory.vms);
  const auto shares = share_out(input, ranks, plan);
  const Surroundings surroundings(input, shares);
  const CopyShares copies(input, shares, plan.copies_left);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Policy& policy = input.policies[i];
    if (!input.only.empty() && !input.only.contains(policy.name())) continue;
    plan.policies.push_back(plan_policy(input, policy, surroundings, copies, shares[i], ranks));
  }
  return plan;
}

}  // namespace policy
