// `plan --explain VM`: everything that a plan knows about one VM, in the order in which it was
// decided.
#pragma once

#include "agent/act/plan.h"
#include "agent/cli/print/output.h"

namespace agent {

/// `response.explained` must be set.
void print_story(const PlanResponse& response, const Output& output);

}  // namespace agent
