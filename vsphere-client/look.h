// Reads one VM with all that a guard or a verification weighs, in one round trip.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vsphere-client/inventory_objects.h"
#include "vsphere-client/session.h"

namespace vsphere {

struct HostState {
  MoRef ref;
  std::string name;              ///< raw
  std::string connection_state;  ///< "connected", "disconnected", "notResponding"
  std::optional<bool> in_maintenance;
  /// A host that is entering maintenance has a running task of descriptionId
  /// "HostSystem.enterMaintenanceMode" here, long before in_maintenance is true.
  std::vector<MoRef> recent_tasks;
  std::vector<MissingProperty> missing;
};

/// The objects as their moids were last seen. Those that are empty are not read.
struct LookAt {
  MoRef vm;
  std::vector<MoRef> datastores;
  MoRef host;
};

struct Look {
  std::optional<VirtualMachine> vm;
  std::string guest_id;             ///< "windows2019srv_64Guest"; "" where it is not told
  std::vector<MoRef> recent_tasks;  ///< of the VM
  std::vector<Datastore> datastores;
  std::optional<HostState> host;
  /// Asked for and no longer there. A VM that has moved meanwhile stands elsewhere than what was
  /// read: compare vm->host and vm->datastores with what was asked for.
  std::vector<MoRef> gone;
};

Look look(Session& session, const LookAt& at);

}  // namespace vsphere
