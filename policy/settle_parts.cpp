#include "policy/settle_parts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "policy/verify_parts.h"

namespace policy {
namespace {

/// The server's clock when it queued the task may show less than when it told us the time.
constexpr std::chrono::seconds kQueueSlack{2};
constexpr std::chrono::seconds kLookLate{300};

bool kind_fits(const TaskSeen& task, const Operation& operation) {
  if (!task.known_kind) return false;
  return task.kind == operation.kind ||
         (task.kind == OpKind::Consolidate && operation.kind == OpKind::Remove);
}

bool queued_since(const TaskSeen& task, const Operation& operation) {
  return task.queued >= sent_at(operation) - kQueueSlack;
}

/// A task that may be this call's although nobody told us its name.
bool recognised(const TaskSeen& task, const Operation& operation, const OpLook& look) {
  return kind_fits(task, operation) && task.entity == operation.vm.moid && !look.user.empty() &&
         task.user == look.user && queued_since(task, operation);
}

/// The server gave us this name for the call. After a restore of the server it may be another's.
bool still_own(const TaskSeen& task, const Operation& operation, const OpLook& look) {
  if (task.moid != operation.task || task.entity != operation.vm.moid) return false;
  const bool same_key = !operation.task_key.empty() && task.key == operation.task_key;
  if (!operation.task_key.empty() && !same_key) return false;
  // Servers leave the kind out at times; then the key vouches for it.
  if (task.known_kind ? !kind_fits(task, operation) : !same_key) return false;
  if (!task.user.empty() && !look.user.empty() && task.user != look.user) return false;
  return task.queued == Time{} || queued_since(task, operation);
}

/// With these a server says that it began nothing: what was asked for did not fit the state that
/// the VM was in, or was not allowed.
constexpr std::array<std::string_view, 6> kNotBegun{"InvalidPowerState", "InvalidState",
                                                    "TaskInProgress",    "NotSupported",
                                                    "NoPermission",      "DuplicateName"};
/// And with these that it made no snapshot, or took back what it had begun of one.
constexpr std::array<std::string_view, 8> kNotMade{
    "SnapshotFault",           "SnapshotDisabled",      "SnapshotLocked",
    "TooManySnapshotLevels",   "SnapshotNoChange",      "MultipleSnapshotsNotSupported",
    "ApplicationQuiesceFault", "FilesystemQuiesceFault"};

template <std::size_t N>
bool one_of(const std::string& fault, const std::array<std::string_view, N>& faults) {
  return std::find(faults.begin(), faults.end(), fault) != faults.end();
}

/// Its task failed with a fault that means "not executed", and everything is as it was before the
/// call, layers included: a second look could tell nothing more.
bool known_not_executed(const Case& c) {
  const OpState state = c.operation.state;
  const bool early =
      state == OpState::Intent || state == OpState::Task || state == OpState::Unknown;
  if (!early || c.call.outcome != Outcome::Error || c.call.task->cancelled) return false;
  const std::string& fault = c.call.task->fault;
  const bool says_so =
      one_of(fault, kNotBegun) || (c.operation.kind == OpKind::Create && one_of(fault, kNotMade));
  const VmImage& before = c.operation.before;
  return says_so && before.layers_known && c.now.layers_known && same_state(before, c.now);
}

Outcome outcome_of(const TaskSeen& task) {
  switch (task.state) {
    case TaskState::Queued:
    case TaskState::Running:
      return Outcome::Running;
    case TaskState::Success:
      return Outcome::Success;
    case TaskState::Error:
      return Outcome::Error;
    case TaskState::Unknown:
      return Outcome::Unclear;
  }
  return Outcome::Unclear;
}

bool may_run(const TaskSeen& task) { return task.running() || task.state == TaskState::Unknown; }

/// Several that run are nobody's: then nothing is adopted, and all of them are waited for.
const TaskSeen* only_running(const Operation& operation, const OpLook& look) {
  const TaskSeen* found = nullptr;
  for (const TaskSeen& task : look.running) {
    if (!task.running() || !recognised(task, operation, look)) continue;
    if (found != nullptr) return nullptr;
    found = &task;
  }
  return found;
}

/// A task that nobody named to us and that did something else than was asked: the step before it on
/// the same VM. Steps follow each other faster than clocks agree, so that times alone can't tell.
bool did_something_else(const TaskSeen& task, const Operation& operation, const OpLook& look) {
  if (task.state != TaskState::Success || !look.vm) return false;
  if (operation.kind == OpKind::Create) return node_of(operation.before, task.result) != nullptr;
  return operation.kind == OpKind::Remove &&
         snapshot_of(*look.vm, operation.snapshot.moid) != nullptr;
}

void look_up_history(const Operation& operation, const OpLook& look, CallSeen& call) {
  if (!look.history) return;
  for (const TaskSeen& task : *look.history) {
    if (!recognised(task, operation, look)) continue;
    // A consolidation tells nothing of the removal before it.
    if (task.kind != operation.kind) continue;
    // What was over when the call was sent is the step before it.
    if (task.completed && *task.completed <= sent_at(operation)) continue;
    if (did_something_else(task, operation, look)) continue;
    if (call.task != nullptr || call.outcome == Outcome::Ambiguous) {
      call.task = nullptr;
      call.outcome = Outcome::Ambiguous;
      call.forgotten = false;
      continue;
    }
    call.task = &task;
    call.outcome = outcome_of(task);
    if (call.outcome != Outcome::Running) continue;
    // It does not stand among those that run: the row of the history was never closed.
    call.outcome = Outcome::Unclear;
    call.forgotten = true;
  }
}

}  // namespace

Time sent_at(const Operation& operation) {
  return operation.sent == Time{} ? operation.started : operation.sent;
}

CallSeen call_of(const Operation& operation, const OpLook& look) {
  CallSeen call;
  if (look.task && still_own(*look.task, operation, look)) {
    call.task = &*look.task;
    call.outcome = outcome_of(*look.task);
  } else if (const TaskSeen* task = only_running(operation, look)) {
    call.task = task;
    call.outcome = Outcome::Running;
  } else if (!operation.task.empty() && !look.task && !look.task_gone) {
    call.outcome = Outcome::Unclear;
  } else {
    look_up_history(operation, look, call);
  }
  call.others_run =
      std::any_of(look.running.begin(), look.running.end(),
                  [&](const TaskSeen& task) { return may_run(task) && &task != call.task; });
  if (look.task && call.task != &*look.task && may_run(*look.task) &&
      look.task->entity == operation.vm.moid) {
    call.others_run = true;
  }
  return call;
}

TwoLooks two_looks(const Case& c, Time not_before) {
  if (known_not_executed(c)) return {true, {}, {}};
  if (c.look.at < not_before) return {false, {}, not_before};
  const auto& first = c.operation.settling;
  if (!first || first->read < not_before || !same_state(*first, c.now) ||
      first->change_version != c.now.change_version) {
    return {false, c.now, c.look.at + kLookApart};
  }
  if (c.look.at - first->read < kLookApart) return {false, *first, first->read + kLookApart};
  return {true, {}, {}};
}

Settled become(const Case& c, OpState state, NextStep next, std::string why,
               std::vector<Evidence> evidence) {
  Settled settled;
  settled.state = state;
  settled.next = next;
  settled.why = std::move(why);
  settled.evidence = std::move(evidence);
  if (c.call.outcome == Outcome::Error) {
    settled.fault = c.call.task->fault;
    settled.evidence.push_back({"fault", c.call.task->fault});
    if (c.call.task->cancelled) settled.evidence.push_back({"cancelled", "true"});
  }
  return settled;
}

Settled done(const Case& c, const Verification& seen) {
  // The tree is believed, and what the server said of it is told.
  const bool failed = c.call.outcome == Outcome::Error;
  Settled settled =
      become(c, OpState::Done, NextStep::Nothing,
             failed ? seen.text + "; but the server ended its task as failed" + fault_words(c.call)
                    : seen.text,
             seen.evidence);
  settled.layers_verified = seen.layers;
  return settled;
}

Settled stay(const Operation& operation, const OpLook& look, std::string why,
             std::optional<Time> look_at) {
  Settled settled;
  settled.state = operation.state == OpState::Intent ? OpState::Unknown : operation.state;
  settled.next = NextStep::LookAgain;
  settled.why = std::move(why);
  const bool late = look.at - sent_at(operation) > kUnknownFinding;
  settled.look_at = look_at.value_or(look.at + (late ? kLookLate : kLookApart));
  return settled;
}

Settled stay(const Case& c, std::string why, const TwoLooks& looks) {
  Settled settled = stay(c, std::move(why), looks.next);
  settled.settling = looks.first;
  return settled;
}

Settled wait(const Case& c) {
  const OpState state = c.operation.state;
  const bool before = state == OpState::Intent || state == OpState::Unknown;
  Settled settled =
      become(c, before ? OpState::Task : state, NextStep::Wait, "its task runs on the server");
  settled.task = c.call.task->moid;
  settled.task_key = c.call.task->key;
  return settled;
}

Settled unclear(const Case& c) {
  if (!c.call.forgotten) {
    return stay(c, "its task could not be read, or is in a state that is not known here");
  }
  const std::string why = "the server's history has its task running, but no such task is there";
  if (c.look.at - sent_at(c.operation) <= kForgottenWait) return stay(c, why);
  return operator_needed(c, why);
}

bool is_unclear(const Case& c, const Verification& seen) {
  return c.call.outcome == Outcome::Unclear && !(c.call.forgotten && seen.verdict == Verified::Yes);
}

Settled operator_needed(const Case& c, std::string why, std::vector<Evidence> evidence) {
  why += "; when you have looked: deltakeep resolve " + c.operation.id;
  return become(c, OpState::NeedsOperator, NextStep::Operator, std::move(why), std::move(evidence));
}

Settled step(const Case& c, OpState state, std::string why, std::vector<Evidence> evidence) {
  Settled settled = become(c, state, NextStep::LookAgain, std::move(why), std::move(evidence));
  settled.look_at = c.look.at;
  return settled;
}

std::string fault_words(const CallSeen& call) {
  if (call.outcome != Outcome::Error) return "";
  std::string text = ": " + (call.task->fault.empty() ? "no fault named" : call.task->fault);
  if (!call.task->fault_text.empty()) text += " (" + call.task->fault_text + ")";
  return text;
}

}  // namespace policy
