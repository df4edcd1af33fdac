// Watches one number on its way through time and keeps when it reached its threshold; forecast.h
// is the way in.
#pragma once

#include <chrono>
#include <optional>
#include <ratio>
#include <string>

#include "policy/forecast.h"

namespace policy {

inline double days_between(Time from, Time to) {
  return std::chrono::duration<double, std::ratio<86400>>(to - from).count();
}

/// The low, best and high estimate of one number, each with the instant at which it was reached.
/// Between two looks a number is taken to rise in a straight line, or to jump at the later one.
class CrossingWatch {
 public:
  enum class Between { Line, Jump };
  CrossingWatch(ForecastLevel level, std::string rule, double threshold, Between between);

  /// In order of time. `cause` gives the text when the best estimate (true) or only the high one
  /// (false) crosses here.
  template <typename Cause>
  void look(Time at, const GrowthRange& value, const Cause& cause) {
    const bool before = best_.has_value();
    const bool before_high = high_.has_value();
    reach(low_, at, last_.low, value.low);
    reach(best_, at, last_.best, value.best);
    reach(high_, at, last_.high, value.high);
    if ((best_ && !before) || (high_ && !before_high && !best_))
      crossing_.cause = cause(best_.has_value());
    last_ = value;
    last_at_ = at;
    looked_ = true;
  }

  /// What is looked at rests on a guess that nothing supports: only what is crossed now is told.
  void not_enough_history() { unknown_ = true; }

  /// What came of it.
  Crossing crossing(Time now) const;

 private:
  void reach(std::optional<Time>& when, Time at, double from, double to) const;

  Crossing crossing_;
  Between between_;
  std::optional<Time> low_, best_, high_;
  GrowthRange last_;
  Time last_at_{};
  bool looked_ = false, unknown_ = false;
};

}  // namespace policy
