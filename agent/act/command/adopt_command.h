// `adopt`: a snapshot that we can't prove to be ours, or whose policy is gone, becomes ours by a
// person's word.
#pragma once

#include "agent/act/command/operator_session.h"
#include "agent/act/init.h"
#include "agent/cli/request_act.h"

namespace agent {

/// How long retention keeps its hands off what was adopted: time to notice a mistake.
constexpr std::chrono::hours kAdoptedPin{7 * 24};

/// Writes a new mark into each description, and takes it over once that is seen on the server. A
/// snapshot whose mark was written and that was not taken over (a crash) is adopted again.
/// Throws Error as OperatorSession does, find_snapshot's errors, "config" (exit 2) for a policy
/// that is not configured, "not-found" (exit 1) when there is nothing to adopt, "refused" (exit 4)
/// when nobody confirmed it.
OperationResponse handle(const AdoptRequest& request, Context& context, const Dialogue& dialogue,
                         const ExecuteWatch& watch);

}  // namespace agent
