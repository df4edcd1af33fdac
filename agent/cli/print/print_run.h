// Prints what a run did. One printer for the run that has just ended and for the report that the
// state keeps of it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agent/act/execute/run_report.h"
#include "agent/cli/print/output.h"

namespace agent {

void print(const RunResponse& response, const Output& output);

/// A document of run_json, for people. What an older version did not write is left out.
void print_report(const nlohmann::ordered_json& report, const Output& output);

}  // namespace agent
