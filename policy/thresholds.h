// From when on a number is worrying: what a policy says, over what holds for the kind of delta.
#pragma once

#include <chrono>
#include <optional>

#include "policy/inventory.h"
#include "policy/rules.h"

namespace policy {

struct ThresholdPair {
  Thresholds warn, critical;
  bool operator==(const ThresholdPair&) const = default;
};

/// When a snapshot chain of this kind is called deep. Nothing: the kind is judged by depth alone.
struct ProbeThresholds {
  double warn = 4;
  double critical = 8;
};
std::optional<ProbeThresholds> default_probe_thresholds(DeltaKind kind);

constexpr int kDepthCritical = 24;  ///< a chain of 32 files is the hard limit of vSphere
constexpr int kDepthRefuse = 28;    ///< from here on no snapshot is created

/// What holds for a disk of this kind: the policy's own value, else the default; sizes have none.
/// A default critical never lies below a warn that the policy sets.
ThresholdPair thresholds_of(DeltaKind kind, const ThresholdPair& policy = {});

}  // namespace policy
