// Prints a forecast: what crosses soonest first, or all thresholds of one VM.
#pragma once

#include "agent/act/forecast.h"
#include "agent/cli/print/output.h"

namespace agent {

void print(const ForecastResponse& response, const Output& output);

}  // namespace agent
