// Opens the state file a command works on, with an error a person can act on.
#pragma once

#include "agent/config/config.h"
#include "agent/error.h"
#include "storage/store.h"

namespace agent {

/// For writing, a missing directory of the file is made (0700). Throws agent::Error: "locked" (exit
/// 11), "state" (exit 1), "no-state" (exit 1) when reading before any scan.
storage::Store open_state(const Config& config, storage::Access access);

/// For what a person decides while a run may be under way: reads, and a Journal of it can write,
/// without waiting for the run to end. Makes the state where there is none. Throws as open_state.
storage::Store open_beside(const Config& config);

/// What a storage error means to a script.
Error state_error(const storage::Error& error);

}  // namespace agent
