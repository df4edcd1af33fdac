// How an operator's command works on one VM: look at it live, decide, then carry steps out with the
// state open for writing. What a run does for many VMs, for one and without a policy.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/act/context.h"
#include "agent/act/execute/call_guard.h"
#include "agent/act/execute/executor.h"
#include "agent/act/execute/gather.h"
#include "agent/act/execute/live_endpoint.h"
#include "policy/inventory.h"

namespace agent {

/// What became of an operator's command on one VM.
struct OperationResponse {
  policy::OpSubject vm;
  bool dry_run = false;
  std::vector<policy::Operation> recovered;  ///< left open by earlier commands, as they are now
  std::vector<JobStep> steps;
  std::vector<StepResult> results;  ///< one for each step
  std::vector<std::string> notes;   ///< worth knowing, takes nothing from the result
  std::optional<Failure> failure;   ///< ended it early; the journal knows the rest
  ExitCode code = ExitCode::Ok;
};

/// Refused, Failed, Partial for an open one, Interrupted, Ok; the worst of all steps.
ExitCode code_of(const std::vector<StepResult>& results);

/// What the command allows beside its steps.
struct OperatorRights {
  bool dry_run = false;
  std::set<std::string> forced{};
  bool partial_clone = false;
  /// `adopt` settles the doubts that come from a restored state or a server that was rolled back,
  /// so they do not stand in its way.
  bool settles_doubts = false;
};

/// What a command does with the state beside its steps, while it is open for writing.
struct OperatorHooks {
  /// Once what was open is settled, right before the first step.
  std::function<void(std::vector<JobStep>&, const storage::Journal&, const MarkerKey&)> before{};
  /// With a result for each step.
  std::function<void(const std::vector<StepResult>&, storage::Journal&)> after{};
};

class OperatorSession {
 public:
  /// Finds the VM in the last scan, logs in to its server and looks at it there. Nothing is opened
  /// for writing. Throws Error: as find_vm; "observe" (exit 4) where nothing may be changed, unless
  /// it is a dry run; "not-found" when the VM is gone; "identity" (exit 4) when another server
  /// answers. vsphere::Error from the server.
  OperatorSession(const std::string& vm, const std::string& vcenter, Context& context,
                  OperatorRights rights);
  OperatorSession(const OperatorSession&) = delete;
  OperatorSession& operator=(const OperatorSession&) = delete;

  /// As the server shows it now, with owners and pins.
  const policy::Vm& vm() const { return *look_.vm; }
  const policy::OpSubject& subject() const { return subject_; }
  policy::Time server_time() const { return look_.at; }

  /// What stands against the steps now, each by itself; nothing is sent or written.
  OperationResponse rehearse(std::vector<JobStep> steps);
  /// Settles what is open on this server, then carries the steps out. Throws Error "locked", "key";
  /// storage::Error when the journal can't be written.
  OperationResponse carry_out(std::vector<JobStep> steps, const ExecuteWatch& watch,
                              const OperatorHooks& hooks = {});
  /// The one or the other, as the rights say.
  OperationResponse act(std::vector<JobStep> steps, const ExecuteWatch& watch,
                        const OperatorHooks& hooks = {});

 private:
  Job job_of(std::vector<JobStep> steps) const;
  CallQuestion question(const JobStep& step, const Gathered& gathered) const;

  Context& context_;
  OperatorRights rights_;
  std::unique_ptr<Connection> connection_;
  policy::OpSubject subject_;
  VmLook look_;
  std::vector<std::string> tasks_;  ///< of others, running on the VM when it was looked at
};

}  // namespace agent
