#include "policy/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace policy {
namespace {

using std::chrono::hours;

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + hours(2);
constexpr std::uint64_t kGiB = 1ULL << 30U;

Policy keeping(int last, Method method = Method::Snapshot) {
  Policy policy;
  policy.selection = {
      .policy = "daily", .method = method, .select = {.name = {"*"}}, .exclude = {}};
  policy.rules.keep.counts["last"] = {0, last};
  policy.facts.armed = true;
  return policy;
}

/// A VM with `count` daily snapshots of ours, the newest a day old.
Vm vm_with(int count, const std::string& moid = "vm-1") {
  Vm vm;
  vm.identity.endpoint = "prod";
  vm.identity.moid = moid;
  vm.identity.name = "web-" + moid;
  vm.place.datastores = {"ds-1"};
  vm.state.connection = Connection::Connected;
  Disk disk;
  disk.datastore = "ds-1";
  disk.capacity_bytes = 100 * kGiB;
  disk.depth = vm.depth = vm.tree_depth = count;
  disk.layers.resize(static_cast<std::size_t>(count) + 1);
  for (int i = 0; i < count; ++i) {
    Snapshot snapshot;
    snapshot.moid = "s" + std::to_string(i + 1);
    snapshot.id = i + 1;
    snapshot.created = kNow - hours(24 * (count - i));
    if (i > 0) snapshot.parent = "s" + std::to_string(i);
    snapshot.current = i + 1 == count;
    snapshot.on_current_path = true;
    snapshot.owner = Owner::Ours;
    snapshot.policy = "daily";
    snapshot.bytes = kGiB;
    Layer& layer = disk.layers[static_cast<std::size_t>(count - i - 1)];
    layer.file = moid + "-" + std::to_string(i + 1) + ".vmdk";
    layer.snapshot = snapshot.moid;
    layer.bytes = kGiB;
    vm.snapshots.push_back(snapshot);
  }
  disk.layers.back().file = moid + ".vmdk";
  vm.disks = {disk};
  return vm;
}

/// An inventory, its policies, and what is asked about them.
struct Bench {
  explicit Bench(std::vector<Vm> vms, Policy policy = keeping(2)) : policies{std::move(policy)} {
    inventory.vms = std::move(vms);
    inventory.complete = true;
    Datastore datastore;
    datastore.endpoint = "prod";
    datastore.moid = "ds-1";
    datastore.name = "fast";
    datastore.capacity_bytes = 1000 * kGiB;
    datastore.free_bytes = 500 * kGiB;
    inventory.datastores = {datastore};
    endpoints["prod"].armed = true;
    endpoints["prod"].scan_complete = true;
  }

  PlanInput input() const {
    PlanInput input{.inventory = inventory, .policies = policies};
    input.now = kNow;
    input.endpoints = endpoints;
    input.marks = marks;
    input.budget = budget;
    input.create = create;
    return input;
  }
  Plan plan() const { return make_plan(input()); }
  void mark(const std::string& snapshot, Time at, const std::string& vm = "vm-1") {
    marks[{"prod", vm, snapshot}] = {at, "run-1"};
  }

