// Which task is an operation's own, and what the server's history is worth.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "policy/settle.h"
#include "tests/unit/policy/settle_worlds.h"

using namespace policy_test;
using policy::Operation;
using policy::OpKind;
using policy::OpLook;
using policy::OpState;
using policy::settle;
using policy::Settled;
using std::chrono::seconds;

namespace {

using enum World;

TEST(Settle, AdoptsOnlyATaskThatCanBeItsOwn) {
  const Operation operation = operation_in(OpKind::Create, OpState::Unknown);
  OpLook look = look_into(operation, Running, seconds{5});
  EXPECT_EQ(settle(operation, look).task, "task-7");
  const policy::TaskSeen own = look.running.front();
  const auto alone = [&](auto change) {
    policy::TaskSeen task = own;
    change(task);
    look.running = {task};
    look.at = kSent + std::chrono::hours{1};
    const Settled settled = settle(operation, look);
    EXPECT_TRUE(settled.task.empty());
    return text(settled);
  };
  EXPECT_EQ(alone([](auto& task) { task.user = "anna"; }), "unknown look");
  EXPECT_EQ(alone([](auto& task) { task.user = ""; }), "unknown look");
  EXPECT_EQ(alone([](auto& task) { task.kind = OpKind::Remove; }), "unknown look");
  EXPECT_EQ(alone([](auto& task) { task.known_kind = false; }), "unknown look");
  EXPECT_EQ(alone([](auto& task) { task.queued = kSent - seconds{3}; }), "unknown look");
  EXPECT_EQ(alone([](auto& task) { task.entity = "vm-2"; }), "unknown look");
  EXPECT_EQ(alone([](auto& task) { task.state = policy::TaskState::Unknown; }), "unknown look");
  look.running = {own, own};
  EXPECT_EQ(text(settle(operation, look)), "unknown look") << "two may be it";
}

TEST(Settle, DoesNotTakeATaskThatWasGivenItsNameAnewForItsOwn) {
  const Operation operation = operation_in(OpKind::Remove, OpState::Task);
  const auto judge = [&](auto change) {
    OpLook look = look_into(operation, Running, seconds{60});
    change(*look.task);
    return text(settle(operation, look));
  };
  EXPECT_EQ(judge([](auto&) {}), "task wait");
  EXPECT_EQ(judge([](auto& task) { task.known_kind = false; }), "task wait")
      << "the key is its own";
  EXPECT_EQ(judge([](auto& task) { task.key = "8"; }), "task look");
  EXPECT_EQ(judge([](auto& task) { task.entity = "vm-2"; }), "task look");
  EXPECT_EQ(judge([](auto& task) { task.kind = OpKind::Create; }), "task look");
  EXPECT_EQ(judge([](auto& task) { task.user = "anna"; }), "task look");
  EXPECT_EQ(judge([](auto& task) { task.queued = kSent - seconds{60}; }), "task look");
}

TEST(Settle, ConcludesNothingWhileItsTaskWasNotRead) {
  Operation operation = operation_in(OpKind::Remove, OpState::Task);
  OpLook look = look_into(operation, NotSent, std::chrono::hours{1});
  operation.settling = image(three_snapshots());
  operation.settling->read = kSent + std::chrono::minutes{30};
  EXPECT_EQ(text(settle(operation, look)), "failed retry");
  look.task_gone = false;
  EXPECT_EQ(text(settle(operation, look)), "task look");
}

/// A second look a day later, at a VM that has a new snapshot without the mark.
Settled a_day_later(Operation operation, const OpLook& look) {
  operation.settling =
      policy::image_of(*look.vm, look.change_version, look.at - policy::kLookApart);
  return settle(operation, look);
}

TEST(Settle, SuspectsNoSnapshotThatAnotherMadeOrThatCameLongAfterTheCall) {
  SeenVm vm = three_snapshots();
  Operation operation = sent(OpKind::Create, image(vm));
  operation.state = OpState::Unknown;
  const std::string made = vm.create();
  const OpLook look = look_at(built(vm), std::chrono::hours{24});
  EXPECT_EQ(a_day_later(operation, look).state, OpState::NeedsOperator);

  OpLook late = look;
  late.vm->snapshots.back().created = kSent + policy::kUnknownFinding;
  EXPECT_EQ(a_day_later(operation, late).state, OpState::NeedsOperator);
  late.vm->snapshots.back().created += seconds{1};
  EXPECT_EQ(a_day_later(operation, late).state, OpState::Failed);

  OpLook told = look;
  policy::TaskSeen theirs = task_of(operation, policy::TaskState::Success);
  theirs.result = made;
  theirs.user = "VSPHERE.LOCAL\\eve";
  told.history->push_back(theirs);
  EXPECT_EQ(a_day_later(operation, told).state, OpState::Failed);
}

/// What the history tells of a call of the same kind that nobody named to us.
policy::TaskSeen nameless(const Operation& operation, seconds completed) {
  policy::TaskSeen task = task_of(operation, policy::TaskState::Success);
  task.moid = "task-6";
  task.queued = kSent - seconds{1};
  task.completed = kSent + completed;
  return task;
}

TEST(Settle, TakesWhatWasOverBeforeItsCallForTheStepBefore) {
  const Operation operation = operation_in(OpKind::Revert, OpState::Unknown);
  OpLook look = look_into(operation, NotSent, std::chrono::hours{2});
  look.history = {nameless(operation, seconds{0})};
  EXPECT_EQ(a_day_later(operation, look).state, OpState::Failed);
  look.history = {nameless(operation, seconds{1})};
  EXPECT_EQ(a_day_later(operation, look).state, OpState::NeedsOperator);
}

TEST(Settle, TakesARemovalOfAnotherSnapshotForTheStepBeforeWhateverTheClocksSay) {
  Operation operation = operation_in(OpKind::Remove, OpState::Unknown);
  OpLook look = look_into(operation, NotSent, std::chrono::hours{2});
  look.history = {nameless(operation, seconds{5})};
  const Settled settled = a_day_later(operation, look);
  EXPECT_EQ(text(settled), "failed retry") << settled.why;

  policy::TaskSeen failed = nameless(operation, seconds{6});
  failed.state = policy::TaskState::Error;
  failed.fault = "FileLocked";
  look.history->push_back(failed);
  EXPECT_EQ(a_day_later(operation, look).fault, "FileLocked") << "one is left that may be it";

  operation.state = OpState::Task;
  operation.task = "task-6";
  look.task = nameless(operation, seconds{5});
  EXPECT_EQ(a_day_later(operation, look).state, OpState::NeedsOperator)
      << "the server gave this name for the call, and contradicts itself";
}

TEST(Settle, TakesTheMakingOfAnotherSnapshotForTheStepBefore) {
  Operation operation = operation_in(OpKind::Create, OpState::Unknown);
  OpLook look = look_into(operation, NotSent, std::chrono::hours{2});
  look.history = {nameless(operation, seconds{5})};
  look.history->front().result = "snapshot-3";
  const Settled settled = a_day_later(operation, look);
  EXPECT_EQ(text(settled), "failed retry") << settled.why;
  look.history->front().result = "snapshot-4";
  EXPECT_EQ(a_day_later(operation, look).state, OpState::Gone);

  operation.state = OpState::Task;
  operation.task = "task-6";
  look.task = nameless(operation, seconds{5});
  look.task->result = "snapshot-3";
  EXPECT_EQ(a_day_later(operation, look).state, OpState::NeedsOperator);
}

/// A look after a restart of the server: its history has the task running for ever.
OpLook forgotten(const Operation& operation, World world, std::chrono::seconds later) {
  OpLook look = look_into(operation, world, later);
  look.task.reset();
  look.task_gone = !operation.task.empty();
  look.history = {task_of(operation, policy::TaskState::Running)};
  return look;
}

TEST(Settle, WaitsForWhatTheServerForgotUntilItIsSeenOrADayHasPassed) {
  for (const OpKind kind : kKinds) {
    if (kind == OpKind::Rename) continue;  // has no task
    for (const OpState state : {OpState::Unknown, OpState::Task}) {
      Operation operation = operation_in(kind, state);
      const std::string who =
          std::string(policy::op_kind_name(kind)) + " in " + policy::op_state_name(state);
      const Settled early =
          settle(operation, forgotten(operation, World::NotSent, std::chrono::hours{2}));
      EXPECT_EQ(early.state, state) << who << ": " << early.why;
      EXPECT_EQ(early.next, policy::NextStep::LookAgain) << who << ": " << early.why;
      const Settled late =
          settle(operation, forgotten(operation, World::NotSent, std::chrono::hours{25}));
      EXPECT_EQ(late.state, OpState::NeedsOperator) << who << ": " << late.why;
      Settled done;
      for (int looks = 0; looks < 3; ++looks) {
        done = settle(operation, forgotten(operation, World::Done, std::chrono::hours{2}));
        take_over(operation, done);
      }
      EXPECT_EQ(done.state, OpState::Done) << who << ": " << done.why;
    }
  }
}

TEST(Settle, TakesNoSnapshotForRemovedThatARestoredServerListsAnew) {
  for (const char* renumbered : {"snapshot-2", "snapshot-1"}) {
    const Operation operation = operation_in(OpKind::Remove, OpState::Unknown);
    OpLook look = look_into(operation, NotSent, std::chrono::hours{2});
    for (policy::Snapshot& one : look.vm->snapshots) {
      if (one.moid == "snapshot-2" || one.moid == renumbered) one.moid += "0";
      if (one.parent == renumbered || one.parent == "snapshot-2") *one.parent += "0";
    }
    Operation at = operation;
    Settled settled;
    for (int looks = 0; looks < 4; ++looks) {
      settled = settle(at, look);
      take_over(at, settled);
      look.at += policy::kLookApart;
    }
    EXPECT_EQ(settled.state, OpState::NeedsOperator) << settled.why;
    EXPECT_NE(settled.why.find("restored to an earlier time"), std::string::npos) << settled.why;
  }
}

TEST(Settle, TellsWhatTheServerSaidOfWhatIsDoneNevertheless) {
  Operation operation = operation_in(OpKind::Revert, OpState::Task);
  OpLook look = look_into(operation, World::Done, seconds{20});
  look.task->state = policy::TaskState::Error;
  look.task->fault = "GenericVmConfigFault";
  look.task->fault_text = "could not be resumed";
  const Settled settled = settle(operation, look);
  EXPECT_EQ(settled.state, OpState::Done);
  EXPECT_NE(settled.why.find("GenericVmConfigFault (could not be resumed)"), std::string::npos)
      << settled.why;
}

}  // namespace
