#include "vsphere-client/storage_info.h"

#include "vsphere-client/task_call.h"

namespace vsphere {

void refresh_storage_info(Session& session, const MoRef& vm) {
  session.call(SoapRequest("RefreshStorageInfo", vm));
}

void refresh_datastore(Session& session, const MoRef& datastore) {
  session.call(SoapRequest("RefreshDatastoreStorageInfo", datastore));
}

MoRef estimate_consolidation(Session& session, const MoRef& vm) {
  return start_task(session, SoapRequest("EstimateStorageForConsolidateSnapshots_Task", vm));
}

}  // namespace vsphere
