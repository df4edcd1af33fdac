// Has the server look at its storage again, and estimate what a merge needs.
#pragma once

#include "vsphere-client/moref.h"
#include "vsphere-client/session.h"

namespace vsphere {

// These change nothing but what the server believes, so they may be sent again. They cost it
// much: the caller limits their rate.

/// Sizes in layoutEx and storage of the VM are those of now afterwards.
void refresh_storage_info(Session& session, const MoRef& vm);

/// Capacity and free space of the datastore.
void refresh_datastore(Session& session, const MoRef& datastore);

/// The task's result is TaskInfo::space_needed, one entry for each datastore.
MoRef estimate_consolidation(Session& session, const MoRef& vm);

}  // namespace vsphere
