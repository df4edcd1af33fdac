#include "policy/plan.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace policy {
namespace {

constexpr double kRemovalsPerVm = 1.2;

/// The facts of an endpoint, a datastore and shared files, found once for all VMs.
class Surroundings {
 public:
  explicit Surroundings(const PlanInput& input) : input_(input), shared_(input.inventory.vms) {
    for (const Datastore& datastore : input.inventory.datastores) {
      datastores_[datastore.endpoint][datastore.moid] = &datastore;
    }
  }

  const EndpointFacts& endpoint(const Vm& vm) const {
    const auto found = input_.endpoints.find(vm.identity.endpoint);
    return found == input_.endpoints.end() ? nothing_known_ : found->second;
  }

  VmFacts facts(const Vm& vm) const {
    VmFacts facts = input_.vm_facts ? input_.vm_facts(vm) : VmFacts{};
    facts.shared = shared_.of(vm);
    return facts;
  }

  std::vector<const Datastore*> datastores(const Vm& vm) const {
    std::vector<const Datastore*> found;
    found.reserve(vm.place.datastores.size());
    const auto all = datastores_.find(vm.identity.endpoint);
    for (const std::string& moid : vm.place.datastores) {
      const Datastore* datastore = nullptr;
      if (all != datastores_.end()) {
        const auto one = all->second.find(moid);
        if (one != all->second.end()) datastore = one->second;
      }
      found.push_back(datastore);
    }
    return found;
  }

 private:
  const PlanInput& input_;
  SharedFiles shared_;
  EndpointFacts nothing_known_;
  std::unordered_map<std::string, std::unordered_map<std::string, const Datastore*>> datastores_;
};

// Parents come first, and nearly always right before; a parent that is not there makes a root.
std::optional<std::uint32_t> place_of(const Vm& vm, const std::string& parent,
                                      std::uint32_t before) {
  for (std::uint32_t i = before; i-- > 0;) {
    if (vm.snapshots[i].moid == parent) return i;
  }
  return std::nullopt;
}

/// What nobody looked at goes to `unchecked`, by its rule.
std::vector<Refusal> split(std::vector<Refusal> all, std::vector<std::string>& unchecked) {
  const auto known = std::stable_partition(all.begin(), all.end(), [](const Refusal& one) {
    return one.verdict != Verdict::NotLookedAt;
  });
  for (auto one = known; one != all.end(); ++one) {
    if (std::find(unchecked.begin(), unchecked.end(), one->rule) == unchecked.end()) {
      unchecked.push_back(std::move(one->rule));
    }
  }
  all.erase(known, all.end());
  return all;
}

/// Plans one VM for one policy.
class VmPlanner {
 public:
  VmPlanner(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
            const Vm& vm)
      : input_(input),
        policy_(policy),
        vm_(vm),
        facts_(surroundings.facts(vm)),
        datastores_(surroundings.datastores(vm)),
        guard_{vm, input.now, surroundings.endpoint(vm), policy.facts, facts_, datastores_} {
    plan_.vm = &vm;
  }

  VmPlan run() {
    plan_create();
    if (policy_.method() != Method::Clone) plan_retention();
    return std::move(plan_);
  }

 private:
  void plan_create() {
    if (!input_.create || policy_.method() == Method::Retain) return;
    const bool clone = policy_.method() == Method::Clone;
    plan_.create = split(
        refusals(guard_, clone ? Act::Clone : Act::Create, Moment::Plan, input_.forced),
        plan_.unchecked_create);
    if (stops(plan_.create)) return;
    add_step(clone ? StepKind::Clone : StepKind::Create, std::nullopt);
  }

  void plan_retention() {
    const RetentionInput retention = retention_input();
    plan_.retention = evaluate(retention, rules());
    const auto count = static_cast<std::uint32_t>(vm_.snapshots.size());
    const bool any = std::any_of(plan_.retention->remove.begin(), plan_.retention->remove.end(),
                                 [&](const Removed& one) { return one.index < count; });
    if (!any) return;
    plan_.remove = split(refusals(guard_, Act::Remove, Moment::Plan, input_.forced),
                         plan_.unchecked_remove);
    if (stops(plan_.remove)) return;
    for (const Removed& removed : plan_.retention->remove) {
      if (removed.index < count) plan_removal(removed.index);
    }
  }

