// `plan`: what a run would do, from the last scan or a saved inventory. Sends nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/context.h"
#include "agent/act/execute/gather.h"
#include "agent/cli/request.h"
#include "policy/inventory.h"
#include "policy/plan.h"

namespace agent {

struct PlanResponse {
  /// What the plan points into.
  struct Sources {
    policy::Inventory inventory;
    std::vector<policy::Policy> policies;
    std::vector<policy::Copy> copies{};
  };
  std::unique_ptr<const Sources> sources;
  policy::Plan plan;
  const policy::Vm* explained = nullptr;  ///< the VM of --explain
  /// By policy, its next runs: only with a VM to explain, to say until when a snapshot stays.
  std::map<std::string, std::vector<policy::Time>> upcoming;
  std::vector<std::string> gaps;  ///< what the inventory lacks, one sentence each
  std::string output;             ///< file the plan was stored in, empty when none
  /// Partial: the inventory is not complete. Refused: something was to be done, and guards said no
  /// to all of it. Else Ok; what is only skipped, held or has to wait is no failure of a plan.
  ExitCode code = ExitCode::Ok;
};

/// What a plan is made from, whoever makes it. `sources` and `known` must outlive it.
policy::PlanInput plan_input(const PlanResponse::Sources& sources, const Gathered& known,
                             const Config& config);

/// Throws agent::Error: "config" (exit 2) when a policy is not configured or none is, "usage" for a
/// time that is none, "input" for an inventory that can't be read, "not-found" (exit 1) and
/// "ambiguous" (exit 2) for the VM to explain.
PlanResponse handle(const PlanRequest& request, Context& context);

}  // namespace agent
