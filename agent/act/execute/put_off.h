// Since when an act of a policy on a VM waits for others (DESIGN rule 11): begun when a guard says
// so, ended when it passes. Without it a policy would wait for ever.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/act/execute/gather.h"
#include "agent/act/execute/run_report.h"
#include "policy/findings.h"
#include "policy/plan.h"
#include "storage/holds.h"

namespace agent {

/// Notes what the plan's guards and those before each call said, of the VMs that were planned for.
/// What was held, or not come to, goes on as it was, and creates do unless `creates_too`. Also ends
/// the waits of policies that have the VM no more, as far as this run planned for them.
void keep_put_off(const policy::Plan& plan, const Gathered& gathered,
                  const std::vector<VmOutcome>& outcomes, bool creates_too, storage::Holds& holds,
                  policy::Time now);

/// What has waited for so long that it is refused, by VM (endpoint uuid, moid). `policies` are
/// those that are configured, by name: what another waited for is nobody's concern any more.
std::map<Gathered::VmKey, std::vector<policy::Notice>> put_off_for_too_long(
    const storage::Holds& holds, const std::map<std::string, policy::Policy>& policies,
    policy::Time now);

}  // namespace agent
