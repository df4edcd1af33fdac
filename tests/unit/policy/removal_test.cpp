// Prices of removals on stacks small enough to reckon by hand.
#include "policy/removal.h"

#include <gtest/gtest.h>

namespace {

using policy::BudgetStop;
using policy::ByteRange;
using policy::MergeKind;
using policy::price_removals;
using policy::RemovalStep;
using policy::within_budget;
using policy::WithinBudget;

/// One disk of 100 bytes: base 60, deltas of s0 (30), s1 (20) and s2 (10); s2 is current.
policy::Vm three_deltas() {
  policy::Vm vm;
  policy::Disk disk{.capacity_bytes = 100, .datastore = "ds"};
  const std::vector<std::pair<const char*, std::uint64_t>> deltas{
      {"s2", 10}, {"s1", 20}, {"s0", 30}};
  for (const auto& [moid, bytes] : deltas)
    disk.layers.push_back({std::string("f-") + moid, bytes, moid});
  disk.layers.push_back({"base", 60, std::nullopt});
  vm.disks.push_back(disk);
  for (int i = 0; i < 3; ++i) {
    policy::Snapshot snapshot;
    snapshot.moid = "s" + std::to_string(i);
    if (i > 0) snapshot.parent = "s" + std::to_string(i - 1);
    snapshot.on_current_path = true;
    snapshot.current = i == 2;
    vm.snapshots.push_back(snapshot);
  }
  return vm;
}

TEST(Removal, OfTheOldestMergesItsDeltaIntoTheBase) {
  const std::vector<std::string> order{"s0"};
  const RemovalStep step = price_removals(three_deltas(), order).at(0);
  EXPECT_EQ(step.kind, MergeKind::IntoBase);
  EXPECT_EQ(step.merge, (ByteRange{30, 30, 30}));
  EXPECT_EQ(step.freed, (ByteRange{0, 18, 30})) << "from no overlap to all of it";
  EXPECT_EQ(step.space, 30U);
  EXPECT_EQ(step.space_by_datastore.at("ds"), 30U);
  EXPECT_EQ(step.layers, 1);
  EXPECT_FALSE(step.exact);
  EXPECT_FALSE(step.duration) << "nothing was measured";
}

TEST(Removal, IntoAFullBaseFreesTheWholeDelta) {
  policy::Vm vm = three_deltas();
  vm.disks[0].layers.back().bytes = 100;
  const std::vector<std::string> order{"s0"};
  const RemovalStep step = price_removals(vm, order).at(0);
  EXPECT_EQ(step.freed, (ByteRange{30, 30, 30}));
  EXPECT_EQ(step.space, 0U);
  EXPECT_TRUE(step.exact);
}

TEST(Removal, IsExactWhereMapsAreKnownAndBelieved) {
  policy::LayerMaps maps{{"f-s1", {{0, 20}}}, {"f-s0", {{10, 30}}}};
  const std::vector<std::string> order{"s1"};
  const RemovalStep step = price_removals(three_deltas(), order, {}, maps).at(0);
  EXPECT_EQ(step.kind, MergeKind::IntoDelta);
  EXPECT_EQ(step.freed, (ByteRange{10, 10, 10}));
  EXPECT_EQ(step.space, 10U);
  EXPECT_TRUE(step.exact);
  maps["f-s1"] = {{0, 27}};  // 1.35 times what is stored: coarser than the writes
  EXPECT_FALSE(price_removals(three_deltas(), order, {}, maps).at(0).exact);
}

TEST(Removal, AncestorFirstCopiesEachDeltaOnce) {
  const std::vector<std::string> order{"s0", "s1"};
  const auto steps = price_removals(three_deltas(), order);
  EXPECT_EQ(steps[1].kind, MergeKind::IntoBase);
  EXPECT_EQ(steps[0].merge.best + steps[1].merge.best, 50U);
  const std::vector<std::string> other{"s1", "s0"};
  const auto dearer = price_removals(three_deltas(), other);
  EXPECT_GT(dearer[0].merge.best + dearer[1].merge.best, 50U);
}

TEST(Removal, OfTheCurrentOneRacesWithTheGuest) {
  const std::vector<std::string> order{"s2"};
  RemovalStep step = price_removals(three_deltas(), order,
                                    {.merge_bytes_per_second = 5, .guest_bytes_per_second = 3})
                         .at(0);
  EXPECT_EQ(step.kind, MergeKind::Running);
  EXPECT_EQ(step.duration, std::chrono::seconds{5});
  step = price_removals(three_deltas(), order,
                        {.merge_bytes_per_second = 5, .guest_bytes_per_second = 5})
             .at(0);
  EXPECT_TRUE(step.may_not_finish);
  EXPECT_FALSE(step.duration);
}

TEST(Removal, OfTheEndOfABranchCopiesNothingAndOfAForkMovesNothing) {
  policy::Vm vm = three_deltas();
  policy::Snapshot leaf;
  leaf.moid = "d";
  leaf.parent = "s1";
  leaf.bytes = 7;
  leaf.memory_bytes = 2;
  vm.snapshots.push_back(leaf);
  const std::vector<std::string> order{"s1", "d", "s2"};
  const auto steps = price_removals(vm, order);
  EXPECT_EQ(steps[0].kind, MergeKind::Fork);
  EXPECT_EQ(steps[0].layers, 0);
  EXPECT_EQ(steps[1].kind, MergeKind::Dropped);
  EXPECT_EQ(steps[1].merge.high, 0U);
  EXPECT_EQ(steps[1].freed, (ByteRange{9, 9, 9}));
  EXPECT_EQ(steps[1].duration, std::chrono::seconds{0});
}

TEST(Removal, KnowsNothingOfALayerWithoutASize) {
  policy::Vm vm = three_deltas();
  vm.disks[0].layers[2].bytes = 0;
  const std::vector<std::string> order{"s0"};
  const RemovalStep step = price_removals(vm, order).at(0);
  EXPECT_EQ(step.merge, (ByteRange{0, 100, 100}));
  EXPECT_FALSE(step.exact);
}

TEST(Removal, RefusesASnapshotThatIsNotThere) {
  const std::vector<std::string> order{"s0", "s0"};
  EXPECT_THROW(price_removals(three_deltas(), order), std::invalid_argument);
}

std::vector<RemovalStep> steps_of(const std::vector<int>& bytes, bool measured = true) {
  std::vector<RemovalStep> steps;
  for (const int one : bytes) {
    RemovalStep step;
    step.merge.best = static_cast<std::uint64_t>(one);
    if (measured) step.duration = std::chrono::seconds{one};
    steps.push_back(step);
  }
  return steps;
}

TEST(Budget, TakesTheFirstStepsThatFit) {
  const auto steps = steps_of({5, 5, 1});
  EXPECT_EQ(within_budget(steps, {}), (WithinBudget{3, BudgetStop::None, false}));
  EXPECT_EQ(within_budget(steps, {.removals = 2}), (WithinBudget{2, BudgetStop::Removals, false}));
  EXPECT_EQ(within_budget(steps, {.merge_bytes = 10}),
            (WithinBudget{2, BudgetStop::MergeBytes, false}));
  EXPECT_EQ(within_budget(steps, {.merge_bytes = 9}),
            (WithinBudget{1, BudgetStop::MergeBytes, false}))
      << "the last one would fit, but it does not jump the queue";
  EXPECT_EQ(within_budget(steps, {.window = std::chrono::seconds{11}}).steps, 3U);
}

TEST(Budget, SaysWhenNoRunIsEverLongEnough) {
  EXPECT_EQ(within_budget(steps_of({5}), {.merge_bytes = 4}),
            (WithinBudget{0, BudgetStop::MergeBytes, true}));
}

TEST(Budget, TakesOneUnmeasuredStepInAWindow) {
  const auto window = std::chrono::seconds{60};
  EXPECT_EQ(within_budget(steps_of({5, 5}, false), {.window = window}),
            (WithinBudget{1, BudgetStop::Window, false}));
  EXPECT_EQ(within_budget(steps_of({5, 5}, false), {}).steps, 2U);
}

}  // namespace
