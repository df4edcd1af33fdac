// What a run does about copies beside its jobs: notes which are no longer ours, and deletes those
// that an earlier run marked, after all that it makes is made. Marks: run_marks.h.
#pragma once

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

}  // namespace agent
