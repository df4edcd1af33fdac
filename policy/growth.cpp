#include "policy/growth.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace policy {
namespace {

using std::chrono::hours;

constexpr double kDay = 86400;
constexpr double kWatched = 30 * kDay;
constexpr std::size_t kPoints = 96;  // of one delta: pairs grow with the square

// Fitted on simulated deltas, see tests/bench/forecast_table.cpp.
constexpr double kDeviations = 2.0;

struct Point {
  double seconds = 0;  // since the first sample of all
  double bytes = 0;
};
using Run = std::vector<Point>;  // of one delta

double span_of(const Run& run) { return run.back().seconds - run.front().seconds; }

/// Evenly in time, first and last among them.
Run thinned(const Run& run) {
  if (run.size() <= kPoints) return run;
  Run kept;
  const double step = span_of(run) / static_cast<double>(kPoints - 1);
  double wanted = run.front().seconds;
  for (const Point& point : run) {
    if (point.seconds < wanted) continue;
    kept.push_back(point);
    while (wanted <= point.seconds) wanted += step;
  }
  if (kept.back().seconds < run.back().seconds) kept.push_back(run.back());
  return kept;
}

std::vector<Run> runs_of(std::span<const GrowthSample> samples) {
  std::vector<Run> runs;
  const GrowthSample* before = nullptr;
  for (const GrowthSample& sample : samples) {
    const std::chrono::duration<double> age = samples.back().time - sample.time;
    if (age.count() > kWatched) continue;
    const bool other_delta = before == nullptr || sample.depth != before->depth ||
                             sample.running_bytes < before->running_bytes ||
                             sample.max_depth > sample.depth;
    if (other_delta) runs.emplace_back();
    before = &sample;
    if (sample.depth == 0) continue;  // no delta: the base's size is no growth of a snapshot
    const std::chrono::duration<double> at = sample.time - samples.front().time;
    runs.back().push_back({at.count(), static_cast<double>(sample.running_bytes)});
  }
  std::erase_if(runs, [](const Run& run) { return run.size() < 2 || span_of(run) <= 0; });
  for (Run& run : runs) run = thinned(run);
  return runs;
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

/// Theil-Sen over all deltas: the median slope of pairs of one delta. Pairs at least a day apart do
/// not see the time of day, so they are the only ones where there are any.
double slope_of(const std::vector<Run>& runs, double apart) {
  std::vector<double> slopes;
  for (const Run& run : runs) {
    for (std::size_t i = 0; i < run.size(); ++i) {
      for (std::size_t j = i + 1; j < run.size(); ++j) {
        const double seconds = run[j].seconds - run[i].seconds;
        if (seconds > 0 && seconds >= apart) {
          slopes.push_back((run[j].bytes - run[i].bytes) / seconds);
        }
      }
    }
  }
  if (slopes.empty()) return apart > 0 ? slope_of(runs, 0) : 0;
  return median(slopes);
}

double at(const Run& run, double seconds) {
  const auto right = std::lower_bound(run.begin(), run.end(), seconds,
                                      [](const Point& p, double s) { return p.seconds < s; });
  if (right == run.begin()) return run.front().bytes;
  if (right == run.end()) return run.back().bytes;
  const auto left = right - 1;
  const double share = (seconds - left->seconds) / (right->seconds - left->seconds);
  return left->bytes + share * (right->bytes - left->bytes);
}

double rate(const Run& run, double from, double to) {
  return (at(run, to) - at(run, from)) / (to - from);
}

/// The fastest 24 h; where no delta lived that long the fastest whole life of half a day or more,
/// and where there is none of those of any.
double fastest_day(const std::vector<Run>& runs) {
  const bool long_lives = std::any_of(runs.begin(), runs.end(),
                                      [](const Run& run) { return span_of(run) >= kDay / 2; });
  double fastest = 0;
  for (const Run& run : runs) {
    const double first = run.front().seconds;
    const double last = run.back().seconds;
    if (last - first < kDay) {
      if (last - first >= kDay / 2 || !long_lives)
        fastest = std::max(fastest, rate(run, first, last));
      continue;
    }
    for (double to = last; to - kDay >= first; to -= 3600) {
      fastest = std::max(fastest, rate(run, to - kDay, to));
    }
  }
  return fastest;
}

/// The rate that growth slows down to, if it goes on to slow down as it did: the last days' rate
/// times its share of the first days'. Of whole days, so that nights do not count as slowing down.
double slowing_rate(const Run& run) {
  const double span = span_of(run);
  const double days = std::floor(span / 2 / kDay) * kDay;
  const double part = days > 0 ? days : span / 2;
  const double first = rate(run, run.front().seconds, run.front().seconds + part);
  const double last = rate(run, run.back().seconds - part, run.back().seconds);
  if (first <= 0 || last >= first) return last;
  const double ratio = last / first;
  return last * ratio * ratio;
}

/// Spread of what is added around the mean rate, from samples an hour or more apart.
double noise_of(const std::vector<Run>& runs) {
  double seconds = 0, bytes = 0;
  for (const Run& run : runs) {
    seconds += span_of(run);
    bytes += run.back().bytes - run.front().bytes;
  }
  const double mean = bytes / seconds;
  double squares = 0;
  for (const Run& run : runs) {
    for (std::size_t i = 1; i < run.size(); ++i) {
      const double surplus =
          run[i].bytes - run[i - 1].bytes - mean * (run[i].seconds - run[i - 1].seconds);
      squares += surplus * surplus;
    }
  }
  return std::sqrt(squares / seconds);
}

double spread(const Growth& growth, double seconds) {
  const auto seen = static_cast<double>(growth.evidence.count());
  return kDeviations * (1 + 1.6 * kDay / seen) * growth.noise *
         std::sqrt(seconds + seconds * seconds / seen);
}

/// The first second at which `grown` has risen to `missing`; grown must not fall.
template <typename Grown>
std::optional<Time> reaches(const Growth& growth, double missing, const Grown& grown) {
  if (missing <= 0) return growth.anchor;
  double low = 0;
  double high = kDay;
  while (grown(high) < missing) {
    low = high;
    high *= 2;
    if (high > 100 * 365 * kDay) return std::nullopt;
  }
  while (high - low > 1) {
    const double middle = (low + high) / 2;
    (grown(middle) < missing ? low : high) = middle;
  }
  return growth.anchor + std::chrono::seconds(static_cast<std::int64_t>(std::ceil(high)));
}

}  // namespace

const char* growth_basis_name(GrowthBasis basis) {
  switch (basis) {
    case GrowthBasis::None:
      return "none";
    case GrowthBasis::Earliest:
      return "earliest";
    case GrowthBasis::Rough:
      return "rough";
    case GrowthBasis::Interval:
      return "interval";
  }
  return "none";
}

Growth estimate_growth(std::span<const GrowthSample> samples) {
  Growth growth;
  if (samples.empty()) return growth;
  growth.anchor = samples.back().time;
  growth.bytes = samples.back().running_bytes;
  const std::vector<Run> runs = runs_of(samples);
  double evidence = 0;
  std::size_t points = 0;
  for (const Run& run : runs) {
    evidence += span_of(run);
    points += run.size();
  }
  growth.evidence = std::chrono::seconds(static_cast<std::int64_t>(evidence));
  if (points < 3 || growth.evidence < hours(1)) return growth;
  growth.fast = fastest_day(runs);
  growth.noise = noise_of(runs);
  growth.basis = GrowthBasis::Earliest;
  if (growth.evidence < hours(24)) return growth;
  growth.best = slope_of(runs, kDay);
  growth.fast = std::max(growth.fast, growth.best);
  growth.basis = GrowthBasis::Rough;
  if (growth.evidence < hours(48)) return growth;
  growth.slow = std::min(slowing_rate(runs.back()), growth.best);
  growth.basis = GrowthBasis::Interval;
  return growth;
}

GrowthRange grown_after(const Growth& growth, std::chrono::seconds later) {
  const auto seconds = static_cast<double>(later.count());
  const auto bytes = static_cast<double>(growth.bytes);
  if (seconds <= 0) return {bytes, bytes, bytes};
  const double around = spread(growth, seconds);
  return {.low = bytes + std::max(0.0, growth.slow * seconds - around),
          .best = bytes + growth.best * seconds,
          .high = bytes + growth.fast * seconds + around};
}

GrowthCrossing grows_to(const Growth& growth, double bytes) {
  GrowthCrossing crossing;
  const double missing = bytes - static_cast<double>(growth.bytes);
  if (growth.basis >= GrowthBasis::Earliest) {
    crossing.earliest =
        reaches(growth, missing, [&](double t) { return growth.fast * t + spread(growth, t); });
  }
  if (growth.basis >= GrowthBasis::Rough) {
    crossing.best = reaches(growth, missing, [&](double t) { return growth.best * t; });
  }
  if (growth.basis >= GrowthBasis::Interval) {
    crossing.latest =
        reaches(growth, missing, [&](double t) { return growth.slow * t - spread(growth, t); });
  }
  return crossing;
}

}  // namespace policy