  Inventory inventory;
  std::vector<Policy> policies;
  std::map<std::string, EndpointFacts> endpoints;
  Marks marks;
  RemovalBudget budget;
  bool create = true;
};

std::string steps(const VmPlan& plan) {
  std::string text;
  for (const Step& step : plan.steps) {
    text += (text.empty() ? "" : " ") + std::string(step_name(step.kind));
    if (step.snapshot) text += ":" + plan.vm->snapshots[*step.snapshot].moid;
  }
  return text;
}

std::string steps(const Plan& plan) {
  std::string text;
  for (const PolicyPlan& policy : plan.policies) {
    for (const VmPlan& vm : policy.vms) text += (text.empty() ? "" : " | ") + steps(vm);
  }
  return text;
}

const VmPlan& first(const Plan& plan) { return plan.policies.at(0).vms.at(0); }

TEST(Plan, MarksInOneRunAndRemovesInALaterOne) {
  Bench bench({vm_with(3)});
  EXPECT_EQ(steps(bench.plan()), "create mark:s1 mark:s2");
  bench.mark("s1", kNow - hours(24));
  EXPECT_EQ(steps(bench.plan()), "create remove:s1 mark:s2");
  bench.mark("s2", kNow);
  EXPECT_EQ(steps(bench.plan()), "create remove:s1 mark:s2") << "marked in this very run";
  bench.mark("s2", kNow + hours(1));
  EXPECT_EQ(steps(bench.plan()), "create remove:s1 mark:s2") << "marked in the future";
}

TEST(Plan, HeedsTheDelayOfAPolicy) {
  Bench bench({vm_with(3)});
  bench.mark("s1", kNow - hours(24));
  bench.policies[0].mark_delay = hours(48);
  EXPECT_EQ(steps(bench.plan()), "create mark:s1 mark:s2");
  bench.policies[0].mark_delay = hours(24);
  EXPECT_EQ(steps(bench.plan()), "create remove:s1 mark:s2");
  bench.marks.clear();
  bench.policies[0].mark_delay = std::chrono::seconds(0);
  bench.policies[0].max_removals = 10;
  EXPECT_EQ(steps(bench.plan()), "create remove:s1 remove:s2");
}

TEST(Plan, KeepsAMarkFromGoingWhenARuleWantsTheSnapshotAgain) {
  Bench bench({vm_with(3)}, keeping(4));
  bench.mark("s1", kNow - hours(24));
  EXPECT_EQ(steps(bench.plan()), "create");
}

TEST(Plan, CountsTheSnapshotThatItMakes) {
  const Bench bench({vm_with(3)});
  const Plan plan = bench.plan();
  const RetentionResult& result = *first(plan).retention;
  ASSERT_EQ(result.keep.size(), 2U);
  EXPECT_EQ(result.keep[0].index, 3U) << "one past the last";
  EXPECT_EQ(result.keep[1].index, 2U);
  EXPECT_TRUE(result.conflicts.empty());
}

TEST(Plan, MeetsACapAtItsDeepestMoment) {
  // keep = { last = 2 }: two kept, one marked and one being made.
  Bench bench({vm_with(3)});
  bench.policies[0].rules.cap.depth = 4;
  EXPECT_TRUE(first(bench.plan()).retention->shrunk.empty());
  bench.policies[0].rules.cap.depth = 3;
  const Plan plan = bench.plan();
  ASSERT_EQ(first(plan).retention->shrunk.size(), 1U);
  EXPECT_EQ(first(plan).retention->shrunk[0].to, 1);
}

TEST(Plan, OfAGuardThatSaysNoHasNoStepButTheRefusal) {
  Bench bench({vm_with(3)});
  bench.inventory.vms[0].state.question = "copied?";
  const Plan plan = bench.plan();
  EXPECT_EQ(steps(plan), "");
  EXPECT_EQ(first(plan).create.at(0).rule, "question-pending");
  EXPECT_EQ(first(plan).remove.at(0).rule, "question-pending");
  EXPECT_EQ(plan.totals().refused, 1U);
  EXPECT_TRUE(first(plan).retention->remove.size() == 1U) << "what retention says is shown anyway";
}

TEST(Plan, RemovesAlthoughACreateIsRefused) {
  Bench bench({vm_with(29)});
  bench.mark("s1", kNow - hours(24));
  const Plan plan = bench.plan();
  EXPECT_EQ(first(plan).create.at(0).rule, "depth-limit");
  EXPECT_EQ(steps(plan).substr(0, 9), "remove:s1");
  EXPECT_EQ(plan.totals().refused, 0U) << "something is done";
}

TEST(Plan, RemovesNothingOnDoubt) {
  Bench bench({vm_with(3)});
  bench.mark("s1", kNow - hours(24));
  bench.endpoints["prod"].scan_complete = false;
  const Plan plan = bench.plan();
  EXPECT_EQ(steps(plan), "create") << "not even a mark";
  EXPECT_EQ(first(plan).remove.at(0).rule, "scan-partial");
}

TEST(Plan, ListsWhatIsHeldWithTheStepsThatWouldBe) {
  Bench bench({vm_with(3), vm_with(3, "vm-2")});
  bench.policies[0].facts.armed = false;
  bench.endpoints["prod"].armed = false;
  const Plan plan = bench.plan();
  EXPECT_EQ(plan.totals().creates, 2U);
  ASSERT_EQ(plan.policies[0].held.size(), 2U) << "once, not for each VM";
  EXPECT_EQ(plan.policies[0].held[0].rule, "observe-mode");
  EXPECT_EQ(plan.policies[0].held[1].rule, "policy-not-armed");
  EXPECT_TRUE(first(plan).create.empty());
}

TEST(Plan, NamesWhatNobodyLookedAt) {
  const Bench bench({vm_with(3)});
  const Plan plan = bench.plan();
  const auto& unchecked = first(plan).unchecked_remove;
  for (const char* rule : {"foreign-task", "clock-jump", "unfinished-operation", "last-good"}) {
    const bool wanted = std::string(rule) != "last-good";
    EXPECT_EQ(std::find(unchecked.begin(), unchecked.end(), rule) != unchecked.end(), wanted)
        << rule;
  }
  EXPECT_EQ(std::count(unchecked.begin(), unchecked.end(), "foreign-task"), 1);
}

TEST(Plan, JudgesOnlyWhatItsOwnPolicyMade) {
  Vm vm = vm_with(7);
  vm.snapshots[0].policy = "weekly";
  vm.snapshots[1].policy = "gone";
  vm.snapshots[2].policy = "";
  vm.snapshots[3].policy = "nightly";
  Bench bench({vm});
  Policy weekly = keeping(1, Method::Retain);
  weekly.selection.policy = "weekly";
  bench.policies.push_back(weekly);
  EXPECT_EQ(steps(bench.plan()), "create mark:s5 mark:s6 | ") << "weekly keeps its only one";
  bench.policies[0].facts.renamed_from = "nightly";
  EXPECT_EQ(steps(bench.plan()), "create mark:s4 mark:s5 mark:s6 | ");
  const Plan plan = bench.plan();
  const RetentionResult& result = *first(plan).retention;
  std::map<std::uint32_t, std::string> reasons;
  for (const Kept& kept : result.keep) {
    reasons[kept.index] = keep_rule_name(result.reasons_of(kept)[0].rule);
  }
  EXPECT_EQ(reasons[0], "other-policy");
  EXPECT_EQ(reasons[1], "orphaned-policy");
  EXPECT_EQ(reasons[2], "operator");
  bench.policies[1].selection.select = {.name = {"db-*"}};
  const Plan narrowed = bench.plan();
  const RetentionResult& alone = *first(narrowed).retention;
  EXPECT_EQ(alone.reasons_of(alone.keep.back())[0].rule, KeepRule::OrphanedPolicy)
      << "a policy that has the VM no more";
}

TEST(Plan, SaysWhichRemovalsRelyOnTheSnapshotItMakes) {
  Bench bench({vm_with(3)});
  bench.policies[0].mark_delay = std::chrono::seconds(0);
  bench.policies[0].max_removals = 9;
  const Plan plan = bench.plan();
  ASSERT_EQ(steps(plan), "create remove:s1 remove:s2");
  EXPECT_FALSE(first(plan).steps[1].needs_create) << "s2 and s3 are two without the new one";
  EXPECT_TRUE(first(plan).steps[2].needs_create);
  bench.create = false;
  const Plan without = bench.plan();
  ASSERT_EQ(steps(without), "remove:s1") << "what goes anyway is what goes without a create";
  EXPECT_FALSE(first(without).steps[0].needs_create);
}

TEST(Plan, RefusesOnlyTheVmWhoseDateNoCalendarHas) {
  Bench bench({vm_with(3), vm_with(3, "vm-2")});
  using namespace std::chrono;
  bench.policies[0].rules.keep.counts["daily"] = {0, 2};
  bench.policies[0].zone =
      Zone("Test/Zone", {{sys_days{year{1970} / 1 / 1}, hours(1)}}, sys_days{year{2100} / 1 / 1});
  bench.inventory.vms[0].snapshots[0].created = sys_days{year{1960} / 1 / 1};
  const Plan plan = bench.plan();
  EXPECT_EQ(steps(plan), "create mark:s1 mark:s2") << "the other VM's";
  EXPECT_TRUE(first(plan).steps.empty());
  ASSERT_EQ(first(plan).remove.size(), 1U);
  EXPECT_EQ(first(plan).remove[0].rule, "time-out-of-range");
  EXPECT_EQ(first(plan).remove[0].evidence,
            (std::vector<Evidence>{{"snapshot", "s1"}, {"created", "1960-01-01T00:00:00Z"}}));
  EXPECT_EQ(first(plan).create.at(0).rule, "time-out-of-range");
  EXPECT_EQ(plan.totals().refused, 1U);
  bench.inventory.vms[0].snapshots[0].pinned = true;
  EXPECT_EQ(steps(bench.plan()), "create mark:s2 | create mark:s1 mark:s2")
      << "no rule asks for the date of one that is held";
}

TEST(Plan, LetsADetachedSnapshotGoOnlyOnTheHistorysWord) {
  Vm vm = vm_with(3);
  Snapshot branch = vm.snapshots[2];
  branch.moid = "branch";
  branch.parent = "s1";
  branch.current = branch.on_current_path = false;
  branch.created = kNow - hours(24 * 400);
  vm.snapshots.push_back(branch);
  Bench bench({vm}, keeping(9));
  bench.policies[0].rules.detached = CalendarSpan{.days = 14};
  EXPECT_EQ(steps(bench.plan()), "create");
  PlanInput input = bench.input();
  input.detached_since = [](const Vm&, const Snapshot& snapshot) -> std::optional<Time> {
    EXPECT_EQ(snapshot.moid, "branch") << "asked of no other";
    return kNow - hours(24 * 15);
  };
  EXPECT_EQ(steps(make_plan(input)), "create mark:branch");
  input.detached_since = [](const Vm&, const Snapshot&) { return kNow - hours(24 * 13); };
  EXPECT_EQ(steps(make_plan(input)), "create");
}

TEST(Plan, KeepsWhatACopyIsReadFromAndTakesAwayWhatOneLeft) {
  Vm vm = vm_with(4);
  vm.snapshots[0].in_use = true;
  vm.snapshots[3].leftover = true;
  Bench bench({vm});
  EXPECT_EQ(steps(bench.plan()), "create mark:s2 remove:s4") << "a leftover waits for no mark";
  bench.policies[0].selection.method = Method::Clone;
  EXPECT_EQ(steps(bench.plan()), "clone remove:s4") << "its other snapshots are nobody's to judge";
  bench.inventory.vms[0].snapshots[3].policy = "weekly-copy";
  EXPECT_EQ(steps(bench.plan()), "clone") << "another copier's";
}

TEST(Plan, SkipsWhatNoRunHasRoomForAndGoesOnWithTheNextVm) {
  Bench bench({vm_with(3), vm_with(5, "vm-2")});
  bench.policies[0].mark_delay = std::chrono::seconds(0);
  bench.policies[0].max_removals = 9;
  bench.budget.merge_bytes = 2 * kGiB;
  for (Layer& layer : bench.inventory.vms[1].disks[0].layers) {
    if (layer.snapshot == "s2") layer.bytes = 3 * kGiB;
  }
  const Plan plan = bench.plan();
  EXPECT_EQ(steps(plan), "create remove:s1 | create remove:s1");
  const auto& told = plan.policies[0].vms[1].snapshots;
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].refusal.rule, "over-budget");
  EXPECT_EQ(told[0].refusal.verdict, Verdict::Refused);
  EXPECT_FALSE(told[0].refusal.evidence.empty());
  EXPECT_EQ(told[1].refusal.evidence, (std::vector<Evidence>{{"after", "s2"}}));
  EXPECT_EQ(told[1].refusal.verdict, Verdict::Waits) << "within a VM the order is never jumped";
}

