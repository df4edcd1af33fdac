// What a policy comes to in the long run, told when it is written and not when it pages someone.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.h"
#include "policy/retention_forward.h"

namespace agent {

struct SettledPolicy {
  std::string name;
  policy::SteadyState state;
  std::size_t runs = 0;  ///< played
  /// They reach further than the policy looks back: more of them would change nothing.
  bool settled = false;
  /// Thresholds that the steady state crosses, and caps that it can't keep; one sentence each.
  std::vector<std::string> crosses;
};

/// Of each policy that makes snapshots on a schedule, in file order; others leave no chain of their
/// own. On a VM that nobody else snapshots; sizes are not known, so that probes are the worst case.
/// Throws as policies_of does.
std::vector<SettledPolicy> settle_policies(const Config& config, policy::Time now);

}  // namespace agent
