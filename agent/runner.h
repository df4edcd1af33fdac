// One parsed command on its way: it gives each handler its context, and prints what it answers.
// What commands do is agent/act's, how it looks is agent/cli/print's.
#pragma once

#include <stop_token>
#include <string>

#include "agent/act/command/operator_session.h"
#include "agent/act/context.h"
#include "agent/act/init.h"
#include "agent/cli/print/output.h"
#include "agent/cli/progress.h"
#include "agent/cli/request.h"
#include "agent/log.h"
#include "agent/run.h"

namespace agent {

/// A class because its overloads, one for each kind of request, share streams and flags. Each gives
/// the exit code, and throws what its handler throws.
class Runner {
 public:
  /// All must outlive it.
  Runner(const GlobalFlags& flags, const Environment& environment, const Surface& surface,
         const Clock& clock, const std::stop_token& stop);

  // Looking: run_looking.cpp.
  ExitCode operator()(const ScanRequest& request);
  ExitCode operator()(const StatusRequest& request);
  ExitCode operator()(const VmsRequest& request);
  ExitCode operator()(const TreeRequest& request);
  ExitCode operator()(const ChainRequest& request);
  ExitCode operator()(const HistoryRequest& request);
  ExitCode operator()(const PlanRequest& request);
  ExitCode operator()(const ForecastRequest& request);
  ExitCode operator()(const SimulateRequest& request);

  // Acting, and the record of it: run_acting.cpp.
  ExitCode operator()(const RunRequest& request);
  ExitCode operator()(const SnapshotRequest& request);
  ExitCode operator()(const CloneRequest& request);
  ExitCode operator()(const PinRequest& request);
  ExitCode operator()(const PauseRequest& request);
  ExitCode operator()(const AdoptRequest& request);
  ExitCode operator()(const OpsRequest& request);
  ExitCode operator()(const RunsRequest& request);
  ExitCode operator()(const ResolveRequest& request);
  ExitCode operator()(const AuditRequest& request);
  ExitCode operator()(const DbRequest& request);

  // The rest: run_commands.cpp.
  ExitCode operator()(const InitRequest& request);
  ExitCode operator()(const ConfigCheckRequest& request);
  ExitCode operator()(const DoctorRequest& request);
  ExitCode operator()(const ChainEstimateRequestCli& request);
  ExitCode operator()(const RetentionEvaluateRequest& request);
  ExitCode operator()(const CompletionRequest& request);
  ExitCode operator()(const VersionRequest& request);
  ExitCode operator()(const HelpRequest& request);

  /// Tells of an error, in the form that was asked for, and gives its code back.
  ExitCode report(const std::string& kind, const std::string& message, ExitCode code);

 private:
  std::string read_input();
  Context make_context();
  Dialogue dialogue(bool ask_nothing);
  ExecuteWatch execute_watch(Progress& progress);
  ExitCode finish(const OperationResponse& response, Progress& progress);
  ExitCode export_audit(const AuditRequest& request, Context& context);
  void say(const std::string& message);
  /// On stderr. A message may have several lines of ours; what is hostile in them is made visible
  /// line by line.
  void write_lines(const std::string& lines);
  void write_error(const std::string& kind, const std::string& message, ExitCode code);

  const GlobalFlags& flags_;
  const Environment& environment_;
  const Surface& surface_;
  const Clock& clock_;
  std::stop_token stop_;
  Log log_;
  Screen err_screen_;
  Output output_;
};

}  // namespace agent
