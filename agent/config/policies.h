// From the configuration's words to the values that the engines in policy/ take.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "agent/config/config.h"
#include "policy/guard.h"
#include "policy/policy.h"

namespace agent {

/// Every policy, in file order. `now` is for how far two runs of a schedule lie apart. Throws
/// agent::Error "config" when a time zone can't be loaded.
std::vector<policy::Policy> policies_of(const Config& config, policy::Time now);

/// What each policy selects, in file order.
std::vector<policy::SelectionRule> selection_rules(const Config& config);

/// When a schedule fires after a time: `most` times, but once there are `fewest` none after
/// `until`.
struct RunSpan {
  std::size_t most = 0;
  std::size_t fewest = most;
  policy::Time until = policy::Time::max();
};
std::vector<policy::Time> runs_after(policy::Time after, const std::string& schedule,
                                     const policy::Zone& zone, const RunSpan& span);

/// Throws agent::Error "config" (exit 2) that lists the configured policies when it is none of
/// them.
void require_policy(const std::string& name, const Config& config);

/// The next runs after `now` of each policy with a schedule, by name; at most 400 of one, which is
/// a year of daily ones. Throws as policies_of does.
std::map<std::string, std::vector<policy::Time>> upcoming_runs(const Config& config,
                                                               policy::Time now);

/// What the configuration alone says about each endpoint: armed or not.
std::map<std::string, policy::EndpointFacts> endpoint_facts(const Config& config);

/// VMs under the name that their vCenter's URL has, short or long, are the vCenter's own.
policy::Protected protected_vms(const Config& config);

}  // namespace agent
