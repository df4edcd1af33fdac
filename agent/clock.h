// The seam to the clock: policy takes now as an argument, the agent gets it here.
#pragma once

#include <chrono>

#include "policy/time.h"

namespace agent {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual policy::Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  policy::Time now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace agent
