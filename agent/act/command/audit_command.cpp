#include "agent/act/command/audit_command.h"

#include "agent/act/state.h"

namespace agent {

storage::AuditCheck verify_audit(Context& context) {
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  return storage::Journal(store).check_audit();
}

void each_audit_line(Context& context, const std::function<void(const storage::AuditLine&)>& sink) {
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  storage::Journal(store).for_each_audit(0, sink);
}

}  // namespace agent
