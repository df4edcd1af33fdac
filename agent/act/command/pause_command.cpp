#include "agent/act/command/pause_command.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "agent/act/command/record.h"
#include "agent/act/command/until.h"
#include "agent/act/execute/gather.h"
#include "agent/act/execute/watermark.h"
#include "agent/act/handlers.h"
#include "agent/act/state.h"
#include "agent/config/policies.h"
#include "storage/watch.h"

namespace agent {
namespace {

constexpr std::array<std::string_view, 3> kDoubts{kRolledBack, kRestored, kClockStep};

/// What the request is about; its reason, times and actor are filled in later.
storage::PauseRow scope_of(const PauseRequest& request, Context& context) {
  if (!request.vm.empty()) {
    const policy::Vm vm = find_vm(request.vm, request.vcenter, context);
    const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
    return {.kind = "vm",
            .what = pause_key(uuid_of_endpoint(store, vm.identity.endpoint), vm.identity.moid),
            .shown = vm.identity.name};
  }
  if (!request.policy.empty()) {
    require_policy(request.policy, context.config);
    return {.kind = "policy", .what = request.policy, .shown = request.policy};
  }
  if (request.vcenter.empty()) return {.kind = "all", .what = "", .shown = "everything"};
  choose_endpoints(context.config, {request.vcenter});
  return {.kind = "vcenter", .what = request.vcenter, .shown = request.vcenter};
}

std::vector<storage::PauseRow> holding(const storage::Holds& holds, policy::Time now) {
  std::vector<storage::PauseRow> left = holds.pauses();
  std::erase_if(left, [&](const storage::PauseRow& one) { return one.until && *one.until <= now; });
  return left;
}

[[noreturn]] void nothing_to_end(const storage::PauseRow& scope,
                                 const std::vector<storage::PauseRow>& left) {
  std::string told = scope.scope() + " is not paused";
  for (const storage::PauseRow& one : left) {
    told += "\n  paused is " + one.scope() + ": " + one.reason;
  }
  throw Error("not-found", ExitCode::Failed, told);
}

PauseResponse accept(const PauseRequest& request, Context& context) {
  if (std::find(kDoubts.begin(), kDoubts.end(), request.accept) == kDoubts.end()) {
    throw Error(
        "usage", ExitCode::Usage,
        "--accept takes rolled-back, restored or clock-step, not \"" + request.accept + "\"");
  }
  choose_endpoints(context.config, {request.vcenter});
  const storage::Store store = open_beside(context.config);
  storage::Journal journal(store);
  storage::AuditEntry line = audit_line(
      context, "accept",
      request.accept + " is over" + (request.reason.empty() ? "" : ": " + request.reason));
  line.endpoint = request.vcenter;
  const std::string uuid = uuid_of_endpoint(store, request.vcenter);
  if (!storage::Watch(journal).settle_doubt(uuid, request.accept, line)) {
    throw Error("not-found", ExitCode::Failed,
                "there is no doubt " + request.accept + " about " + request.vcenter +
                    "; `deltakeep status` lists what there is");
  }
  return {.resumed = true,
          .pause = {.kind = "vcenter", .what = request.vcenter, .shown = request.vcenter},
          .accepted = request.accept,
          .left = holding(storage::Holds(journal), context.clock.now())};
}

}  // namespace

PauseResponse handle(const PauseRequest& request, Context& context) {
  if (!request.accept.empty()) return accept(request, context);
  const policy::Time now = context.clock.now();
  PauseResponse response;
  response.resumed = request.resume;
  response.pause = scope_of(request, context);
  response.pause.until = until_of(request.until, now);
  response.pause.reason = request.reason;
  response.pause.actor = context.actor;
  response.pause.since = now;
  const storage::Store store = open_beside(context.config);
  storage::Journal journal(store);
  storage::Holds holds(journal);
  storage::PauseRow& pause = response.pause;
  storage::AuditEntry line = audit_line(context, request.resume ? "resume" : "pause",
                                        pause.scope() + (request.resume ? " goes on" : " stops") +
                                            (pause.reason.empty() ? "" : ": " + pause.reason));
  if (!request.resume) {
    if (pause.until) line.text += "; until " + policy::format_utc(*pause.until);
    holds.pause(pause, line);
  } else if (!holds.resume(pause.kind, pause.what, line)) {
    nothing_to_end(pause, holding(holds, now));
  }
  response.left = holding(holds, now);
  return response;
}

}  // namespace agent
