#include "agent/act/command/resolve_command.h"

#include <algorithm>

#include "agent/act/command/guard_facts.h"
#include "agent/act/command/record.h"
#include "agent/act/state.h"

namespace agent {
namespace {

const VcenterConfig* server_of(const policy::Operation& operation, const Config& config) {
  for (const VcenterConfig& one : config.vcenters) {
    if (one.name == operation.vm.endpoint && one.mode == Mode::Act) return &one;
  }
  return nullptr;
}

std::vector<policy::Operation> look(const VcenterConfig& vcenter, const policy::Operation& about,
                                    storage::Store& store, storage::Journal& journal,
                                    Context& context, const ExecuteWatch& watch) {
  const auto connection = connect(vcenter, context.environment, context.stop, context.log);
  if (connection->endpoint.uuid != about.vm.endpoint_uuid) {
    throw Error("identity", ExitCode::Refused,
                vcenter.name + " is another server now (" + connection->endpoint.uuid +
                    ") than the one of the operation (" + about.vm.endpoint_uuid +
                    "), so looking there tells nothing");
  }
  const MarkerKey key = MarkerKey::load(context.config.state, MarkerKey::WhenMissing::Create);
  GuardFacts facts(context, store, journal, key, connection->endpoint, false);
  Executor executor({.connection = *connection,
                     .store = store,
                     .journal = journal,
                     .key = key,
                     .clock = context.clock,
                     .stop = context.stop,
                     .limits = slot_limits(context.config.limits),
                     .guards = facts.source(false),
                     .watch = watch,
                     .run = {},
                     .actor = context.actor,
                     .forced = {}});
  return executor.recover();
}

void refuse(const policy::Operation& operation, const std::string& why) {
  throw Error("refused", ExitCode::Refused,
              policy::describe(operation) + " (" + operation.id + ") was left as it is: " + why);
}

void end_by_word(const ResolveRequest& request, policy::Operation& operation, bool looked,
                 storage::Journal& journal, const Context& context) {
  // Of one that is to be looked at again no task of its own runs, whatever has its task's name now.
  if (looked && operation.state == policy::OpState::Task && !operation.next_look) {
    refuse(operation, "its task " + operation.task + " runs on the server; wait for its end");
  }
  const bool done = request.as == "done";
  if (done && operation.kind == policy::OpKind::Create && operation.snapshot.moid.empty()) {
    refuse(operation,
           "nobody knows which snapshot it made; end it with --as failed, and `adopt` "
           "the snapshot if there is one");
  }
  const std::string said = context.actor + " said " + request.as + ": " + request.reason;
  operation.state = done ? policy::OpState::Done : policy::OpState::Failed;
  operation.why = said;
  operation.layers_verified = false;
  operation.next_look.reset();
  operation.settling.reset();
  operation.updated = context.clock.now();
  operation.ended = operation.updated;
  storage::AuditEntry line =
      audit_line(context, "resolve", looked ? said : said + " (the server was not looked at)");
  line.endpoint = operation.vm.endpoint;
  line.vm = operation.vm.name;
  line.snapshot = operation.name.empty() ? operation.snapshot.moid : operation.name;
  line.subject = operation.id;
  line.policy = operation.policy;
  journal.update(operation, line);
}

}  // namespace

ResolveResponse handle(const ResolveRequest& request, Context& context, const ExecuteWatch& watch) {
  storage::Store store = open_state(context.config, storage::Access::ReadWrite);
  storage::Journal journal(store);
  ResolveResponse response;
  response.operation = journal.operation(request.op);
  if (policy::is_over(response.operation.state)) return response;
  if (const VcenterConfig* vcenter = server_of(response.operation, context.config)) {
    response.recovered = look(*vcenter, response.operation, store, journal, context, watch);
    response.looked = true;
    response.operation = journal.operation(response.operation.id);
    std::erase_if(response.recovered,
                  [&](const policy::Operation& one) { return one.id == response.operation.id; });
  } else if (request.as.empty()) {
    throw Error("observe", ExitCode::Refused,
                "there is no [[vcenter]] " + response.operation.vm.endpoint +
                    " with mode = \"act\", so nobody can look; --as done or --as failed ends the "
                    "operation by your word");
  }
  if (policy::is_over(response.operation.state)) return response;
  if (request.as.empty()) {
    response.code = ExitCode::Partial;
    return response;
  }
  end_by_word(request, response.operation, response.looked, journal, context);
  response.by_word = true;
  return response;
}

}  // namespace agent
