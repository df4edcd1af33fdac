// Operations that went on for too long without anybody knowing what they did: each blocks its VM,
// so a person should hear of it (facts, invariant I5).
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "agent/act/execute/gather.h"
#include "policy/findings.h"
#include "storage/journal.h"

namespace agent {

/// By VM (endpoint uuid, moid). `operation-in-doubt`, critical, for what only a person can settle;
/// `operation-not-settled` for an outcome that is not known kUnknownFinding after the call. What
/// merely runs, or waits for a merge, is no notice: the merge debt of the VM is.
std::map<Gathered::VmKey, std::vector<policy::Notice>> open_notices(storage::Journal& journal,
                                                                    policy::Time now);

}  // namespace agent
