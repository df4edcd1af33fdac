// What a run does about copies beside its jobs: notes which are no longer ours, marks those that
// are to go, and deletes those that were marked, after all that it makes is made.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/act/execute/gather.h"
#include "agent/act/execute/jobs.h"
#include "agent/act/execute/run_outcomes.h"
#include "policy/plan.h"
#include "storage/holds.h"
#include "storage/journal.h"

namespace agent {

/// Copies that the scan shows changed are released for ever, and those that are gone for good are
/// lost: in the state and in `gathered`. Gives a sentence for each that a policy made. `audit` has
/// the actor, the time and the run.
std::vector<std::string> note_changed_copies(Gathered& gathered, storage::Journal& journal,
                                             const storage::AuditEntry& audit);

/// A job for each copy that the plan deletes on the endpoint, and that nothing holds back now: not
/// a pause that came since the plan, nor a clone that was to take its place and was not made.
std::vector<PlannedJob> destroy_jobs(const policy::Plan& plan, const Gathered& gathered,
                                     const policy::Inventory& inventory,
                                     const std::string& endpoint,
                                     const std::vector<storage::PauseRow>& pauses, policy::Time now,
                                     Outcomes& outcomes);

/// Marks the copies of the VM that a later run deletes, and takes the marks from those that stay.
class CopyMarks {
 public:
  /// All must outlive it. `audit` as above.
  CopyMarks(const policy::Plan& plan, const Gathered& gathered, storage::Holds& holds,
            const storage::AuditEntry& audit, const std::string& run);
  /// By indices of the plan.
  void settle(std::size_t policy, std::size_t vm, Outcomes& outcomes);

 private:
  void mark(const policy::Copy& copy, const std::string& policy);
  void unmark(const policy::Copy& copy, const std::string& policy);
  storage::AuditEntry entry(const char* action, const char* text, const policy::Copy& copy,
                            const std::string& policy) const;

  const policy::Plan& plan_;
  const Gathered& gathered_;
  storage::Holds& holds_;
  const storage::AuditEntry& audit_;
  const std::string& run_;
};

}  // namespace agent
