// Deltas that grow as guests make them grow, seeded: what forecasts are measured against.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "policy/growth.h"

namespace policy {

/// How a guest writes. Numbers of one stream are drawn from wide ranges.
enum class Writes {
  Linear,      ///< one rate, with days and nights
  Saturating,  ///< a hot set is rewritten over and over, a smaller part is new
  Bursty,      ///< idle, with jobs that write a lot at a time, one to three a day
  Reverting    ///< linear, but put back to the snapshot once
};

/// One delta that is never frozen, in steps of a quarter of an hour.
class GrowingDelta {
 public:
  static constexpr double kStep = 900;
  static constexpr double kQuantum = 16.0 * 1024 * 1024;

  GrowingDelta(Writes kind, std::uint32_t seed) : kind_(kind), random_(seed) {
    day_ = std::exp(uniform(std::log(2e9), std::log(2e11)));
    night_share_ = uniform(0.0, 0.9);
    phase_ = uniform(0, 2 * std::numbers::pi);
    hot_ = day_ * uniform(0.5, 3);
    hot_seconds_ = uniform(6, 60) * 3600;
    bursts_a_day_ = uniform(1, 3);
  }

  double uniform(double from, double to) {
    return from + (to - from) * (static_cast<double>(random_()) / 4294967296.0);
  }

  /// Bytes that the next step adds.
  double step() {
    const double hour_share =
        1 + night_share_ * std::sin(2 * std::numbers::pi * now_ / 86400 + phase_);
    const double steady = day_ * kStep / 86400 * hour_share * uniform(0.6, 1.4);
    const double age = now_ - since_;
    now_ += kStep;
    switch (kind_) {
      case Writes::Linear:
      case Writes::Reverting:
        return steady;
      case Writes::Saturating:
        return 0.4 * steady +
               hot_ * (std::exp(-age / hot_seconds_) - std::exp(-(age + kStep) / hot_seconds_));
      case Writes::Bursty: {
        const bool burst = uniform(0, 1) < bursts_a_day_ * kStep / 86400;
        return 0.2 * steady + (burst ? day_ * -0.4 * std::log(1 - uniform(0, 1)) : 0);
      }
    }
    return steady;
  }
  void start_again() { since_ = now_; }

 private:
  Writes kind_;
  std::mt19937
      random_;  // its numbers are the same everywhere, the library's distributions' are not
  double day_ = 0, night_share_ = 0, phase_ = 0, hot_ = 0, hot_seconds_ = 1, bursts_a_day_ = 1;
  double now_ = 0, since_ = 0;
};

inline std::uint64_t quantised(double bytes) {
  return static_cast<std::uint64_t>(std::ceil(bytes / GrowingDelta::kQuantum) *
                                    GrowingDelta::kQuantum);
}

/// What scans saw of one stream, and when it will truly have grown by a factor.
struct Watched {
  std::vector<GrowthSample> samples;
  double target = 0;  ///< bytes
  double truth = 0;   ///< seconds from the last sample until the target is reached
};

/// Hourly looks for `watched` seconds, one in ten missing, the first and the last never.
inline Watched watch(Writes kind, double watched, double multiple, std::uint32_t seed) {
  GrowingDelta delta(kind, seed);
  Watched result;
  double bytes = 0;
  double next_revert = kind == Writes::Reverting ? delta.uniform(0.2, 0.8) * watched : 1e18;
  const auto steps = static_cast<int>(watched / GrowingDelta::kStep) + 4;
  for (int i = 1; i <= steps; ++i) {
    bytes += delta.step();
    if (i * GrowingDelta::kStep > next_revert) {
      bytes = 0;
      delta.start_again();
      next_revert = 1e18;
    }
    const bool missing = delta.uniform(0, 1) < 0.1 && i != 4 && i != steps;
    if (i % 4 != 0 || missing) continue;
    const auto at = Time{} + std::chrono::seconds(static_cast<int>(i * GrowingDelta::kStep));
    result.samples.push_back(
        {.time = at, .running_bytes = quantised(bytes), .depth = 1, .max_depth = 1});
  }
  result.target = static_cast<double>(result.samples.back().running_bytes) * multiple;
  while (bytes < result.target && result.truth < 400 * 86400.0) {
    bytes += delta.step();
    result.truth += GrowingDelta::kStep;
  }
  return result;
}

/// How forecasts of many streams did.
struct Coverage {
  int streams = 0;                   ///< of which an interval was given
  int held = 0;                      ///< the truth was in it
  int in_time = 0;                   ///< the earliest was not too late
  std::vector<double> errors;        ///< of the best guess, as a factor from 1
  std::vector<double> plain_errors;  ///< of plain regression, as predict_linear does it
  double share() const { return streams == 0 ? 0 : static_cast<double>(held) / streams; }
};

inline double factor(double a, double b) { return std::max(a, b) / std::max(1.0, std::min(a, b)); }

/// Seconds until a least-squares line through all samples reaches the target.
inline double plain_regression(const Watched& stream) {
  double t = 0, b = 0, tt = 0, tb = 0;
  const auto n = static_cast<double>(stream.samples.size());
  for (const GrowthSample& one : stream.samples) {
    const double x = std::chrono::duration<double>(one.time - stream.samples.back().time).count();
    const auto y = static_cast<double>(one.running_bytes);
    t += x;
    b += y;
    tt += x * x;
    tb += x * y;
  }
  const double slope = (n * tb - t * b) / (n * tt - t * t);
  const double now = (b - slope * t) / n;
  return slope <= 0 ? 4e9 : std::max(GrowingDelta::kStep, (stream.target - now) / slope);
}

inline void judge(const Watched& stream, Coverage& coverage) {
  const Growth growth = estimate_growth(stream.samples);
  const GrowthCrossing crossing = grows_to(growth, stream.target);
  const auto after = [&](const Time& when) {
    return std::chrono::duration<double>(when - growth.anchor).count();
  };
  if (crossing.best) {
    coverage.errors.push_back(factor(after(*crossing.best), stream.truth));
    coverage.plain_errors.push_back(factor(plain_regression(stream), stream.truth));
  }
  if (growth.basis != GrowthBasis::Interval) return;
  ++coverage.streams;
  // Unset ends are open ones: not before, and not at all by this rate.
  const bool in_time = !crossing.earliest || after(*crossing.earliest) <= stream.truth;
  coverage.in_time += in_time ? 1 : 0;
  const bool not_later = !crossing.latest || after(*crossing.latest) >= stream.truth;
  coverage.held += in_time && not_later ? 1 : 0;
}

inline double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace policy
