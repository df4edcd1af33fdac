// What may have become of a call when nobody was looking, as looks that a settled operation is
// shown: for the table of settle_test.cpp and the laws.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "tests/unit/policy/settling_vm.h"

namespace policy_test {

enum class World {
  NotSent,
  SentNotExecuted,  ///< the server made a task, which failed
  Running,
  Done,
  DoneTaskLost,  ///< the server restarted: it knows no task any more
  DoneUndone,    ///< and a person took it back, or went on
  DoneEdited,    ///< and a person changed what was made
  DoneMoved,     ///< and the VM went to another host and datastore
  OtherTask,     ///< not executed; another's task of the same kind runs
  RolledBack,    ///< the server was restored from a backup
  Unreachable,
  NotFound,
  VmGone,
};
inline constexpr std::array<std::pair<World, const char*>, 13> kWorlds{
    {{World::NotSent, "not sent"},
     {World::SentNotExecuted, "sent, not executed"},
     {World::Running, "running"},
     {World::Done, "done"},
     {World::DoneTaskLost, "done, task list lost"},
     {World::DoneUndone, "done, undone by a person"},
     {World::DoneEdited, "done, edited by a person"},
     {World::DoneMoved, "done, VM moved"},
     {World::OtherTask, "another's task runs"},
     {World::RolledBack, "server rolled back"},
     {World::Unreachable, "host unreachable"},
     {World::NotFound, "VM not found"},
     {World::VmGone, "VM gone"}}};

inline constexpr std::array<policy::OpKind, 7> kKinds{
    policy::OpKind::Create, policy::OpKind::Remove, policy::OpKind::Consolidate,
    policy::OpKind::Revert, policy::OpKind::Clone,  policy::OpKind::Rename,
    policy::OpKind::Destroy};
inline constexpr std::array<policy::OpState, 11> kStates{
    policy::OpState::Intent,        policy::OpState::Task,    policy::OpState::Result,
    policy::OpState::OffTree,       policy::OpState::Unknown, policy::OpState::MergePending,
    policy::OpState::NeedsOperator, policy::OpState::Done,    policy::OpState::Failed,
    policy::OpState::Gone,          policy::OpState::Released};

inline const char* word(policy::NextStep next) {
  switch (next) {
    case policy::NextStep::Nothing:
      return "";
    case policy::NextStep::Wait:
      return " wait";
    case policy::NextStep::LookAgain:
      return " look";
    case policy::NextStep::Consolidate:
      return " consolidate";
    case policy::NextStep::Retry:
      return " retry";
    case policy::NextStep::Operator:
      return " operator";
  }
  return "?";
}

/// "task wait": the state, and what is to follow.
inline std::string text(const policy::Settled& settled) {
  return std::string(policy::op_state_name(settled.state)) + word(settled.next);
}

/// snapshot-2 is off the tree, its deltas are not.
inline SeenVm with_debt() {
  SeenVm vm = three_snapshots();
  vm.remove("snapshot-2", SeenVm::Merge::Fails);
  return vm;
}

inline policy::Operation operation_in(policy::OpKind kind, policy::OpState state) {
  using policy::OpKind;
  using policy::OpState;
  const bool debt = kind == OpKind::Consolidate;
  policy::VmImage before = image(debt ? with_debt() : three_snapshots(), debt);
  std::string target;
  if (kind == OpKind::Remove || kind == OpKind::Rename) target = "snapshot-2";
  if (kind == OpKind::Revert) target = "snapshot-1";
  if (kind == OpKind::Clone) target = "snapshot-3";
  policy::Operation operation = sent(kind, before, target);
  operation.state = state;
  operation.name = "new name";
  if (kind == OpKind::Clone) operation.clone.emplace().name = "web-01-copy";
  if (kind == OpKind::Create && state == OpState::Result) operation.snapshot.moid = "snapshot-4";
  if (state != OpState::Intent && state != OpState::Unknown) {
    operation.task = "task-7";
    operation.task_key = "7";
  }
  return operation;
}

inline policy::Vm made_clone(const policy::Vm& source) {
  policy::Vm clone = source;
  clone.identity.moid = "vm-9";
  clone.identity.instance_uuid = "uuid-9";
  clone.identity.name = "web-01-copy";
  clone.state.power = policy::Power::Off;
  clone.snapshots.clear();
  for (policy::Disk& disk : clone.disks) {
    disk.layers = {{"[ds2] web-01-copy/" + disk.label + ".vmdk", 1, {}, false, false}};
  }
  return clone;
}

namespace worlds {

inline bool executed(World world) {
  switch (world) {
    case World::Done:
    case World::DoneTaskLost:
    case World::DoneUndone:
    case World::DoneEdited:
    case World::DoneMoved:
      return true;
    case World::NotSent:
    case World::SentNotExecuted:
    case World::Running:
    case World::OtherTask:
    case World::RolledBack:
    case World::Unreachable:
    case World::NotFound:
    case World::VmGone:
      return false;
  }
  return false;
}

/// What the call does to the snapshots and disks, and a person after it.
inline SeenVm after(policy::OpKind kind, World world) {
  using policy::OpKind;
  SeenVm vm = kind == OpKind::Consolidate ? with_debt() : three_snapshots();
  if (!executed(world)) return vm;
  const bool undone = world == World::DoneUndone;
  if (kind == OpKind::Create) {
    const std::string made = vm.create();
    if (undone) vm.remove(made, SeenVm::Merge::Done);
  } else if (kind == OpKind::Remove || kind == OpKind::Consolidate) {
    vm = three_snapshots();
    vm.remove("snapshot-2", SeenVm::Merge::Done);
    if (undone) vm.remove("snapshot-1", SeenVm::Merge::Done);
  } else if (kind == OpKind::Revert) {
    vm.revert("snapshot-1");
    if (undone) vm.revert("snapshot-3");
  }
  if (world == World::DoneMoved) vm.folder = "[ds9] vm";
  return vm;
}

inline void show_tasks(const policy::Operation& operation, World world, policy::OpLook& look) {
  const bool own = !operation.task.empty();
  std::optional<policy::TaskSeen> task;
  if (world == World::Running) task = task_of(operation, policy::TaskState::Running);
  if (world == World::SentNotExecuted) task = task_of(operation, policy::TaskState::Error);
  if (executed(world)) task = task_of(operation, policy::TaskState::Success);
  if (task && operation.kind == policy::OpKind::Create && executed(world)) {
    task->result = "snapshot-4";
  }
  if (world == World::DoneTaskLost) {
    task.reset();
    look.history.reset();
  }
  if (own && task) look.task = task;
  if (own && !task) look.task_gone = true;
  if (!own && task) (task->running() ? look.running : *look.history).push_back(*task);
  if (world == World::OtherTask) {
    policy::TaskSeen other = task_of(operation, policy::TaskState::Running);
    other.moid = "task-8";
    other.user = "VSPHERE.LOCAL\\anna";
    look.running.push_back(other);
  }
}

}  // namespace worlds

inline policy::OpLook look_into(const policy::Operation& operation, World world,
                                std::chrono::seconds later) {
  using policy::OpKind;
  const SeenVm seen = worlds::after(operation.kind, world);
  const bool executed = worlds::executed(world);
  policy::Vm vm = built(seen, operation.kind == OpKind::Consolidate && !executed);
  if (world == World::DoneMoved) {
    vm.place.host = "host-2";
    for (policy::Disk& disk : vm.disks) {
      for (policy::Layer& layer : disk.layers) layer.file.replace(0, 5, "[ds9]");
    }
  }
  if (world == World::Unreachable) vm.stale = true;
  const bool there = executed && world != World::DoneUndone;
  if (operation.kind == OpKind::Rename && executed) {
    for (policy::Snapshot& one : vm.snapshots) {
      if (one.moid == operation.snapshot.moid)
        one.name = one.raw_name = there ? "new name" : "hers";
    }
  }
  policy::OpLook look = look_at(std::move(vm), later, executed ? "v2" : "v1");
  worlds::show_tasks(operation, world, look);
  if (operation.kind == OpKind::Create && there && world != World::DoneEdited) {
    look.marked["snapshot-4"] = operation.id;
  }
  if (operation.kind == OpKind::Clone && there) {
    if (world == World::DoneEdited) {
      look.clone_names = {"vm-9"};
    } else {
      look.clone = made_clone(*look.vm);
    }
  }
  if (world == World::RolledBack) {
    look.trusted = false;
    look.doubt = "the server was restored";
  }
  const bool destroyed = operation.kind == OpKind::Destroy && executed;
  if (world == World::NotFound || world == World::VmGone || destroyed) look.vm.reset();
  look.gone = world == World::VmGone || destroyed;
  return look;
}

/// What the agent does with a verdict, and then looks again when it was told to.
inline void take_over(policy::Operation& operation, const policy::Settled& settled) {
  operation.state = settled.state;
  operation.settling = settled.settling;
  operation.why = settled.why;
  if (settled.snapshot) operation.snapshot = *settled.snapshot;
  if (settled.task.empty()) return;
  operation.task = settled.task;
  operation.task_key = settled.task_key;
}

}  // namespace policy_test
