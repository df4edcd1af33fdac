// Virtual time of a World: what is due when, and how real time drives it.
#pragma once

#include <queue>

#include "tests/simulator/model/world.h"

namespace sim {

struct World::Timeline {
  struct Due {
    Time when;
    std::uint64_t arrival;
    std::function<void()> what;
    bool operator<(const Due& other) const {  // a max-heap: the earliest is the greatest
      return when != other.when ? when > other.when : arrival > other.arrival;
    }
  };
  std::priority_queue<Due> due;
  std::uint64_t arrivals = 0;
  Time current{};  ///< how far things were played
  std::chrono::steady_clock::time_point real_start = std::chrono::steady_clock::now();
  Duration stepped{0};
  bool playing = false;

  void play_until(Time target);
};

}  // namespace sim
