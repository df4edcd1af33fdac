#include "policy/thresholds.h"

#include <algorithm>

namespace policy {
namespace {

using std::chrono::hours;

constexpr hours kAgeWarn{72};
constexpr hours kAgeCritical{7 * 24};

template <typename T>
void settle(const std::optional<T>& warn_default, const std::optional<T>& critical_default,
            std::optional<T>& warn, std::optional<T>& critical) {
  if (!critical && critical_default) {
    critical = warn ? std::max(*warn, *critical_default) : critical_default;
  }
  if (!warn && warn_default) warn = critical ? std::min(*warn_default, *critical) : warn_default;
}

}  // namespace

std::optional<ProbeThresholds> default_probe_thresholds(DeltaKind kind) {
  switch (kind) {
    case DeltaKind::None:
    case DeltaKind::Native:
      return std::nullopt;
    case DeltaKind::VsanSparse:
      return ProbeThresholds{.warn = 8, .critical = 16};
    case DeltaKind::VmfsSparse:
    case DeltaKind::SeSparse:
    case DeltaKind::Unknown:
      return ProbeThresholds{};
  }
  return ProbeThresholds{};
}

ThresholdPair thresholds_of(DeltaKind kind, const ThresholdPair& policy) {
  ThresholdPair result = policy;
  if (const auto probes = default_probe_thresholds(kind)) {
    settle<double>(probes->warn, probes->critical, result.warn.probes, result.critical.probes);
  } else {
    // A native delta is not searched, whatever number a policy has for those that are.
    result.warn.probes.reset();
    result.critical.probes.reset();
  }
  settle<std::chrono::seconds>(kAgeWarn, kAgeCritical, result.warn.age, result.critical.age);
  settle<int>(std::nullopt, kDepthCritical, result.warn.depth, result.critical.depth);
  return result;
}

}  // namespace policy
