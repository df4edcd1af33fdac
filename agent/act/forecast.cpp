#include "agent/act/forecast.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "agent/act/play_sources.h"

namespace agent {
namespace {

using Datastores = std::map<std::pair<std::string, std::string>, std::vector<policy::SpaceSeries>>;

std::vector<policy::Time> daily(policy::Time now, int days) {
  std::vector<policy::Time> ticks;
  for (int day = 1; day <= days; ++day) ticks.push_back(now + std::chrono::hours{24 * day});
  return ticks;
}

/// What sorts first: what comes soonest; of what is crossed already nothing is to come.
policy::Time soonest(const std::vector<policy::Crossing>& crossings) {
  policy::Time soonest = policy::Time::max();
  for (const policy::Crossing& one : crossings) {
    if (one.at) soonest = std::min(soonest, *one.at);
  }
  return soonest;
}

policy::Time soonest(const ForecastedVm& vm) {
  policy::Time first = policy::Time::max();
  for (const policy::DiskForecast& disk : vm.forecast.disks) {
    first = std::min(first, soonest(disk.crossings));
  }
  return first;
}

std::vector<ForecastedDatastore> forecast_datastores(const policy::Inventory& inventory,
                                                     const Datastores& series, policy::Time now,
                                                     const std::vector<policy::Time>& ticks) {
  std::vector<ForecastedDatastore> result;
  for (const policy::Datastore& datastore : inventory.datastores) {
    const auto found = series.find({datastore.endpoint, datastore.moid});
    // Without a capacity nobody knows what is free: 0 bytes are no full datastore.
    const bool known = datastore.accessible && datastore.capacity_bytes > 0;
    if (found == series.end() || !known) continue;
    result.push_back({datastore, policy::forecast_datastore(datastore, now, ticks, found->second)});
  }
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return soonest({a.forecast.full}) < soonest({b.forecast.full});
  });
  return result;
}

}  // namespace

ForecastResponse handle(const ForecastRequest& request, Context& context) {
  PlaySource source = load_source(request.inventory, context);
  if (!request.vm.empty()) keep_only(request.vm, source.inventory);
  ForecastResponse response{.now = source.now,
                            .until = source.now + std::chrono::hours{24 * request.days},
                            .days = request.days,
                            .detailed = !request.vm.empty(),
                            .vms = {},
                            .datastores = {},
                            .gaps = source.gaps};
  const PlannedPolicies policies(context.config, source.inventory, response.now, response.until);
  if (!request.policy.empty()) policies.named(request.policy);
  const std::vector<policy::Time> ticks = daily(response.now, response.days);
  Datastores series;
  for (const policy::Vm& vm : source.inventory.vms) {
    const PlannedPolicy* selected = policies.of(vm, request.policy);
    const bool asked = selected != nullptr && !request.policy.empty();
    if (!request.policy.empty() && !asked) continue;
    const bool armed = selected != nullptr && (asked || policies.armed(*selected, vm));
    if (vm.depth == 0 && !armed && !response.detailed) continue;
    const VmHabits habits = habits_of(vm, source, armed ? selected : nullptr);
    policy::ForecastInput input{
        .play = playback_of(vm, armed ? selected : nullptr, habits, source, ticks, response.until),
        .thresholds = selected != nullptr ? selected->policy.thresholds : policy::ThresholdPair{},
        .kinds = habits.kinds,
        .foreign = habits.foreign};
    ForecastedVm row{.vm = vm.identity,
                     .policy = selected != nullptr ? selected->policy.name() : "",
                     .played = armed && !selected->runs.empty(),
                     .forecast = policy::forecast_vm(input)};
    for (policy::SpaceSeries& one : row.forecast.space) {
      series[{vm.identity.endpoint, one.datastore}].push_back(std::move(one));
    }
    row.forecast.space.clear();
    response.vms.push_back(std::move(row));
  }
  std::stable_sort(response.vms.begin(), response.vms.end(), [](const auto& a, const auto& b) {
    return std::tuple(soonest(a), a.vm.name) < std::tuple(soonest(b), b.vm.name);
  });
  // What one VM adds does not fill a datastore that others write to as well.
  if (!response.detailed && request.policy.empty()) {
    response.datastores = forecast_datastores(source.inventory, series, response.now, ticks);
  }
  return response;
}

}  // namespace agent
