// Wire to domain: a server's task in the words that settling asks in.
#pragma once

#include <string>

#include "policy/settle.h"
#include "vsphere-client/tasks.h"

namespace agent {

/// Total: a method that is none of ours leaves `known_kind` false, a state that is not known stays
/// Unknown.
policy::TaskSeen task_seen(const vsphere::TaskInfo& info);

/// A host is being emptied: its VMs are about to move.
bool is_entering_maintenance(const vsphere::TaskInfo& info);

}  // namespace agent
