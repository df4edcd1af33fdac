#include "tests/simulator/model/timeline.h"

#include <algorithm>

namespace sim {

void World::Timeline::play_until(Time target) {
  if (playing) return;  // something due asks for the time: it is the time it was due at
  playing = true;
  while (!due.empty() && due.top().when <= target) {
    const Due next = due.top();
    due.pop();
    current = std::max(current, next.when);
    next.what();
  }
  current = std::max(current, target);
  playing = false;
}

World::World(WorldOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      timeline_(std::make_shared<Timeline>()) {
  timeline_->current = options_.start;
}

Time World::now() {
  Time target = timeline_->current;
  if (options_.speed > 0) {
    const std::chrono::duration<double> real =
        std::chrono::steady_clock::now() - timeline_->real_start;
    const Duration passed{static_cast<std::int64_t>(real.count() * options_.speed * 1e6)};
    target = std::max(target, options_.start + timeline_->stepped + passed);
  }
  timeline_->play_until(target);
  return timeline_->current;
}

void World::step(Duration by) {
  const Time target = now() + by;
  timeline_->stepped += by;
  timeline_->play_until(target);
  changed.notify_all();
}

bool World::step_towards(std::optional<Time> limit) {
  const Time from = now();
  const std::optional<Time> due = next_due();
  if (!due && !limit) return false;
  const Time to = due && limit ? std::min(*due, *limit) : due ? *due : *limit;
  step(std::max(to - from, Duration{0}));
  return true;
}

void World::at(Time when, std::function<void()> what) {
  timeline_->due.push({when, ++timeline_->arrivals, std::move(what)});
}

std::optional<Time> World::next_due() const {
  if (timeline_->due.empty()) return std::nullopt;
  return timeline_->due.top().when;
}

}  // namespace sim
