// The guards by subject; guard.h is the way in, this is for its table and for nobody else.
#pragma once

#include "policy/guard.h"

namespace policy {

using GuardAnswer = std::optional<Refusal>;

// Rule 10: armed and not paused.
GuardAnswer guard_observe_mode(const GuardInput& input, Act act);
GuardAnswer guard_policy_not_armed(const GuardInput& input, Act act);
GuardAnswer guard_paused(const GuardInput& input, Act act);

// Rule 6: on doubt keep.
GuardAnswer guard_vm_not_seen(const GuardInput& input, Act act);
GuardAnswer guard_host_unreachable(const GuardInput& input, Act act);
GuardAnswer guard_unreadable(const GuardInput& input, Act act);
GuardAnswer guard_scan_partial(const GuardInput& input, Act act);
GuardAnswer guard_inventory_shrunken(const GuardInput& input, Act act);
GuardAnswer guard_clock_jump(const GuardInput& input, Act act);
GuardAnswer guard_vcenter_rollback(const GuardInput& input, Act act);
GuardAnswer guard_database_restored(const GuardInput& input, Act act);
GuardAnswer guard_esxi_delete(const GuardInput& input, Act act);

// Rules 2 and 8: the VM itself.
GuardAnswer guard_unfinished_operation(const GuardInput& input, Act act);
GuardAnswer guard_helper_snapshot(const GuardInput& input, Act act);
GuardAnswer guard_merge_debt(const GuardInput& input, Act act);
GuardAnswer guard_orphan_deltas(const GuardInput& input, Act act);
GuardAnswer guard_tree_in_doubt(const GuardInput& input, Act act);
GuardAnswer guard_broken_chain(const GuardInput& input, Act act);
GuardAnswer guard_question_pending(const GuardInput& input, Act act);
GuardAnswer guard_method_disabled(const GuardInput& input, Act act);
GuardAnswer guard_depth_limit(const GuardInput& input, Act act);
GuardAnswer guard_free_space(const GuardInput& input, Act act);
GuardAnswer guard_unsupported(const GuardInput& input, Act act);

// Rule 11: others at work.
GuardAnswer guard_foreign_task(const GuardInput& input, Act act);
GuardAnswer guard_other_product(const GuardInput& input, Act act);
GuardAnswer guard_disk_attached_elsewhere(const GuardInput& input, Act act);
GuardAnswer guard_host_maintenance(const GuardInput& input, Act act);

// Rules 4, 6 and 7: the one snapshot that is to go.
GuardAnswer guard_foreign_snapshot(const GuardInput& input, const Snapshot& snapshot);
GuardAnswer guard_pinned(const GuardInput& input, const Snapshot& snapshot);
GuardAnswer guard_in_progress(const GuardInput& input, const Snapshot& snapshot);
GuardAnswer guard_last_good(const GuardInput& input, const Snapshot& snapshot);
GuardAnswer guard_fork(const GuardInput& input, const Snapshot& snapshot);
GuardAnswer guard_shared_files(const GuardInput& input, const Snapshot& snapshot);
GuardAnswer guard_merge_space(const GuardInput& input, const Snapshot& snapshot);

/// A fact that was not looked at.
inline Refusal unknown(const char* what) {
  return {.rule = {},
          .verdict = Verdict::NotLookedAt,
          .text = {},
          .evidence = {},
          .forceable = false,
          .until = {},
          .missing = what};
}

inline Refusal refused(Verdict verdict, std::string text, std::vector<Evidence> evidence = {}) {
  return {.rule = {},
          .verdict = verdict,
          .text = std::move(text),
          .evidence = std::move(evidence),
          .forceable = false,
          .until = {}};
}

/// One that an operator may override, who may know better.
inline Refusal forceable(std::string text, std::vector<Evidence> evidence = {}) {
  Refusal refusal = refused(Verdict::Refused, std::move(text), std::move(evidence));
  refusal.forceable = true;
  return refusal;
}

}  // namespace policy
