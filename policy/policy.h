// One policy as the engines take it: what it selects, keeps, calls worrying and is allowed to do.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "policy/findings.h"
#include "policy/guard.h"
#include "policy/rules.h"
#include "policy/selection.h"
#include "policy/thresholds.h"
#include "policy/zone.h"

namespace policy {

struct Policy {
  SelectionRule selection{};  ///< with its name and method
  RetentionRules rules{};
  Zone zone{};
  ThresholdPair thresholds{};
  PolicyFacts facts{};
  /// How long a snapshot stays marked before it may go: 0 is not at all, unset is until any later
  /// run.
  std::optional<std::chrono::seconds> mark_delay{};
  std::optional<int> max_removals{};  ///< per run; unset: 1.2 times the VMs selected
  /// Longest time between two runs, when it makes backups on a schedule.
  std::optional<std::chrono::seconds> backup_interval{};

  const std::string& name() const { return selection.policy; }
  Method method() const { return selection.method; }
  /// Whether snapshots that were made under this name are its own to keep or remove.
  bool answers_to(const std::string& made_by) const {
    return !made_by.empty() && (made_by == name() || made_by == facts.renamed_from);
  }
  bool marks_first() const { return mark_delay != std::chrono::seconds{0}; }
};

}  // namespace policy
