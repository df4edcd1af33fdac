#include "agent/act/command/adopt_command.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "agent/act/command/find_snapshot.h"
#include "agent/act/command/forced_guards.h"
#include "agent/act/command/record.h"
#include "agent/act/execute/jobs.h"
#include "agent/act/execute/watermark.h"
#include "agent/act/state.h"
#include "agent/config/policies.h"
#include "policy/marker.h"
#include "storage/holds.h"
#include "storage/watch.h"

namespace agent {
namespace {

constexpr std::size_t kHumanBytes = 200;  // what a marked description has room for

using Targets = std::vector<const policy::Snapshot*>;

bool is_configured(const std::string& policy, const Config& config) {
  return std::any_of(config.policies.begin(), config.policies.end(),
                     [&](const PolicyConfig& one) { return one.name == policy; });
}

/// Marked, and not ours as things stand; or ours, of a policy that is gone.
bool could_be_ours(const policy::Snapshot& snapshot, const AdoptRequest& request,
                   const Config& config) {
  if (snapshot.helper || snapshot.state == policy::SnapshotState::InProgress) return false;
  if (snapshot.owner == policy::Owner::Foreign) {
    return policy::find_marker(snapshot.description).has_value();
  }
  return !request.policy.empty() && !snapshot.policy.empty() &&
         !is_configured(snapshot.policy, config);
}

bool is_that_already(const policy::Snapshot& snapshot, const AdoptRequest& request) {
  return snapshot.owner == policy::Owner::Ours && snapshot.policy == request.policy;
}

Targets targets_of(const AdoptRequest& request, const policy::Vm& vm, const Config& config) {
  Targets targets;
  if (!request.snapshot.empty()) {
    const policy::Snapshot& one = find_snapshot(vm, request.snapshot);
    if (!is_that_already(one, request)) targets.push_back(&one);
  } else {
    for (const policy::Snapshot& one : vm.snapshots) {
      if (could_be_ours(one, request, config)) targets.push_back(&one);
    }
  }
  if (!targets.empty()) return targets;
  throw Error("not-found", ExitCode::Failed,
              request.snapshot.empty()
                  ? vm.identity.name +
                        " has no snapshot that could be ours; one without our mark " +
                        "is adopted by its name or moid"
                  : request.snapshot + " of " + vm.identity.name + " is ours already");
}

/// The description without our mark, as far as a marked one has room for it.
std::string for_people(const policy::Snapshot& snapshot) {
  std::istringstream lines(snapshot.description);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("dk1 ") || line.empty()) continue;
    text += (text.empty() ? "" : " ") + line;
  }
  return text;
}

void ask(const AdoptRequest& request, const policy::Vm& vm, const Targets& targets,
         const Dialogue& dialogue) {
  if (request.yes || request.dry_run) return;
  std::string told =
      "of " + vm.identity.name + " these become ours" +
      (request.policy.empty() ? "" : ", and policy " + request.policy + " judges them") + ":";
  for (const policy::Snapshot* one : targets) told += "\n  " + snapshot_words(*one);
  if (!dialogue.interactive) {
    throw Error("refused", ExitCode::Refused, told + "\nNobody is there to confirm it; --yes does");
  }
  dialogue.say(told);
  if (dialogue.confirm("Adopt them?")) return;
  throw Error("refused", ExitCode::Refused, "not confirmed, nothing was adopted");
}

/// Whether a scan since then was complete and shows nothing of ours that the journal does not know.
bool knows_everything(const Context& context, const storage::Store& store,
                      const storage::Journal& journal, const storage::Holds& holds,
                      const std::string& endpoint, policy::Time since) {
  const std::vector<storage::ScanSummary> scans = store.last_scans();
  const auto scan = std::find_if(scans.begin(), scans.end(),
                                 [&](const auto& one) { return one.endpoint.name == endpoint; });
  if (scan == scans.end() || scan->outcome != storage::ScanOutcome::Complete) return false;
  if (scan->started < since) return false;
  const MarkerKey key = MarkerKey::load(context.config.state, MarkerKey::WhenMissing::Fail);
  const Ownership ownership(journal, holds, &key, context.clock.now());
  std::vector<OwnershipDoubt> doubts;
  store.for_each_vm({.endpoint = endpoint},
                    [&](policy::Vm vm) { ownership.apply(vm, scan->endpoint.uuid, &doubts); });
  return std::none_of(doubts.begin(), doubts.end(), [](const OwnershipDoubt& one) {
    return one.kind == OwnershipDoubt::Kind::UnknownMark;
  });
}

/// A restored state is no longer in doubt about a server once all that was done since the copy was
/// made is adopted. Gives what to tell, nothing where there was no such doubt.
std::vector<std::string> settle_restored(const Context& context, const policy::OpSubject& vm) {
  const storage::Store store = open_beside(context.config);
  storage::Journal journal(store);
  storage::Watch watch(journal);
  for (const storage::Doubt& doubt : watch.doubts()) {
    if (doubt.endpoint_uuid != vm.endpoint_uuid || doubt.kind != kRestored) continue;
    if (!knows_everything(context, store, journal, storage::Holds(journal), vm.endpoint,
                          doubt.since)) {
      return {"nothing is removed on " + vm.endpoint + " yet: a complete scan since the restore " +
              "must show nothing that is unknown-mark (`deltakeep scan`, `deltakeep adopt`)"};
    }
    storage::AuditEntry line =
        audit_line(context, "accept", "all that was made since the copy is adopted");
    line.endpoint = vm.endpoint;
    line.subject = kRestored;
    watch.settle_doubt(vm.endpoint_uuid, kRestored, line);
    return {"removals on " + vm.endpoint + " go on: the state knows all of ours there again"};
  }
  return {};
}

