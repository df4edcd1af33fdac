#include "policy/plan_copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/copy_findings.h"
#include "tests/unit/policy/copies_fixture.h"

namespace policy_test {
namespace {

using namespace policy;
using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// "destroy c1", "mark-copy c2+" (+: only when the create went well).
std::vector<std::string> steps_of(const Plan& plan) {
  std::vector<std::string> told;
  for (const VmPlan& vm : plan.policies.at(0).vms) {
    for (const Step& step : vm.steps) {
      std::string one = step_name(step.kind);
      if (step.copy != nullptr) one += " " + step.copy->op;
      if (step.needs_create) one += "+";
      told.push_back(one);
    }
  }
  return told;
}

/// Rules of what stands against deleting copies, those of all first.
std::vector<std::string> against(const Plan& plan) {
  std::vector<std::string> told;
  const CopiesPlan& copies = *plan.policies.at(0).vms.at(0).copies;
  for (const Refusal& one : copies.all) told.push_back(one.rule);
  for (const auto& one : copies.refusals) {
    told.push_back(copies.judged.at(one.copy)->op + " " + one.refusal.rule);
  }
  return told;
}

std::vector<std::string> left(const Plan& plan) {
  std::vector<std::string> told;
  for (const CopyLeft& one : plan.policies.at(0).vms.at(0).copies->left) {
    told.push_back(one.copy->op + " " + std::string(one.why) + ": " + one.text);
  }
  return told;
}

TEST(Copies, BeyondTheRulesGoOldestFirst) {
  const CopyShop shop(4);
  const Plan plan = shop.plan();
  EXPECT_THAT(steps_of(plan), ElementsAre("destroy c1", "destroy c2"));
  EXPECT_EQ(plan.totals().destroys, 2U);
  EXPECT_EQ(plan.totals().freed_bytes, 2000U);
  const VmPlan& vm = plan.policies[0].vms[0];
  EXPECT_EQ(step_id(*plan.policies[0].policy, *vm.vm, vm.steps[0]), "weekly/prod/vm-1/destroy/c1");
}

TEST(Copies, GoOnlyForTheOneBeingMadeWhereThatIsWhatLetsThemGo) {
  CopyShop shop(3);
  shop.create = true;
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("clone", "destroy c1", "destroy c2+"));
}

TEST(Copies, AreMarkedInOneRunAndGoInALaterOne) {
  CopyShop shop(3);
  shop.policies[0].mark_delay.reset();
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("mark-copy c1"));
  shop.marks[{"prod", "vm-c1", "c1"}] = {kCopyNow, "run-1"};
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("mark-copy c1")) << "of this very run";
  shop.now += hours(1);
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("destroy c1"));
  shop.policies[0].mark_delay = hours(24);
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("mark-copy c1"));
}

TEST(Copies, StayWhereDeleteIsNotSetAndThePlanSaysSo) {
  CopyShop shop(4);
  shop.policies[0].facts.delete_copies = false;
  const Plan plan = shop.plan();
  EXPECT_THAT(steps_of(plan), IsEmpty());
  EXPECT_THAT(against(plan), ElementsAre("clone-delete"));
  const Refusal& said = plan.policies[0].vms[0].copies->all[0];
  EXPECT_THAT(said.text, HasSubstr("2 of its copies would go"));
  EXPECT_EQ(said.verdict, Verdict::Skipped);
  EXPECT_FALSE(plan.policies[0].vms[0].refused()) << "it is what was asked for";
}

TEST(Copies, ThatSomebodyUsedStayAndCountForNoRule) {
  CopyShop shop(6);
  shop.vm_of("c1").state.power = Power::On;
  shop.vm_of("c2").identity.name = "web restored";
  shop.vm_of("c3").snapshots.emplace_back();
  shop.copies[5].released = true;
  shop.copies[5].why = "it was moved";
  const Plan plan = shop.plan();
  EXPECT_THAT(
      left(plan),
      ElementsAre("c1 released: it was powered on", "c2 released: it was renamed to web restored",
                  "c3 released: somebody made a snapshot of it", "c6 released: it was moved"));
  EXPECT_THAT(steps_of(plan), IsEmpty()) << "c4 and c5 are the last two";
}

