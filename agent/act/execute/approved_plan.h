// A plan that somebody approved: only its steps are carried out, and only where nothing has changed
// since (DESIGN rule 10).
#pragma once

#include <string>
#include <vector>

#include "agent/codec/plan_json.h"
#include "policy/plan.h"

namespace agent {

/// Throws agent::Error "input" (exit 2): not there, not a plan, or without steps.
StoredPlan load_approved(const std::string& file);

/// A step that was approved and is not carried out.
struct Unapproved {
  StoredStep step;
  std::string why;
};

/// Takes from `plan`, made of now, every step that was not approved, and all steps of a VM that is
/// no longer as the approved plan saw it.
std::vector<Unapproved> keep_approved(const StoredPlan& approved, policy::Plan& plan);

}  // namespace agent
