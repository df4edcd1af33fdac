#include "policy/plan_vm.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace policy {
namespace {

// Parents come first, and nearly always right before; a parent that is not there makes a root.
std::optional<std::uint32_t> place_of(const Vm& vm, const std::string& parent,
                                      std::uint32_t before) {
  for (std::uint32_t i = before; i-- > 0;) {
    if (vm.snapshots[i].moid == parent) return i;
  }
  return std::nullopt;
}

void list_snapshots(const Vm& vm, const std::optional<Time>& made,
                    std::vector<RetentionSnapshot>& all) {
  all.clear();
  all.reserve(vm.snapshots.size() + 1);
  std::optional<std::uint32_t> current;
  for (std::uint32_t i = 0; i < vm.snapshots.size(); ++i) {
    const Snapshot& snapshot = vm.snapshots[i];
    RetentionSnapshot& one = all.emplace_back();
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
  }
  if (!made) return;
  RetentionSnapshot& created = all.emplace_back();
  created.id = "new";
  created.time = *made;
  created.parent = current;
  created.current = true;
}

/// Plans one VM for one policy.
class VmPlanner {
 public:
  VmPlanner(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
            const Vm& vm, std::vector<RetentionSnapshot>& scratch)
      : input_(input),
        policy_(policy),
        vm_(vm),
        facts_(surroundings.facts(vm)),
        datastores_(surroundings.datastores(vm)),
        guard_{vm, input.now, surroundings.endpoint(vm), policy.facts, facts_, datastores_},
        snapshots_(scratch),
        marks_(surroundings.marks(vm)) {
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
    plan_.create = plan_refusals(guard_, clone ? Act::Clone : Act::Create, input_.forced,
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
    plan_.remove = plan_refusals(guard_, Act::Remove, input_.forced, plan_.unchecked_remove);
    if (stops(plan_.remove)) return;
    plan_.steps.reserve(plan_.steps.size() + plan_.retention->remove.size());
    for (const Removed& removed : plan_.retention->remove) {
      if (removed.index < count) plan_removal(removed.index);
    }
    price_steps();
  }

  void plan_removal(std::uint32_t index) {
    const Snapshot& snapshot = vm_.snapshots[index];
    auto found =
        plan_removal_refusals(guard_, snapshot, input_.forced, plan_.unchecked_remove);
    // The snapshot that this run makes is the newer one; whether it is good is seen by then.
    if (plan_.creates() && std::erase_if(found, [](const Refusal& one) {
          return one.rule == "last-good";
        }) > 0) {
      auto& unchecked = plan_.unchecked_remove;
      if (std::find(unchecked.begin(), unchecked.end(), "last-good") == unchecked.end()) {
        unchecked.emplace_back("last-good");
      }
    }
    const bool stopped = stops(found);
    for (Refusal& refusal : found) plan_.snapshots.push_back({index, std::move(refusal)});
    if (stopped) return;
    add_step(may_go(snapshot) ? StepKind::Remove : StepKind::Mark, index);
  }

  /// Rule 7: chosen in one run, removed in a later one.
  bool may_go(const Snapshot& snapshot) const {
    if (!policy_.marks_first()) return true;
    const auto& [first, last] = marks_;
    const auto mark = std::find_if(
        first, last, [&](const auto& one) { return std::get<2>(one.first) == snapshot.moid; });
    if (mark == last || mark->second.at >= input_.now) return false;
    return input_.now - mark->second.at >= policy_.mark_delay.value_or(std::chrono::seconds{0});
  }

  void price_steps() {
    std::vector<std::uint32_t> order;
    for (const Step& step : plan_.steps) {
      if (step.kind == StepKind::Remove) order.push_back(*step.snapshot);
    }
    if (order.empty()) return;
    std::vector<std::optional<std::uint32_t>> parents;
    parents.reserve(vm_.snapshots.size());
    for (std::size_t i = 0; i < vm_.snapshots.size(); ++i) parents.push_back(snapshots_[i].parent);
    const MergeRates rates = input_.rates ? input_.rates(vm_) : MergeRates{};
    auto prices = price_removals(vm_, order, parents, rates);
    auto next = prices.begin();
    for (Step& step : plan_.steps) {
      if (step.kind != StepKind::Remove) continue;
      step.price = std::make_shared<const RemovalStep>(std::move(*next++));
    }
  }

  void add_step(StepKind kind, std::optional<std::uint32_t> snapshot) {
    plan_.steps.push_back({.kind = kind, .snapshot = snapshot, .price = nullptr});
  }

  RetentionInput retention_input() {
    list_snapshots(vm_, plan_.creates() ? std::optional(input_.now) : std::nullopt, snapshots_);
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
  std::vector<RetentionSnapshot>& snapshots_;
  Surroundings::MarkRange marks_;
  bool has_disk_ = false, has_datastore_ = false;
};

}  // namespace

Surroundings::Surroundings(const PlanInput& input)
    : input_(input), shared_(input.inventory.vms) {
  for (const Datastore& datastore : input.inventory.datastores) {
    datastores_[datastore.endpoint][datastore.moid] = &datastore;
  }
  const Marks& all = input.marks;
  for (auto first = all.begin(); first != all.end();) {
    const std::string_view endpoint = std::get<0>(first->first);
    const std::string_view vm = std::get<1>(first->first);
    auto last = first;
    const auto same = [&] {
      return std::get<0>(last->first) == endpoint && std::get<1>(last->first) == vm;
    };
    while (last != all.end() && same()) ++last;
    marks_[endpoint].emplace(vm, MarkRange(first, last));
    first = last;
  }
}

Surroundings::MarkRange Surroundings::marks(const Vm& vm) const {
  const MarkRange none(input_.marks.end(), input_.marks.end());
  const auto all = marks_.find(vm.identity.endpoint);
  if (all == marks_.end()) return none;
  const auto found = all->second.find(vm.identity.moid);
  return found == all->second.end() ? none : found->second;
}

const EndpointFacts& Surroundings::endpoint(const Vm& vm) const {
  const auto found = input_.endpoints.find(vm.identity.endpoint);
  return found == input_.endpoints.end() ? nothing_known_ : found->second;
}

VmFacts Surroundings::facts(const Vm& vm) const {
  VmFacts facts = input_.vm_facts ? input_.vm_facts(vm) : VmFacts{};
  facts.shared = shared_.of(vm);
  return facts;
}

std::vector<const Datastore*> Surroundings::datastores(const Vm& vm) const {
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

std::vector<RetentionSnapshot> retention_snapshots(const Vm& vm, const std::optional<Time>& made) {
  std::vector<RetentionSnapshot> all;
  list_snapshots(vm, made, all);
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

VmPlan plan_vm(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
               const Vm& vm, std::vector<RetentionSnapshot>& scratch) {
  return VmPlanner(input, policy, surroundings, vm, scratch).run();
}

}  // namespace policy
