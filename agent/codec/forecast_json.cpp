#include "agent/codec/forecast_json.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace agent {
namespace {

using nlohmann::ordered_json;
constexpr double kDay = 86400;

ordered_json time_or_null(const std::optional<policy::Time>& time) {
  if (!time) return nullptr;
  return policy::format_utc(std::chrono::floor<std::chrono::seconds>(*time));
}

ordered_json crossing_json(const policy::Crossing& one) {
  const bool comes = one.state == policy::CrossingState::At;
  return {{"level", policy::forecast_level_name(one.level)},
          {"rule", one.rule},
          {"threshold", one.threshold},
          {"state", policy::crossing_state_name(one.state)},
          {"at", time_or_null(one.at)},
          {"earliest", time_or_null(one.earliest)},
          {"latest", time_or_null(one.latest)},
          {"certainty",
           comes ? ordered_json(policy::certainty_name(one.certainty)) : ordered_json(nullptr)},
          {"cause", one.cause}};
}

ordered_json growth_json(const policy::Growth& growth) {
  using enum policy::GrowthBasis;
  const auto a_day = [&](double rate, policy::GrowthBasis needed) {
    return growth.basis >= needed ? ordered_json(rate * kDay) : ordered_json(nullptr);
  };
  return {{"basis", policy::growth_basis_name(growth.basis)},
          {"history_seconds", growth.evidence.count()},
          {"bytes_per_day", a_day(growth.best, Rough)},
          {"bytes_per_day_low", a_day(growth.slow, Interval)},
          {"bytes_per_day_high", a_day(growth.fast, Earliest)}};
}

ordered_json first_at(const policy::Crossing* crossing, policy::Time now) {
  if (crossing == nullptr) return nullptr;
  if (crossing->state == policy::CrossingState::Now) return time_or_null(now);
  return time_or_null(crossing->at);
}

ordered_json disk_json(const ForecastedVm& vm, const policy::DiskForecast& disk, policy::Time now) {
  using enum policy::ForecastLevel;
  ordered_json crossings = ordered_json::array();
  for (const policy::Crossing& one : disk.crossings) crossings.push_back(crossing_json(one));
  const policy::VmForecast& all = vm.forecast;
  return {{"kind", "disk"},
          {"endpoint", vm.vm.endpoint},
          {"vm", {{"moid", vm.vm.moid}, {"name", vm.vm.name}}},
          {"disk", {{"key", disk.key}, {"label", disk.label}}},
          {"policy", vm.policy.empty() ? ordered_json(nullptr) : ordered_json(vm.policy)},
          {"played", vm.played},
          {"depth", disk.depth},
          {"probes", disk.probes},
          {"delta_bytes", disk.delta_bytes},
          {"growth", growth_json(disk.growth)},
          {"warn_at", first_at(disk.first(Warn), now)},
          {"critical_at", first_at(disk.first(Critical), now)},
          {"limit_at", first_at(disk.first(Limit), now)},
          {"refused", all.refused.empty() ? ordered_json(nullptr) : ordered_json(all.refused)},
          {"refused_from", time_or_null(all.refused_from)},
          {"crossings", std::move(crossings)}};
}

ordered_json datastore_forecast_json(const ForecastedDatastore& one, policy::Time now) {
  const policy::DatastoreForecast& forecast = one.forecast;
  return {{"kind", "datastore"},
          {"endpoint", one.datastore.endpoint},
          {"datastore", {{"moid", one.datastore.moid}, {"name", one.datastore.name}}},
          {"free_bytes", one.datastore.free_bytes},
          {"bytes_per_day", forecast.bytes_a_day},
          {"vms", forecast.vms},
          {"vms_without_history", forecast.vms_unknown},
          {"full_at", first_at(&forecast.full, now)},
          {"crossings", ordered_json::array({crossing_json(forecast.full)})}};
}

}  // namespace

ordered_json forecast_json(const ForecastResponse& response) {
  ordered_json forecasts = ordered_json::array();
  for (const ForecastedVm& vm : response.vms) {
    for (const policy::DiskForecast& disk : vm.forecast.disks) {
      forecasts.push_back(disk_json(vm, disk, response.now));
    }
  }
  for (const ForecastedDatastore& one : response.datastores) {
    forecasts.push_back(datastore_forecast_json(one, response.now));
  }
  return {{"format", 1},
          {"now", time_or_null(response.now)},
          {"until", time_or_null(response.until)},
          {"gaps", response.gaps},
          {"forecasts", std::move(forecasts)}};
}

}  // namespace agent
