// Keeps the journal from growing for ever ([agent] keep_journal).
#pragma once

#include <vector>

#include "agent/act/context.h"
#include "policy/inventory.h"
#include "storage/journal.h"

namespace agent {

/// What is older than the configuration says goes, as Journal::prune; operations that a mark on one
/// of these VMs names stay, whatever became of them: a mark that the journal does not know means
/// that the state is an old one, and stops removals. `vms` must be all that are known.
void take_old_rows_away(const Context& context, const std::vector<policy::Vm>& vms,
                        storage::Journal& journal);

}  // namespace agent
