// Turns the faults of a server, from whichever place they come, into one value and one kind of
// Error.
#pragma once

#include <string_view>

#include "pugixml.hpp"
#include "vsphere-client/error.h"

namespace vsphere {

/// A LocalizedMethodFault: missingSet.fault, TaskInfo.error, faultCause.
Fault read_localized_fault(pugi::xml_node localized);

/// A <soapenv:Fault>. The type is the xsi:type of the detail's child, else that child's name
/// without its "Fault"; "" when there is no detail, or more than one.
Fault read_soap_fault(pugi::xml_node soap_fault);

/// Kind by type: Login, NotAuthenticated, NoPermission, NotFound, else Fault.
ErrorKind kind_of(const Fault& fault);

/// NotExecuted for faults that a server raises before it does anything (no permission, no such
/// object, bad argument, wrong state, task in progress); Unknown for all others. Of the answer to a
/// call only: the same types in the error of a task are of work that was begun.
Outcome outcome_of(const Fault& fault);

/// "RetrievePropertiesEx: <message> [<type>]; <what to do>".
Error fault_error(std::string_view operation, Fault fault);

}  // namespace vsphere