TEST(Copies, ThatNothingIsKnownForSureOfStay) {
  CopyShop shop(6);
  shop.copies[0].authentic = false;
  shop.vm_of("c2").state.connection = Connection::Disconnected;
  shop.vm_of("c3").identity.instance_uuid = "another";
  shop.vm_of("c4").state.power = Power::Unknown;
  const Plan plan = shop.plan();
  EXPECT_THAT(left(plan), ElementsAre(HasSubstr("c1 in-doubt"), HasSubstr("c2 in-doubt"),
                                      HasSubstr("c3 in-doubt"), HasSubstr("c4 in-doubt")));
  EXPECT_THAT(steps_of(plan), IsEmpty());
}

TEST(Copies, ThatAreNotThereAreGoneOnlyToACompleteScan) {
  CopyShop shop(2);
  std::erase_if(shop.inventory.vms, [](const Vm& vm) { return vm.identity.moid == "vm-c1"; });
  EXPECT_THAT(left(shop.plan()), ElementsAre("c1 gone: somebody else deleted it"));
  EndpointFacts& facts = shop.endpoints["prod"];
  EXPECT_TRUE(believes_absence(facts, "prod"));
  facts.shrunken = EndpointFacts::Shrunken{.before = 10, .gone = 8};
  EXPECT_FALSE(believes_absence(facts, "prod"));
  facts.shrunken.reset();
  EXPECT_FALSE(believes_absence(facts, "prod")) << "what is not known says no";
  facts.scan_complete = false;
  EXPECT_THAT(left(shop.plan()), ElementsAre(HasSubstr("c1 in-doubt")));
  facts.scan_complete = true;
  shop.copies[0].scanned = false;
  EXPECT_THAT(left(shop.plan()), ElementsAre(HasSubstr("c1 in-doubt: no scan has begun")));
}

TEST(Copies, StayWhenTheEndpointIsInDoubt) {
  const auto rules = [](auto change) {
    CopyShop shop(3);
    change(shop.endpoints["prod"]);
    const Plan plan = shop.plan();
    EXPECT_THAT(steps_of(plan), IsEmpty());
    EXPECT_TRUE(plan.policies[0].vms[0].refused());
    return against(plan);
  };
  EXPECT_THAT(rules([](EndpointFacts& facts) { facts.scan_complete = false; }),
              ElementsAre("c1 scan-partial"));
  EXPECT_THAT(rules([](EndpointFacts& facts) { facts.rolled_back = true; }),
              ElementsAre("c1 vcenter-rollback"));
  EXPECT_THAT(rules([](EndpointFacts& facts) { facts.database_restored = true; }),
              ElementsAre("c1 database-restored"));
  EXPECT_THAT(rules([](EndpointFacts& facts) { facts.clock_skew = hours(1); }),
              ElementsAre("c1 clock-jump"));
  EXPECT_THAT(rules([](EndpointFacts& facts) {
                facts.shrunken = EndpointFacts::Shrunken{.before = 10, .gone = 8};
              }),
              ElementsAre("c1 inventory-shrunken"));
}

TEST(Copies, StayWhileALinkedCloneStandsOnThem) {
  CopyShop shop(3);
  Disk disk;
  disk.layers.resize(1);
  disk.layers[0].file = "[ds] copy c1/copy.vmdk";
  shop.vm_of("c1").disks = {disk};
  Vm linked = vm_called("test", "vm-9");
  disk.layers.insert(disk.layers.begin(), Layer{});
  disk.layers[0].file = "[ds] test/test.vmdk";
  disk.layers[1].inherited = true;
  linked.disks = {disk};
  shop.inventory.vms.push_back(linked);
  const Plan plan = shop.plan();
  EXPECT_THAT(steps_of(plan), IsEmpty());
  EXPECT_THAT(against(plan), testing::Contains("c1 shared-files"));
}

TEST(Copies, AreHeldLikeAllElse) {
  CopyShop shop(3);
  shop.endpoints["prod"].armed = false;
  shop.policies[0].facts.armed = false;
  const Plan plan = shop.plan();
  EXPECT_THAT(steps_of(plan), ElementsAre("destroy c1")) << "listed, and not sent";
  std::vector<std::string> held;
  for (const Refusal& one : plan.policies[0].held) held.push_back(one.rule);
  EXPECT_THAT(held, ElementsAre("observe-mode", "policy-not-armed"));
}