  void plan_removal(std::uint32_t index) {
    const Snapshot& snapshot = vm_.snapshots[index];
    auto found = split(removal_refusals(guard_, snapshot, Moment::Plan, input_.forced),
                       plan_.unchecked_remove);
    // The snapshot that this run makes is the newer one; whether it is good is seen by then.
    if (plan_.creates() && std::erase_if(found, [](const Refusal& one) {
          return one.rule == "last-good";
        }) > 0) {
      split({Refusal{.rule = "last-good",
                     .verdict = Verdict::NotLookedAt,
                     .text = {},
                     .evidence = {},
                     .forceable = false,
                     .until = {}}},
            plan_.unchecked_remove);
    }
    const bool stopped = stops(found);
    for (Refusal& refusal : found) plan_.snapshots.push_back({index, std::move(refusal)});
    if (stopped) return;
    add_step(may_go(snapshot) ? StepKind::Remove : StepKind::Mark, index);
  }

  /// Rule 7: chosen in one run, removed in a later one.
  bool may_go(const Snapshot& snapshot) const {
    if (!policy_.marks_first()) return true;
    const auto mark =
        input_.marks.find({vm_.identity.endpoint, vm_.identity.moid, snapshot.moid});
    if (mark == input_.marks.end() || mark->second.at >= input_.now) return false;
    return input_.now - mark->second.at >= policy_.mark_delay.value_or(std::chrono::seconds{0});
  }

  void add_step(StepKind kind, std::optional<std::uint32_t> snapshot) {
    std::string id = policy_.name() + "/" + vm_.identity.endpoint + "/" + vm_.identity.moid + "/" +
                     step_name(kind);
    if (snapshot) id += "/" + vm_.snapshots[*snapshot].moid;
    plan_.steps.push_back({std::move(id), kind, snapshot, std::nullopt});
  }

  RetentionInput retention_input() {
    snapshots_ = retention_snapshots(
        vm_, plan_.creates() ? std::optional(input_.now) : std::nullopt);
    RetentionInput retention;
    retention.snapshots = snapshots_;
    retention.now = input_.now;
    retention.zone = &policy_.zone;
    retention.reserve = cap_reserve(policy_);
    retention.foreign_min_age = kSettledForeign;
    const Disk* deepest = nullptr;
    for (const Disk& disk : vm_.disks) {
      if (deepest == nullptr || disk.depth > deepest->depth) deepest = &disk;
    }
    if (deepest != nullptr) retention.disk_capacity_bytes = deepest->capacity_bytes;
    for (const Datastore* datastore : datastores_) {
      if (datastore == nullptr) continue;
      const auto least = retention.datastore_free_bytes;
      if (least && *least <= datastore->free_bytes) continue;
      retention.datastore_free_bytes = datastore->free_bytes;
      retention.datastore_capacity_bytes = datastore->capacity_bytes;
    }
    has_disk_ = deepest != nullptr && deepest->capacity_bytes > 0;
    has_datastore_ = retention.datastore_free_bytes.has_value();
    return retention;
  }

  /// Without the caps that need a number nobody knows; they are named in the plan.
  RetentionRules rules() {
    RetentionRules rules = policy_.rules;
    if (rules.cap.probes && !has_disk_) {
      rules.cap.probes.reset();
      plan_.unchecked_remove.emplace_back("cap-probes");
    }
    if ((rules.cap.min_free_bytes || rules.cap.min_free_share) && !has_datastore_) {
      rules.cap.min_free_bytes.reset();
      rules.cap.min_free_share.reset();
      plan_.unchecked_remove.emplace_back("cap-min_free");
    }
    return rules;
  }

