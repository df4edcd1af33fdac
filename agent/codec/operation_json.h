// An operator's command, the journal and the audit as JSON (format 1).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agent/act/command/operator_session.h"
#include "agent/act/command/ops_command.h"
#include "storage/journal.h"

namespace agent {

/// {"format":1,"operation":{...},"operations":[...],...}: the command's own step, and all of its
/// steps in order. A step that never got as far as the journal has null for what only that knows.
nlohmann::ordered_json response_json(const OperationResponse& response);

/// {"format":1,"operations":[...]}; with "events" when one was asked for.
nlohmann::ordered_json ops_json(const OpsResponse& response);

/// {"format":1,"runs":[...]}. A run that was asked for by its id has its report, or null.
nlohmann::ordered_json runs_json(const RunsResponse& response);

nlohmann::ordered_json audit_json(const storage::AuditLine& line);

}  // namespace agent