TEST(Copies, NeverGoAllAtOnce) {
  CopyShop shop(3, copying(1));
  shop.policies[0].max_removals = 10;
  shop.policies[0].rules.max_age = CalendarSpan{.hours = 12};
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("destroy c1", "destroy c2"));
  shop.policies[0].rules.min_keep = 0;  // as if the rules had a mistake
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("destroy c1", "destroy c2"));
  EXPECT_THAT(against(shop.plan()), ElementsAre("c3 last-good"));
  shop.create = true;
  EXPECT_THAT(steps_of(shop.plan()),
              ElementsAre("clone", "destroy c1", "destroy c2", "destroy c3+"));
  shop.create = false;
  shop.policies[0].facts.allow_remove_all = shop.policies[0].rules.allow_remove_all = true;
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("destroy c1", "destroy c2", "destroy c3"));
}

TEST(Copies, OfNoPolicyAreReportedAndStay) {
  CopyShop shop(3, copying(1));
  shop.copies[0].policy = "";
  shop.copies[1].policy = "monthly";
  shop.copies[2].source_uuid = "uuid-of-vm-7";
  shop.add("c4", kCopyNow - hours(1)).source_uuid = "uuid-of-vm-8";
  shop.inventory.vms.push_back(vm_called("other", "vm-8"));
  const Plan plan = shop.plan();
  EXPECT_THAT(steps_of(plan), IsEmpty());
  std::vector<std::string> told;
  for (const CopyLeft& one : plan.copies_left) {
    told.push_back(one.copy->op + " " + std::string(one.why));
  }
  EXPECT_THAT(
      told, ElementsAre("c1 operator", "c2 orphaned-policy", "c3 source-gone", "c4 not-selected"));
}

TEST(Copies, OfARenamedPolicyAreItsOwn) {
  CopyShop shop(3);
  for (Copy& copy : shop.copies) copy.policy = "sunday";
  shop.policies[0].facts.renamed_from = "sunday";
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("destroy c1"));
}

TEST(Copies, AreCappedByCountAndSizeAndBudget) {
  CopyShop shop(4, copying(4));
  shop.policies[0].rules.cap.count = 4;  // the next one is counted as well
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("destroy c1"));
  shop.policies[0].rules.cap = {};
  shop.policies[0].rules.cap.size_bytes = 2000;
  EXPECT_THAT(steps_of(shop.plan()), ElementsAre("destroy c1", "destroy c2"));
  shop.policies[0].max_removals = 1;
  const Plan plan = shop.plan();
  EXPECT_THAT(steps_of(plan), ElementsAre("destroy c1"));
  EXPECT_THAT(against(plan), ElementsAre("c2 budget"));
  EXPECT_EQ(plan.totals().destroys, 1U);
}

TEST(Copies, ArePartOfTheFingerprint) {
  CopyShop shop(3);
  const auto print = [&] {
    const Plan plan = shop.plan();
    const VmPlan& vm = plan.policies.at(0).vms.at(0);
    return fingerprint_text(*vm.vm, *plan.policies[0].policy, vm.basis);
  };
  const std::string before = print();
  EXPECT_EQ(print(), before);
  shop.marks[{"prod", "vm-c1", "c1"}] = {kCopyNow - hours(1), "run"};
  const std::string marked = print();
  EXPECT_NE(marked, before);
  shop.vm_of("c3").state.power = Power::On;
  EXPECT_NE(print(), marked);
  shop.policies[0].facts.delete_copies = false;
  EXPECT_NE(print(), before);
}

TEST(ACopyCondition, TellsOfWhatNoRuleWillDelete) {
  CopyShop shop(1);
  Copy copy = shop.copies[0];
  const Vm& vm = shop.vm_of("c1");
  const auto told = [&](std::string_view why) {
    const auto condition = copy_condition(copy, vm, why);
    return condition ? condition->rule + ": " + condition->text : "nothing";
  };
  EXPECT_EQ(told(""), "nothing");
  EXPECT_THAT(told("orphaned-policy"), HasSubstr("orphaned-policy: this copy of web was made by"));
  EXPECT_THAT(told("not-selected"), HasSubstr("selects that VM no more"));
  EXPECT_THAT(told("source-gone"), HasSubstr("orphaned-copy: "));
  copy.released = true;
  copy.why = "it was powered on";
  EXPECT_THAT(told(""),
              testing::AllOf(HasSubstr("copy-released: "), HasSubstr("yours now"),
                             HasSubstr("it was powered on"), HasSubstr("/DC0/vm/backups")));
  Vm moved = vm;
  moved.place.path = "/DC0/vm/prod/copy c1";
  EXPECT_FALSE(copy_condition(copy, moved, ""));
  copy.policy = "";
  EXPECT_FALSE(copy_condition(copy, vm, "operator"));
}

}  // namespace
}  // namespace policy_test
