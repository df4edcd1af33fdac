// The part of a plan's JSON that method clone adds: copies that stay, go, or are nobody's to judge.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "policy/plan_copies.h"

namespace agent {

/// How a copy is named everywhere in a plan.
nlohmann::ordered_json copy_json(const policy::Copy& copy);
nlohmann::ordered_json copy_left_json(const policy::CopyLeft& left);
/// What was decided about the copies of one VM; `at` is when the one that this run makes is taken.
nlohmann::ordered_json copies_json(const policy::CopiesPlan& plan, policy::Time at);
/// What stands against deleting them, in the form of the plan's other refusals.
std::vector<nlohmann::ordered_json> copy_refusals_json(const policy::CopiesPlan& plan);

}  // namespace agent
