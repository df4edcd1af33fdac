// What the services of this folder share among themselves, on top of wire/call.h.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "tests/simulator/wire/call.h"

namespace sim {

/// Clone, power, reconfigure, unregister, templates, changed areas: the operations that are not on
/// snapshots.
void add_vm_services(ServiceTable& table);

/// Folders made, objects moved into them, entities renamed.
void add_folder_services(ServiceTable& table);

/// Searches of datastores for files.
void add_browser_services(ServiceTable& table);

/// Privileges that no user has, by id ("VirtualMachine.State.RemoveSnapshot").
using DeniedPrivileges = std::shared_ptr<const std::set<std::string>>;
/// As add_authorization_services of wire/call.h, but with privileges that are denied.
void add_authorization_services(ServiceTable& table, DeniedPrivileges denied);

}  // namespace sim
