// Wire to domain: whether a VM's host can be counted on for the next minutes.
#pragma once

#include <optional>

#include "policy/guard.h"
#include "vsphere-client/look.h"

namespace agent {

/// `entering`: a task is running that empties it. Nothing when the server did not say.
std::optional<policy::HostState> host_seen(const vsphere::HostState& host, bool entering);

}  // namespace agent
