// `pause` and `resume`: nothing new is sent, and nothing in doubt is removed, until somebody says
// so.
#pragma once

#include <string>
#include <vector>

#include "agent/act/context.h"
#include "agent/cli/request_act.h"
#include "storage/holds.h"

namespace agent {

struct PauseResponse {
  bool resumed = false;
  storage::PauseRow pause;              ///< the one that was begun or ended
  std::string accepted;                 ///< the doubt that is over, "" when that was not asked
  std::vector<storage::PauseRow> left;  ///< pauses that hold now
};

/// Throws Error: as find_vm, "config" (exit 2) for a vCenter or policy that is not configured,
/// "usage" for a time or a doubt that is none, "not-found" (exit 1) when there is nothing to end,
/// "locked" (exit 11).
PauseResponse handle(const PauseRequest& request, Context& context);

}  // namespace agent
