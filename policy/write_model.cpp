#include "policy/write_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace policy {
namespace {

using std::chrono::seconds;

constexpr std::size_t kRemembered = 64;  // the newest ones: guests change
constexpr double kAlike = 4.0 / 3;
constexpr double kDay = 86400;

// A percentile of few deltas says little of the next ones: the ends move away from the median by
// these, over the number of deltas. Fitted like the interval of growth, see policy/README.md.
constexpr double kStretch = 2.0;  // of the distance, as a power
constexpr double kApart =
    1.1;  // of the logarithm: a single delta may be a third or thrice the next

/// Between two ranks in a straight line. `values` sorted.
double quantile(const std::vector<double>& values, double share) {
  const double rank = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  if (below + 1 >= values.size()) return values.back();
  return values[below] + (rank - static_cast<double>(below)) * (values[below + 1] - values[below]);
}

GrowthRange spread_out(double low, double best, double high, double count) {
  if (best <= 0) return {.low = low, .best = best, .high = high};
  const auto moved = [&](double end) {
    return std::pow(std::max(end, best * 1e-3) / best, 1 + kStretch / count);
  };
  const double apart = std::exp(kApart / count);
  return {.low = best * std::min(1.0, moved(low)) / apart,
          .best = best,
          .high = best * std::max(1.0, moved(high)) * apart};
}

}  // namespace

std::vector<FrozenDelta> frozen_deltas(const Vm& vm, const Disk& disk) {
  std::map<std::string_view, Time> created;
  for (const Snapshot& snapshot : vm.snapshots) created[snapshot.moid] = snapshot.created;
  std::vector<FrozenDelta> frozen;
  for (std::size_t i = disk.layers.size(); i-- > 1;) {  // oldest first; the running one is no. 0
    const Layer& layer = disk.layers[i];
    const Layer& above = disk.layers[i - 1];
    if (!layer.snapshot || !above.snapshot || layer.bytes == 0) continue;
    const auto from = created.find(*layer.snapshot);
    const auto to = created.find(*above.snapshot);
    if (from == created.end() || to == created.end() || from->second >= to->second) continue;
    frozen.push_back({std::chrono::floor<seconds>(to->second - from->second), layer.bytes});
  }
  return frozen;
}

std::vector<FrozenDelta> frozen_deltas(std::span<const GrowthSample> samples) {
  std::vector<FrozenDelta> frozen;
  const GrowthSample* first = nullptr;  // of the delta that runs; null: not seen from its start
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const GrowthSample& before = samples[i - 1];
    const GrowthSample& now = samples[i];
    // A depth that falls is taken for an older snapshot that went: the running delta goes on.
    const bool same = now.depth <= before.depth && now.running_bytes >= before.running_bytes;
    if (same && now.time - before.time <= kRawSamples) continue;
    const bool deeper = now.depth == before.depth + 1;
    // A depth that stays while the size falls: one was made and one removed between the looks.
    const bool replaced = now.depth == before.depth && now.running_bytes < before.running_bytes;
    const bool close = now.time - before.time <= kRawSamples;
    if (first != nullptr && before.depth > 0 && close && (deeper || replaced) &&
        before.time > first->time) {
      frozen.push_back(
          {std::chrono::floor<seconds>(before.time - first->time), before.running_bytes});
    }
    first = close && (deeper || replaced) ? &now : nullptr;
  }
  return frozen;
}

WriteModel::WriteModel(std::vector<FrozenDelta> frozen, const Growth& growth) {
  if (frozen.size() > kRemembered) {
    frozen.erase(frozen.begin(), frozen.end() - static_cast<std::ptrdiff_t>(kRemembered));
  }
  for (const FrozenDelta& one : frozen) {
    const auto bytes = static_cast<double>(one.bytes);
    if (one.lived <= seconds{0}) continue;
    frozen_.push_back({static_cast<double>(one.lived.count()), bytes, bytes, bytes});
  }
  std::sort(frozen_.begin(), frozen_.end(),
            [](const Observation& a, const Observation& b) { return a.seconds < b.seconds; });
  if (frozen_.empty() && growth.basis >= GrowthBasis::Rough) {
    frozen_.push_back({kDay, kDay * growth.slow, kDay * growth.best, kDay * growth.fast});
  }
}

GrowthRange WriteModel::after(seconds lived) const {
  if (frozen_.empty() || lived <= seconds{0}) return {};
  const auto wanted = static_cast<double>(lived.count());
  const Observation& nearest = *std::min_element(
      frozen_.begin(), frozen_.end(), [&](const Observation& a, const Observation& b) {
        return std::abs(std::log(a.seconds / wanted)) < std::abs(std::log(b.seconds / wanted));
      });
  const bool alike = nearest.seconds <= wanted * kAlike && nearest.seconds >= wanted / kAlike;
  const double centre = alike ? wanted : nearest.seconds;
  std::vector<double> low, best, high;
  for (const Observation& one : frozen_) {
    if (one.seconds > centre * kAlike || one.seconds < centre / kAlike) continue;
    const double scale = centre / one.seconds;
    low.push_back(one.low * scale);
    best.push_back(one.best * scale);
    high.push_back(one.high * scale);
  }
  for (auto* values : {&low, &best, &high}) std::sort(values->begin(), values->end());
  const double ratio = wanted / centre;
  const GrowthRange ends = spread_out(quantile(low, 0.2), quantile(best, 0.5), quantile(high, 0.8),
                                      static_cast<double>(best.size()));
  return {.low = ends.low * std::min(1.0, ratio),
          .best = ends.best * std::sqrt(ratio),
          .high = ends.high * std::max(1.0, ratio)};
}

}  // namespace policy
