// The seam to the clock: policy takes now as an argument, the agent gets it here.
#pragma once

#include <chrono>

#include "policy/time.h"

namespace agent {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual policy::Time now() const = 0;
  /// It is the server's own: what it says needs no correction by the server's time.
  virtual bool is_the_servers() const { return false; }
  /// A wait is over: what was read before is old. Only a clock that has to ask somebody heeds it.
  virtual void new_round() const {}
};

class SystemClock final : public Clock {
 public:
  policy::Time now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace agent