TEST(Plan, LooksAgainWhetherTheNewSnapshotIsGoodBeforeTheOldOneGoes) {
  Bench bench({vm_with(1)}, keeping(1));
  bench.policies[0].mark_delay = std::chrono::seconds(0);
  const Plan plan = bench.plan();
  EXPECT_EQ(steps(plan), "create remove:s1");
  const auto& unchecked = first(plan).unchecked_remove;
  EXPECT_NE(std::find(unchecked.begin(), unchecked.end(), "last-good"), unchecked.end());
}

TEST(Plan, HoldsOneSnapshotAndLetsTheOthersGo) {
  Vm parent = vm_with(4);
  Vm clone = vm_with(0, "vm-2");
  clone.disks[0].layers = {parent.disks[0].layers.back(), parent.disks[0].layers.back()};
  clone.disks[0].layers[0].file = "clone.vmdk";
  clone.disks[0].layers[1].inherited = true;
  Bench bench({parent, clone});
  bench.policies[0].selection.exclude = {.name = {"web-vm-2"}};
  bench.policies[0].mark_delay = std::chrono::seconds(0);
  bench.policies[0].max_removals = 9;
  const Plan plan = bench.plan();
  EXPECT_EQ(steps(plan), "create remove:s2 remove:s3") << "s1 merges into what the clone stands on";
  ASSERT_EQ(first(plan).snapshots.size(), 1U);
  EXPECT_EQ(first(plan).snapshots[0].refusal.rule, "shared-files");
}

