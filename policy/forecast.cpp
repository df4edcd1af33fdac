#include "policy/forecast.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "policy/crossing.h"

namespace policy {
namespace {

using std::chrono::seconds;

constexpr std::chrono::hours kWeek{7 * 24};
constexpr int kEnoughForeign = 3;

double days_between(Time from, Time to) {
  return std::chrono::duration<double, std::ratio<86400>>(to - from).count();
}

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

/// What one disk is watched for.
class DiskWatches {
 public:
  DiskWatches(const ForecastInput& input, std::size_t index) : input_(input), index_(index) {
    const ThresholdPair limits = thresholds_of(input.kinds[index], input.thresholds);
    add(ForecastLevel::Warn, limits.warn);
    add(ForecastLevel::Critical, limits.critical);
    depths_.emplace_back(ForecastLevel::Limit, "depth", kDepthRefuse, CrossingWatch::Between::Jump);
  }

  void look(const PlayedMoment& moment) {
    const PlayedDisk& disk = moment.disks[index_];
    if (disk.deltas.empty() && !disk.takes_part) return;
    look_at_depth(moment, disk);
    look_at_probes(moment, disk);
    look_at_age(moment, disk);
    look_at_size(moment, disk);
  }

  DiskForecast forecast(const PlayedMoment& start) const {
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

 private:
  void add(ForecastLevel level, const Thresholds& limits) {
    using enum CrossingWatch::Between;
    const auto capacity = static_cast<double>(input_.play.vm.disks[index_].capacity_bytes);
    if (limits.probes) probes_.emplace_back(level, "probes", *limits.probes, Jump);
    if (limits.depth) depths_.emplace_back(level, "depth", *limits.depth, Jump);
    if (limits.age)
      ages_.emplace_back(level, "age", static_cast<double>(limits.age->count()), Line);
    if (limits.size_bytes) {
      sizes_.emplace_back(level, "size", static_cast<double>(*limits.size_bytes), Line);
    }
    if (limits.size_share && capacity > 0) {
      sizes_.emplace_back(level, "size", *limits.size_share * capacity, Line);
    }
  }

  void look_at_depth(const PlayedMoment& moment, const PlayedDisk& disk) {
    const auto deltas = static_cast<double>(disk.deltas.size());
    const double others = foreign_at(moment.at);
    for (CrossingWatch& watch : depths_) {
      // Where creates are refused, a linked clone's inherited layers count, too.
      const bool limit = &watch == &depths_.back();
      const double depth = deltas + (limit ? disk.disk->inherited : 0);
      watch.look(moment.at, {depth, depth, depth + others}, [&] {
        return depth >= kDepthRefuse || others == 0 ? by_runs(deltas) : by_others();
      });
    }
  }

  void look_at_probes(const PlayedMoment& moment, const PlayedDisk& disk) {
    if (probes_.empty()) return;
    const PlayedProbes probes = played_probes(disk);
    const double others = foreign_at(moment.at);
    for (CrossingWatch& watch : probes_) {
      watch.look(moment.at, {probes.low, probes.best, probes.high + others},
                 [&] { return by_runs(static_cast<double>(disk.deltas.size())); });
    }
  }

  void look_at_age(const PlayedMoment& moment, const PlayedDisk& disk) {
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
      watch.look(moment.at, {sure, age, age}, [&] {
        return "the snapshot of " + format_utc(std::chrono::floor<seconds>(oldest->created)) +
               " is not removed before";
      });
    }
  }

  void look_at_size(const PlayedMoment& moment, const PlayedDisk& disk) {
    const GrowthRange bytes = disk.delta_bytes();
    for (CrossingWatch& watch : sizes_) {
      watch.look(moment.at, bytes, [&]() -> std::string {
        if (plays_runs()) return "what policy " + policy_name() + " keeps, as the guest writes";
        return "growth of the running delta";
      });
      if (!disk.writes_known && !disk.deltas.empty()) watch.not_enough_history();
    }
  }

  bool plays_runs() const { return input_.play.policy != nullptr && !input_.play.runs.empty(); }
  std::string policy_name() const { return quoted(input_.play.policy->name()); }

