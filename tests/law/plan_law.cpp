// Laws of plans, over any few VMs: order tells nothing, nothing goes without a reason, nobody
// else's snapshot is touched, budgets hold, and a plan that is carried out leads to one with
// nothing to do.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "policy/plan.h"

namespace policy {
namespace {

using std::chrono::hours;

constexpr Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

int number(int from, int to) { return *rc::gen::inRange(from, to + 1); }
bool one_in(int count) { return number(1, count) == 1; }

Snapshot any_snapshot(int index, int count) {
  Snapshot snapshot;
  snapshot.moid = "s" + std::to_string(index);
  snapshot.id = index + 1;
  snapshot.created = kNow - hours(30 * (count - index) + number(0, 40));
  if (index > 0) snapshot.parent = "s" + std::to_string(index - 1);
  snapshot.current = index + 1 == count;
  snapshot.on_current_path = true;
  snapshot.owner = one_in(4) ? Owner::Foreign : Owner::Ours;
  snapshot.policy =
      *rc::gen::element<std::string>("first", "first", "first", "rest", "old", "gone", "");
  snapshot.pinned = one_in(8);
  snapshot.state = one_in(8) ? SnapshotState::Partial : SnapshotState::Complete;
  snapshot.bytes = static_cast<std::uint64_t>(number(0, 4)) << 30U;
  return snapshot;
}

Vm any_vm(int index) {
  Vm vm;
  vm.identity.endpoint = one_in(2) ? "prod" : "lab";
  vm.identity.moid = "vm-" + std::to_string(index);
  // Names are no identity: some are equal, some begin alike.
  vm.identity.name = *rc::gen::element<std::string>("web", "web-1", "web-10", "db", "");
  vm.place.datastores = {"ds-1"};
  vm.state.connection = one_in(10) ? Connection::Disconnected : Connection::Connected;
  const int count = number(0, 7);
  Disk disk;
  disk.datastore = "ds-1";
  disk.capacity_bytes = 64ULL << 30U;
  disk.depth = vm.depth = vm.tree_depth = count;
  disk.layers.resize(static_cast<std::size_t>(count) + 1);
  for (int i = 0; i < count; ++i) {
    vm.snapshots.push_back(any_snapshot(i, count));
    Layer& layer = disk.layers[static_cast<std::size_t>(count - 1 - i)];
    layer.file = vm.identity.endpoint + vm.identity.moid + "-" + std::to_string(i);
    layer.snapshot = vm.snapshots.back().moid;
    layer.bytes = vm.snapshots.back().bytes;
  }
  disk.layers.back().file = vm.identity.endpoint + vm.identity.moid;
  vm.disks = {std::move(disk)};
  return vm;
}

/// What is asked, with the values that a plan points into.
struct Asked {
  Inventory inventory;
  std::vector<Policy> policies;
  Marks marks;
  Time now = kNow;
  bool create = true;

  static Asked any() {
    Asked asked;
    for (const char* endpoint : {"prod", "lab"}) {
      Datastore datastore;
      datastore.endpoint = endpoint;
      datastore.moid = "ds-1";
      datastore.name = "one";
      datastore.capacity_bytes = 1ULL << 40U;
      datastore.free_bytes = 1ULL << 39U;
      asked.inventory.datastores.push_back(datastore);
    }
    asked.inventory.complete = true;
    const int vms = number(0, 5);
    for (int i = 0; i < vms; ++i) asked.inventory.vms.push_back(any_vm(i));
    Policy policy;
    policy.selection = {.policy = "first", .select = {.name = {one_in(2) ? "web*" : "*"}}};
    policy.rules.keep.counts["last"] = {0, number(1, 3)};
    if (one_in(2)) policy.rules.keep.counts["weekly"] = {0, number(1, 2)};
    if (one_in(3)) policy.rules.cap.depth = number(2, 6);
    if (one_in(2)) policy.max_removals = number(0, 4);
    if (one_in(3)) policy.mark_delay = std::chrono::seconds(0);
    policy.facts.armed = one_in(2);
    Policy rest = policy;
    rest.selection = {.policy = "rest", .select = {.name = {"*"}}};
    asked.policies = {policy, rest};
    for (const Vm& vm : asked.inventory.vms) {
      for (const Snapshot& snapshot : vm.snapshots) {
        if (!one_in(3)) continue;
        asked.marks[{vm.identity.endpoint, vm.identity.moid, snapshot.moid}] = {
            kNow - hours(number(0, 30)), "run-1"};
      }
    }
    return asked;
  }

