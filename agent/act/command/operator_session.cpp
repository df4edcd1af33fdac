#include "agent/act/command/operator_session.h"

#include <algorithm>
#include <utility>

#include "agent/act/command/guard_facts.h"
#include "agent/act/execute/jobs.h"
#include "agent/act/execute/stored_ownership.h"
#include "agent/act/handlers.h"
#include "agent/act/state.h"
#include "policy/shared_files.h"

namespace agent {
namespace {

const VcenterConfig& config_of(const Config& config, const policy::VmIdentity& vm) {
  const auto found =
      std::find_if(config.vcenters.begin(), config.vcenters.end(),
                   [&](const VcenterConfig& one) { return one.name == vm.endpoint; });
  if (found != config.vcenters.end()) return *found;
  throw Error("config", ExitCode::Usage,
              "virtual machine " + vm.name + " was seen on " + vm.endpoint +
                  ", and there is no [[vcenter]] of that name any more");
}

void refuse_observed(const VcenterConfig& vcenter) {
  if (vcenter.mode == Mode::Act) return;
  throw Error("observe", ExitCode::Refused,
              "[[vcenter]] " + vcenter.name + " is only observed, so nothing on it is changed; " +
                  "mode = \"act\" in " + "its section arms it, --dry-run tells what would be done");
}

/// What was decided on the state of one server is not done to another that has its name now.
void refuse_another_server(const policy::Endpoint& answers, const storage::Store& store) {
  for (const storage::ScanSummary& scan : store.last_scans()) {
    if (scan.endpoint.name != answers.name || scan.endpoint.uuid == answers.uuid) continue;
    throw Error("identity", ExitCode::Refused,
                answers.name + " is another server (" + answers.uuid + ") than the one of the " +
                    "last scan (" + scan.endpoint.uuid + "); `deltakeep scan` looks at it anew");
  }
}

ExitCode code_of(StepEnd end) {
  switch (end) {
    case StepEnd::Refused:
      return ExitCode::Refused;
    case StepEnd::Failed:
      return ExitCode::Failed;
    case StepEnd::Open:
      return ExitCode::Partial;
    case StepEnd::Interrupted:
      return ExitCode::Interrupted;
    case StepEnd::Done:
    case StepEnd::NotTried:
      break;  // the step before it tells why
  }
  return ExitCode::Ok;
}

}  // namespace

ExitCode code_of(const std::vector<StepResult>& results) {
  ExitCode code = ExitCode::Ok;
  for (const StepResult& one : results) code = worst(code, code_of(one.end));
  return code;
}

OperatorSession::OperatorSession(const std::string& vm, const std::string& vcenter,
                                 Context& context, OperatorRights rights)
    : context_(context), rights_(std::move(rights)) {
  const policy::Vm known = find_vm(vm, vcenter, context);
  const VcenterConfig& endpoint = config_of(context.config, known.identity);
  if (!rights_.dry_run) refuse_observed(endpoint);
  connection_ = connect(endpoint, context.environment, context.stop, context.log);
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  refuse_another_server(connection_->endpoint, store);
  LiveEndpoint live(*connection_, store, context.clock);
  look_ = live.look(known.identity.moid);
  if (!look_.vm) {
    throw Error("not-found", ExitCode::Failed,
                "virtual machine " + known.identity.name + " (" + known.identity.moid + ") " +
                    (look_.gone ? "is no longer on " : "is not shown to us by ") + endpoint.name +
                    "; `deltakeep scan` looks again");
  }
  subject_ = subject_of(*look_.vm, connection_->endpoint.uuid);
  // Who was decided on is the one that the scan knew, whoever has its moid now.
  subject_.instance_uuid = known.identity.instance_uuid;
  StoredOwnership(context.config, store, context.log, context.clock.now()).apply(*look_.vm);
  for (const policy::TaskSeen& task : live.board().running_on(known.identity.moid)) {
    tasks_.push_back(describe(task));
  }
}

Job OperatorSession::job_of(std::vector<JobStep> steps) const {
  Job job;
  job.vm = subject_;
  job.demand = demand_of(*look_.vm);
  job.steps = std::move(steps);
  return job;
}

CallQuestion OperatorSession::question(const JobStep& step, const Gathered& gathered) const {
  CallQuestion asked{.kind = step.kind, .look = look_};
  asked.now = look_.at;  // the look is as old as the answer
  const auto facts = gathered.endpoints.find(subject_.endpoint);
  if (facts != gathered.endpoints.end()) asked.endpoint = facts->second;
  // Unset without a key: then none of our marks is on the server, and a first one will be made.
  if (!asked.endpoint.database_restored) asked.endpoint.database_restored = false;
  if (rights_.settles_doubts) {
    asked.endpoint.rolled_back = false;
    asked.endpoint.database_restored = false;
  }
  asked.policy = operator_facts(rights_.partial_clone);
  asked.facts = gathered.vm_facts(*look_.vm);
  asked.facts.waiting_since.reset();
  asked.facts.host = look_.host;
  asked.facts.read = look_.at;
  asked.facts.tasks = tasks_;
  asked.facts.shared = policy::SharedFiles(gathered.inventory.vms).of(*look_.vm);
  asked.by_operator = step.named_by_operator;
  asked.instance_uuid = subject_.instance_uuid;
  asked.snapshot = step.snapshot;
  return asked;
}

OperationResponse OperatorSession::rehearse(std::vector<JobStep> steps) {
  OperationResponse response;
  response.vm = subject_;
  response.dry_run = true;
  const storage::Store store = open_state(context_.config, storage::Access::ReadOnly);
  storage::Journal journal(store);
  const std::optional<MarkerKey> key = key_to_look_with(context_.config, context_.log);
  Gathered gathered =
      gather(context_.config, store, journal, key ? &*key : nullptr, context_.clock.now());
  gathered.journalled = true;  // without a journal nothing is open and nothing is held
  for (std::size_t i = 0; i < steps.size(); ++i) {
    StepResult& result = response.results.emplace_back();
    result.step = i;
    result.refusals = call_refusals(question(steps[i], gathered), rights_.forced);
    if (!result.refusals.empty()) {
      result.end = StepEnd::Refused;
      result.text = describe(result.refusals);
    }
  }
  response.steps = std::move(steps);
  response.code = code_of(response.results);
  return response;
}

OperationResponse OperatorSession::carry_out(std::vector<JobStep> steps, const ExecuteWatch& watch,
                                             const OperatorHooks& hooks) {
  OperationResponse response;
  response.vm = subject_;
  storage::Store store = open_state(context_.config, storage::Access::ReadWrite);
  storage::Journal journal(store);
  const MarkerKey key = MarkerKey::load(context_.config.state, MarkerKey::WhenMissing::Create);
  GuardFacts facts(context_, store, journal, key, connection_->endpoint, rights_.settles_doubts);
  Executor executor({.connection = *connection_,
                     .store = store,
                     .journal = journal,
                     .key = key,
                     .clock = context_.clock,
                     .stop = context_.stop,
                     .limits = slot_limits(context_.config.limits),
                     .guards = facts.source(rights_.partial_clone),
                     .watch = watch,
                     .run = {},
                     .actor = context_.actor,
                     .forced = rights_.forced});
  std::vector<Job> jobs{job_of(std::move(steps))};
  try {
    response.recovered = executor.recover();
    if (!response.recovered.empty()) facts.refresh();
    if (hooks.before) hooks.before(jobs.front().steps, journal, key);
    response.results = executor.run(jobs);
    if (hooks.after) hooks.after(response.results, journal);
    response.code = code_of(response.results);
  } catch (const vsphere::Error& error) {
    response.failure = Failure{vsphere::kind_name(error.kind()),
                               std::string(error.what()) +
                                   "; `deltakeep ops --open` tells what is open, and the next "
                                   "command that changes something settles it",
                               exit_code(error)};
    response.code = exit_code(error);
  }
  if (context_.stop.stop_requested()) response.code = worst(response.code, ExitCode::Interrupted);
  response.steps = std::move(jobs.front().steps);
  return response;
}

OperationResponse OperatorSession::act(std::vector<JobStep> steps, const ExecuteWatch& watch,
                                       const OperatorHooks& hooks) {
  return rights_.dry_run ? rehearse(std::move(steps)) : carry_out(std::move(steps), watch, hooks);
}

}  // namespace agent
