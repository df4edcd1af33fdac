// One VM's part of a plan, apart from what all VMs of a policy have to share.
#pragma once

#include <optional>
#include <vector>

#include "policy/plan.h"
#include "policy/surroundings.h"

namespace policy {

/// Its steps with their prices, before budgets. `scratch` is room that is used again for each VM.
VmPlan plan_vm(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
               const Vm& vm, std::vector<RetentionSnapshot>& scratch);

/// Rule 7: chosen in one run, removed in a later one, once the mark has stood for long enough.
/// `marked` unset: it was not chosen yet.
bool lets_go(const Policy& policy, std::optional<Time> marked, Time now);

}  // namespace policy