  Plan plan() const {
    PlanInput input{.inventory = inventory, .policies = policies, .now = now, .create = create};
    input.marks = marks;
    return make_plan(input);
  }
};

std::string text(const std::vector<Refusal>& refusals) {
  std::string all;
  for (const Refusal& one : refusals) all += one.rule + "(" + one.text + ")";
  return all;
}

/// All that a plan says, without addresses.
std::string text(const Plan& plan) {
  std::string all;
  for (const PolicyPlan& policy : plan.policies) {
    all += policy.policy->name() + " held " + text(policy.held) + "\n";
    for (const VmPlan& vm : policy.vms) {
      all += vm.vm->identity.endpoint + "/" + vm.vm->identity.moid + " " + text(vm.create) + "|" +
             text(vm.remove);
      for (const SnapshotRefusal& one : vm.snapshots) {
        all += " " + std::to_string(one.snapshot) + ":" + one.refusal.rule;
      }
      for (const auto rule : vm.unchecked_create) all += " ?" + std::string(rule);
      for (const auto rule : vm.unchecked_remove) all += " ?" + std::string(rule);
      for (const Step& step : vm.steps) {
        all += " " + step_id(*policy.policy, *vm.vm, step);
        if (step.price) all += "=" + std::to_string(step.price->merge.best);
      }
      all += "\n";
    }
    all += std::to_string(policy.totals.refused) + " " + std::to_string(policy.totals.merge_bytes) +
           " " + std::to_string(policy.max_removals) + "\n";
  }
  for (const LeftAlone& one : plan.left_alone) {
    all += one.vm->identity.endpoint + one.vm->identity.moid + one.why + one.policy + one.by + "\n";
  }
  return all + std::to_string(plan.unselected);
}

RC_GTEST_PROP(Plan, DoesNotDependOnTheOrderOfTheVms, ()) {
  Asked asked = Asked::any();
  const std::string before = text(asked.plan());
  auto& vms = asked.inventory.vms;
  for (std::size_t i = vms.size(); i > 1; --i) {
    std::swap(vms[i - 1], vms[static_cast<std::size_t>(number(0, static_cast<int>(i) - 1))]);
  }
  RC_ASSERT(text(asked.plan()) == before);
}

RC_GTEST_PROP(Plan, HasAReasonForEachSnapshotAndTouchesNobodyElses, ()) {
  const Asked asked = Asked::any();
  const Plan plan = asked.plan();
  for (const PolicyPlan& policy : plan.policies) {
    int removals = 0;
    for (const VmPlan& vm : policy.vms) {
      std::multiset<std::uint32_t> told;
      const auto count = static_cast<std::uint32_t>(vm.vm->snapshots.size());
      RC_ASSERT(vm.retention.has_value());
      for (const Kept& kept : vm.retention->keep) {
        RC_ASSERT(kept.reasons > 0U);
        if (kept.index < count) told.insert(kept.index);
      }
      const bool all_refused = stops(vm.remove);
      for (const Removed& removed : vm.retention->remove) {
        if (all_refused && removed.index < count) told.insert(removed.index);
      }
      for (const Step& step : vm.steps) {
        if (!step.snapshot) continue;
        RC_ASSERT(!all_refused);
        told.insert(*step.snapshot);
        const Snapshot& snapshot = vm.vm->snapshots.at(*step.snapshot);
        RC_ASSERT(snapshot.owner == Owner::Ours);
        RC_ASSERT(!snapshot.pinned);
        if (step.kind == StepKind::Remove) ++removals;
        RC_ASSERT((step.kind == StepKind::Remove) == (step.price != nullptr));
      }
      for (const SnapshotRefusal& one : vm.snapshots) {
        if (one.refusal.verdict != Verdict::Held) told.insert(one.snapshot);
      }
      std::multiset<std::uint32_t> all;
      for (std::uint32_t i = 0; i < count; ++i) all.insert(i);
      RC_ASSERT(told == all);
    }
    RC_ASSERT(removals <= policy.max_removals);
  }
}

/// The removed one's delta has gone into the layer below it.
void remove_from(Vm& vm, const std::string& moid) {
  const auto gone = std::find_if(vm.snapshots.begin(), vm.snapshots.end(),
                                 [&](const Snapshot& one) { return one.moid == moid; });
  const auto parent = gone->parent;
  for (Snapshot& other : vm.snapshots) {
    if (other.parent == moid) other.parent = parent;
    if (gone->current && parent == other.moid) other.current = true;
  }
  vm.snapshots.erase(gone);
  for (Disk& disk : vm.disks) {
    std::erase_if(disk.layers, [&](const Layer& layer) { return layer.snapshot == moid; });
    --disk.depth;
  }
  --vm.depth;
  --vm.tree_depth;
}

/// Does what the plan says, as a run would; false when there was nothing to do.
bool carry_out(Asked& asked) {
  std::vector<std::pair<std::size_t, std::string>> removed;
  {
    const Plan plan = asked.plan();
    bool any = false;
    for (const PolicyPlan& policy : plan.policies) {
      for (const VmPlan& vm : policy.vms) {
        for (const Step& step : vm.steps) {
          any = true;
          const std::string& moid = vm.vm->snapshots.at(step.snapshot.value()).moid;
          if (step.kind == StepKind::Mark) {
            // A mark stays what it was made as, or its delay would never end.
            asked.marks.try_emplace({vm.vm->identity.endpoint, vm.vm->identity.moid, moid},
                                    Mark{asked.now, "run"});
          } else {
            removed.emplace_back(vm.vm - asked.inventory.vms.data(), moid);
          }
        }
      }
    }
    if (!any) return false;
  }
  for (const auto& [vm, moid] : removed) remove_from(asked.inventory.vms[vm], moid);
  asked.now += std::chrono::seconds(1);
  return true;
}

RC_GTEST_PROP(Plan, CarriedOutLeadsToOneWithNothingToDo, ()) {
  Asked asked = Asked::any();
  asked.create = false;  // else each run makes what a later one removes
  for (Policy& policy : asked.policies) {
    policy.max_removals = std::max(1, policy.max_removals.value_or(1));
  }
  std::size_t most = 2;
  for (const Vm& vm : asked.inventory.vms) most += 2 * vm.snapshots.size();
  std::size_t runs = 0;
  while (carry_out(asked)) RC_ASSERT(++runs <= most);
  for (const PolicyPlan& policy : asked.plan().policies) {
    for (const VmPlan& vm : policy.vms) {
      for (const Removed& removed : vm.retention->remove) {
        const bool refused =
            std::any_of(vm.snapshots.begin(), vm.snapshots.end(),
                        [&](const SnapshotRefusal& one) { return one.snapshot == removed.index; });
        RC_ASSERT(refused || stops(vm.remove));  // and nothing else is left over
      }
    }
  }
}

}  // namespace
}  // namespace policy
