// `snapshot create|rename|revert|remove|consolidate`: one operation on one VM, by a person.
#pragma once

#include "agent/act/command/operator_session.h"
#include "agent/act/init.h"
#include "agent/cli/request_act.h"

namespace agent {

/// Throws Error as OperatorSession does, "usage" for a guard that is none, find_snapshot's errors,
/// and "refused" (exit 4): a revert that nobody confirmed, a foreign snapshot that was not named.
OperationResponse handle(const SnapshotRequest& request, Context& context, const Dialogue& dialogue,
                         const ExecuteWatch& watch);

}  // namespace agent
