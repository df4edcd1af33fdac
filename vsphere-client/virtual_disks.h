// Reads the disks of a VM from the two places that describe them: its devices and its file layout.
#pragma once

#include <vector>

#include "pugixml.hpp"
#include "vsphere-client/inventory_objects.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {

/// Every VirtualDisk among the devices, whatever their element is called; others are passed over.
std::vector<VirtualDisk> read_virtual_disks(pugi::xml_node devices, const Place& place);

/// VirtualMachineFileLayoutEx.
LayoutEx read_layout(pugi::xml_node layout, const Place& place);

}  // namespace vsphere
