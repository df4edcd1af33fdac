#include "policy/operation.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "tests/unit/policy/settle_worlds.h"

using namespace policy_test;
using policy::Operation;
using policy::OpKind;
using policy::OpState;
using std::chrono::seconds;

namespace {

TEST(Operation, HasOneSpellingForEachKindAndState) {
  for (const OpKind kind : kKinds) EXPECT_EQ(policy::op_kind(policy::op_kind_name(kind)), kind);
  for (const OpState state : kStates) {
    EXPECT_EQ(policy::op_state(policy::op_state_name(state)), state);
  }
  EXPECT_EQ(policy::op_kind("Create"), std::nullopt);
  EXPECT_EQ(policy::op_state(""), std::nullopt);
}

TEST(Operation, IsDescribedInOneLine) {
  Operation remove = operation_in(OpKind::Remove, OpState::Task);
  remove.name = "daily-2026-11-22T02:00Z J9K0MN";
  EXPECT_EQ(policy::describe(remove),
            "remove of snapshot daily-2026-11-22T02:00Z J9K0MN (snapshot-2) on web-01");
  remove.name.clear();
  EXPECT_EQ(policy::describe(remove), "remove of snapshot snapshot-2 on web-01");
  EXPECT_EQ(policy::describe(operation_in(OpKind::Rename, OpState::Task)),
            "rename of snapshot snapshot-2 on web-01 to new name");
  EXPECT_EQ(policy::describe(operation_in(OpKind::Clone, OpState::Task)),
            "clone of web-01 from snapshot snapshot-3 to web-01-copy");
  EXPECT_EQ(policy::describe(operation_in(OpKind::Consolidate, OpState::Task)),
            "consolidate of the disks of web-01");
}

TEST(VmImage, IsTheSameWhateverTheOrderOfSiblingsAndThePower) {
  SeenVm vm = three_snapshots();
  vm.revert("snapshot-1");
  const policy::VmImage one = image(vm);
  policy::VmImage other = one;
  std::swap(other.nodes[1], other.nodes[2]);
  other.power = policy::Power::Off;
  other.read += seconds{1};
  other.change_version = "v2";
  EXPECT_TRUE(policy::same_state(one, other));
  other.disks[1].files[0] += "x";
  EXPECT_FALSE(policy::same_state(one, other));
  other = one;
  other.consolidation_needed = true;
  EXPECT_FALSE(policy::same_state(one, other));
  other = one;
  other.current = "";
  EXPECT_FALSE(policy::same_state(one, other));
  other = one;
  other.nodes[0].created += seconds{1};
  EXPECT_FALSE(policy::same_state(one, other));
}

}  // namespace
