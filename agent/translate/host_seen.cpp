#include "agent/translate/host_seen.h"

namespace agent {

std::optional<policy::HostState> host_seen(const vsphere::HostState& host, bool entering) {
  if (entering) return policy::HostState::EnteringMaintenance;
  if (!host.in_maintenance) return std::nullopt;
  return *host.in_maintenance ? policy::HostState::InMaintenance : policy::HostState::Ready;
}

}  // namespace agent
