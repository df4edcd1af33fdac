// Prints pins and pauses, and in `status` all that keeps work from going on.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agent/act/command/pause_command.h"
#include "agent/act/command/pin_command.h"
#include "agent/act/command/standing.h"
#include "agent/cli/print/output.h"

namespace agent {

void print(const PinResponse& response, const Output& output);
void print(const PauseResponse& response, const Output& output);

/// Lines of `status`; nothing where nothing stands in the way.
void print_standing(const Standing& standing, const Output& output);
/// Adds "operations", "pauses", "doubts" and "findings" to the document of `status`.
void add_standing(const Standing& standing, policy::Time now, nlohmann::ordered_json& document);

}  // namespace agent