TEST(Plan, SpendsItsRemovalsOnTheDeepestChainsFirst) {
  Bench bench({vm_with(3), vm_with(5, "vm-2")});
  bench.policies[0].mark_delay = std::chrono::seconds(0);
  EXPECT_EQ(bench.plan().policies[0].max_removals, 3) << "1.2 for each VM, rounded up";
  EXPECT_EQ(steps(bench.plan()), "create | create remove:s1 remove:s2 remove:s3");
  bench.policies[0].max_removals = 5;
  const Plan plan = bench.plan();
  EXPECT_EQ(steps(plan), "create remove:s1 | create remove:s1 remove:s2 remove:s3 remove:s4");
  EXPECT_EQ(first(plan).snapshots.at(0).refusal.rule, "budget");
  EXPECT_EQ(first(plan).snapshots.at(0).refusal.verdict, Verdict::Waits);
  bench.budget.merge_bytes = 2 * kGiB;
  EXPECT_EQ(bench.plan().totals().removals, 2U);
}

TEST(Plan, TellsWhatWaitsFromWhatIsRefused) {
  Bench bench({vm_with(3)}, keeping(2, Method::Retain));
  bench.mark("s1", kNow - hours(24));
  bench.policies[0].max_removals = 0;
  Plan plan = bench.plan();
  EXPECT_EQ(steps(plan), "");
  EXPECT_TRUE(first(plan).waits()) << "a later run has room for it";
  EXPECT_FALSE(first(plan).refused());
  EXPECT_EQ(plan.totals().waiting, 1U);
  EXPECT_EQ(plan.totals().refused, 0U);
  Bench beside({vm_with(3)}, keeping(1, Method::Retain));
  Snapshot& newest = beside.inventory.vms[0].snapshots.back();
  newest.owner = Owner::Foreign;
  newest.created = kNow - hours(1);
  plan = beside.plan();
  ASSERT_EQ(first(plan).remove.size(), 1U);
  EXPECT_EQ(first(plan).remove[0].rule, "other-product");
  EXPECT_TRUE(first(plan).waits());
  beside.inventory.vms[0].state.question = "copied?";
  plan = beside.plan();
  EXPECT_FALSE(first(plan).waits()) << "one that says no outweighs one that says later";
  EXPECT_EQ(plan.totals().refused, 1U);
  EXPECT_EQ(plan.totals().waiting, 0U);
}

