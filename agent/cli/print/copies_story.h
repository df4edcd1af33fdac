// `plan --explain`: what becomes of the copies of one VM, and why.
#pragma once

#include <string>
#include <vector>

#include "agent/cli/print/output.h"
#include "policy/plan_copies.h"

namespace agent {

/// "weekly 1 of 4 (2026-W47)".
std::string reason_text(const policy::KeepReason& reason);

/// The plan has copies. `runs` are the next ones of its policy, to say until when one stays.
void print_copies(const policy::VmPlan& plan, policy::Time at,
                  const std::vector<policy::Time>& runs, const Output& output);

}  // namespace agent
