// All thresholds of one disk while its VM is played forward; forecast.h is the way in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/crossing.h"
#include "policy/forecast.h"

namespace policy {

class DiskWatches {
 public:
  /// `input` must outlive it.
  DiskWatches(const ForecastInput& input, std::size_t index);

  void look(const PlayedMoment& moment);
  /// What came of it; `start` is the first moment that was played.
  DiskForecast forecast(const PlayedMoment& start) const;

 private:
  void add(ForecastLevel level, const Thresholds& limits);
  void look_at_depth(const PlayedMoment& moment, const PlayedDisk& disk);
  void look_at_probes(const PlayedMoment& moment, const PlayedDisk& disk);
  void look_at_age(const PlayedMoment& moment, const PlayedDisk& disk);
  void look_at_size(const PlayedMoment& moment, const PlayedDisk& disk);

  bool plays_runs() const;
  double foreign_at(Time at) const;
  std::string deltas_left(const PlayedMoment& moment, const PlayedDisk& disk, bool by_best) const;
  void say_earliest(const PlayedDisk& played, DiskForecast& result) const;

  const ForecastInput& input_;
  std::size_t index_;
  std::vector<CrossingWatch> probes_, depths_, ages_, sizes_;  // the limit is the last of depths_
};

}  // namespace policy
