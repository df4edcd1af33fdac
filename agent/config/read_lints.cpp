// What a policy's rules say against each other: contradictions are errors, rules that do nothing
// are warnings, each at its key.
#include <algorithm>

#include "agent/config/schedule_text.h"
#include "agent/config/sections.h"
#include "policy/cron.h"
#include "policy/lints.h"

namespace agent {
namespace {

constexpr int kRunsLookedAt = 60;  // enough for weekdays and months of all lengths

/// Nothing without a schedule, and for one that has a mistake of its own. A change of the clocks is
/// no run, so that the zone does not matter here.
std::optional<std::chrono::seconds> shortest_gap(const PolicyConfig& policy) {
  if (policy.schedule.empty() || cron_problem(policy.schedule)) return std::nullopt;
  const policy::Cron cron(policy.schedule);
  const policy::Zone utc;
  std::optional<std::chrono::seconds> shortest;
  std::optional<policy::Time> last =
      cron.next(std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}, utc);
  for (int i = 0; last && i < kRunsLookedAt; ++i) {
    const std::optional<policy::Time> next = cron.next(*last, utc);
    if (!next) break;
    const auto gap = std::chrono::floor<std::chrono::seconds>(*next - *last);
    shortest = std::min(shortest.value_or(gap), gap);
    last = next;
  }
  return shortest;
}

}  // namespace

void read_lints(Fields& policy_fields, const PolicyConfig& policy, Reading& reading) {
  const Node* table = policy_fields.find("keep");
  if (table == nullptr || table->kind != Node::Kind::Table) return;
  Fields keep(*table, policy_fields.where(), reading.problems, "keep.");
  const policy::RetentionRules rules{.keep = policy.keep,
                                     .min_keep = policy.min_keep,
                                     .allow_remove_all = policy.allow_remove_all,
                                     .max_age = policy.max_age,
                                     .detached = policy.detached,
                                     .cap = policy.cap};
  for (const policy::Lint& lint : policy::lint(rules, shortest_gap(policy))) {
    if (lint.rule == "min_keep") continue;  // told at the cap, where it is read
    const std::string message = policy_fields.where() + ": " + lint.text;
    if (lint.error) {
      keep.problem(lint.rule.c_str(), message);
    } else {
      keep.warning(lint.rule.c_str(), message);
    }
  }
}

}  // namespace agent
