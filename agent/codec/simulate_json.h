// A simulation as JSON (format 1): totals per day, and each VM's days as columns.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agent/act/simulate.h"

namespace agent {

/// `{"format":1,"now":...,"gaps":[...],"simulations":[{"name","summary","days":[...],"vms":[...]}]}`:
/// one simulation, or two to compare. Depth is the deepest moment of a day, the rest its end.
nlohmann::ordered_json simulation_json(const SimulateResponse& response);

}  // namespace agent
