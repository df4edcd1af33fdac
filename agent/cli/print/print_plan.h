// Prints a plan: a table per policy, or the whole story of one VM.
#pragma once

#include "agent/act/plan.h"
#include "agent/cli/print/output.h"

namespace agent {

void print(const PlanResponse& response, const Output& output);

}  // namespace agent
