// A line of snapshots by their times, and what is left of it: for tests that read as a table.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/retention.h"

namespace policy_test {

inline policy::Time at(const std::string& text) { return policy::parse_utc(text).value(); }

/// Each snapshot is the child of the one before it; ids are "0", "1", ...
class Line {
 public:
  explicit Line(const std::vector<std::string>& times) {
    for (std::size_t i = 0; i < times.size(); ++i) ids_.push_back(std::to_string(i));
    for (std::size_t i = 0; i < times.size(); ++i) {
      policy::RetentionSnapshot snapshot;
      snapshot.id = ids_[i];
      snapshot.time = at(times[i]);
      if (i > 0) snapshot.parent = static_cast<std::uint32_t>(i - 1);
      snapshots_.push_back(snapshot);
    }
    input.newest_is_current = true;
    if (!times.empty()) input.now = snapshots_.back().time;
  }
  // The snapshots point to the ids.
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  policy::RetentionSnapshot& operator[](std::size_t i) { return snapshots_[i]; }

  policy::RetentionResult evaluate(const policy::RetentionRules& rules) {
    input.snapshots = snapshots_;
    return policy::evaluate(input, rules);
  }

  /// Indices of those that stay, oldest first: "0 2 3".
  std::string kept(const policy::RetentionRules& rules) {
    const policy::RetentionResult result = evaluate(rules);
    std::string text;
    for (auto one = result.keep.rbegin(); one != result.keep.rend(); ++one) {
      text += (text.empty() ? "" : " ") + std::to_string(one->index);
    }
    return text;
  }

  policy::RetentionInput input;

 private:
  std::vector<std::string> ids_;
  std::vector<policy::RetentionSnapshot> snapshots_;
};

/// Reasons of one that stays: "daily 1/7 2026-11-21, min_keep"; empty when it goes.
inline std::string reasons(const policy::RetentionResult& result, std::uint32_t index) {
  std::string text;
  for (const policy::Kept& kept : result.keep) {
    if (kept.index != index) continue;
    for (const policy::KeepReason& reason : result.reasons_of(kept)) {
      text += (text.empty() ? "" : ", ") + std::string(keep_rule_name(reason.rule));
      if (reason.slot > 0) text += " " + std::to_string(reason.slot);
      if (reason.of) text += "/" + std::to_string(*reason.of);
      if (reason.period) text += " " + period_name(*reason.period);
      if (reason.oldest) text += " oldest";
    }
  }
  return text;
}

/// "superseded", ...; empty when it stays.
inline std::string why_gone(const policy::RetentionResult& result, std::uint32_t index) {
  for (const policy::Removed& removed : result.remove) {
    if (removed.index == index) return remove_reason_name(removed.reason);
  }
  return "";
}

inline policy::RetentionRules keep(std::map<std::string, policy::KeepCount> counts,
                                   std::map<std::string, policy::CalendarSpan> within = {}) {
  policy::RetentionRules rules;
  rules.keep.counts = std::move(counts);
  rules.keep.within = std::move(within);
  return rules;
}

}  // namespace policy_test
