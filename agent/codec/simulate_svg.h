// A simulation as one drawing that needs nothing else: for a ticket or a change board.
#pragma once

#include <string>

#include "agent/act/simulate.h"

namespace agent {

/// Totals over the days (probes, delta bytes, merged bytes, VMs above thresholds), both policies in
/// each, and a line per VM, the worst twenty. Follows the reader's light or dark scheme; holds no
/// script and no link; all names are escaped.
std::string simulation_svg(const SimulateResponse& response);

}  // namespace agent
