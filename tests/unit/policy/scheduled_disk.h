// A disk under a daily schedule whose days are unlike each other, seeded: the truth that forecasts
// of sizes under a policy are measured against.
#pragma once

#include <cmath>
#include <optional>
#include <vector>

#include "growing_deltas.h"
#include "played_vm.h"
#include "policy/forecast.h"

namespace policy {

/// Days of one disk, in GiB: around a size of its own, busy and quiet ones.
inline std::vector<double> written_days(int count, std::uint32_t seed) {
  GrowingDelta chance(Writes::Linear, seed);  // for its numbers
  const double usual = std::exp(chance.uniform(std::log(0.2), std::log(3)));
  std::vector<double> days;
  for (int i = 0; i < count; ++i) days.push_back(usual * std::exp(chance.uniform(-0.7, 0.7)));
  return days;
}

/// `known` daily deltas are there, the policy keeps four times as many: when will they have twice
/// the size?
struct ScheduledForecast {
  Crossing forecast;
  std::optional<Time> truth;
};
inline ScheduledForecast forecast_scheduled(int known, std::uint32_t seed) {
  const std::vector<double> days = written_days(60, seed);
  const auto count = static_cast<std::size_t>(known);
  const Vm vm = vm_with_deltas({days.begin(), days.begin() + known});
  Policy policy = keeping_last(4 * known);
  double now = 0;
  for (std::size_t i = 0; i < count; ++i) now += days[i];
  policy.thresholds.warn.size_bytes =
      static_cast<std::uint64_t>(2 * now * static_cast<double>(kGiB));
  const auto runs = daily_runs(22, 4 * known);
  const std::vector<DiskWrites> writes{
      {.model = WriteModel(frozen_deltas(vm, vm.disks[0]), {}), .growth = {}}};
  const std::vector<DeltaKind> kinds{DeltaKind::Native};  // sizes alone are asked for
  // Now is right before a run: the running delta is a day old.
  const Time at = noon(22) - std::chrono::seconds{1};
  const VmForecast forecast =
      forecast_vm({.play = {.vm = vm,
                            .policy = &policy,
                            .runs = runs,
                            .ticks = {},
                            .writes = writes,
                            .now = at,
                            .until = at + std::chrono::hours{24 * 4 * known},
                            .create_refused = {},
                            .removal_refused = {},
                            .copies = {}},
                   .thresholds = policy.thresholds,
                   .kinds = kinds,
                   .foreign = {}});
  ScheduledForecast result;
  for (const Crossing& one : forecast.disks[0].crossings) {
    if (one.rule == "size") result.forecast = one;
  }
  double sum = now;
  for (std::size_t i = count; i < days.size() && !result.truth; ++i) {
    if (sum + days[i] >= 2 * now) {
      const double share = (2 * now - sum) / days[i];
      result.truth =
          noon(22) +
          std::chrono::seconds(static_cast<int>(86400 * (static_cast<double>(i - count) + share)));
    }
    sum += days[i];
  }
  return result;
}

inline bool holds(const ScheduledForecast& one) {
  const bool early = !one.forecast.earliest || *one.forecast.earliest <= *one.truth;
  const bool late = !one.forecast.latest || *one.forecast.latest >= *one.truth;
  return one.forecast.state == CrossingState::At && early && late;
}

}  // namespace policy
