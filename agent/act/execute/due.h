// Which policies are to run now: the schedules against what was run last.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.h"
#include "policy/time.h"
#include "storage/runs.h"

namespace agent {

/// Why a policy did or did not run now.
struct PolicyDue {
  std::string policy;
  bool runs = false;
  std::string text;  ///< for a person: "due since ...", "next on ...", "has no schedule"
  /// What is to be remembered as settled: the schedule's time that the run stands for or that was
  /// skipped; when the policy was seen first. Unset: nothing new.
  std::optional<policy::Time> settled;
  std::optional<policy::Time> next;  ///< when it is to run, where that is known
};

/// Every policy in file order. One that was never seen before is not due: its first time is the
/// next one of its schedule. Method retain without a schedule is due whenever it is asked.
/// Throws as policies_of does.
std::vector<PolicyDue> due_policies(const Config& config,
                                    const std::vector<storage::PolicyRun>& last, policy::Time now);

}  // namespace agent