  double foreign_at(Time at) const {
    if (!input_.foreign) return 0;
    const double stayed = input_.foreign->kept_a_day * days_between(input_.play.now, at);
    // One that goes again is there now and then.
    const bool passing = at > input_.play.now && input_.foreign->a_day > input_.foreign->kept_a_day;
    return stayed + (passing ? 1 : 0);
  }

  std::string by_runs(double deltas) const {
    const std::string depth = std::to_string(static_cast<int>(deltas));
    if (!plays_runs()) return input_.foreign ? by_others() : "its chain of " + depth + " deltas";
    return "policy " + policy_name() + " leaves " + depth + (depth == "1" ? " delta" : " deltas");
  }

  std::string by_others() const {
    const int tenths = static_cast<int>(input_.foreign->a_day * 70 + 0.5);
    return "snapshots of others, about " + std::to_string(tenths / 10) + "." +
           std::to_string(tenths % 10) + " a week";
  }

  /// Under a day of history only what would be the fastest can be told.
  void say_earliest(const PlayedDisk& played, DiskForecast& result) const {
    const double frozen =
        result.delta_bytes - (played.deltas.empty() ? 0 : played.deltas.back().bytes.best);
    for (Crossing& crossing : result.crossings) {
      if (crossing.rule != "size" || crossing.state != CrossingState::NotEnoughHistory) continue;
      crossing.earliest = grows_to(result.growth, crossing.threshold - frozen).earliest;
    }
  }

  const ForecastInput& input_;
  std::size_t index_;
  std::vector<CrossingWatch> probes_, depths_, ages_, sizes_;  // the limit is the last of depths_
};

SpaceSeries& series_of(std::vector<SpaceSeries>& all, const std::string& datastore) {
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const SpaceSeries& one) { return one.datastore == datastore; });
  if (found != all.end()) return *found;
  all.push_back({.datastore = datastore, .bytes = {}});
  return all.back();
}

void add_space(const PlayedMoment& moment, const PlaybackInput& play,
               std::vector<SpaceSeries>& all) {
  if (play.copies) series_of(all, play.copies->datastore);
  for (const PlayedDisk& disk : moment.disks) series_of(all, disk.disk->datastore);
  for (SpaceSeries& series : all) {
    GrowthRange sum;
    for (const PlayedDisk& disk : moment.disks) {
      if (disk.disk->datastore != series.datastore) continue;
      const GrowthRange deltas = disk.delta_bytes();
      sum.low += disk.base_bytes + deltas.low;
      sum.best += disk.base_bytes + deltas.best;
      sum.high += disk.base_bytes + deltas.high;
      if (!disk.writes_known && !disk.deltas.empty()) series.known = false;
    }
    if (play.copies && play.copies->datastore == series.datastore) {
      sum = {sum.low + moment.copy_bytes, sum.best + moment.copy_bytes,
             sum.high + moment.copy_bytes};
    }
    series.bytes.push_back(sum);
  }
}

int rank(CrossingState state) {
  switch (state) {
    case CrossingState::Now:
      return 0;
    case CrossingState::At:
      return 1;
    case CrossingState::NotEnoughHistory:
      return 2;
    case CrossingState::NotWithin:
      return 3;
  }
  return 3;
}

}  // namespace

const char* crossing_state_name(CrossingState state) {
  switch (state) {
    case CrossingState::Now:
      return "now";
    case CrossingState::At:
      return "at";
    case CrossingState::NotWithin:
      return "not-within";
    case CrossingState::NotEnoughHistory:
      return "not-enough-history";
  }
  return "not-within";
}

const char* certainty_name(Certainty certainty) {
  switch (certainty) {
    case Certainty::Certain:
      return "certain";
    case Certainty::Likely:
      return "likely";
    case Certainty::Possible:
      return "possible";
  }
  return "possible";
}

const char* forecast_level_name(ForecastLevel level) {
  switch (level) {
    case ForecastLevel::Warn:
      return "warn";
    case ForecastLevel::Critical:
      return "critical";
    case ForecastLevel::Limit:
      return "limit";
  }
  return "limit";
}

