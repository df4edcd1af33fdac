// Prints what became of an operator's command.
#pragma once

#include "agent/act/command/operator_session.h"
#include "agent/act/command/resolve_command.h"
#include "agent/cli/print/output.h"

namespace agent {

/// One line for each operation: what, how it ended, whether layers were verified, how long, its id;
/// below it what stood against it.
void print(const OperationResponse& response, const Output& output);
void print(const ResolveResponse& response, const Output& output);

/// "open: remove of snapshot a on b, task since 3 h: why", for what is not over.
std::string open_words(const policy::Operation& operation, policy::Time now);

}  // namespace agent
