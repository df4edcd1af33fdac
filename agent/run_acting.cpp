// Commands that change something on a server, hold it back, or tell of it.
#include <nlohmann/json.hpp>

#include "agent/act/command/adopt_command.h"
#include "agent/act/command/audit_command.h"
#include "agent/act/command/clone_command.h"
#include "agent/act/command/db_command.h"
#include "agent/act/command/forced_guards.h"
#include "agent/act/command/ops_command.h"
#include "agent/act/command/pause_command.h"
#include "agent/act/command/pin_command.h"
#include "agent/act/command/resolve_command.h"
#include "agent/act/command/snapshot_command.h"
#include "agent/act/execute/run_policies.h"
#include "agent/act/private_file.h"
#include "agent/act/state.h"
#include "agent/cli/human.h"
#include "agent/cli/print/print_db.h"
#include "agent/cli/print/print_holds.h"
#include "agent/cli/print/print_operation.h"
#include "agent/cli/print/print_ops.h"
#include "agent/cli/print/print_run.h"
#include "agent/runner.h"

namespace agent {
namespace {

constexpr std::uint64_t kWhole = 100;  // percent

}  // namespace

ExecuteWatch Runner::execute_watch(Progress& progress) {
  ExecuteWatch watch;
  watch.changed = [&progress](const policy::Operation& operation) {
    if (policy::is_over(operation.state)) return;
    const std::string what = policy::describe(operation);
    if (operation.progress < 0) {
      progress.update(what + ", " + policy::op_state_name(operation.state) + ", percent:", 0, 0);
    } else {
      progress.update(what + ", percent:", static_cast<std::uint64_t>(operation.progress), kWhole);
    }
  };
  watch.said = [&progress](const std::string& line) { progress.note(line); };
  return watch;
}

ExitCode Runner::finish(const OperationResponse& response, Progress& progress) {
  progress.finish();
  if (response.failure) say(response.failure->message);
  print(response, output_);
  return response.code;
}

ExitCode Runner::operator()(const RunRequest& request) {
  forced_guards(request.force);
  Progress progress(surface_.err, progress_style(err_screen_, flags_.quiet), err_screen_);
  Context context = make_context();
  const auto update = [&](const std::string& what, std::uint64_t done, std::uint64_t total) {
    progress.update(what, done, total);
  };
  context.watch = update;
  RunWatch watch;
  watch.progress = update;
  watch.said = [&](const std::string& line) { progress.note(line); };
  const RunResponse response = handle(request, context, watch);
  progress.finish();
  if (flags_.json) {  // else the report tells
    for (const EndpointScan& scan : response.scans) {
      if (scan.failure) say(scan.failure->message);
    }
    if (response.failure) say(response.failure->message);
  }
  const bool only_errors = flags_.quiet && !flags_.json;
  if (!only_errors) print(response, output_);
  if (only_errors && response.code != ExitCode::Ok) {
    print(response, {.out = surface_.err, .screen = err_screen_, .now = output_.now});
  }
  return response.code;
}

ExitCode Runner::operator()(const SnapshotRequest& request) {
  Progress progress(surface_.err, progress_style(err_screen_, flags_.quiet), err_screen_);
  Context context = make_context();
  return finish(handle(request, context, dialogue(request.yes), execute_watch(progress)), progress);
}

ExitCode Runner::operator()(const CloneRequest& request) {
  Progress progress(surface_.err, progress_style(err_screen_, flags_.quiet), err_screen_);
  Context context = make_context();
  return finish(handle(request, context, execute_watch(progress)), progress);
}

ExitCode Runner::operator()(const AdoptRequest& request) {
  Progress progress(surface_.err, progress_style(err_screen_, flags_.quiet), err_screen_);
  Context context = make_context();
  return finish(handle(request, context, dialogue(request.yes), execute_watch(progress)), progress);
}

ExitCode Runner::operator()(const PinRequest& request) {
  Context context = make_context();
  print(handle(request, context), output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const PauseRequest& request) {
  Context context = make_context();
  print(handle(request, context), output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const OpsRequest& request) {
  Context context = make_context();
  print(handle(request, context), output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const RunsRequest& request) {
  Context context = make_context();
  print(handle(request, context), output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const ResolveRequest& request) {
  Progress progress(surface_.err, progress_style(err_screen_, flags_.quiet), err_screen_);
  Context context = make_context();
  const ResolveResponse response = handle(request, context, execute_watch(progress));
  progress.finish();
  print(response, output_);
  return response.code;
}

ExitCode Runner::operator()(const AuditRequest& request) {
  Context context = make_context();
  if (!request.verify) return export_audit(request, context);
  const storage::AuditCheck check = verify_audit(context);
  print(check, output_);
  return check.broken_at ? ExitCode::Failed : ExitCode::Ok;
}

ExitCode Runner::operator()(const DbRequest& request) {
  Context context = make_context();
  const DbResponse response = handle(request, context);
  print(response, output_);
  return response.code;
}

ExitCode Runner::export_audit(const AuditRequest& request, Context& context) {
  if (request.output.empty()) {
    AuditWriter lines(output_);
    try {
      each_audit_line(context, [&](const storage::AuditLine& line) { lines.add(line); });
    } catch (const storage::Error& error) {
      if (!lines.begun()) throw;
      const Error told = state_error(error);
      say(told.what());
      lines.fail(told.kind(), told.what(), told.code());
      return told.code();
    }
    lines.finish();
    return ExitCode::Ok;
  }
  std::uint64_t count = 0;
  PrivateFile file(request.output);
  each_audit_line(context, [&](const storage::AuditLine& line) {
    file.write(audit_text(line) + "\n");
    ++count;
  });
  file.finish();
  if (flags_.json) {
    write_json(surface_.out, {{"format", 1}, {"output", request.output}, {"lines", count}});
  } else if (!flags_.quiet) {
    surface_.out << counted(count, "line") << " in " << safe_text(request.output) << "\n";
  }
  return ExitCode::Ok;
}

}  // namespace agent
