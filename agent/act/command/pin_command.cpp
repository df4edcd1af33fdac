#include "agent/act/command/pin_command.h"

#include <algorithm>
#include <utility>

#include "agent/act/command/find_snapshot.h"
#include "agent/act/command/record.h"
#include "agent/act/command/until.h"
#include "agent/act/execute/jobs.h"
#include "agent/act/handlers.h"
#include "agent/act/state.h"

namespace agent {
namespace {

PinResponse add(const PinRequest& request, Context& context) {
  const policy::Time now = context.clock.now();
  storage::Pin pin;
  pin.until = until_of(request.until, now);
  const policy::Vm vm = find_vm(request.vm, request.vcenter, context);
  pin.vm_moid = vm.identity.moid;
  pin.instance_uuid = vm.identity.instance_uuid;
  pin.vm_name = vm.identity.name;
  if (!request.snapshot.empty()) {
    const policy::Snapshot& snapshot = find_snapshot(vm, request.snapshot);
    pin.snapshot = node_of(snapshot);
    pin.snapshot_name = snapshot.name;
  }
  pin.reason = request.reason;
  pin.actor = context.actor;
  pin.since = now;
  const storage::Store store = open_beside(context.config);
  pin.endpoint_uuid = uuid_of_endpoint(store, vm.identity.endpoint);
  storage::Journal journal(store);
  storage::AuditEntry line = audit_line(context, "pin", "held: " + request.reason, vm.identity);
  line.snapshot = pin.snapshot_name;
  if (pin.until) line.text += "; until " + policy::format_utc(*pin.until);
  pin.id = storage::Holds(journal).pin(pin, line);
  return {.act = request.act, .pins = {std::move(pin)}, .endpoints = endpoint_names(store)};
}

PinResponse remove(const PinRequest& request, Context& context) {
  const storage::Store store = open_beside(context.config);
  storage::Journal journal(store);
  storage::Holds holds(journal);
  std::vector<storage::Pin> pins = holds.pins();
  std::erase_if(pins, [&](const storage::Pin& one) { return one.id != request.id; });
  if (pins.empty()) {
    throw Error("not-found", ExitCode::Failed,
                "there is no hold " + std::to_string(request.id) + "; `deltakeep pin list` has " +
                    "their numbers");
  }
  const storage::Pin& pin = pins.front();
  storage::AuditEntry line = audit_line(context, "unpin", "no longer held: " + pin.reason);
  line.vm = pin.vm_name;
  line.snapshot = pin.snapshot_name;
  holds.unpin(request.id, line);
  return {.act = request.act, .pins = std::move(pins), .endpoints = endpoint_names(store)};
}

}  // namespace

PinResponse handle(const PinRequest& request, Context& context) {
  if (request.act == PinRequest::Act::Add) return add(request, context);
  if (request.act == PinRequest::Act::Remove) return remove(request, context);
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  storage::Journal journal(store);
  return {.act = request.act,
          .pins = storage::Holds(journal).pins(context.clock.now()),
          .endpoints = endpoint_names(store)};
}

}  // namespace agent
