// `clone`: a copy of a VM, whole or linked, by a person.
#pragma once

#include "agent/act/command/operator_session.h"
#include "agent/cli/request_act.h"

namespace agent {

/// Throws Error as OperatorSession does, "usage" for a guard that is none and for a linked clone of
/// no snapshot, and find_snapshot's errors.
OperationResponse handle(const CloneRequest& request, Context& context, const ExecuteWatch& watch);

}  // namespace agent
