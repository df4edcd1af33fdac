#include "agent/act/command/snapshot_command.h"

#include <utility>

#include "agent/act/command/find_snapshot.h"
#include "agent/act/command/forced_guards.h"
#include "agent/act/command/revert_loss.h"
#include "agent/act/execute/jobs.h"

namespace agent {
namespace {

using Act = SnapshotRequest::Act;

Quiesce quiesce_of(const std::string& word) {
  if (word == "require") return Quiesce::Require;
  return word == "never" ? Quiesce::Never : Quiesce::Try;
}

policy::OpKind kind_of(Act act) {
  switch (act) {
    case Act::Create:
      return policy::OpKind::Create;
    case Act::Rename:
      return policy::OpKind::Rename;
    case Act::Revert:
      return policy::OpKind::Revert;
    case Act::Remove:
      return policy::OpKind::Remove;
    case Act::Consolidate:
      break;
  }
  return policy::OpKind::Consolidate;
}

JobStep create_step(const SnapshotRequest& request) {
  JobStep step;
  step.kind = policy::OpKind::Create;
  step.name = request.name;
  step.description = request.description;
  step.memory = request.memory;
  step.quiesce = quiesce_of(request.quiesce);
  return step;
}

JobStep safety_step(const policy::Snapshot& target) {
  JobStep step;
  step.kind = policy::OpKind::Create;
  step.description = "deltakeep: as it was before it went back to " + target.name;
  return step;
}

void ask(const SnapshotRequest& request, const policy::Vm& vm, const policy::Snapshot& target,
         const std::vector<std::string>& losses, const Dialogue& dialogue) {
  const std::string& name = vm.identity.name;
  if (request.yes || request.confirm == name) return;
  if (!request.confirm.empty()) {
    throw Error("refused", ExitCode::Refused,
                "--confirm says \"" + request.confirm + "\", and the VM is called \"" + name +
                    "\"; nothing was done");
  }
  std::string told = name + " goes back to " + snapshot_words(target) + ":";
  for (const std::string& loss : losses) told += "\n  " + loss;
  if (!dialogue.interactive) {
    throw Error("refused", ExitCode::Refused,
                told + "\nNobody is there to confirm it; --confirm \"" + name +
                    "\" does, once you have read this");
  }
  dialogue.say(told);
  if (dialogue.ask("Type the VM's name to go on: ") == name) return;
  throw Error("refused", ExitCode::Refused,
              "that is not the name of the VM; nothing was done to " + name);
}

/// The word "current" names whatever is there: good enough for what is ours alone.
void refuse_unnamed_foreign(const SnapshotRequest& request, const policy::Snapshot& target) {
  const bool changes = request.act == Act::Remove || request.act == Act::Rename;
  const bool named = request.snapshot == target.moid || request.snapshot == target.name ||
                     request.snapshot == target.raw_name;
  if (!changes || named || target.owner == policy::Owner::Ours) return;
  throw Error("refused", ExitCode::Refused,
              snapshot_words(target) + " is not ours; name it by its name or moid to " +
                  (request.act == Act::Remove ? "remove" : "rename") + " it");
}

std::string owner_note(const policy::Snapshot& target) {
  if (target.owner == policy::Owner::Ours) {
    return target.policy.empty() ? std::string() : "it is policy " + target.policy + "'s";
  }
  return "it is foreign: deltakeep did not make it" +
         std::string(policy::known_backup_name(target)
                         ? "; its name is one that another backup product gives"
                         : "");
}

}  // namespace

OperationResponse handle(const SnapshotRequest& request, Context& context, const Dialogue& dialogue,
                         const ExecuteWatch& watch) {
  OperatorRights rights{.dry_run = request.dry_run, .forced = forced_guards(request.force)};
  OperatorSession session(request.vm, request.vcenter, context, std::move(rights));
  std::vector<JobStep> steps;
  std::vector<std::string> notes;
  JobStep step;
  step.kind = kind_of(request.act);
  if (request.act == Act::Create) step = create_step(request);
  if (request.act == Act::Rename || request.act == Act::Revert || request.act == Act::Remove) {
    const policy::Snapshot& target = find_snapshot(session.vm(), request.snapshot);
    refuse_unnamed_foreign(request, target);
    step.snapshot = node_of(target);
    step.name = target.name;  // for people: what it is called is not asked for
    step.named_by_operator = true;
    if (request.act == Act::Rename) step.new_name = request.name;
    if (request.act == Act::Revert) {
      step.suppress_power_on = request.suppress_power_on;
      notes = revert_loss(session.vm(), target, request.safety, session.server_time());
      if (!request.dry_run) ask(request, session.vm(), target, notes, dialogue);
      if (request.safety) {
        steps.push_back(safety_step(target));
        step.needs_previous = true;
      }
    } else if (std::string note = owner_note(target); !note.empty()) {
      notes.push_back(std::move(note));
    }
  }
  steps.push_back(std::move(step));
  OperationResponse response = session.act(std::move(steps), watch);
  response.notes = std::move(notes);
  return response;
}

}  // namespace agent
