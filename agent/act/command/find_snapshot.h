// The one snapshot of a VM that an operator names: a slip here would change the wrong one.
#pragma once

#include <string>

#include "policy/inventory.h"

namespace agent {

/// By moid, by name, or the word "current". A moid wins over a name. Throws Error "not-found"
/// (exit 1), which lists what there is, and "ambiguous" (exit 2) with moid and time of each. Lasts
/// as long as the VM.
const policy::Snapshot& find_snapshot(const policy::Vm& vm, const std::string& text);

/// "before-update (snapshot-42)".
std::string snapshot_words(const policy::Snapshot& snapshot);

}  // namespace agent
