#include "agent/act/execute/operation_look.h"

#include <algorithm>
#include <utility>

#include "agent/translate/operation_calls.h"
#include "vsphere-client/inventory_objects.h"

namespace agent {
namespace {

/// How far the server's own clocks may disagree on when something was queued.
constexpr std::chrono::seconds kBeforeTheCall{60};

/// For so long a server that refuses its history is asked for it.
constexpr std::chrono::minutes kHistoryPatience{5};

/// Whether nobody can tell from the task alone how the last call ended.
bool is_unheard_of(const policy::Operation& operation, const policy::OpLook& look) {
  if (operation.state == policy::OpState::Intent || operation.state == policy::OpState::Unknown) {
    return operation.task.empty() || look.task_gone;
  }
  return operation.state == policy::OpState::Task && look.task_gone;
}

}  // namespace

VmLook OperationLooker::look(const std::string& vm) const {
  VmLook seen = endpoint_.look(vm);
  if (seen.vm) source_.own(*seen.vm);
  return seen;
}

OperationLook OperationLooker::look(const policy::Operation& operation,
                                    const VmLook* source) const {
  OperationLook out;
  if (operation.kind == policy::OpKind::Clone && source != nullptr) {
    out.vm = *source;
    out.vm.at = endpoint_.now();
  } else {
    out.vm = look(operation.vm.moid);
  }
  policy::OpLook& seen = out.look;
  seen.at = out.vm.at;
  seen.vm = out.vm.vm;
  seen.gone = out.vm.gone;
  seen.change_version = out.vm.change_version;
  seen.user = endpoint_.user();
  if (seen.vm) seen.marked = source_.marks(*seen.vm);
  add_task(operation, seen);
  add_history(operation, seen);
  if (operation.kind == policy::OpKind::Clone) add_clone(operation, out);
  add_doubt(operation, seen);
  return out;
}

void OperationLooker::add_task(const policy::Operation& operation, policy::OpLook& look) const {
  for (policy::TaskSeen& task : endpoint_.board().running_on(operation.vm.moid)) {
    if (task.moid != operation.task) look.running.push_back(std::move(task));
  }
  if (operation.task.empty()) return;
  look.task = endpoint_.task(operation.task);
  look.task_gone = !look.task;
}

void OperationLooker::add_history(const policy::Operation& operation, policy::OpLook& look) const {
  // A mark, or a task that runs, says more than the history could.
  const bool marked = std::any_of(look.marked.begin(), look.marked.end(),
                                  [&](const auto& mark) { return mark.second == operation.id; });
  if (look.gone || !is_unheard_of(operation, look) || marked || !look.running.empty()) return;
  try {
    look.history = endpoint_.history(operation.vm.moid, operation.sent - kBeforeTheCall);
  } catch (const vsphere::Error& error) {
    // Nobody will ever read it: without it two looks at the VM tell. Other faults pass.
    const bool late = look.at - operation.sent > kHistoryPatience;
    const bool for_good = error.kind() == vsphere::ErrorKind::NoPermission ||
                          error.kind() == vsphere::ErrorKind::NotFound;
    if (!late || !for_good) throw;
  }
}

void OperationLooker::add_clone(const policy::Operation& operation, OperationLook& out) const {
  const policy::OpLook& look = out.look;
  std::string moid = operation.clone ? operation.clone->moid : std::string{};
  if (look.task && look.task->state == policy::TaskState::Success && !look.task->result.empty()) {
    moid = look.task->result;
  }
  if (moid.empty()) {
    const bool runs = (look.task && look.task->running()) || !look.running.empty();
    if (!runs) find_clone(operation, out);
    return;
  }
  if (out.vm.vm && operation.clone) {
    policy::VmPlace place;
    const policy::CloneImage& asked = *operation.clone;
    place.host = asked.host.empty() ? out.vm.vm->place.host : asked.host;
    place.datastores = out.vm.vm->place.datastores;
    if (!asked.datastore.empty()) place.datastores = {asked.datastore};
    endpoint_.expect(moid, place);
  }
  out.clone = endpoint_.look(moid);
  out.look.clone = out.clone->vm;
}

void OperationLooker::find_clone(const policy::Operation& operation, OperationLook& out) const {
  if (!operation.clone) return;
  for (const std::string& moid : endpoint_.named(operation.clone->folder, operation.clone->name)) {
    const auto identity = endpoint_.identity(moid);
    if (!identity) continue;
    const auto mark = identity->extra_config.find(std::string(kCloneMark));
    if (mark != identity->extra_config.end() && mark->second == operation.id) {
      out.clone = endpoint_.look(moid);
      out.look.clone = out.clone->vm;
    } else {
      out.look.clone_names.push_back(vsphere::unescape_name(identity->name) + " (" + moid + ")");
    }
  }
}

void OperationLooker::add_doubt(const policy::Operation& operation, policy::OpLook& look) const {
  const auto doubt = [&](std::string why) {
    look.trusted = false;
    look.doubt = std::move(why);
  };
  const policy::EndpointFacts facts = source_.endpoint();
  if (endpoint_.endpoint().uuid != operation.vm.endpoint_uuid) {
    doubt("the server is another one than the operation was sent to");
  } else if (facts.rolled_back.value_or(false)) {
    doubt("the server was rolled back: its ids may name other objects now");
  } else if (look.vm && look.vm->identity.instance_uuid != operation.vm.instance_uuid) {
    doubt("another VM has the place of " + operation.vm.name + " (" + operation.vm.moid + ")");
  } else if (look.vm && !look.vm->state.unreadable.empty()) {
    doubt("the server did not tell " + look.vm->state.unreadable.front() +
          "; check the account's privileges");
  }
}

}  // namespace agent
