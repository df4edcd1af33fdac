// Which snapshots stay, without a word on why: for those who only compare.
#pragma once

#include <vector>

#include "policy/retention.h"

namespace policy {

/// By index: what evaluate() keeps of the same input. Throws as it does.
std::vector<bool> kept_by_rules(const RetentionInput& input, const RetentionRules& rules);

}  // namespace policy
