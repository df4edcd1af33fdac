#include "policy/disk_watches.h"

#include <algorithm>
#include <chrono>

namespace policy {
namespace {

using std::chrono::seconds;

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

std::string counted_deltas(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " delta" : " deltas");
}

std::string by_others(const ForeignHabit& habit) {
  const int tenths = static_cast<int>(habit.a_day * 70 + 0.5);
  return "snapshots of others, about " + std::to_string(tenths / 10) + "." +
         std::to_string(tenths % 10) + " a week";
}

}  // namespace

DiskWatches::DiskWatches(const ForecastInput& input, std::size_t index)
    : input_(input), index_(index) {
  const ThresholdPair limits = thresholds_of(input.kinds[index], input.thresholds);
  add(ForecastLevel::Warn, limits.warn);
  add(ForecastLevel::Critical, limits.critical);
  depths_.emplace_back(ForecastLevel::Limit, "depth", kDepthRefuse, CrossingWatch::Between::Jump);
}

void DiskWatches::look(const PlayedMoment& moment) {
  const PlayedDisk& disk = moment.disks[index_];
  if (disk.deltas.empty() && !disk.takes_part) return;
  look_at_depth(moment, disk);
  look_at_probes(moment, disk);
  look_at_age(moment, disk);
  look_at_size(moment, disk);
}

DiskForecast DiskWatches::forecast(const PlayedMoment& start) const {
  const Disk& disk = input_.play.vm.disks[index_];
  const PlayedDisk& played = start.disks[index_];
  DiskForecast result{.key = disk.key,
                      .label = disk.label,
                      .depth = disk.depth,
                      .probes = disk.probes.best,
                      .delta_bytes = played.delta_bytes().best,
                      .growth = input_.play.writes[index_].growth,
                      .crossings = {}};
  for (const auto* watches : {&probes_, &depths_, &ages_, &sizes_}) {
    for (const CrossingWatch& watch : *watches) {
      result.crossings.push_back(watch.crossing(input_.play.now));
    }
  }
  const bool grows = !played.deltas.empty() || !input_.play.runs.empty();
  if (!played.writes_known && grows && played.takes_part) say_earliest(played, result);
  return result;
}

void DiskWatches::add(ForecastLevel level, const Thresholds& limits) {
  using enum CrossingWatch::Between;
  const auto capacity = static_cast<double>(input_.play.vm.disks[index_].capacity_bytes);
  if (limits.probes) probes_.emplace_back(level, "probes", *limits.probes, Jump);
  if (limits.depth) depths_.emplace_back(level, "depth", *limits.depth, Jump);
  if (limits.age) ages_.emplace_back(level, "age", static_cast<double>(limits.age->count()), Line);
  if (limits.size_bytes) {
    sizes_.emplace_back(level, "size", static_cast<double>(*limits.size_bytes), Line);
  }
  if (limits.size_share && capacity > 0) {
    sizes_.emplace_back(level, "size", *limits.size_share * capacity, Line);
  }
}

void DiskWatches::look_at_depth(const PlayedMoment& moment, const PlayedDisk& disk) {
  const auto deltas = static_cast<double>(disk.deltas.size());
  const double others = foreign_at(moment.at);
  for (CrossingWatch& watch : depths_) {
    // Where creates are refused, a linked clone's inherited layers count, too.
    const bool limit = &watch == &depths_.back();
    const double depth = deltas + (limit ? disk.disk->inherited : 0);
    watch.look(moment.at, {depth, depth, depth + others},
               [&](bool by_best) { return deltas_left(moment, disk, by_best); });
  }
}

void DiskWatches::look_at_probes(const PlayedMoment& moment, const PlayedDisk& disk) {
  if (probes_.empty()) return;
  const PlayedProbes probes = played_probes(disk);
  const double others = foreign_at(moment.at);
  for (CrossingWatch& watch : probes_) {
    watch.look(moment.at, {probes.low, probes.best, probes.high + others},
               [&](bool by_best) { return deltas_left(moment, disk, by_best); });
  }
}

void DiskWatches::look_at_age(const PlayedMoment& moment, const PlayedDisk& disk) {
  if (ages_.empty() || disk.deltas.empty()) return;
  const PlayedSnapshot* oldest = nullptr;
  for (const PlayedSnapshot& one : moment.snapshots) {
    if (oldest == nullptr || one.created < oldest->created) oldest = &one;
  }
  if (oldest == nullptr) return;
  const double age =
      std::max(0.0, std::chrono::duration<double>(moment.at - oldest->created).count());
  // Whether one of others stays is not ours to say.
  const double sure = oldest->owner == Owner::Ours ? age : 0;
  for (CrossingWatch& watch : ages_) {
    watch.look(moment.at, {sure, age, age}, [&](bool) {
      const bool there = moment.event == PlayedEvent::Start;
      return "the snapshot of " + format_utc(std::chrono::floor<seconds>(oldest->created)) +
             (there ? " is still there" : " is not removed before");
    });
  }
}

void DiskWatches::look_at_size(const PlayedMoment& moment, const PlayedDisk& disk) {
  const GrowthRange bytes = disk.delta_bytes();
  for (CrossingWatch& watch : sizes_) {
    watch.look(moment.at, bytes, [&](bool) -> std::string {
      if (moment.event == PlayedEvent::Start) return "what its deltas hold already";
      if (plays_runs())
        return "what policy " + quoted(input_.play.policy->name()) + " keeps, as the guest writes";
      return "growth of the running delta";
    });
    if (!disk.writes_known && !disk.deltas.empty()) watch.not_enough_history();
  }
}

bool DiskWatches::plays_runs() const {
  return input_.play.policy != nullptr && !input_.play.runs.empty();
}
double DiskWatches::foreign_at(Time at) const {
  if (!input_.foreign) return 0;
  const double stayed = input_.foreign->kept_a_day * days_between(input_.play.now, at);
  // One that goes again is there now and then.
  const bool passing = at > input_.play.now && input_.foreign->a_day > input_.foreign->kept_a_day;
  return stayed + (passing ? 1 : 0);
}

/// By our runs where the best guess crosses, else perhaps by those of others.
std::string DiskWatches::deltas_left(const PlayedMoment& moment, const PlayedDisk& disk,
                                     bool by_best) const {
  if (input_.foreign && !by_best) return by_others(*input_.foreign);
  const std::string depth = counted_deltas(disk.deltas.size());
  // What is there before the first run is not what the policy would leave.
  if (!plays_runs() || moment.event == PlayedEvent::Start) return "its chain of " + depth;
  return "policy " + quoted(input_.play.policy->name()) + " leaves " + depth;
}

/// Under a day of history only what would be the fastest can be told.
void DiskWatches::say_earliest(const PlayedDisk& played, DiskForecast& result) const {
  const double frozen =
      result.delta_bytes - (played.deltas.empty() ? 0 : played.deltas.back().bytes.best);
  for (Crossing& crossing : result.crossings) {
    if (crossing.rule != "size" || crossing.state != CrossingState::NotEnoughHistory) continue;
    crossing.earliest = grows_to(result.growth, crossing.threshold - frozen).earliest;
  }
}

}  // namespace policy