TEST(Plan, PricesEachRemoval) {
  Bench bench({vm_with(3)});
  bench.mark("s1", kNow - hours(24));
  const Plan plan = bench.plan();
  EXPECT_EQ(plan.totals().merge_bytes, kGiB);
  EXPECT_EQ(plan.totals().unpriced, 1U) << "no rate was measured";
}

TEST(Plan, LeavesForeignAndPinnedSnapshots) {
  Vm vm = vm_with(5);
  vm.snapshots[0].owner = Owner::Foreign;
  vm.snapshots[1].pinned = true;
  const Bench bench({vm});
  EXPECT_EQ(steps(bench.plan()), "create mark:s3 mark:s4");
}

TEST(Plan, TakesNoHelperForOneOfOurs) {
  Vm vm = vm_with(5);
  vm.snapshots[0].helper = true;
  const Bench bench({vm});
  const Plan plan = bench.plan();
  for (const Removed& removed : first(plan).retention->remove) EXPECT_NE(removed.index, 0U);
}

TEST(Plan, DoesForEachMethodWhatItIsFor) {
  Bench bench({vm_with(3)}, keeping(2, Method::Retain));
  EXPECT_EQ(steps(bench.plan()), "mark:s1");
  bench.policies[0].selection.method = Method::Clone;
  EXPECT_EQ(steps(bench.plan()), "clone");
  EXPECT_FALSE(first(bench.plan()).retention) << "its keep rules are about copies";
  bench.policies[0].selection.method = Method::Snapshot;
  bench.create = false;
  EXPECT_EQ(steps(bench.plan()), "mark:s1");
}

