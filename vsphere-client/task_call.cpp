#include "vsphere-client/task_call.h"

#include "vsphere-client/printable.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {

MoRef start_task(Session& session, const SoapRequest& request) {
  const SoapReply reply = session.call(request, Session::Retry::Never);
  MoRef task = ref_of(reply.returnval());
  if (task.type == "Task" && !task.empty()) return task;
  const std::string came =
      task.empty() ? "no object"
                   : "the " + printable(task.type, 60) + " " + printable(task.value, 60);
  throw Error(ErrorKind::Protocol, Outcome::Unknown,
              request.method() + ": the server answered with " + came +
                  " where a task was due; it may have carried the call out, so look before trying "
                  "again");
}

}  // namespace vsphere
