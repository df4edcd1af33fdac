// Prints a simulation: the days, a line per VM, and two policies side by side.
#pragma once

#include "agent/act/simulate.h"
#include "agent/cli/print/output.h"

namespace agent {

void print(const SimulateResponse& response, const Output& output);

}  // namespace agent
