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

/// The lines of the audit as they come: one JSON document of them all, or a line for each.
class AuditWriter {
 public:
  explicit AuditWriter(const Output& output) : output_(output) {}
  void add(const storage::AuditLine& line);
  bool begun() const { return begun_; }
  /// Ends it. A document that broke off after its beginning says why.
  void finish();
  void fail(const std::string& kind, const std::string& message, ExitCode code);

 private:
  void begin();
  const Output& output_;
  bool begun_ = false, first_ = true;
};
/// One line, without its end.
std::string audit_text(const storage::AuditLine& line);

/// As much of an id as tells it from all others of its millisecond.
std::string short_id(const std::string& id);

}  // namespace agent
