#include "policy/settle.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "tests/unit/policy/settle_worlds.h"

using namespace policy_test;
using policy::NextStep;
using policy::Operation;
using policy::OpKind;
using policy::OpLook;
using policy::OpState;
using policy::settle;
using policy::Settled;
using std::chrono::seconds;

namespace {

/// Looks until nothing is to be waited for but the world itself.
Settled settle_for_good(Operation operation, World world, seconds at) {
  Settled settled;
  for (int looks = 0; looks < 6; ++looks) {
    settled = settle(operation, look_into(operation, world, at));
    EXPECT_TRUE(policy::may_become(operation.kind, operation.state, settled.state))
        << policy::op_state_name(operation.state) << " to " << text(settled);
    EXPECT_EQ(settled.look_at.has_value(), settled.next == NextStep::LookAgain) << text(settled);
    EXPECT_FALSE(settled.why.empty()) << text(settled);
    take_over(operation, settled);
    if (settled.next != NextStep::LookAgain) break;
    at = std::chrono::duration_cast<seconds>(*settled.look_at - kSent);
  }
  return settled;
}

/// What is settled in the end, by the state in which it was found.
struct Row {
  OpKind kind;
  World world;
  const char* fresh;    ///< Intent and Unknown
  const char* task;     ///< Task
  const char* later{};  ///< Result, OffTree
  const char* debt{};   ///< MergePending
};
constexpr const char* kRetry = "failed retry";
constexpr const char* kFailed = "failed";
constexpr const char* kRuns = "task wait";
constexpr const char* kDone = "done";
constexpr const char* kGone = "gone";
constexpr const char* kAsk = "needs-operator operator";
constexpr const char* kMerge = "merge-pending consolidate";

using enum World;
const Row kRows[] = {
    {OpKind::Create, NotSent, kRetry, kRetry, kGone},
    {OpKind::Create, SentNotExecuted, kRetry, kRetry, kGone},
    {OpKind::Create, Running, kRuns, kRuns, "result wait"},
    {OpKind::Create, World::Done, kDone, kDone, kDone},
    {OpKind::Create, DoneTaskLost, kDone, kDone, kDone},
    {OpKind::Create, DoneUndone, kGone, kGone, kGone},
    {OpKind::Create, DoneEdited, "released", "released", "released"},
    {OpKind::Create, DoneMoved, kDone, kDone, kDone},
    // Found in the tree again after it was off: nobody can tell why.
    {OpKind::Remove, NotSent, kRetry, kRetry, kAsk, kAsk},
    {OpKind::Remove, SentNotExecuted, kFailed, kFailed, kAsk, kAsk},
    {OpKind::Remove, Running, kRuns, kRuns, "off-tree wait", "merge-pending wait"},
    {OpKind::Remove, World::Done, kDone, kDone, kDone, kDone},
    {OpKind::Remove, DoneTaskLost, kDone, kDone, kDone, kDone},
    {OpKind::Remove, DoneUndone, kDone, kDone, kDone, kDone},  // another one was removed, too
    {OpKind::Remove, DoneEdited, kDone, kDone, kDone, kDone},
    {OpKind::Remove, DoneMoved, kDone, kDone, kDone, kDone},
    {OpKind::Consolidate, NotSent, kMerge, kMerge, nullptr, kMerge},
    {OpKind::Consolidate, SentNotExecuted, kMerge, kMerge, nullptr, kMerge},
    {OpKind::Consolidate, Running, kRuns, kRuns, nullptr, "merge-pending wait"},
    {OpKind::Consolidate, World::Done, kDone, kDone, nullptr, kDone},
    {OpKind::Consolidate, DoneTaskLost, kDone, kDone, nullptr, kDone},
    {OpKind::Consolidate, DoneUndone, kDone, kDone, nullptr, kDone},
    {OpKind::Consolidate, DoneEdited, kDone, kDone, nullptr, kDone},
    {OpKind::Consolidate, DoneMoved, kDone, kDone, nullptr, kDone},
    {OpKind::Revert, NotSent, kFailed, kFailed},
    {OpKind::Revert, SentNotExecuted, kFailed, kFailed},
    {OpKind::Revert, Running, kRuns, kRuns},
    {OpKind::Revert, World::Done, kDone, kDone},
    {OpKind::Revert, DoneTaskLost, kDone, kDone},
    {OpKind::Revert, DoneUndone, kAsk, kAsk},
    {OpKind::Revert, DoneEdited, kDone, kDone},
    {OpKind::Revert, DoneMoved, kDone, kDone},
    {OpKind::Clone, NotSent, kRetry, kRetry, kGone},
    {OpKind::Clone, SentNotExecuted, kRetry, kRetry, kGone},
    {OpKind::Clone, Running, kRuns, kRuns, "result wait"},
    {OpKind::Clone, World::Done, kDone, kDone, kDone},
    {OpKind::Clone, DoneTaskLost, kDone, kDone, kDone},
    {OpKind::Clone, DoneUndone, kGone, kGone, kGone},
    {OpKind::Clone, DoneEdited, kAsk, kAsk, kAsk},
    {OpKind::Clone, DoneMoved, kDone, kDone, kDone},
    {OpKind::Rename, NotSent, kRetry, kRetry},
    {OpKind::Rename, SentNotExecuted, kRetry, kRetry},
    {OpKind::Rename, Running, kRuns, kRuns},
    {OpKind::Rename, World::Done, kDone, kDone},
    {OpKind::Rename, DoneTaskLost, kDone, kDone},
    {OpKind::Rename, DoneUndone, kRetry, kRetry},  // renamed by a person: to be decided anew
    {OpKind::Rename, DoneEdited, kDone, kDone},
    {OpKind::Rename, DoneMoved, kDone, kDone},
    {OpKind::Destroy, NotSent, kFailed, kFailed},
    {OpKind::Destroy, SentNotExecuted, kFailed, kFailed},
    {OpKind::Destroy, Running, kRuns, kRuns},
    {OpKind::Destroy, World::Done, kDone, kDone},
    {OpKind::Destroy, DoneTaskLost, kDone, kDone},
    {OpKind::Destroy, DoneUndone, kDone, kDone},
    {OpKind::Destroy, DoneEdited, kDone, kDone},
    {OpKind::Destroy, DoneMoved, kDone, kDone},
};

std::string expected(OpKind kind, OpState state, World world) {
  const std::string same = policy::op_state_name(state);
  if (policy::is_over(state)) return same;
  if (state == OpState::NeedsOperator || !policy::has_state(kind, state)) return kAsk;
  if (world == VmGone) return kind == OpKind::Destroy ? kDone : kGone;
  if (world == OtherTask || world == RolledBack || world == Unreachable || world == NotFound) {
    return state == OpState::Intent ? "unknown look" : same + " look";
  }
  for (const Row& row : kRows) {
    if (row.kind != kind || row.world != world) continue;
    if (state == OpState::Task) return row.task;
    if (state == OpState::MergePending) return row.debt;
    return state == OpState::Result || state == OpState::OffTree ? row.later : row.fresh;
  }
  return "no row";
}

TEST(Settle, TellsWhatBecameOfEachKindInEachStateInEachWorld) {
  int cases = 0;
  for (const OpKind kind : kKinds) {
    for (const OpState state : kStates) {
      for (const auto& [world, name] : kWorlds) {
        const bool ends = policy::is_over(state) || state == OpState::NeedsOperator;
        if (world != World::Done && (ends || !policy::has_state(kind, state))) continue;
        Operation operation = operation_in(kind, state);
        operation.why = "so";
        EXPECT_EQ(text(settle_for_good(operation, world, seconds{10})),
                  expected(kind, state, world))
            << policy::op_kind_name(kind) << " found " << policy::op_state_name(state) << ": "
            << name;
        ++cases;
      }
    }
  }
  std::printf("%d cases of kind, state and world\n", cases);
  EXPECT_GE(cases, 120);
}

// ---- What the table does not show

TEST(Settle, NeedsTwoEqualLooksAfterTheServerHasHadItsTime) {
  for (const OpKind kind : {OpKind::Create, OpKind::Remove, OpKind::Clone, OpKind::Revert}) {
    Operation operation = operation_in(kind, OpState::Unknown);
    const auto look = [&](int at) {
      return settle(operation, look_into(operation, NotSent, seconds{at}));
    };
    Settled settled = look(10);
    EXPECT_EQ(text(settled), "unknown look");
    EXPECT_EQ(settled.look_at, kSent + policy::kSettleTime);
    EXPECT_FALSE(settled.settling) << "a look that is too early is worth nothing";
    settled = look(180);
    EXPECT_EQ(text(settled), "unknown look");
    ASSERT_TRUE(settled.settling);
    take_over(operation, settled);
    settled = look(209);
    EXPECT_EQ(text(settled), "unknown look") << "too soon after the first";
    EXPECT_EQ(settled.look_at, kSent + seconds{210});
    Operation other = operation;
    other.settling->change_version = "v0";
    EXPECT_EQ(text(settle(other, look_into(other, NotSent, seconds{300}))), "unknown look");
    other = operation;
    other.settling->current = "snapshot-1";
    EXPECT_EQ(text(settle(other, look_into(other, NotSent, seconds{300}))), "unknown look");
    EXPECT_EQ(look(210).state, OpState::Failed) << policy::op_kind_name(kind);
  }
}

TEST(Settle, NeedsOneLookWhereTheServerSaysThatItBeganNothingAndNothingChanged) {
  struct Fault {
    const char* name;
    bool create, others;  ///< conclusive of a create, of any other kind
  };
  for (const Fault& fault : {Fault{"InvalidPowerState", true, true},
                             {"InvalidState", true, true},
                             {"TaskInProgress", true, true},
                             {"NotSupported", true, true},
                             {"NoPermission", true, true},
                             {"SnapshotFault", true, false},
                             {"FilesystemQuiesceFault", true, false},
                             {"FileLocked", false, false},
                             {"Timedout", false, false},
                             {"", false, false}}) {
    for (const OpKind kind :
         {OpKind::Create, OpKind::Remove, OpKind::Revert, OpKind::Clone, OpKind::Destroy}) {
      const Operation operation = operation_in(kind, OpState::Task);
      OpLook look = look_into(operation, SentNotExecuted, seconds{3});
      look.task->fault = fault.name;
      const bool conclusive = kind == OpKind::Create ? fault.create : fault.others;
      EXPECT_EQ(settle(operation, look).state == OpState::Failed, conclusive)
          << policy::op_kind_name(kind) << ", " << fault.name;
      look.task->cancelled = true;
      EXPECT_EQ(text(settle(operation, look)), "task look") << "somebody broke it off";
    }
  }
}

TEST(Settle, NeedsASecondLookAfterAnyFaultOnceSomethingDiffersOrCanNotBeSeen) {
  const Operation operation = operation_in(OpKind::Create, OpState::Task);
  OpLook look = look_into(operation, SentNotExecuted, seconds{3});
  look.task->fault = "SnapshotFault";
  ASSERT_EQ(settle(operation, look).state, OpState::Failed);
  OpLook layered = look;
  layered.vm->disks[0].layers.insert(layered.vm->disks[0].layers.begin(),
                                     layered.vm->disks[0].layers[0]);
  EXPECT_EQ(text(settle(operation, layered)), "task look");
  Operation unseen = operation;
  unseen.before.layers_known = false;
  EXPECT_EQ(text(settle(unseen, look)), "task look");
  SeenVm grown = three_snapshots();
  grown.create();
  OpLook another = look_at(built(grown), seconds{3}, "v2");
  another.task = look.task;
  EXPECT_EQ(text(settle(operation, another)), "task look") << "a snapshot without our mark";
}

TEST(Settle, KeepsBothSnapshotsOfTwoAttemptsAndSaysSo) {
  Operation operation = operation_in(OpKind::Create, OpState::Unknown);
  SeenVm vm = three_snapshots();
  vm.create();
  vm.create();
  OpLook look = look_at(built(vm), seconds{20}, "v2");
  look.marked = {{"snapshot-4", kOp}, {"snapshot-5", kOp}, {"snapshot-3", "another"}};
  Settled settled = settle(operation, look);
  EXPECT_EQ(text(settled), "result look");
  EXPECT_EQ(settled.snapshot->moid, "snapshot-5");
  ASSERT_EQ(settled.evidence.size(), 1U);
  EXPECT_EQ(settled.evidence[0], (policy::Evidence{"duplicate", "snapshot-4"}));
  take_over(operation, settled);
  settled = settle(operation, look);
  EXPECT_EQ(text(settled), "done");
  EXPECT_TRUE(settled.layers_verified);
}

TEST(Settle, BelievesTheTreeMoreThanTheTask) {
  Operation create = operation_in(OpKind::Create, OpState::Task);
  OpLook look = look_into(create, World::Done, seconds{20});
  look.task->state = policy::TaskState::Error;
  look.task->fault = "Timedout";
  Settled settled = settle(create, look);
  EXPECT_EQ(text(settled), "result look");
  EXPECT_EQ(settled.fault, "Timedout");

  Operation remove = operation_in(OpKind::Remove, OpState::Task);
  look = look_into(remove, World::Done, seconds{20});
  look.task->state = policy::TaskState::Error;
  look.task->fault = "FileLocked";
  settled = settle(remove, look);
  EXPECT_EQ(text(settled), "off-tree look");
  EXPECT_EQ(settled.fault, "FileLocked");
}

TEST(Settle, AsksAPersonAboutASnapshotThatMayBeIts) {
  Operation operation = operation_in(OpKind::Create, OpState::Unknown);
  operation.settling = policy::image_of(built([] {
                                          SeenVm vm = three_snapshots();
                                          vm.create();
                                          return vm;
                                        }()),
                                        "v2", kSent + seconds{200});
  SeenVm vm = three_snapshots();
  vm.create();
  EXPECT_EQ(text(settle(operation, look_at(built(vm), seconds{240}, "v2"))), kAsk);
}

TEST(Settle, ConsolidatesWhatARemovalLeftAndTriesAgainLater) {
  Operation operation = operation_in(OpKind::Remove, OpState::Task);
  OpLook look = look_at(built(with_debt(), true), seconds{20}, "v2");
  look.task = task_of(operation, policy::TaskState::Error);
  Settled settled = settle(operation, look);
  EXPECT_EQ(text(settled), "off-tree look");
  take_over(operation, settled);
  settled = settle(operation, look);
  EXPECT_EQ(text(settled), "merge-pending consolidate");
  take_over(operation, settled);

  operation.attempt = 2;  // the consolidation, which fails
  operation.sent = kSent + seconds{30};
  look.task = task_of(operation, policy::TaskState::Error);
  look.task->kind = OpKind::Consolidate;
  look.task->queued = operation.sent;
  look.task->completed = kSent + seconds{60};
  look.at = kSent + seconds{61};
  settled = settle(operation, look);
  EXPECT_EQ(text(settled), "merge-pending look");
  EXPECT_EQ(settled.look_at, kSent + seconds{60 + 300});
  look.at = kSent + seconds{360};
  EXPECT_EQ(text(settle(operation, look)), "merge-pending consolidate");
  look.running.push_back(task_of(operation, policy::TaskState::Running));
  look.running.back().user = "anna";
  EXPECT_EQ(text(settle(operation, look)), "merge-pending look") << "never beside another task";
  look.running.clear();
  look.vm->flags.push_back(policy::VmFlag::FileInaccessible);
  EXPECT_EQ(text(settle(operation, look)), kAsk);
}

TEST(Settle, WaitsForTheFlagAndForALostMergeBeforeItCallsDeltasLeft) {
  Operation operation = operation_in(OpKind::Remove, OpState::OffTree);
  OpLook look = look_at(built(with_debt()), seconds{20}, "v2");
  look.task_gone = true;
  Settled settled = settle(operation, look);
  EXPECT_EQ(text(settled), "off-tree look");
  EXPECT_EQ(settled.look_at, kSent + policy::kSettleTime);
  look.at = kSent + seconds{180};
  take_over(operation, settle(operation, look));
  look.at = kSent + seconds{210};
  EXPECT_EQ(text(settle(operation, look)), "merge-pending consolidate");
}

TEST(Settle, DoesNotConsolidateADamagedTree) {
  Operation operation = operation_in(OpKind::Remove, OpState::OffTree);
  operation.task.clear();
  policy::VmSeen seen = three_snapshots().seen();
  seen.snapshots.clear();
  seen.snapshot_layouts.clear();
  seen.current_snapshot.reset();
  OpLook look = look_at(policy::build_vm(seen), seconds{20}, "v2");
  take_over(operation, settle(operation, look));
  look.at += policy::kLookApart;
  EXPECT_EQ(text(settle(operation, look)), kAsk);
}

TEST(Settle, ReleasesACloneThatWasPoweredOn) {
  const Operation operation = operation_in(OpKind::Clone, OpState::Result);
  OpLook look = look_into(operation, World::Done, seconds{20});
  look.clone->state.power = policy::Power::On;
  EXPECT_EQ(text(settle(operation, look)), "released");
}

TEST(Settle, TakesATakenNameForACloneThatWasNotMade) {
  const Operation operation = operation_in(OpKind::Clone, OpState::Task);
  OpLook look = look_into(operation, SentNotExecuted, seconds{20});
  look.task->fault = "DuplicateName";
  look.clone_names = {"vm-12"};
  const Settled settled = settle(operation, look);
  EXPECT_EQ(text(settled), "failed retry") << "one look is enough: the server began nothing";
  EXPECT_NE(settled.why.find("name is taken"), std::string::npos) << settled.why;
}

TEST(Settle, TakesATakenNameForACloneThatTheServerRefusedAtOnce) {
  Operation operation = operation_in(OpKind::Clone, OpState::Unknown);
  operation.fault = "DuplicateName";
  OpLook look = look_into(operation, NotSent, seconds{2});
  look.clone_names = {"vm-12"};
  take_over(operation, settle(operation, look));
  EXPECT_EQ(operation.state, OpState::Unknown) << "it may be ours, and not have its mark yet";
  look.at += policy::kLookApart;
  EXPECT_EQ(text(settle(operation, look)), "failed retry");
}

TEST(Settle, DoesNotBelieveAMoidThatIsAnotherVmNow) {
  const Operation operation = operation_in(OpKind::Create, OpState::Result);
  OpLook look = look_into(operation, World::Done, seconds{20});
  look.vm->identity.instance_uuid = "uuid-2";
  EXPECT_EQ(text(settle(operation, look)), "result look");
}

TEST(Settle, AsksAPersonWhenTheTargetsMoidNamesAnotherSnapshot) {
  for (const OpKind kind : {OpKind::Remove, OpKind::Rename}) {
    const Operation operation = operation_in(kind, OpState::Unknown);
    OpLook look = look_into(operation, NotSent, seconds{20});
    for (policy::Snapshot& one : look.vm->snapshots) one.created += seconds{1};
    EXPECT_EQ(text(settle(operation, look)), kAsk) << policy::op_kind_name(kind);
  }
}

TEST(Settle, RetriesAMergeAfterFiveMinutesThenLater) {
  using std::chrono::hours;
  using std::chrono::minutes;
  EXPECT_EQ(policy::retry_after(0), minutes{5});
  EXPECT_EQ(policy::retry_after(1), minutes{5});
  EXPECT_EQ(policy::retry_after(2), minutes{15});
  EXPECT_EQ(policy::retry_after(3), hours{1});
  EXPECT_EQ(policy::retry_after(4), hours{4});
  EXPECT_EQ(policy::retry_after(1000), hours{4});
}

}  // namespace
