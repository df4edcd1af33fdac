#include "agent/act/execute/due.h"

#include <algorithm>

#include "agent/config/schedule_text.h"
#include "agent/zones.h"

namespace agent {
namespace {

PolicyDue judge(const PolicyConfig& policy, const std::optional<policy::Time>& settled,
                policy::Time now) {
  PolicyDue due{.policy = policy.name, .runs = false, .text = {}, .settled = {}, .next = {}};
  if (policy.schedule.empty()) {
    due.runs = policy.method == "retain";
    due.text = due.runs ? "keeps, whenever it is asked" : "has no schedule";
    return due;
  }
  const policy::Schedule schedule = schedule_of(policy, load_zone(policy.timezone));
  const policy::DueRun run = schedule.due(settled.value_or(now), now);
  if (!settled) due.settled = now;
  switch (run.kind) {
    case policy::DueRun::Kind::Due:
      due.runs = true;
      due.settled = run.slot;
      due.text = "due since " + policy::format_utc(run.at);
      if (run.missed > 0) {
        due.text += ", for " + std::to_string(run.missed) + " earlier times as well";
      }
      break;
    case policy::DueRun::Kind::Waiting:
      due.next = run.at;
      due.text =
          (settled ? "next on " : "seen for the first time; runs on ") + policy::format_utc(run.at);
      if (!run.reason.empty()) due.text += ": " + run.reason;
      break;
    case policy::DueRun::Kind::Skipped:
      due.settled = run.slot;
      due.text = "the run of " + policy::format_utc(run.slot) + " is left out: " + run.reason;
      break;
    case policy::DueRun::Kind::Never:
      due.text = "never comes";
      break;
  }
  return due;
}

}  // namespace

std::vector<PolicyDue> due_policies(const Config& config,
                                    const std::vector<storage::PolicyRun>& last, policy::Time now) {
  std::vector<PolicyDue> all;
  for (const PolicyConfig& policy : config.policies) {
    std::optional<policy::Time> settled;
    for (const storage::PolicyRun& run : last) {
      const bool same = run.policy == policy.name ||
                        (!policy.renamed_from.empty() && run.policy == policy.renamed_from);
      if (same) settled = std::max(settled.value_or(run.scheduled), run.scheduled);
    }
    all.push_back(judge(policy, settled, now));
  }
  return all;
}

}  // namespace agent
