#include "policy/plan_copies.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "policy/retention_kept.h"

namespace policy {
namespace {

constexpr std::string_view kNew = "new";

/// Guards of a removal that are about something that deleting a whole VM does not do.
bool is_beside(std::string_view rule) {
  return rule == "method-disabled" || rule == "other-product";
}

Refusal refusal(const char* rule, Verdict verdict, std::string text,
                std::vector<Evidence> evidence = {}) {
  return {.rule = rule,
          .verdict = verdict,
          .text = std::move(text),
          .evidence = std::move(evidence),
          .forceable = false,
          .until = {}};
}

void add_once(std::vector<Refusal>& list, Refusal one) {
  if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(std::move(one));
}

/// What a copy made now would weigh: as much as the newest one, else as its source.
std::uint64_t expected_bytes(const Vm& source, const std::vector<const Copy*>& copies) {
  if (!copies.empty()) return copies.back()->bytes;
  std::uint64_t sum = 0;
  for (const Disk& disk : source.disks) {
    for (const Layer& layer : disk.layers) sum += layer.bytes;
  }
  return sum;
}

/// Plans the copies of one VM for one policy.
class CopyPlanner {
 public:
  CopyPlanner(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
              const CopyShares& shares, VmPlan& plan)
      : input_(input),
        policy_(policy),
        surroundings_(surroundings),
        shares_(shares),
        vm_plan_(plan),
        made_(plan.creates()),
        plan_(std::make_shared<CopiesPlan>()) {}

  void run(const std::vector<const Copy*>& copies) {
    look(copies);
    for (const Copy* copy : plan_->judged) {
      vm_plan_.basis.copies.push_back({copy->op, copy->taken, marked_at(*copy)});
    }
    try {
      judge();
    } catch (const ZoneRangeError&) {
      refuse_times();
    }
    vm_plan_.copies = std::move(plan_);
  }

 private:
  void look(const std::vector<const Copy*>& copies) {
    for (const Copy* copy : copies) {
      CopySight sight = look_at_copy(*copy, shares_.vm_of(*copy), endpoint());
      if (sight.stand == CopyStand::Untouched) {
        plan_->judged.push_back(copy);
      } else {
        plan_->left.push_back({copy, copy_stand_name(sight.stand), std::move(sight.text)});
      }
    }
  }

  /// Calendars can't tell which to keep: all stay.
  void refuse_times() {
    const char* const text =
        "a time of a copy or of the policy's spans lies outside of what the calendar covers";
    for (const Copy* copy : plan_->judged) {
      plan_->left.push_back({copy, copy_stand_name(CopyStand::InDoubt), text});
    }
    plan_->judged.clear();
    plan_->snapshots.clear();
    plan_->input.snapshots = {};
    plan_->retention = {};
    plan_->all.push_back(refusal("time-out-of-range", Verdict::Refused, text));
  }

  const EndpointFacts& endpoint() const { return surroundings_.endpoint(*vm_plan_.vm); }

  void judge() {
    list_copies();
    CopiesPlan& plan = *plan_;
    plan.rules = known_rules();
    plan.input.now = input_.now;
    plan.input.zone = &policy_.zone;
    // As for snapshots: the next one has been made, and what the run before marked is still there.
    plan.input.reserve = policy_.marks_first() ? 2 : 1;
    plan.input.snapshots = plan.snapshots;
    plan.retention = evaluate(plan.input, plan.rules);
    const auto count = static_cast<std::uint32_t>(plan.judged.size());
    std::erase_if(plan.retention.remove, [&](const Removed& one) { return one.index >= count; });
    if (plan.retention.remove.empty()) return;
    if (!policy_.facts.delete_copies) {
      plan.all.push_back(refusal(
          "clone-delete", Verdict::Skipped,
          std::to_string(plan.retention.remove.size()) +
              " of its copies would go, but clone.delete is not set: they stay; to have them "
              "deleted: clone = { ..., delete = true }",
          {{"delete", "false"}}));
      return;
    }
    find_what_stays_anyway();
    for (const Removed& removed : plan.retention.remove) plan_destroy(removed.index);
  }

  /// In one line of descent: a copy is never off the path.
  void list_copies() {
    CopiesPlan& plan = *plan_;
    plan.snapshots.reserve(plan.judged.size() + 1);
    const auto add = [&](std::string_view id, Time time, std::uint64_t bytes) {
      const auto place = static_cast<std::uint32_t>(plan.snapshots.size());
      RetentionSnapshot& one = plan.snapshots.emplace_back();
      one.id = id;
      one.time = time;
      if (place > 0) one.parent = place - 1;
      one.bytes = bytes;
    };
    for (const Copy* copy : plan.judged) add(copy->name, copy->taken, copy->bytes);
    if (made_) add(kNew, input_.now, expected_bytes(*vm_plan_.vm, plan.judged));
    if (!plan.snapshots.empty()) plan.snapshots.back().current = true;
  }

