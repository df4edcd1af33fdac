// A VM's snapshots as retention takes them, in room that is used again for each VM.
#pragma once

#include <optional>
#include <vector>

#include "policy/inventory.h"
#include "policy/retention.h"

namespace policy {

/// As retention_snapshots() in plan.h, into `all`.
void list_for_retention(const Vm& vm, const std::optional<Time>& made,
                        std::vector<RetentionSnapshot>& all);

}  // namespace policy
