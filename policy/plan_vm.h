// One VM's part of a plan, apart from what all VMs of a policy have to share.
#pragma once

#include <vector>

#include "policy/plan.h"
#include "policy/surroundings.h"

namespace policy {

/// Its steps with their prices, before budgets. `scratch` is room that is used again for each VM.
VmPlan plan_vm(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
               const Vm& vm, std::vector<RetentionSnapshot>& scratch);

}  // namespace policy
