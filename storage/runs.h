// Runs and the plans they carried out: why each removal was chosen, written before it was sent, and
// what became of each VM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/journal.h"

namespace storage {

enum class RunOutcome { Running, Ok, Partial, Failed, Refused, Interrupted };

struct Run {
  std::string id;    ///< ULID
  std::string kind;  ///< "run", "enforce", "command"
  std::vector<std::string> policies;
  std::string actor, ticket;
  policy::Time started{};
  std::optional<policy::Time> ended;
  RunOutcome outcome = RunOutcome::Running;
  std::string plan;    ///< JSON, opaque here
  std::string report;  ///< JSON, opaque here; "" until it ended
};

/// When a policy ran last: what decides whether it is due.
struct PolicyRun {
  std::string policy;
  policy::Time scheduled{};  ///< the schedule's time that this run stood for
  policy::Time started{};
};

class Runs {
 public:
  explicit Runs(Journal& journal) : journal_(journal) {}
  /// The plan is durable before any of its steps is sent.
  void begin(const Run& run, const AuditEntry& audit);
  /// Keeps end, outcome and report. Throws Error Conflict unless it was begun and has not ended.
  void end(const Run& run, const AuditEntry& audit);
  /// Newest first, without plan and report; `limit` 0: all.
  std::vector<Run> runs(std::size_t limit) const;
  /// By id or a unique beginning of it, whole. Throws Error NotFound or Ambiguous.
  Run run(std::string_view id) const;
  /// Runs that never ended, because the process did: their outcome becomes Interrupted. A line of
  /// the audit for each, with its id where `audit` has no subject.
  std::vector<Run> close_abandoned(policy::Time now, const AuditEntry& audit);

  std::vector<PolicyRun> last_of_policies() const;
  void note_policy_run(const PolicyRun& run);

 private:
  Journal& journal_;
};

}  // namespace storage
