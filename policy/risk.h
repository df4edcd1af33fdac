// How worried to be about a VM now, by the default thresholds: the order of every table.
// Thresholds and their reasons: policy/README.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/inventory.h"

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

/// When a snapshot chain of this kind is called deep. Nothing: the kind is judged by depth alone.
struct ProbeThresholds {
  double warn = 4;
  double critical = 8;
};
std::optional<ProbeThresholds> default_probe_thresholds(DeltaKind kind);

constexpr int kDepthCritical = 24;  ///< a chain of 32 files is the hard limit of vSphere
constexpr int kDepthRefuse = 28;    ///< from here on no snapshot is created

/// Pure; `now` gives ages. A snapshot from the future has age zero.
Risk assess_risk(const Vm& vm, Time now);

}  // namespace policy