  const PlanInput& input_;
  const Policy& policy_;
  const Vm& vm_;
  VmFacts facts_;
  std::vector<const Datastore*> datastores_;
  GuardInput guard_;
  VmPlan plan_;
  std::vector<RetentionSnapshot> snapshots_;
  bool has_disk_ = false, has_datastore_ = false;
};

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
    if (step.kind == StepKind::Remove) step.price = std::move(*next++);
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
    price(input, vm);
    const bool removes = std::any_of(vm.steps.begin(), vm.steps.end(), [](const Step& step) {
      return step.kind == StepKind::Remove;
    });
    if (removes) queue.push_back(&vm);
  }
  std::stable_sort(queue.begin(), queue.end(),
                   [](const VmPlan* a, const VmPlan* b) { return a->vm->depth > b->vm->depth; });
  std::vector<RemovalStep> prices;
  for (const VmPlan* vm : queue) {
    for (const Step& step : vm->steps) {
      if (step.price) prices.push_back(*step.price);
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
    plan.vms.push_back(VmPlanner(input, policy, surroundings, *vm).run());
    hoist_holds(plan.vms.back().create, plan.held);
    hoist_holds(plan.vms.back().remove, plan.held);
  }
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
  std::vector<const Vm*> vms;
  vms.reserve(input.inventory.vms.size());
  for (const Vm& vm : input.inventory.vms) vms.push_back(&vm);
  std::sort(vms.begin(), vms.end(), by_name);
  std::vector<std::vector<const Vm*>> shares(input.policies.size());
  for (const Vm* vm : vms) {
    const Selection selection = selecting.of(*vm);
    for (const std::string& name : selection.policies) shares[places.at(name)].push_back(vm);
    for (const auto& [policy, by] : selection.shadowed) {
      plan.left_alone.push_back({vm, "shadowed", policy, by});
    }
    if (!selection.never.empty()) plan.left_alone.push_back({vm, selection.never, {}, {}});
    if (selection == Selection{}) ++plan.unselected;
  }
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

std::vector<RetentionSnapshot> retention_snapshots(const Vm& vm, const std::optional<Time>& made) {
  std::vector<RetentionSnapshot> all;
  all.reserve(vm.snapshots.size() + 1);
  std::optional<std::uint32_t> current;
  for (std::uint32_t i = 0; i < vm.snapshots.size(); ++i) {
    const Snapshot& snapshot = vm.snapshots[i];
    RetentionSnapshot one;
    one.id = snapshot.moid;
    one.time = snapshot.created;
    if (snapshot.parent) one.parent = place_of(vm, *snapshot.parent, i);
    one.current = snapshot.current && !made;
    // A helper belongs to the server, whatever a marker may say.
    one.owner = snapshot.helper ? Owner::Foreign : snapshot.owner;
    one.pinned = snapshot.pinned;
    one.state = snapshot.state;
    one.bytes = snapshot.bytes;
    if (snapshot.current) current = i;
    all.push_back(one);
  }
  if (!made) return all;
  RetentionSnapshot created;
  created.id = "new";
  created.time = *made;
  created.parent = current;
  created.current = true;
  all.push_back(created);
  return all;
}

int cap_reserve(const Policy& policy) {
  if (policy.method() != Method::Snapshot) return 0;
  return policy.marks_first() ? 2 : 1;
}

bool VmPlan::creates() const {
  return !steps.empty() &&
         (steps.front().kind == StepKind::Create || steps.front().kind == StepKind::Clone);
}

bool VmPlan::refused() const {
  if (!steps.empty()) return false;
  const auto no = [](const Refusal& one) {
    return one.verdict == Verdict::Refused || one.verdict == Verdict::Waits;
  };
  return std::any_of(create.begin(), create.end(), no) ||
         std::any_of(remove.begin(), remove.end(), no) ||
         std::any_of(snapshots.begin(), snapshots.end(),
                     [&](const SnapshotRefusal& one) { return no(one.refusal); });
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