/// Between the steps and what is written about them.
class Adoption {
 public:
  Adoption(const AdoptRequest& request, const Context& context, const OperatorSession& session,
           Targets targets)
      : request_(request), context_(context), session_(session), targets_(std::move(targets)) {}

  std::vector<JobStep> steps() const {
    std::vector<JobStep> steps;
    for (const policy::Snapshot* one : targets_) {
      JobStep& step = steps.emplace_back();
      step.kind = policy::OpKind::Rename;
      step.snapshot = node_of(*one);
      step.name = one->name;
      step.named_by_operator = true;
    }
    return steps;
  }

  void mark(std::vector<JobStep>& steps, const storage::Journal& journal, const MarkerKey& key) {
    const policy::OpSubject& vm = session_.subject();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      policy::Marker marker;
      marker.op = new_id(context_.clock.now());
      marker.agent = journal.identity().agent;
      marker.endpoint_uuid = vm.endpoint_uuid;
      marker.instance_uuid = vm.instance_uuid;
      marker.policy = request_.policy;
      steps[i].new_description =
          policy::marker_description(marker, key.mac(marker), for_people(*targets_[i]));
      marks_.push_back(marker.op);
    }
  }

  void take_over(const std::vector<StepResult>& results, storage::Journal& journal) {
    for (const StepResult& result : results) {
      if (result.end == StepEnd::Done) take_over(result.step, journal);
    }
  }

 private:
  void take_over(std::size_t i, storage::Journal& journal) {
    const policy::OpSubject& vm = session_.subject();
    const policy::Snapshot& snapshot = *targets_[i];
    storage::AuditEntry line = audit_line(
        context_, "adopt",
        request_.policy.empty() ? "taken over" : "taken over for policy " + request_.policy,
        session_.vm().identity);
    line.snapshot = snapshot.name;
    line.subject = marks_[i];
    line.policy = request_.policy;
    journal.adopt({.endpoint_uuid = vm.endpoint_uuid,
                   .vm_moid = vm.moid,
                   .instance_uuid = vm.instance_uuid,
                   .snapshot = node_of(snapshot),
                   .op = marks_[i],
                   .policy = request_.policy,
                   .helper = false,
                   .name = snapshot.name},
                  line);
    storage::Pin pin;
    pin.endpoint_uuid = vm.endpoint_uuid;
    pin.vm_moid = vm.moid;
    pin.instance_uuid = vm.instance_uuid;
    pin.vm_name = vm.name;
    pin.snapshot = node_of(snapshot);
    pin.snapshot_name = snapshot.name;
    pin.reason = "adopted: a week to think about it";
    pin.actor = context_.actor;
    pin.since = context_.clock.now();
    pin.until = pin.since + kAdoptedPin;
    line.action = "pin";
    line.subject.clear();
    line.text = "held for a week after it was adopted";
    storage::Holds(journal).pin(pin, line);
  }

  const AdoptRequest& request_;
  const Context& context_;
  const OperatorSession& session_;
  Targets targets_;
  std::vector<std::string> marks_;
};

}  // namespace

OperationResponse handle(const AdoptRequest& request, Context& context, const Dialogue& dialogue,
                         const ExecuteWatch& watch) {
  if (!request.policy.empty()) require_policy(request.policy, context.config);
  OperatorSession session(
      request.vm, request.vcenter, context,
      {.dry_run = request.dry_run, .forced = forced_guards(request.force), .settles_doubts = true});
  Targets targets = targets_of(request, session.vm(), context.config);
  ask(request, session.vm(), targets, dialogue);
  std::vector<std::string> notes;
  for (const policy::Snapshot* one : targets) {
    if (for_people(*one).size() <= kHumanBytes) continue;
    notes.push_back("the description of " + snapshot_words(*one) + " is cut to " +
                    std::to_string(kHumanBytes) + " bytes: the mark needs the room");
  }
  Adoption adoption(request, context, session, std::move(targets));
  const OperatorHooks hooks{
      .before = [&](auto& steps, const auto& journal,
                    const auto& key) { adoption.mark(steps, journal, key); },
      .after = [&](const auto& results, auto& journal) { adoption.take_over(results, journal); }};
  OperationResponse response = session.act(adoption.steps(), watch, hooks);
  const bool any = std::any_of(response.results.begin(), response.results.end(),
                               [](const StepResult& one) { return one.end == StepEnd::Done; });
  if (any) {
    for (std::string& note : settle_restored(context, session.subject())) {
      notes.push_back(std::move(note));
    }
  }
  response.notes = std::move(notes);
  return response;
}

}  // namespace agent
