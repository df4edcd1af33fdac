// The one list of SOAP methods that this program can send; what does not stand here cannot leave
// it.
#pragma once

#include <span>
#include <string_view>

namespace vsphere {

/// Wire names, sorted. A method joins this list only together with the code that calls it.
std::span<const std::string_view> soap_methods();

/// True when `method` stands in the list, spelled exactly so.
bool is_soap_method(std::string_view method);

/// True when the method changes a VM, a snapshot or a file: Session never sends such a call twice.
bool mutates(std::string_view method);

}  // namespace vsphere
