#include "policy/crossing.h"

#include <chrono>
#include <utility>

namespace policy {

CrossingWatch::CrossingWatch(ForecastLevel level, std::string rule, double threshold,
                             Between between)
    : between_(between) {
  crossing_.level = level;
  crossing_.rule = std::move(rule);
  crossing_.threshold = threshold;
}

void CrossingWatch::reach(std::optional<Time>& when, Time at, double from, double to) const {
  const double threshold = crossing_.threshold;
  if (when || to < threshold) return;
  if (!looked_ || between_ == Between::Jump || from >= threshold || to <= from) {
    when = at;
    return;
  }
  const auto span =
      std::chrono::duration<double>(at - last_at_) * ((threshold - from) / (to - from));
  when = last_at_ + std::chrono::ceil<std::chrono::seconds>(span);
  if (*when > at) when = at;
}

Crossing CrossingWatch::crossing(Time now) const {
  Crossing result = crossing_;
  if (best_ && *best_ <= now) {
    result.state = CrossingState::Now;
    result.certainty = Certainty::Certain;
    return result;
  }
  if (unknown_) {
    result.state = CrossingState::NotEnoughHistory;
    result.cause.clear();
    return result;
  }
  if (!best_ && !high_) return result;
  result.state = CrossingState::At;
  result.at = best_ ? best_ : high_;
  if (high_ != best_ || low_ != best_) {
    result.earliest = high_;
    result.latest = low_;
  }
  result.certainty = !best_ ? Certainty::Possible : low_ ? Certainty::Certain : Certainty::Likely;
  return result;
}

}  // namespace policy
