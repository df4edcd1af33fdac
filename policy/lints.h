// What can be said against a policy before any snapshot is seen: rules that do nothing, caps that
// can't hold. Values; agent/config finds their place in the file.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/rules.h"

namespace policy {

enum class LintKind : std::uint8_t {
  UnreachableUnderMaxAge,  ///< max_age takes a slot of `rule` before it can fill
  SpanBeyondMaxAge,        ///< the span `rule` reaches back further than max_age
  LeastAboveCap,           ///< the least of `rule` (or min_keep) is above cap `other`: an error
  CoveredByFiner,          ///< all that `rule` keeps, `other` keeps as well
  FinerThanSchedule,       ///< the policy runs less often than once in a period of `rule`
};

struct Lint {
  LintKind kind = LintKind::CoveredByFiner;
  bool error = false;  ///< a contradiction; else a warning
  std::string rule;    ///< config name: "monthly", "within_daily", "min_keep"
  std::string other;   ///< config name, may be empty
  std::string text;    ///< "monthly = 6 can't fill: max_age = 72h ..."
  bool operator==(const Lint&) const = default;
};

/// Contradictions first. `shortest_gap`: the least time between two runs, if there is a schedule.
std::vector<Lint> lint(const RetentionRules& rules,
                       std::optional<std::chrono::seconds> shortest_gap = std::nullopt);

}  // namespace policy
