// What a run notes of the snapshots and copies that a later one removes (rule 7), after all that it
// makes is made.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "agent/act/execute/gather.h"
#include "agent/act/execute/run_outcomes.h"
#include "policy/plan.h"
#include "storage/holds.h"
#include "storage/journal.h"

namespace agent {

class RunMarks {
 public:
  /// All must outlive it. `audit` has the actor, the time and the run.
  RunMarks(const policy::Plan& plan, const Gathered& gathered, storage::Holds& holds,
           const storage::AuditEntry& audit, const std::string& run);
  /// Marks the snapshots and copies that the plan chose, unless what was to take their place did
  /// not end well. What is chosen no more loses its mark.
  void settle(Outcomes& outcomes);

 private:
  /// By indices of the plan.
  void settle_snapshots(std::size_t policy, std::size_t vm, Outcomes& outcomes);
  void settle_copies(std::size_t policy, std::size_t vm, Outcomes& outcomes);
  void unmark_snapshots(const policy::PolicyPlan& of_policy, const policy::VmPlan& planned,
                        const std::set<std::string>& chosen);
  void mark(const policy::Copy& copy, const std::string& policy);
  void unmark(const policy::Copy& copy, const std::string& policy);
  storage::AuditEntry entry(const char* action, const char* text, const policy::Vm& vm,
                            const policy::Snapshot& snapshot, const std::string& policy) const;
  storage::AuditEntry entry(const char* action, const char* text, const policy::Copy& copy,
                            const std::string& policy) const;

  const policy::Plan& plan_;
  const Gathered& gathered_;
  storage::Holds& holds_;
  const storage::AuditEntry& audit_;
  const std::string& run_;
};

}  // namespace agent
