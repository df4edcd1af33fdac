// The last step of a run: what a person should hear, kept until it is over.
#pragma once

#include <vector>

#include "agent/act/execute/ownership.h"
#include "agent/config/config.h"
#include "policy/findings.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace agent {

/// Measures every VM and datastore that was seen, settles that with the findings before, stores and
/// gives them. VM by VM: memory does not grow with the inventory.
std::vector<policy::Finding> settle_findings_of(const Config& config, const storage::Store& store,
                                                storage::Journal& journal,
                                                const Ownership& ownership, policy::Time now);

}  // namespace agent