TEST(Plan, SkipsForGoodWhatHasNoSnapshots) {
  Bench bench({vm_with(0)});
  bench.inventory.vms[0].flags = {VmFlag::RdmPhysical};
  const Plan plan = bench.plan();
  EXPECT_EQ(first(plan).create.at(0).verdict, Verdict::Skipped);
  EXPECT_EQ(plan.totals().refused, 0U);
}

TEST(Plan, LeavesOutTheCapsForWhichANumberIsMissing) {
  Vm vm = vm_with(3);
  vm.disks.clear();
  vm.place.datastores.clear();
  Bench bench({vm});
  bench.policies[0].rules.cap.probes = 2;
  bench.policies[0].rules.cap.min_free_share = 0.1;
  const Plan plan = bench.plan();
  const auto& unchecked = first(plan).unchecked_remove;
  EXPECT_EQ(std::count(unchecked.begin(), unchecked.end(), "cap-probes"), 1);
  EXPECT_EQ(std::count(unchecked.begin(), unchecked.end(), "cap-min_free"), 1);
}

TEST(Plan, DoesNotDependOnTheOrderOfTheInventory) {
  std::vector<Vm> vms{vm_with(3), vm_with(5, "vm-2"), vm_with(4, "vm-3")};
  const Bench forward(vms);
  std::reverse(vms.begin(), vms.end());
  const Bench backward(vms);
  EXPECT_EQ(steps(forward.plan()), steps(backward.plan()));
  EXPECT_EQ(first(forward.plan()).vm->identity.moid, first(backward.plan()).vm->identity.moid);
}

TEST(Plan, ListsWhoIsLeftAloneAndPlansOnlyWhatWasAsked) {
  Bench bench({vm_with(1), vm_with(1, "vm-2"), vm_with(1, "vm-3")});
  bench.policies[0].selection.select = {.name = {"web-vm-1", "web-vm-2"}};
  Policy other = keeping(1);
  other.selection.policy = "other";
  other.selection.select = {.name = {"web-vm-2"}};
  bench.policies.push_back(other);
  bench.inventory.vms[0].state.managed_by = "vcls";
  Plan plan = bench.plan();
  EXPECT_EQ(plan.unselected, 1U);
  ASSERT_EQ(plan.left_alone.size(), 2U);
  EXPECT_EQ(plan.left_alone[0].why, "managed");
  EXPECT_EQ(plan.left_alone[1].why, "shadowed");
  EXPECT_EQ(plan.left_alone[1].by, "daily");
  PlanInput input = bench.input();
  input.only = {"other"};
  plan = make_plan(input);
  ASSERT_EQ(plan.policies.size(), 1U);
  EXPECT_TRUE(plan.policies[0].vms.empty()) << "the first in the file has it, planned or not";
}

