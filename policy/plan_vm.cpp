#include "policy/plan_vm.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "policy/chain.h"
#include "policy/plan_copies.h"
#include "policy/retention_kept.h"
#include "policy/same_id.h"
#include "policy/snapshot_list.h"

namespace policy {
namespace {

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
        guard_{vm,          input.now,      surroundings.endpoint(vm), policy.facts, facts_,
               datastores_, is_straight(vm)},
        surroundings_(surroundings),
        snapshots_(scratch) {
    plan_.vm = &vm;
    plan_.basis.endpoint_uuid = surroundings.endpoint_uuid(vm);
    find_marks(surroundings.marks(vm));
  }

  VmPlan run() {
    try {
      plan_create();
      if (judges_snapshots()) plan_retention();
    } catch (const ZoneRangeError&) {
      refuse_times();
    }
    return std::move(plan_);
  }

 private:
  bool clones() const { return policy_.method() == Method::Clone; }

  /// A policy of method clone keeps copies; of snapshots it only takes away what a copy left.
  bool judges_snapshots() const {
    return !clones() ||
           std::any_of(vm_.snapshots.begin(), vm_.snapshots.end(), [&](const Snapshot& one) {
             return one.leftover && keeper_of(one) == Keeper::Us;
           });
  }

  Keeper keeper_of(const Snapshot& snapshot) const {
    if (snapshot.owner == Owner::Foreign) return Keeper::Us;  // it is kept for being foreign
    if (snapshot.policy.empty()) return Keeper::Operator;
    if (policy_.answers_to(snapshot.policy)) return Keeper::Us;
    return surroundings_.kept_by(snapshot.policy, vm_) ? Keeper::OtherPolicy
                                                       : Keeper::OrphanedPolicy;
  }

  /// Calendars can't tell what to keep of a VM whose clock was that wrong; its neighbours' can.
  void refuse_times() {
    Refusal refusal{.rule = "time-out-of-range",
                    .verdict = Verdict::Refused,
                    .text =
                        "a time of the VM or of the policy's spans lies outside of what the "
                        "calendar of " +
                        zone_name() + " covers",
                    .evidence = {},
                    .forceable = false,
                    .until = {}};
    for (const Snapshot& snapshot : vm_.snapshots) {
      if (keeper_of(snapshot) != Keeper::Us || reckons_with(snapshot.created)) continue;
      if (refusal.evidence.empty()) {
        refusal.text = "snapshot " + snapshot.name + " is dated " + format_utc(snapshot.created) +
                       ", outside of what the calendar of " + zone_name() +
                       " covers; pin it or remove it by hand";
      }
      refusal.evidence.push_back({"snapshot", snapshot.moid});
      refusal.evidence.push_back({"created", format_utc(snapshot.created)});
    }
    plan_.steps.clear();
    plan_.snapshots.clear();
    plan_.retention.reset();
    if (input_.create && policy_.method() != Method::Retain) plan_.create.push_back(refusal);
    plan_.remove.push_back(std::move(refusal));
  }

  std::string zone_name() const {
    return policy_.zone.name().empty() ? "UTC" : policy_.zone.name();
  }

  bool reckons_with(Time time) const {
    try {
      policy_.zone.offset_at(time);
      return true;
    } catch (const ZoneRangeError&) {
      return false;
    }
  }

  void plan_create() {
    if (!input_.create || policy_.method() == Method::Retain) return;
    plan_.create = plan_refusals(guard_, clones() ? Act::Clone : Act::Create, input_.forced,
                                 plan_.unchecked_create);
    if (stops(plan_.create)) return;
    add_step(clones() ? StepKind::Clone : StepKind::Create, std::nullopt);
  }

  void plan_retention() {
    RetentionInput retention = retention_input();
    std::optional<RetentionRules> room;
    const RetentionRules& rules = clones() ? leftovers_only() : known_rules(room);
    plan_.retention = evaluate(retention, rules);
    const auto count = static_cast<std::uint32_t>(vm_.snapshots.size());
    const bool any = std::any_of(plan_.retention->remove.begin(), plan_.retention->remove.end(),
                                 [&](const Removed& one) { return one.index < count; });
    if (!any) return;
    plan_.remove = plan_refusals(guard_, Act::Remove, input_.forced, plan_.unchecked_remove);
    if (stops(plan_.remove)) return;
    if (makes_snapshot()) find_what_stays_anyway(retention, rules);
    plan_.steps.reserve(plan_.steps.size() + plan_.retention->remove.size());
    for (const Removed& removed : plan_.retention->remove) {
      if (removed.index < count) plan_removal(removed.index);
    }
    price_steps();
  }

  bool makes_snapshot() const { return plan_.creates() && !clones(); }

  /// What retention keeps without the snapshot that this run makes.
  void find_what_stays_anyway(RetentionInput& retention, const RetentionRules& rules) {
    snapshots_.pop_back();
    for (std::size_t i = 0; i < snapshots_.size(); ++i) {
      snapshots_[i].current = vm_.snapshots[i].current;
    }
    retention.snapshots = snapshots_;
    stays_anyway_ = kept_by_rules(retention, rules);
  }

