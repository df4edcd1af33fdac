#include "policy/guard.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/guards.h"

namespace policy {
namespace {

constexpr bool kYes = true;
constexpr bool kNo = false;

constexpr std::array kGuards{
    // name, guards creates, guards removals
    Guard{"observe-mode", kYes, kYes, guard_observe_mode},
    Guard{"policy-not-armed", kYes, kYes, guard_policy_not_armed},
    Guard{"paused", kYes, kYes, guard_paused},
    Guard{"vm-not-seen", kYes, kYes, guard_vm_not_seen},
    Guard{"host-unreachable", kYes, kYes, guard_host_unreachable},
    Guard{"unreadable", kYes, kYes, guard_unreadable},
    Guard{"vcenter-rollback", kYes, kYes, guard_vcenter_rollback},
    Guard{"unsupported", kYes, kNo, guard_unsupported},
    Guard{"broken-chain", kYes, kYes, guard_broken_chain},
    Guard{"tree-in-doubt", kYes, kYes, guard_tree_in_doubt},
    Guard{"question-pending", kYes, kYes, guard_question_pending},
    Guard{"unfinished-operation", kYes, kYes, guard_unfinished_operation},
    Guard{"helper-snapshot", kYes, kYes, guard_helper_snapshot},
    Guard{"merge-debt", kYes, kYes, guard_merge_debt},
    Guard{"orphan-deltas", kYes, kNo, guard_orphan_deltas},
    Guard{"method-disabled", kYes, kYes, guard_method_disabled},
    Guard{"depth-limit", kYes, kNo, guard_depth_limit},
    Guard{"free-space", kYes, kNo, guard_free_space},
    Guard{"scan-partial", kNo, kYes, guard_scan_partial},
    Guard{"inventory-shrunken", kNo, kYes, guard_inventory_shrunken},
    Guard{"clock-jump", kNo, kYes, guard_clock_jump},
    Guard{"database-restored", kNo, kYes, guard_database_restored},
    Guard{"esxi-delete", kNo, kYes, guard_esxi_delete},
    Guard{"foreign-task", kYes, kYes, guard_foreign_task},
    Guard{"other-product", kYes, kYes, guard_other_product},
    Guard{"disk-attached-elsewhere", kYes, kYes, guard_disk_attached_elsewhere},
    Guard{"host-maintenance", kYes, kYes, guard_host_maintenance},
};

constexpr std::array kSnapshotGuards{
    SnapshotGuard{"foreign-snapshot", guard_foreign_snapshot},
    SnapshotGuard{"pinned", guard_pinned},
    SnapshotGuard{"in-progress", guard_in_progress},
    SnapshotGuard{"last-good", guard_last_good},
    SnapshotGuard{"fork", guard_fork},
    SnapshotGuard{"shared-files", guard_shared_files},
    SnapshotGuard{"merge-space", guard_merge_space},
};

bool asked(const Guard& guard, Act act) {
  return act == Act::Remove ? guard.removes : guard.creates;
}

// What was forced is gone; what nobody looked at counts as a no when the call is about to be made.
void take(GuardAnswer answer, const char* rule, Moment moment, const std::set<std::string>& forced,
          std::vector<Refusal>& out) {
  if (!answer) return;
  answer->rule = rule;
  if (answer->forceable && forced.contains(answer->rule)) return;
  if (answer->missing != nullptr) answer->text = std::exchange(answer->missing, nullptr);
  if (moment == Moment::Call && answer->verdict == Verdict::NotLookedAt) {
    answer->verdict = Verdict::Refused;
    answer->text = "not known: " + answer->text;
  }
  if (moment == Moment::Call && answer->verdict == Verdict::Held) {
    answer->verdict = Verdict::Refused;
  }
  out.push_back(*std::move(answer));
}

/// Most answers of a plan are that nobody looked: no text is made of those.
void take_planned(GuardAnswer&& answer, const char* rule, const std::set<std::string>& forced,
                  std::vector<Refusal>& out, std::vector<std::string_view>& unchecked) {
  if (!answer) return;
  if (answer->verdict != Verdict::NotLookedAt) {
    take(std::move(answer), rule, Moment::Plan, forced, out);
    return;
  }
  const std::string_view name = rule;
  if (std::find(unchecked.begin(), unchecked.end(), name) == unchecked.end()) {
    unchecked.push_back(name);
  }
}

GuardAnswer not_fresh(const GuardInput& input) {
  const auto& read = input.facts.read;
  if (read && *read <= input.now && input.now - *read <= kFreshRead) return std::nullopt;
  return refused(
      Verdict::Refused,
      "the VM was not read within " + std::to_string(kFreshRead.count()) + " s before the call",
      {{"read", read ? format_utc(*read) : "never"}});
}

}  // namespace

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::Held:
      return "held";
    case Verdict::Waits:
      return "waits";
    case Verdict::Refused:
      return "refused";
    case Verdict::Skipped:
      return "skipped";
    case Verdict::NotLookedAt:
      return "not-looked-at";
  }
  return "unknown";
}

std::span<const Guard> guards() { return kGuards; }
std::span<const SnapshotGuard> removal_guards() { return kSnapshotGuards; }

std::vector<Refusal> refusals(const GuardInput& input, Act act, Moment moment,
                              const std::set<std::string>& forced) {
  std::vector<Refusal> found;
  if (moment == Moment::Call) take(not_fresh(input), "not-fresh", moment, forced, found);
  for (const Guard& guard : kGuards) {
    if (!asked(guard, act)) continue;
    take(guard.judge(input, act), guard.name, moment, forced, found);
  }
  return found;
}

std::vector<Refusal> removal_refusals(const GuardInput& input, const Snapshot& snapshot,
                                      Moment moment, const std::set<std::string>& forced) {
  std::vector<Refusal> found;
  for (const SnapshotGuard& guard : kSnapshotGuards) {
    take(guard.judge(input, snapshot), guard.name, moment, forced, found);
  }
  return found;
}

std::vector<Refusal> plan_refusals(const GuardInput& input, Act act,
                                   const std::set<std::string>& forced,
                                   std::vector<std::string_view>& unchecked) {
  std::vector<Refusal> found;
  for (const Guard& guard : kGuards) {
    if (!asked(guard, act)) continue;
    take_planned(guard.judge(input, act), guard.name, forced, found, unchecked);
  }
  return found;
}

std::vector<Refusal> plan_removal_refusals(const GuardInput& input, const Snapshot& snapshot,
                                           const std::set<std::string>& forced,
                                           std::vector<std::string_view>& unchecked) {
  std::vector<Refusal> found;
  for (const SnapshotGuard& guard : kSnapshotGuards) {
    take_planned(guard.judge(input, snapshot), guard.name, forced, found, unchecked);
  }
  return found;
}

bool stops(const std::vector<Refusal>& refusals) {
  return std::any_of(refusals.begin(), refusals.end(), [](const Refusal& one) {
    return one.verdict != Verdict::Held && one.verdict != Verdict::NotLookedAt;
  });
}

}  // namespace policy
