// Prints the journal, and the audit.
#pragma once

#include "agent/act/command/ops_command.h"
#include "agent/cli/print/output.h"
#include "storage/journal.h"

namespace agent {

void print(const OpsResponse& response, const Output& output);
/// The table of runs, or the report of one as it was when it ended.
void print(const RunsResponse& response, const Output& output);
void print(const storage::AuditCheck& check, const Output& output);

/// As much of an id as tells it from all others of its millisecond.
std::string short_id(const std::string& id);

}  // namespace agent
