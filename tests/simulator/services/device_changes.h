// The deviceChange of a ReconfigVM_Task, read as the model's changes of disks.
#pragma once

#include <vector>

#include "tests/simulator/wire/call.h"

namespace sim {

/// Of a VirtualMachineConfigSpec. Throws FaultReply InvalidArgument for what is malformed and
/// NotSupported for devices and operations that are not modelled: to accept a change and not make
/// it would be to lie.
std::vector<DiskChange> disk_changes(Call& call, const Vm& vm, pugi::xml_node spec);

/// Of the VirtualMachineConfigSpec of a clone: disks left out, network cards not connected at power
/// on. Throws as disk_changes does.
void read_clone_changes(const Vm& source, pugi::xml_node spec, CloneSpec& clone);

}  // namespace sim
