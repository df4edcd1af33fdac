#include "policy/settle.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "policy/settle_parts.h"

namespace policy {
namespace {

using States = std::initializer_list<OpState>;

bool one_of(OpState state, States states) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

/// Why the VM cannot be judged from this look; empty when it can.
std::string doubt(const Operation& operation, const OpLook& look) {
  const std::string& name = operation.vm.name;
  if (!look.trusted) return look.doubt.empty() ? "what was read can't be relied on" : look.doubt;
  if (look.gone) return "";
  if (!look.vm) return name + " was not found; it is looked for again";
  const VmIdentity& identity = look.vm->identity;
  if (identity.moid != operation.vm.moid ||
      (!identity.instance_uuid.empty() && !operation.vm.instance_uuid.empty() &&
       identity.instance_uuid != operation.vm.instance_uuid)) {
    return identity.moid + " is another VM than " + name + " now";
  }
  if (look.vm->stale || has_flag(*look.vm, VmFlag::Disconnected) ||
      has_flag(*look.vm, VmFlag::Inaccessible)) {
    return name + " can't be reached: what the server shows of it is old";
  }
  if (has_flag(*look.vm, VmFlag::Unreadable)) return name + " could not be read fully";
  return "";
}

Settled settle_without_vm(const Case& c) {
  if (c.call.outcome == Outcome::Running) {
    return stay(c, "the server says that the VM is gone, but its task runs");
  }
  if (c.operation.kind == OpKind::Destroy) {
    return become(c, OpState::Done, NextStep::Nothing, "the clone does not exist any more");
  }
  if (c.operation.kind == OpKind::Clone && c.look.clone) {
    return operator_needed(c, "the clone is there, but its source is gone: they can't be compared",
                           {{"clone", c.look.clone->identity.moid}});
  }
  return become(c, OpState::Gone, NextStep::Nothing,
                c.operation.vm.name + " does not exist any more");
}

Settled settle_by_kind(const Case& c) {
  switch (c.operation.kind) {
    case OpKind::Create:
      return settle_create(c);
    case OpKind::Remove:
      return settle_remove(c);
    case OpKind::Consolidate:
      return settle_consolidate(c);
    case OpKind::Revert:
      return settle_revert(c);
    case OpKind::Clone:
      return settle_clone(c);
    case OpKind::Rename:
      return settle_rename(c);
    case OpKind::Destroy:
      return settle_destroy(c);
  }
  return operator_needed(c, "an operation of no kind that is known");
}

}  // namespace

bool has_state(OpKind kind, OpState state) {
  switch (state) {
    case OpState::Intent:
    case OpState::Task:
    case OpState::Unknown:
    case OpState::NeedsOperator:
    case OpState::Done:
      return true;
    case OpState::Result:
    case OpState::Released:
      return kind == OpKind::Create || kind == OpKind::Clone;
    case OpState::OffTree:
      return kind == OpKind::Remove;
    case OpState::MergePending:
      return kind == OpKind::Remove || kind == OpKind::Consolidate;
    case OpState::Failed:  // a consolidation is tried again until it is done
      return kind != OpKind::Consolidate;
    case OpState::Gone:
      return kind != OpKind::Destroy;
  }
  return false;
}

bool may_become(OpKind kind, OpState from, OpState to) {
  if (is_over(from)) return to == from;  // also where `resolve` put it there
  if (!has_state(kind, to)) return false;
  if (!has_state(kind, from)) return to == OpState::NeedsOperator;
  using enum OpState;
  switch (from) {
    case Intent:
      return to != Intent;
    case Unknown:
      return to != Intent;
    case Task:
      return to != Intent && to != Unknown;
    case Result:
      return one_of(to, {Result, NeedsOperator, Done, Gone, Released});
    case OffTree:
      return one_of(to, {OffTree, MergePending, NeedsOperator, Done, Gone});
    case MergePending:
      return one_of(to, {MergePending, NeedsOperator, Done, Gone});
    case NeedsOperator:
    case Done:
    case Failed:
    case Gone:
    case Released:
      return to == from;
  }
  return false;
}

Settled settle(const Operation& operation, const OpLook& look) {
  Case c{operation, look, {}, call_of(operation, look)};
  if (is_over(operation.state) || operation.state == OpState::NeedsOperator) {
    Settled settled;
    settled.state = operation.state;
    settled.next = is_over(operation.state) ? NextStep::Nothing : NextStep::Operator;
    settled.why = operation.why;
    settled.fault = operation.fault;
    settled.layers_verified = operation.layers_verified;
    return settled;
  }
  if (!has_state(operation.kind, operation.state)) {
    return operator_needed(c, std::string("a ") + op_kind_name(operation.kind) + " is never in " +
                                  op_state_name(operation.state));
  }
  if (std::string why = doubt(operation, look); !why.empty()) {
    return stay(operation, look, std::move(why));
  }
  if (look.gone) return settle_without_vm(c);
  c.now = image_of(*look.vm, look.change_version, look.at);
  return settle_by_kind(c);
}

std::chrono::seconds retry_after(int attempt) {
  using std::chrono::hours;
  using std::chrono::minutes;
  if (attempt <= 1) return minutes{5};
  if (attempt == 2) return minutes{15};
  return attempt == 3 ? hours{1} : hours{4};
}

}  // namespace policy
