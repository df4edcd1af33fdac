// Reasons of retention in words, the same in JSON, plans and tables.
#pragma once

#include <string>

#include "policy/retention.h"

namespace agent {

/// "daily and last keep 1", "s5 is newer in daily 2026-11-20": one clause, no full stop. Ids are as
/// the input has them: whoever prints makes them safe.
std::string removal_detail(const policy::Removed& removed, const policy::RetentionInput& input,
                           const policy::RetentionRules& rules,
                           const policy::RetentionResult& result);

/// What a person could do about a conflict: "unpin, or adopt the foreign ones".
std::string conflict_hint(const policy::Conflict& conflict);

}  // namespace agent
