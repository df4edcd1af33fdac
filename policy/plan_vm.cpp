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

/// What nobody looked at goes to `unchecked`, by its rule.
std::vector<Refusal> split(std::vector<Refusal> all, std::vector<std::string>& unchecked) {
  std::vector<Refusal> known;
  for (Refusal& one : all) {
    if (one.verdict != Verdict::NotLookedAt) {
      known.push_back(std::move(one));
    } else if (std::find(unchecked.begin(), unchecked.end(), one.rule) == unchecked.end()) {
      unchecked.push_back(std::move(one.rule));
    }
  }
  return known;
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
    find_marks();
    plan_.steps.reserve(plan_.steps.size() + plan_.retention->remove.size());
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
    const auto mark = std::find_if(first_mark_, last_mark_, [&](const auto& one) {
      return std::get<2>(one.first) == snapshot.moid;
    });
    if (mark == last_mark_ || mark->second.at >= input_.now) return false;
    return input_.now - mark->second.at >= policy_.mark_delay.value_or(std::chrono::seconds{0});
  }

  /// The marks of this VM stand together: looked up once, not for each snapshot.
  void find_marks() {
    const std::string& endpoint = vm_.identity.endpoint;
    const std::string& moid = vm_.identity.moid;
    first_mark_ = input_.marks.lower_bound({endpoint, moid, std::string()});
    for (last_mark_ = first_mark_; last_mark_ != input_.marks.end(); ++last_mark_) {
      const auto& [of_endpoint, of_vm, snapshot] = last_mark_->first;
      if (of_endpoint != endpoint || of_vm != moid) return;
    }
  }

  void add_step(StepKind kind, std::optional<std::uint32_t> snapshot) {
    plan_.steps.push_back({.kind = kind, .snapshot = snapshot, .price = nullptr});
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
  Marks::const_iterator first_mark_{}, last_mark_{};
  bool has_disk_ = false, has_datastore_ = false;
};

}  // namespace

Surroundings::Surroundings(const PlanInput& input)
    : input_(input), shared_(input.inventory.vms) {
  for (const Datastore& datastore : input.inventory.datastores) {
    datastores_[datastore.endpoint][datastore.moid] = &datastore;
  }
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

VmPlan plan_vm(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
               const Vm& vm) {
  return VmPlanner(input, policy, surroundings, vm).run();
}

}  // namespace policy
