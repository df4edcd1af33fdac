// Which refusals are of rule 11, others being at work on the VM, and since when an act is put off
// for them.
#pragma once

#include <optional>
#include <vector>

#include "policy/guard.h"

namespace policy {

/// Since when an act that got these refusals at `now` is put off for others: now, or the earlier
/// time that a refusal tells which waited for too long. Unset when none of them is about others.
std::optional<Time> put_off_since(const std::vector<Refusal>& refusals, Time now);

}  // namespace policy
