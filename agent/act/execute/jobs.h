// From a plan to what the executor carries out: one job per VM and policy, its steps in order.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/execute/executor.h"
#include "agent/act/execute/gather.h"
#include "agent/config/config.h"
#include "policy/plan.h"

namespace agent {

/// A job and the place of its VM in the plan. Marks are no steps of a job: they change nothing on a
/// server. Copies are deleted by jobs of their own (run_copies.h).
struct PlannedJob {
  std::size_t policy = 0, vm = 0;  ///< indices into Plan::policies and PolicyPlan::vms
  /// By job step: the index of the plan's step that it carries out. A clone takes three.
  std::vector<std::size_t> steps;
  Job job;
};

/// Jobs of one endpoint, in the plan's order. Left out are VMs without a step to send, and those
/// that are held. `config` has the policies under the same names.
std::vector<PlannedJob> jobs_of(const policy::Plan& plan, const Config& config,
                                const Gathered& gathered, const std::string& endpoint);

/// What holds steps of a policy on a VM back though nothing is wrong: not armed, or paused.
/// Nothing: they are sent.
std::optional<std::string> held_because(const policy::Policy& policy, const policy::Vm& vm,
                                        const Gathered& gathered);

/// How long a step will take, where nothing better was measured.
std::chrono::seconds expected_time(const policy::Vm& vm, const policy::Step& step);

/// Who a VM is to the journal.
policy::OpSubject subject_of(const policy::Vm& vm, const std::string& endpoint_uuid);
policy::NodeImage node_of(const policy::Snapshot& snapshot);
/// Slots that any operation on the VM takes.
policy::SlotDemand demand_of(const policy::Vm& vm);

}  // namespace agent
