#include "agent/act/command/clone_command.h"

#include <utility>

#include "agent/act/command/find_snapshot.h"
#include "agent/act/command/forced_guards.h"
#include "agent/act/execute/jobs.h"

namespace agent {

OperationResponse handle(const CloneRequest& request, Context& context, const ExecuteWatch& watch) {
  if (request.linked && request.snapshot.empty()) {
    throw Error("usage", ExitCode::Usage,
                "--linked needs --snapshot: a linked clone stands on the files of a snapshot");
  }
  OperatorRights rights{.dry_run = request.dry_run,
                        .forced = forced_guards(request.force),
                        .partial_clone = request.partial};
  OperatorSession session(request.vm, request.vcenter, context, std::move(rights));
  JobStep step;
  step.kind = policy::OpKind::Clone;
  step.clone = CloneTarget{.name = request.to,
                           .datastore = request.datastore,
                           .host = request.host,
                           .pool = request.pool,
                           .folder = request.folder,
                           .linked = request.linked,
                           .as_template = request.as_template};
  step.partial_clone = request.partial;
  step.allow_vtpm = request.allow_vtpm;
  step.named_by_operator = true;
  std::vector<std::string> notes;
  if (!request.snapshot.empty()) {
    step.snapshot = node_of(find_snapshot(session.vm(), request.snapshot));
  } else if (session.vm().state.power == policy::Power::On) {
    notes.emplace_back("the VM is on: the copy is what it would find after a power cut");
  }
  std::vector<JobStep> steps;
  steps.push_back(std::move(step));
  OperationResponse response = session.act(std::move(steps), watch);
  response.notes = std::move(notes);
  return response;
}

}  // namespace agent
