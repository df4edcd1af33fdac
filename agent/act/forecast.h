// `forecast`: when thresholds are crossed and what makes them cross. Sends nothing.
#pragma once

#include <string>
#include <vector>

#include "agent/act/context.h"
#include "agent/cli/request.h"
#include "policy/forecast.h"

namespace agent {

struct ForecastedVm {
  policy::VmIdentity vm;
  std::string policy;   ///< that is about it; empty: none
  bool played = false;  ///< its runs were played; else it is not armed, or has no schedule
  policy::VmForecast forecast;
};

struct ForecastedDatastore {
  policy::Datastore datastore;
  policy::DatastoreForecast forecast;
};

struct ForecastResponse {
  policy::Time now{}, until{};
  int days = 0;
  bool detailed = false;          ///< one VM was asked for
  std::vector<ForecastedVm> vms;  ///< those with deltas or a policy, soonest crossing first
  std::vector<ForecastedDatastore> datastores;  ///< of these VMs, soonest first
  std::vector<std::string> gaps;
};

/// A policy's runs are played when it and the vCenter are armed, or when the request names it.
ForecastResponse handle(const ForecastRequest& request, Context& context);

}  // namespace agent
