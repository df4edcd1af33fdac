// The report of a run as JSON (format 1): what `run --json` prints is what the state keeps.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "agent/act/execute/run_report.h"
#include "policy/operation.h"

namespace agent {

nlohmann::ordered_json run_json(const RunResponse& run);
/// One document in one line.
std::string run_text(const RunResponse& run);

/// An operation of the journal, whole but for its pre-image.
nlohmann::ordered_json operation_json(const policy::Operation& operation);
nlohmann::ordered_json refusal_json(const policy::Refusal& refusal);

}  // namespace agent
