// Forecasts as JSON (format 1): one flat list of disks and datastores.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agent/act/forecast.h"

namespace agent {

/// `{"format":1,"now":...,"until":...,"gaps":[...],"forecasts":[...]}`. `warn_at`, `critical_at`,
/// `limit_at` and `full_at` are times or null; why they are null is in `crossings`, by `state`:
/// now, at, not-within, not-enough-history. What is crossed now has the time of the forecast.
nlohmann::ordered_json forecast_json(const ForecastResponse& response);

}  // namespace agent
