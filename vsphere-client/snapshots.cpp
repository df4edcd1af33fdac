#include "vsphere-client/snapshots.h"

#include <stdexcept>

#include "vsphere-client/task_call.h"
#include "vsphere-client/versions.h"

namespace vsphere {
namespace {

/// VSS_BT_COPY: the others cut logs or start chains that belong to another product.
constexpr int kVssCopy = 5;

void write_quiesce(SoapRequest& request, const QuiesceSpec& spec) {
  request.open("quiesceSpec", spec.windows ? "VirtualMachineWindowsQuiesceSpec"
                                           : "VirtualMachineGuestQuiesceSpec");
  if (spec.timeout_minutes) request.number("timeout", *spec.timeout_minutes);
  if (spec.windows) request.number("vssBackupType", kVssCopy);
  request.close();
}

SoapRequest create_request(const MoRef& vm, const SnapshotSpec& spec, bool has_choices) {
  SoapRequest request(has_choices ? "CreateSnapshotEx_Task" : "CreateSnapshot_Task", vm);
  request.text("name", spec.name).text("description", spec.description);
  request.flag("memory", spec.memory);
  if (!has_choices) {
    request.flag("quiesce", spec.quiesce.has_value());
  } else if (spec.quiesce) {
    write_quiesce(request, *spec.quiesce);
  }
  return request;
}

}  // namespace

MoRef create_snapshot(Session& session, const MoRef& vm, const SnapshotSpec& spec) {
  if (is_at_least(session.version(), "6.5")) {
    try {
      return start_task(session, create_request(vm, spec, true));
    } catch (const Error& error) {
      // A server that does not know the method has done nothing.
      const bool unknown = error.fault() && error.fault()->type == "MethodNotFound";
      if (!unknown || error.outcome() != Outcome::NotExecuted) throw;
    }
  }
  return start_task(session, create_request(vm, spec, false));
}

MoRef remove_snapshot(Session& session, const MoRef& snapshot) {
  SoapRequest request("RemoveSnapshot_Task", snapshot);
  request.flag("removeChildren", false).flag("consolidate", true);
  return start_task(session, request);
}

MoRef revert_to(Session& session, const MoRef& snapshot, bool suppress_power_on) {
  SoapRequest request("RevertToSnapshot_Task", snapshot);
  request.flag("suppressPowerOn", suppress_power_on);
  return start_task(session, request);
}

void rename_snapshot(Session& session, const MoRef& snapshot,
                     const std::optional<std::string>& name,
                     const std::optional<std::string>& description) {
  if (!name && !description) {
    throw std::invalid_argument("renaming a snapshot takes a name, a description or both");
  }
  SoapRequest request("RenameSnapshot", snapshot);
  if (name) request.text("name", *name);
  if (description) request.text("description", *description);
  session.call(request, Session::Retry::Never);
}

MoRef consolidate(Session& session, const MoRef& vm) {
  return start_task(session, SoapRequest("ConsolidateVMDisks_Task", vm));
}

}  // namespace vsphere
