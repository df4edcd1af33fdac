// How worried to be about a VM now, by its policy's thresholds: the order of every table. The same
// numbers as findings, without the wait until they have held. Defaults: policy/README.md.
#pragma once

#include <string>
#include <vector>

#include "policy/inventory.h"
#include "policy/thresholds.h"

namespace policy {

enum class RiskLevel { Ok, Warn, Critical };

/// "ok", "warn", "critical".
const char* risk_name(RiskLevel level);

struct RiskReason {
  RiskLevel level = RiskLevel::Warn;
  std::string rule;  ///< stable: "probes", "depth", "age", "merge-debt", "orphan-deltas", ...
  std::string text;  ///< for a person, with the numbers
  bool operator==(const RiskReason&) const = default;
};

struct Risk {
  RiskLevel level = RiskLevel::Ok;
  std::vector<RiskReason> reasons;  ///< worst first
  /// Orders VMs of one level: the largest share of a critical threshold that is used up.
  double score = 0;
};

/// Pure; `now` gives ages. A snapshot from the future has age zero.
Risk assess_risk(const Vm& vm, Time now, const ThresholdPair& policy = {});

}  // namespace policy