  /// Without those that a running disk has and a copy has not; `config` refuses them.
  RetentionRules known_rules() {
    RetentionRules rules = policy_.rules;
    rules.cap.depth.reset();
    rules.cap.probes.reset();
    if (!rules.cap.min_free_bytes && !rules.cap.min_free_share) return rules;
    if (const Datastore* datastore = their_datastore()) {
      plan_->input.datastore_free_bytes = datastore->free_bytes;
      plan_->input.datastore_capacity_bytes = datastore->capacity_bytes;
    } else {
      rules.cap.min_free_bytes.reset();
      rules.cap.min_free_share.reset();
      plan_->unchecked.emplace_back("cap-min_free");
    }
    return rules;
  }

  /// The fullest of those that the newest copy lies on.
  const Datastore* their_datastore() const {
    if (plan_->judged.empty()) return nullptr;
    const Datastore* fullest = nullptr;
    for (const Datastore* one : surroundings_.datastores(*shares_.vm_of(*plan_->judged.back()))) {
      if (one == nullptr) return nullptr;
      if (fullest == nullptr || one->free_bytes < fullest->free_bytes) fullest = one;
    }
    return fullest;
  }

  /// What the rules keep without the copy that this run makes.
  void find_what_stays_anyway() {
    stays_anyway_.assign(plan_->judged.size(), false);
    if (!made_) return;
    RetentionInput without = plan_->input;
    std::vector<RetentionSnapshot> there(plan_->snapshots.begin(), plan_->snapshots.end() - 1);
    if (!there.empty()) there.back().current = true;
    without.snapshots = there;
    stays_anyway_ = kept_by_rules(without, plan_->rules);
  }

  void plan_destroy(std::uint32_t index) {
    const Copy& copy = *plan_->judged[index];
    bool needs_create = stays_anyway_[index];
    std::vector<Refusal> found = guard(copy);
    const bool newest = index + 1 == plan_->judged.size();
    if (newest && !policy_.facts.allow_remove_all) {
      if (made_) {
        needs_create = true;
      } else {
        found.push_back(refusal("last-good", Verdict::Refused, "it is the newest copy of the VM",
                                {{"copy", copy.op}, {"taken", format_utc(copy.taken)}}));
      }
    }
    const bool stopped = stops(found);
    for (Refusal& one : found) {
      const bool of_it_alone =
          one.verdict != Verdict::Held || (one.rule == "paused" && !one.evidence.empty() &&
                                           one.evidence.front().value.starts_with("vm "));
      if (of_it_alone) {
        plan_->refusals.push_back({index, std::move(one)});
      } else {
        add_once(plan_->all, std::move(one));
      }
    }
    if (stopped) return;
    Step& step = vm_plan_.steps.emplace_back();
    step.kind =
        lets_go(policy_, marked_at(copy), input_.now) ? StepKind::Destroy : StepKind::MarkCopy;
    step.copy = &copy;
    step.needs_create = needs_create;
  }

  /// What the guards of a removal say of the copy's own VM.
  std::vector<Refusal> guard(const Copy& copy) {
    const Vm& vm = *shares_.vm_of(copy);
    const VmFacts facts = surroundings_.facts(vm);
    const auto datastores = surroundings_.datastores(vm);
    const GuardInput asked{vm, input_.now, endpoint(), policy_.facts, facts, datastores};
    std::vector<std::string_view> unchecked;
    std::vector<Refusal> found = plan_refusals(asked, Act::Remove, input_.forced, unchecked);
    std::erase_if(found, [](const Refusal& one) { return is_beside(one.rule); });
    if (facts.shared) {
      for (const SharedFile& file : *facts.shared) {
        if (!file.is_ours) continue;
        found.push_back(refusal("shared-files", Verdict::Refused,
                                file.other_name + " stands on " + file.file,
                                {{"file", file.file}, {"vm", file.other_moid}}));
        break;
      }
    } else {
      unchecked.emplace_back("shared-files");
    }
    for (const std::string_view rule : unchecked) {
      auto& all = plan_->unchecked;
      if (!is_beside(rule) && std::find(all.begin(), all.end(), rule) == all.end()) {
        all.push_back(rule);
      }
    }
    return found;
  }

  std::optional<Time> marked_at(const Copy& copy) const {
    const auto mark = input_.marks.find({copy.endpoint, copy.moid, copy.op});
    return mark == input_.marks.end() ? std::nullopt : std::optional(mark->second.at);
  }

