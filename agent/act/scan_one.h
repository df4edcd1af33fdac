// Connects to one configured endpoint and scans it: what `scan` and a run begin with.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/act/connection.h"
#include "agent/act/context.h"
#include "agent/act/scan.h"

namespace agent {

/// The scan, with its failure when there was one. `connection` is the caller's, so that it outlives
/// whatever `connected` made of it; it stays null when it could not be connected.
///
/// Throws nothing that is about the endpoint: that is the failure of the scan, kept in the state as
/// well. `before`: what was scanned already, to notice one server under two names. `connected` is
/// called once it is known who answers, before the scan; what it throws ends the endpoint's turn
/// like a failed scan.
EndpointScan connect_and_scan(const VcenterConfig& endpoint,
                              const std::vector<EndpointScan>& before, storage::Store& store,
                              Context& context, std::unique_ptr<Connection>& connection,
                              const std::function<void(Connection&)>& connected = {});

}  // namespace agent
