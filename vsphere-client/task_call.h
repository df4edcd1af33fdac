// Sends a call that is answered with a task.
#pragma once

#include "vsphere-client/moref.h"
#include "vsphere-client/session.h"

namespace vsphere {

/// Error Protocol, Unknown, when the answer names no task: whatever was started, it was started.
MoRef start_task(Session& session, const SoapRequest& request);

}  // namespace vsphere