TEST(Plan, NamesItsStepsSoThatTwoPlansCanBeCompared) {
  Bench bench({vm_with(3)});
  bench.mark("s1", kNow - hours(24));
  const Plan plan = bench.plan();
  const auto id = [&](std::size_t step) {
    return step_id(bench.policies[0], *first(plan).vm, first(plan).steps.at(step));
  };
  EXPECT_EQ(id(0), "daily/prod/vm-1/create");
  EXPECT_EQ(id(1), "daily/prod/vm-1/remove/s1");
}

TEST(Fingerprint, ChangesWithAllThatThePlanDependsOn) {
  const Vm vm = vm_with(3);
  const Policy policy = keeping(2);
  const std::string before = fingerprint_text(vm, policy, {});
  EXPECT_EQ(fingerprint_text(vm, policy, {}), before);
  const auto differs = [&](auto change) {
    Vm other = vm;
    Policy other_policy = policy;
    change(other, other_policy);
    return fingerprint_text(other, other_policy, {}) != before;
  };
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots.pop_back(); }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots[1].pinned = true; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots[1].owner = Owner::Foreign; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots[1].created += hours(1); }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots[1].parent.reset(); }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots[1].id = 9; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.disks[0].layers[1].file = "x"; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.identity.instance_uuid = "x"; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.state.consolidation_needed = true; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots[1].policy = "weekly"; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots[1].in_use = true; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.snapshots[1].leftover = true; }));
  EXPECT_TRUE(differs([](Vm& one, Policy&) { one.disks[0].layers[1].snapshot.reset(); }));
  EXPECT_TRUE(differs([](Vm&, Policy& p) { p.mark_delay = std::chrono::seconds(0); }));
  EXPECT_TRUE(differs([](Vm&, Policy& p) { p.facts.renamed_from = "nightly"; }));
  EXPECT_NE(fingerprint_text(vm, policy, {.endpoint_uuid = "u", .marks = {}}), before);
  const std::string marked = fingerprint_text(vm, policy, {.marks = {{0, kNow}}});
  EXPECT_NE(marked, before);
  EXPECT_NE(fingerprint_text(vm, policy, {.marks = {{0, kNow + hours(1)}}}), marked);
  EXPECT_NE(fingerprint_text(vm, policy, {.marks = {{1, kNow}}}), marked);
  EXPECT_TRUE(differs([](Vm&, Policy& p) { p.rules.keep.counts["last"] = {0, 3}; }));
  EXPECT_TRUE(differs([](Vm&, Policy& p) { p.rules.keep.counts["last"] = {2, 2}; }));
  EXPECT_TRUE(differs([](Vm&, Policy& p) { p.rules.cap.depth = 4; }));
  EXPECT_TRUE(differs([](Vm&, Policy& p) { p.rules.max_age = CalendarSpan{.hours = 96}; }));
  EXPECT_FALSE(differs([](Vm& one, Policy&) { one.disks[0].layers[0].bytes += kGiB; }))
      << "a delta grows while nothing changes";
}

TEST(Fingerprint, OfAPlannedVmHasItsEndpointAndItsMarks) {
  Bench bench({vm_with(3)});
  bench.inventory.endpoints = {{.name = "prod", .uuid = "uuid-prod"}};
  bench.mark("s2", kNow - hours(1));
  bench.mark("s9", kNow - hours(1));  // of a snapshot that is gone
  const Plan plan = bench.plan();
  EXPECT_EQ(first(plan).basis.endpoint_uuid, "uuid-prod");
  ASSERT_EQ(first(plan).basis.marks.size(), 1U);
  EXPECT_EQ(first(plan).basis.marks[0].snapshot, 1U);
  EXPECT_EQ(first(plan).basis.marks[0].at, kNow - hours(1));
}

}  // namespace
}  // namespace policy
