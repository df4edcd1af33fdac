// Ends pauses that have run out, once, and lets people know that work goes on (DESIGN rule 10).
#pragma once

#include <string>
#include <vector>

#include "agent/act/context.h"
#include "policy/findings.h"
#include "storage/journal.h"

namespace agent {

inline constexpr const char* kPauseRanOut = "pause-ran-out";

/// Takes them away, each with a line of the audit and a finding, and gives a sentence for each:
/// "pause of policy daily by ada ran out at 2026-11-22T02:00:00Z: work goes on". What begins to
/// act, or to look, calls it first.
std::vector<std::string> end_pauses(const Context& context, storage::Journal& journal);

/// Those findings hold for a day, so that whoever delivers findings meets them: measured again as
/// long as that.
std::vector<policy::Condition> pauses_that_ran_out(const std::vector<policy::Finding>& before,
                                                   policy::Time now);

}  // namespace agent
