#include "policy/risk.h"

#include <algorithm>
#include <utility>

#include "policy/findings.h"

namespace policy {
namespace {

/// Share of the critical threshold that is used up, on which VMs of one level are compared.
double share_of(const Condition& condition) {
  if (!condition.critical) return condition.level() == RiskLevel::Ok ? 0 : 0.5;
  // One file per read is no search at all.
  const double value = condition.rule == "probes" ? condition.value - 1 : condition.value;
  const double share = *condition.critical > 0 ? value / *condition.critical : 1;
  // Ages count less than depth in the order of a table: an old single snapshot is seen everywhere.
  if (condition.rule == "age" || condition.rule == "missed-backup") {
    return std::min(1.0, share) * 0.1;
  }
  return share;
}

}  // namespace

const char* risk_name(RiskLevel level) {
  switch (level) {
    case RiskLevel::Ok:
      return "ok";
    case RiskLevel::Warn:
      return "warn";
    case RiskLevel::Critical:
      return "critical";
  }
  return "unknown";
}

Risk assess_risk(const Vm& vm, Time now, const ThresholdPair& policy) {
  Risk risk;
  for (Condition& condition : vm_conditions(vm, now, policy)) {
    risk.score = std::max(risk.score, share_of(condition));
    const RiskLevel level = condition.level();
    if (level == RiskLevel::Ok) continue;
    risk.level = std::max(risk.level, level);
    risk.reasons.push_back({level, std::move(condition.rule), std::move(condition.text)});
  }
  std::stable_sort(risk.reasons.begin(), risk.reasons.end(),
                   [](const RiskReason& a, const RiskReason& b) { return a.level > b.level; });
  return risk;
}

}  // namespace policy