  const PlanInput& input_;
  const Policy& policy_;
  const Surroundings& surroundings_;
  const CopyShares& shares_;
  VmPlan& vm_plan_;
  bool made_;
  std::shared_ptr<CopiesPlan> plan_;
  std::vector<bool> stays_anyway_;
};

}  // namespace

CopyShares::CopyShares(const PlanInput& input, const Surroundings::Shares& shares,
                       std::vector<CopyLeft>& left)
    : input_(input) {
  if (input.copies.empty()) return;
  find_vms();
  for (const Copy& copy : input.copies) {
    const std::string_view why = give_out(copy, shares);
    if (!why.empty() && !copy.released) left.push_back({&copy, why});
  }
  for (auto& entry : by_source_) {
    std::sort(entry.second.begin(), entry.second.end(), [](const Copy* a, const Copy* b) {
      return std::tie(a->taken, a->op) < std::tie(b->taken, b->op);
    });
  }
}

/// One pass over the inventory, for the few VMs that copies are about.
void CopyShares::find_vms() {
  using Place = std::pair<std::string_view, std::string_view>;  // endpoint, and moid or uuid
  std::map<Place, std::vector<const Copy*>> clones, sources;
  for (const Copy& copy : input_.copies) {
    clones[{copy.endpoint, copy.moid}].push_back(&copy);
    sources[{copy.endpoint, copy.source_uuid.empty() ? copy.source_moid : copy.source_uuid}]
        .push_back(&copy);
  }
  for (const Vm& vm : input_.inventory.vms) {
    const VmIdentity& who = vm.identity;
    if (const auto found = clones.find({who.endpoint, who.moid}); found != clones.end()) {
      for (const Copy* copy : found->second) vms_[copy] = &vm;
    }
    const auto found =
        sources.find({who.endpoint, who.instance_uuid.empty() ? who.moid : who.instance_uuid});
    if (found == sources.end()) continue;
    for (const Copy* copy : found->second) {
      // Should two have one uuid, the one that was copied is meant.
      const auto [place, added] = sources_.try_emplace(copy, &vm);
      if (!added && who.moid == copy->source_moid) place->second = &vm;
    }
  }
}

std::string_view CopyShares::give_out(const Copy& copy, const Surroundings::Shares& shares) {
  if (copy.policy.empty()) return "operator";
  const auto source = sources_.find(&copy);
  bool known = false;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Policy& policy = input_.policies[i];
    if (policy.method() != Method::Clone || !policy.answers_to(copy.policy)) continue;
    known = true;
    if (source == sources_.end()) continue;
    const auto place = static_cast<std::uint32_t>(source->second - input_.inventory.vms.data());
    if (!std::binary_search(shares[i].begin(), shares[i].end(), place)) continue;
    judges_[&copy] = &policy;
    by_source_[source->second].push_back(&copy);
    return {};
  }
  if (!known) return "orphaned-policy";
  return source == sources_.end() ? "source-gone" : "not-selected";
}

std::vector<const Copy*> CopyShares::of(const Policy& policy, const Vm& vm) const {
  std::vector<const Copy*> found;
  const auto all = by_source_.find(&vm);
  if (all == by_source_.end()) return found;
  for (const Copy* copy : all->second) {
    if (judges_.at(copy) == &policy) found.push_back(copy);
  }
  return found;
}

const Vm* CopyShares::vm_of(const Copy& copy) const {
  const auto found = vms_.find(&copy);
  return found == vms_.end() ? nullptr : found->second;
}

void plan_copies(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
                 const CopyShares& shares, VmPlan& plan) {
  if (policy.method() != Method::Clone || input.copies.empty()) return;
  const std::vector<const Copy*> copies = shares.of(policy, *plan.vm);
  if (copies.empty()) return;
  CopyPlanner(input, policy, surroundings, shares, plan).run(copies);
}

bool has_verdict(const CopiesPlan& plan, Verdict verdict) {
  const auto is_it = [&](const Refusal& one) { return one.verdict == verdict; };
  return std::any_of(plan.all.begin(), plan.all.end(), is_it) ||
         std::any_of(plan.refusals.begin(), plan.refusals.end(),
                     [&](const CopiesPlan::One& one) { return is_it(one.refusal); });
}

void spend_copy_budget(PolicyPlan& plan) {
  const auto removals = [](const VmPlan& vm) {
    return std::count_if(vm.steps.begin(), vm.steps.end(),
                         [](const Step& step) { return step.kind == StepKind::Remove; });
  };
  std::int64_t left = plan.max_removals;
  for (const VmPlan& vm : plan.vms) left -= removals(vm);
  for (VmPlan& vm : plan.vms) {
    if (!vm.copies) continue;
    std::erase_if(vm.steps, [&](const Step& step) {
      if (step.kind != StepKind::Destroy || left-- > 0) return false;
      const auto& judged = vm.copies->judged;
      const auto place = std::find(judged.begin(), judged.end(), step.copy) - judged.begin();
      vm.copies->refusals.push_back(
          {static_cast<std::uint32_t>(place),
           refusal("budget", Verdict::Waits,
                   "left to a later run: the number of removals of this one is used up",
                   {{"budget", "the number of removals"}})});
      return true;
    });
  }
}

}  // namespace policy