  void plan_removal(std::uint32_t index) {
    const Snapshot& snapshot = vm_.snapshots[index];
    bool needs_create = makes_snapshot() && stays_anyway_[index];
    auto found = plan_removal_refusals(guard_, snapshot, input_.forced, plan_.unchecked_remove);
    // The snapshot that this run makes is the newer one; whether it is good is seen by then.
    if (makes_snapshot() &&
        std::erase_if(found, [](const Refusal& one) { return one.rule == "last-good"; }) > 0) {
      needs_create = true;
      auto& unchecked = plan_.unchecked_remove;
      if (std::find(unchecked.begin(), unchecked.end(), "last-good") == unchecked.end()) {
        unchecked.emplace_back("last-good");
      }
    }
    const bool stopped = stops(found);
    for (Refusal& refusal : found) plan_.snapshots.push_back({index, std::move(refusal)});
    if (stopped) return;
    add_step(may_go(index) ? StepKind::Remove : StepKind::Mark, index);
    plan_.steps.back().needs_create = needs_create;
  }

  void find_marks(const Surroundings::MarkRange& marks) {
    for (auto mark = marks.first; mark != marks.second; ++mark) {
      const auto found = std::find_if(
          vm_.snapshots.begin(), vm_.snapshots.end(),
          [&](const Snapshot& one) { return same_id(one.moid, std::get<2>(mark->first)); });
      if (found == vm_.snapshots.end()) continue;
      const auto index = static_cast<std::uint32_t>(found - vm_.snapshots.begin());
      plan_.basis.marks.push_back({index, mark->second.at});
    }
    std::sort(plan_.basis.marks.begin(), plan_.basis.marks.end(),
              [](const auto& a, const auto& b) { return a.snapshot < b.snapshot; });
  }

  std::optional<Time> marked_at(std::uint32_t snapshot) const {
    for (const auto& seen : plan_.basis.marks) {
      if (seen.snapshot == snapshot) return seen.at;
    }
    return std::nullopt;
  }

  /// What a copy left is no recovery point, and waits for no mark.
  bool may_go(std::uint32_t snapshot) const {
    return vm_.snapshots[snapshot].leftover || lets_go(policy_, marked_at(snapshot), input_.now);
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
    Step& step = plan_.steps.emplace_back();
    step.kind = kind;
    step.snapshot = snapshot;
  }

  RetentionInput retention_input() {
    list_for_retention(vm_, makes_snapshot() ? std::optional(input_.now) : std::nullopt,
                       snapshots_);
    for (std::size_t i = 0; i < vm_.snapshots.size(); ++i) {
      const Snapshot& snapshot = vm_.snapshots[i];
      snapshots_[i].keeper = keeper_of(snapshot);
      if (!input_.detached_since || snapshot.on_current_path) continue;
      snapshots_[i].detached_since = input_.detached_since(vm_, snapshot);
    }
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
    if (deepest != nullptr) {
      // As the bytes of its deltas: with all copies that are stored.
      retention.disk_capacity_bytes = static_cast<std::uint64_t>(
          static_cast<double>(deepest->capacity_bytes) * stored_copies(*deepest));
    }
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

  /// Of what is no leftover, everything stays.
  static const RetentionRules& leftovers_only() {
    static const RetentionRules rules = [] {
      RetentionRules made;
      made.keep.counts["last"] = {.min = 0, .max = std::nullopt};
      return made;
    }();
    return rules;
  }

  /// Without the caps that need a number nobody knows; they are named in the plan. `room` is for
  /// rules that are not the policy's own: a copy for each VM would cost more than judging it.
  const RetentionRules& known_rules(std::optional<RetentionRules>& room) {
    const RetentionRules& all = policy_.rules;
    const bool no_probes = all.cap.probes && !has_disk_;
    const bool no_free = (all.cap.min_free_bytes || all.cap.min_free_share) && !has_datastore_;
    if (!no_probes && !no_free) return all;
    RetentionRules& rules = room.emplace(all);
    if (no_probes) {
      rules.cap.probes.reset();
      plan_.unchecked_remove.emplace_back("cap-probes");
    }
    if (no_free) {
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
  const Surroundings& surroundings_;
  std::vector<RetentionSnapshot>& snapshots_;
  std::vector<bool> stays_anyway_;  // by snapshot; empty when the plan makes none
  bool has_disk_ = false, has_datastore_ = false;
};

bool has_verdict(const VmPlan& plan, Verdict verdict) {
  const auto is_it = [&](const Refusal& one) { return one.verdict == verdict; };
  return std::any_of(plan.create.begin(), plan.create.end(), is_it) ||
         std::any_of(plan.remove.begin(), plan.remove.end(), is_it) ||
         std::any_of(plan.snapshots.begin(), plan.snapshots.end(),
                     [&](const SnapshotRefusal& one) { return is_it(one.refusal); }) ||
         (plan.copies && has_verdict(*plan.copies, verdict));
}

}  // namespace

bool VmPlan::creates() const {
  return !steps.empty() &&
         (steps.front().kind == StepKind::Create || steps.front().kind == StepKind::Clone);
}

bool VmPlan::refused() const { return steps.empty() && has_verdict(*this, Verdict::Refused); }

bool VmPlan::waits() const {
  return steps.empty() && !refused() && has_verdict(*this, Verdict::Waits);
}

bool lets_go(const Policy& policy, std::optional<Time> marked, Time now) {
  if (!policy.marks_first()) return true;
  if (!marked || *marked >= now) return false;
  return now - *marked >= policy.mark_delay.value_or(std::chrono::seconds{0});
}

VmPlan plan_vm(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
               const Vm& vm, std::vector<RetentionSnapshot>& scratch) {
  return VmPlanner(input, policy, surroundings, vm, scratch).run();
}

}  // namespace policy
