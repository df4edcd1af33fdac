// `audit verify|export`: who did what, and whether anybody changed the record since.
#pragma once

#include <functional>

#include "agent/act/context.h"
#include "agent/cli/request_act.h"
#include "storage/journal.h"

namespace agent {

/// Reads the whole chain. Broken is an answer, not an error.
storage::AuditCheck verify_audit(Context& context);

/// Every line in order, while others may write.
void each_audit_line(Context& context, const std::function<void(const storage::AuditLine&)>& sink);

}  // namespace agent
