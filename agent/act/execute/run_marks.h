// What a run notes of the snapshots that a later one removes (rule 7), after all that it makes is
// made; of copies see run_copies.h.
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

class SnapshotMarks {
 public:
  /// All must outlive it. `audit` has the actor, the time and the run.
  SnapshotMarks(const policy::Plan& plan, const Gathered& gathered, storage::Holds& holds,
                const storage::AuditEntry& audit, const std::string& run);
  /// Marks what the plan chose on the VM, unless the create that it counts on did not end well.
  /// What is chosen no more loses its mark. By indices of the plan.
  void settle(std::size_t policy, std::size_t vm, Outcomes& outcomes);

 private:
  void unmark(const policy::PolicyPlan& of_policy, const policy::VmPlan& planned,
              const std::set<std::string>& chosen);
  storage::AuditEntry entry(const char* action, const char* text, const policy::Vm& vm,
                            const policy::Snapshot& snapshot, const std::string& policy) const;

  const policy::Plan& plan_;
  const Gathered& gathered_;
  storage::Holds& holds_;
  const storage::AuditEntry& audit_;
  const std::string& run_;
};

}  // namespace agent
