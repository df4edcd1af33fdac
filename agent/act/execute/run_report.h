// What a run did, as values: for the report, its JSON and the exit code.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/execute/due.h"
#include "agent/act/execute/executor.h"
#include "agent/act/plan.h"
#include "agent/act/scan.h"
#include "policy/operation.h"
#include "storage/runs.h"

namespace agent {

/// What became of one step of the plan.
struct StepOutcome {
  std::string id;                       ///< as policy::step_id
  std::string what;                     ///< as policy::step_name
  std::string snapshot, snapshot_name;  ///< moid and name, "" where it has none
  std::string copy, copy_name;          ///< id of the operation that made it, and name
  StepEnd end = StepEnd::NotTried;
  bool held = false;  ///< not armed, paused or a dry run: planned, and meant not to be sent
  std::string text;   ///< what happened, or why not
  std::vector<policy::Refusal> refusals;
  std::string op;  ///< id in the journal, "" when it did not get that far
  bool layers_verified = false;
  std::chrono::seconds took{0};
  std::uint64_t bytes = 0;
};

struct VmOutcome {
  std::string policy, endpoint, moid, name;
  std::vector<StepOutcome> steps;
  /// What the plan's guards said against creating or removing anything.
  std::vector<policy::Refusal> refusals;
  /// Something was to be done to it, and nothing could be, or had to wait.
  bool refused = false, waits = false;
};

struct RunResponse {
  std::string id;  ///< "" of a dry run, and when nothing was due
  bool retention_only = false, dry_run = false;
  std::string ticket;
  policy::Time started{}, ended{};
  std::vector<PolicyDue> due;
  std::vector<EndpointScan> scans;
  std::vector<policy::Operation> recovered;  ///< left open by earlier runs, as they are now
  PlanResponse plan;                         ///< empty when nothing was due
  std::vector<VmOutcome> vms;
  std::vector<std::string> notes;
  std::optional<Failure> failure;  ///< ended an endpoint's turn early
  ExitCode code = ExitCode::Ok;

  /// Of the steps that were not held. Refused: without those that only wait.
  std::size_t count(StepEnd end) const;
  std::size_t held() const;
  /// VMs of which the plan puts all off, and steps that were put off right before their call: for
  /// others, for a later run's budget, or by a pause that came meanwhile.
  std::size_t put_off() const;
  std::size_t refused_vms() const;
};

/// Interrupted > Failed (nothing of it went well) > Partial > Refused (all of it) > Ok; what is
/// held, skipped for good, or waits for others takes nothing from Ok.
ExitCode code_of(const RunResponse& run);
/// Of the code; Partial where it tells of a failure, and something was done nevertheless.
storage::RunOutcome outcome_of(const RunResponse& run);
/// "running", "ok", "partial", ...
const char* run_outcome_name(storage::RunOutcome outcome);
/// "12 created, 3 removed, 1 refused, 1 open"; of a dry run "would create 12, remove 3; nothing was
/// sent".
std::string summary_of(const RunResponse& run);
/// The same of a plan: "12 to create, 3 to remove, 2 to mark"
std::string summary_of(const policy::Plan& plan);

}  // namespace agent
