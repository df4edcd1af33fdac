// The rungs of a quiesced snapshot: whether the guest is asked to come to rest at all, and what
// follows when it does not.
#pragma once

#include <string>

#include "agent/act/execute/executor.h"
#include "policy/inventory.h"

namespace agent {

/// A guest that does not run has nothing to bring to rest, and one whose memory is kept goes on
/// where it was.
bool asks_for_quiesce(Quiesce quiesce, policy::Power power, bool memory);

/// Whether a create failed because the guest did not come to rest. `text` is the server's, with
/// its notes: general faults tell the reason there alone.
bool is_quiesce_fault(const std::string& fault, const std::string& text);

/// Whether a create that failed so, and is known to have left nothing, is tried once more without.
bool tries_without(Quiesce quiesce, const policy::Operation& failed, const std::string& text);

/// Said in the description of a snapshot that was to be quiesced and is not.
inline constexpr const char* kCrashConsistent =
    "crash-consistent: the guest could not be brought to rest";

}  // namespace agent
