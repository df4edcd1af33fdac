// How fast a disk's running delta grows, from what was seen of it: a slope that outliers do not
// bend, and how wrong it may be. How well the interval holds is measured: policy/README.md, Growth.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "policy/time.h"

namespace policy {

/// One look at a disk. A sample that stands for a whole span of time has the span's last values.
struct GrowthSample {
  Time time{};
  std::uint64_t running_bytes = 0;
  int depth = 0;
  int max_depth = 0;  ///< within the span; `depth` for a single look
};

/// How much may be said.
enum class GrowthBasis {
  None,      ///< too little was seen: nothing
  Earliest,  ///< under 24 h: only what would be the fastest
  Rough,     ///< under 48 h: a best guess, too, but no interval
  Interval   ///< a best guess, and 9 of 10 truths lie between low and high
};
/// "none", "earliest", "rough", "interval".
const char* growth_basis_name(GrowthBasis basis);

/// Lines through the last sample, and the spread around them. Rates are bytes a second; what the
/// basis does not reach is 0.
struct Growth {
  GrowthBasis basis = GrowthBasis::None;
  double slow = 0, best = 0, fast = 0;
  /// Standard deviation of what a second adds, were seconds independent: bytes per square root of
  /// a second. Writes that come in bursts have a large one.
  double noise = 0;
  Time anchor{};                     ///< of the last sample
  std::uint64_t bytes = 0;           ///< there
  std::chrono::seconds evidence{0};  ///< time that deltas were watched growing
};

/// `samples` oldest first; not an error: none, gaps, equal times. The newest 30 days count: what is
/// older was thinned to one sample a day. A smaller size or another depth is another delta (a
/// snapshot was made or removed, the VM reverted): no slope is taken across.
Growth estimate_growth(std::span<const GrowthSample> samples);

/// What the running delta has so long after the anchor: the ends of the interval and the best
/// guess, never less than at the anchor. Formulas: policy/README.md, Growth.
struct GrowthRange {
  double low = 0, best = 0, high = 0;
};
GrowthRange grown_after(const Growth& growth, std::chrono::seconds later);

/// When the running delta will have reached `bytes`. Unset: not by this rate, or the basis does not
/// reach that far. All are the anchor when it is as large already.
struct GrowthCrossing {
  std::optional<Time> earliest, best, latest;
};
GrowthCrossing grows_to(const Growth& growth, double bytes);

}  // namespace policy
