// What a policy would do to many VMs, day by day: the played events of each summed up, so that two
// policies can be compared before either is armed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "policy/playback.h"
#include "policy/risk.h"

namespace policy {

/// One VM at the end of a day, but for depth: the deepest moment of the day.
struct SimulatedDay {
  double delta_bytes = 0;
  float probes = 1;  ///< after runs, of the worst disk; the most of the day
  std::uint16_t depth = 0;
  RiskLevel level = RiskLevel::Ok;  ///< of probes and depth after runs, by the policy's thresholds
};

/// What happened on a day.
struct DayEvents {
  std::uint32_t creates = 0, removals = 0, refused = 0;
  double merge_bytes = 0, copy_bytes = 0;  ///< copied by merges; what copies of method clone take
  DayEvents& operator+=(const DayEvents& other);
};

struct SimulatedVm {
  std::vector<SimulatedDay> days;
  std::vector<DayEvents> events;
  bool writes_known = true;  ///< else its bytes are too low: no delta of some disk was ever seen
  std::string refused;       ///< the first guard that refused a create; empty: none did
};

/// The ends of the days are the ticks of `play`. `kinds` as in ForecastInput.
SimulatedVm simulate_vm(const PlaybackInput& play, const ThresholdPair& thresholds,
                        std::span<const DeltaKind> kinds);

/// All VMs on one day.
struct SimulatedTotals {
  int depth_max = 0;
  double depth_mean = 0, probes_max = 1, probes_mean = 1;
  double delta_bytes = 0;
  std::uint32_t warn = 0, critical = 0;  ///< VMs
  DayEvents events;
};

/// A simulation of many VMs, as they are added one by one.
class SimulatedFleet {
 public:
  explicit SimulatedFleet(std::size_t days) : days_(days) {}
  void add(const SimulatedVm& vm);
  std::size_t vms() const { return vms_; }
  std::vector<SimulatedTotals> days() const;

 private:
  std::vector<SimulatedTotals> days_;  // means are sums until they are asked for
  std::size_t vms_ = 0;
};

/// The whole span in one line, to set beside another one's.
struct SimulationSummary {
  int depth_max = 0;
  double depth_mean = 0, probes_max = 1, probes_mean = 1;  ///< means over VMs and days
  double delta_bytes_max = 0, delta_bytes_end = 0;
  std::uint32_t warn_max = 0, critical_max = 0;
  DayEvents events;  ///< summed; copy_bytes: at the end
};
SimulationSummary summarise(std::span<const SimulatedTotals> days);

}  // namespace policy
