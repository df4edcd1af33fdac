#include "agent/act/execute/operation_record.h"

#include "agent/act/execute/failpoint.h"

namespace agent {

storage::AuditEntry OperationRecord::audit(const policy::Operation& operation) const {
  storage::AuditEntry entry;
  entry.time = operation.updated;
  entry.actor = actor_;
  entry.action = "operation";
  entry.endpoint = operation.vm.endpoint;
  entry.vm = operation.vm.name;
  entry.snapshot = operation.snapshot.moid;
  entry.subject = operation.id;
  entry.policy = operation.policy;
  entry.text = policy::describe(operation) + " is " + policy::op_state_name(operation.state);
  if (!operation.why.empty()) entry.text += ": " + operation.why;
  for (const std::string& rule : operation.forced) entry.text += "; guard forced: " + rule;
  return entry;
}

void OperationRecord::begin(const policy::Operation& operation) {
  try {
    journal_.begin(operation, audit(operation));
  } catch (const storage::Error& error) {
    if (error.kind() != storage::ErrorKind::Conflict) failure_ = std::current_exception();
    throw;
  }
  if (watch_.changed) watch_.changed(operation);
}

void OperationRecord::intend(const policy::Operation& operation) {
  try {
    journal_.update(operation, audit(operation));
  } catch (const storage::Error&) {
    failure_ = std::current_exception();
    throw;
  }
  if (watch_.changed) watch_.changed(operation);
}

void OperationRecord::write_kept() noexcept {
  for (auto kept = kept_.begin(); kept != kept_.end();) {
    try {
      failpoint(Place::JournalBefore);
      journal_.update(kept->second, audit(kept->second));
      failpoint(Place::JournalAfter);
      kept = kept_.erase(kept);
    } catch (const std::exception&) {
      failure_ = std::current_exception();
      ++kept;
    }
  }
}

void OperationRecord::update(const policy::Operation& operation) {
  kept_[operation.id] = operation;
  write_kept();
  if (watch_.changed) watch_.changed(operation);
}

void OperationRecord::progress(const policy::Operation& operation) {
  try {
    journal_.note_progress(operation.id, operation.progress, operation.updated);
  } catch (const storage::Error&) {
    // It is told for comfort only; a write that matters will say what is wrong.
  }
  if (watch_.changed) watch_.changed(operation);
}

void OperationRecord::close() {
  write_kept();
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace agent
