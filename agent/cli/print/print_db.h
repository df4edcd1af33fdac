// Prints what `db check`, `db backup` and `db restore` found and did.
#pragma once

#include "agent/act/command/db_command.h"
#include "agent/cli/print/output.h"

namespace agent {

void print(const DbResponse& response, const Output& output);

}  // namespace agent
