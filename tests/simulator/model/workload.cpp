#include "tests/simulator/model/workload.h"

#include <algorithm>
#include <cmath>

namespace sim {
namespace {

constexpr double kBlocksPerBunch = 8;

double unit(std::uint64_t number) { return static_cast<double>(number >> 11) * 0x1p-53; }

std::uint64_t place(const WriteModel& model, std::uint64_t random, std::uint64_t position,
                    std::uint64_t count, std::uint64_t capacity) {
  const std::uint64_t room = capacity - count + 1;
  switch (model.pattern) {
    case WriteModel::Pattern::None:
    case WriteModel::Pattern::Uniform:
      return mix(random, 1) % room;
    case WriteModel::Pattern::Sequential:
      return std::min(position % capacity, room - 1);
    case WriteModel::Pattern::HotSet: {
      const auto hot = std::max<std::uint64_t>(
          1, static_cast<std::uint64_t>(model.hot_fraction * static_cast<double>(room)));
      const bool in_hot = unit(mix(random, 2)) < model.hot_share;
      return mix(random, 3) % (in_hot ? std::min(hot, room) : room);
    }
  }
  return 0;
}

}  // namespace

// The finaliser of splitmix64 (Steele, Lea, Flood 2014), over a combination of both.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + 0x9e3779b97f4a7c15U * (b + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

void guest_writes(const WriteModel& model, int disk, double share, std::uint64_t capacity_blocks,
                  std::uint64_t block_bytes, Time from, Time to,
                  const std::function<bool(Time, const GuestWrite&)>& write) {
  const double blocks_per_second =
      model.bytes_per_hour * share / 3600 / static_cast<double>(block_bytes);
  if (model.pattern == WriteModel::Pattern::None || blocks_per_second <= 0 || capacity_blocks == 0)
    return;
  const double seconds = std::clamp(kBlocksPerBunch / blocks_per_second, 1.0, 3600.0);
  const auto interval = static_cast<std::int64_t>(seconds * 1e6);
  const double per_bunch = blocks_per_second * static_cast<double>(interval) / 1e6;
  const std::uint64_t stream = mix(model.seed, static_cast<std::uint64_t>(disk));
  // Guests do not all write in the same microsecond.
  const auto phase = static_cast<std::int64_t>(stream % static_cast<std::uint64_t>(interval));
  const auto index_at = [&](Time time) {
    return (time.time_since_epoch().count() - phase) / interval;
  };
  for (std::int64_t index = index_at(from) + 1; index <= index_at(to); ++index) {
    const double number = static_cast<double>(index);
    const auto position = static_cast<std::uint64_t>(std::floor(number * per_bunch));
    const auto next = static_cast<std::uint64_t>(std::floor((number + 1) * per_bunch));
    const std::uint64_t count = std::min(next - position, capacity_blocks);
    if (count == 0) continue;
    const std::uint64_t random = mix(stream, static_cast<std::uint64_t>(index));
    const Time when{Duration(index * interval + phase)};
    if (!write(when, {place(model, random, position, count, capacity_blocks), count, random | 1}))
      return;
  }
}

}  // namespace sim