const Crossing* DiskForecast::first(ForecastLevel level) const {
  const auto sooner = [](const Crossing& a, const Crossing& b) {
    return std::tuple(rank(a.state), a.at.value_or(Time::max())) <
           std::tuple(rank(b.state), b.at.value_or(Time::max()));
  };
  const Crossing* first = nullptr;
  for (const Crossing& one : crossings) {
    if (one.level == level && (first == nullptr || sooner(one, *first))) first = &one;
  }
  return first;
}

std::optional<ForeignHabit> foreign_habit(std::span<const GrowthSample> samples, int own_runs) {
  if (samples.empty() || samples.back().time - samples.front().time < kWeek) return std::nullopt;
  const double days = days_between(samples.front().time, samples.back().time);
  int made = -own_runs;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const int before = samples[i - 1].depth;
    // The span's deepest moment shows what came and went between two samples.
    made += std::max({0, samples[i].depth - before, samples[i].max_depth - before});
  }
  if (made < kEnoughForeign) return std::nullopt;
  const int stayed = own_runs > 0 ? 0 : samples.back().depth - samples.front().depth;
  return ForeignHabit{.a_day = made / days, .kept_a_day = std::max(0, stayed) / days};
}

VmForecast forecast_vm(const ForecastInput& input) {
  std::vector<DiskWatches> watches;
  watches.reserve(input.play.vm.disks.size());
  for (std::size_t i = 0; i < input.play.vm.disks.size(); ++i) watches.emplace_back(input, i);
  VmForecast result;
  std::vector<PlayedDisk> start;
  const auto see = [&](const PlayedMoment& moment) {
    switch (moment.event) {
      case PlayedEvent::Start:
        start.assign(moment.disks.begin(), moment.disks.end());
        add_space(moment, input.play, result.space);
        break;
      case PlayedEvent::Tick:
        add_space(moment, input.play, result.space);
        break;
      case PlayedEvent::Refuse:
        if (!result.refused_from) {
          result.refused = moment.why;
          result.refused_from = moment.at;
        }
        return;
      case PlayedEvent::Create:
      case PlayedEvent::Remove:
        return;  // within a run
      case PlayedEvent::RunStart:
      case PlayedEvent::RunEnd:
      case PlayedEvent::ForeignGone:
      case PlayedEvent::End:
        break;
    }
    for (DiskWatches& one : watches) one.look(moment);
  };
  play(input.play, see);
  const PlayedMoment first{
      .event = PlayedEvent::Start, .at = input.play.now, .disks = start, .snapshots = {}};
  for (const DiskWatches& one : watches) result.disks.push_back(one.forecast(first));
  return result;
}

DatastoreForecast forecast_datastore(const Datastore& datastore, Time now,
                                     std::span<const Time> ticks,
                                     std::span<const SpaceSeries> series) {
  DatastoreForecast result;
  CrossingWatch watch(ForecastLevel::Critical, "full", static_cast<double>(datastore.free_bytes),
                      CrossingWatch::Between::Line);
  GrowthRange last;
  for (std::size_t i = 0; i <= ticks.size(); ++i) {
    GrowthRange more;
    for (const SpaceSeries& one : series) {
      if (!one.known || i >= one.bytes.size()) continue;
      more.low += one.bytes[i].low - one.bytes.front().low;
      more.best += one.bytes[i].best - one.bytes.front().best;
      more.high += one.bytes[i].high - one.bytes.front().high;
    }
    watch.look(i == 0 ? now : ticks[i - 1], more, [] { return "snapshots and copies on it grow"; });
    last = more;
  }
  for (const SpaceSeries& one : series) {
    ++result.vms;
    if (!one.known) ++result.vms_unknown;
  }
  if (result.vms > 0 && result.vms == result.vms_unknown) watch.not_enough_history();
  result.full = watch.crossing(now);
  if (result.vms_unknown > 0 && result.full.certainty == Certainty::Certain) {
    result.full.certainty = Certainty::Likely;
  }
  if (!ticks.empty() && ticks.back() > now) {
    result.bytes_a_day = last.best / days_between(now, ticks.back());
  }
  return result;
}

}  // namespace policy
