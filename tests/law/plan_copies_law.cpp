// Laws of what a plan does about copies, for any copies under any rules.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/policy/copies_fixture.h"

namespace policy_test {
namespace {

using namespace policy;

int number(int from, int to) { return *rc::gen::inRange(from, to + 1); }

/// Up to eight copies; some of them used, unseen, another policy's or an operator's.
CopyShop any_shop() {
  CopyShop shop(0, copying(number(1, 4)));
  Policy& policy = shop.policies[0];
  if (number(0, 1) == 1) policy.rules.keep.counts["weekly"] = {0, number(1, 3)};
  if (number(0, 2) == 0) policy.rules.cap.count = number(1, 6);
  if (number(0, 3) == 0) policy.rules.max_age = CalendarSpan{.days = number(1, 30)};
  if (number(0, 2) == 0) policy.mark_delay.reset();
  if (number(0, 3) == 0) policy.max_removals = number(1, 3);
  policy.facts.delete_copies = number(0, 4) > 0;
  shop.create = number(0, 1) == 1;
  for (int i = number(0, 8); i > 0; --i) {
    Copy& copy = shop.add("c" + std::to_string(i), kCopyNow - std::chrono::hours(number(1, 1500)));
    Vm& vm = shop.inventory.vms.back();
    copy.policy = *rc::gen::weightedElement<std::string>({{6, "weekly"}, {1, ""}, {1, "gone"}});
    copy.released = number(0, 6) == 0;
    copy.authentic = number(0, 8) > 0;
    if (number(0, 6) == 0) vm.state.power = Power::On;
    if (number(0, 6) == 0) vm.identity.name = "mine";
    if (number(0, 8) == 0) shop.inventory.vms.pop_back();
    if (number(0, 2) == 0) shop.marks[{"prod", copy.moid, copy.op}] = {kCopyNow, "run"};
  }
  shop.now += std::chrono::hours(1);
  return shop;
}

RC_GTEST_PROP(CopyPlans, AccountForEachCopyOnceAndTouchOnlyUntouchedOnesOfThePolicy, ()) {
  const CopyShop shop = any_shop();
  const Plan plan = shop.plan();
  std::multiset<const Copy*> told;
  for (const CopyLeft& one : plan.copies_left) told.insert(one.copy);
  const VmPlan& vm = plan.policies.at(0).vms.at(0);
  RC_ASSERT(vm.copies != nullptr ||
            plan.copies_left.size() + std::count_if(shop.copies.begin(), shop.copies.end(),
                                                    [](const Copy& one) { return one.released; }) >=
                shop.copies.size());
  if (vm.copies) {
    const CopiesPlan& copies = *vm.copies;
    for (const CopyLeft& one : copies.left) told.insert(one.copy);
    const auto count = static_cast<std::uint32_t>(copies.judged.size());
    for (const Kept& kept : copies.retention.keep) {
      RC_ASSERT(kept.reasons > 0U);
      if (kept.index < count) told.insert(copies.judged[kept.index]);
    }
    for (const Removed& removed : copies.retention.remove)
      told.insert(copies.judged[removed.index]);
  }
  std::set<const Copy*> once(told.begin(), told.end());
  RC_ASSERT(once.size() == told.size());
  for (const Copy& copy : shop.copies) {
    // One that is released and no policy's: nobody has to hear of it in a plan.
    RC_ASSERT(once.contains(&copy) || (copy.released && copy.policy != "weekly"));
  }
  int destroyed = 0;
  for (const Step& step : vm.steps) {
    if (step.copy == nullptr) continue;
    RC_ASSERT(shop.policies[0].facts.delete_copies);
    RC_ASSERT(step.copy->policy == "weekly");
    RC_ASSERT(!step.copy->released && step.copy->authentic);
    const auto seen =
        std::find_if(shop.inventory.vms.begin(), shop.inventory.vms.end(),
                     [&](const Vm& one) { return one.identity.moid == step.copy->moid; });
    RC_ASSERT(seen != shop.inventory.vms.end());
    RC_ASSERT(seen->state.power == Power::Off && seen->identity.name == step.copy->name);
    if (step.kind == StepKind::Destroy) ++destroyed;
  }
  RC_ASSERT(destroyed <= plan.policies[0].max_removals);
}

RC_GTEST_PROP(CopyPlans, KeepTheNewestUntouchedOneUnlessAnotherIsMade, ()) {
  CopyShop shop = any_shop();
  shop.policies[0].rules.min_keep = number(0, 1);
  const Plan plan = shop.plan();
  const VmPlan& vm = plan.policies.at(0).vms.at(0);
  if (!vm.copies || vm.copies->judged.empty()) return;
  for (const Step& step : vm.steps) {
    if (step.copy == vm.copies->judged.back()) RC_ASSERT(step.needs_create && shop.create);
  }
}

RC_GTEST_PROP(CopyPlans, CarriedOutLeadToOneWithNothingToDo, ()) {
  CopyShop shop = any_shop();
  shop.create = false;
  for (std::size_t runs = 0;; ++runs) {
    RC_ASSERT(runs <= 2 * 8U + 1);
    std::set<std::string> gone;
    bool any = false;
    {
      const Plan plan = shop.plan();
      for (const Step& step : plan.policies.at(0).vms.at(0).steps) {
        any = true;
        if (step.kind == StepKind::Destroy) gone.insert(step.copy->op);
        shop.marks.try_emplace({"prod", step.copy->moid, step.copy->op}, Mark{shop.now, "run"});
      }
    }
    if (!any) break;
    std::erase_if(shop.copies, [&](const Copy& one) { return gone.contains(one.op); });
    shop.now += std::chrono::seconds(1);
  }
}

}  // namespace
}  // namespace policy_test
