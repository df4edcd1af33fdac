// What became of each step of a plan, put together from the plan and from what the executor told.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/act/execute/approved_plan.h"
#include "agent/act/execute/gather.h"
#include "agent/act/execute/jobs.h"
#include "agent/act/execute/run_report.h"
#include "policy/plan.h"

namespace agent {

class Outcomes {
 public:
  /// Steps begin as held where something holds them back, else as not tried.
  Outcomes(const policy::Plan& plan, const Gathered& gathered,
           const std::vector<Unapproved>& unapproved);

  /// The end of one job step. Of a clone's three the first that did not end well tells, else the
  /// clone itself.
  void take(const PlannedJob& job, const StepResult& result);
  void marked(std::size_t policy, std::size_t vm, std::size_t step);
  /// It is not tried.
  void kept(std::size_t policy, std::size_t vm, std::size_t step, std::string why);
  /// Why nothing became of the endpoint's steps that were not tried and of which nothing is told.
  void untried(const std::string& endpoint, const std::string& why);
  /// Whether the VM's create or clone step ended well.
  bool created(std::size_t policy, std::size_t vm) const;

  /// VMs with a step or a refusal, in the plan's order.
  std::vector<VmOutcome> done() const;

 private:
  StepOutcome& at(std::size_t policy, std::size_t vm, std::size_t step);
  std::vector<std::vector<VmOutcome>> vms_;  ///< by policy and VM of the plan
};

}  // namespace agent
