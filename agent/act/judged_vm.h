// One VM that a command names, with what the configuration says of it: for those who judge it.
#pragma once

#include <string>

#include "agent/act/context.h"
#include "policy/inventory.h"
#include "policy/thresholds.h"

namespace agent {

struct JudgedVm {
  policy::Vm vm;  ///< with the policies that select it
  policy::ThresholdPair thresholds;
};

/// As find_vm(), and throws what it throws.
JudgedVm find_judged_vm(const std::string& text, const std::string& vcenter, Context& context);

}  // namespace agent
