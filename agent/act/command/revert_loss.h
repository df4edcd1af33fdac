// What a revert takes away, told before it is asked for: nobody gets it back.
#pragma once

#include <string>
#include <vector>

#include "policy/inventory.h"

namespace agent {

/// One sentence each. `kept`: a snapshot of now is taken first.
std::vector<std::string> revert_loss(const policy::Vm& vm, const policy::Snapshot& target,
                                     bool kept, policy::Time now);

}  // namespace agent
