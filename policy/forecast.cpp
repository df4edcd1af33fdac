#include "policy/forecast.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "policy/crossing.h"
#include "policy/disk_watches.h"

namespace policy {
namespace {

constexpr std::chrono::hours kWeek{7 * 24};
constexpr int kEnoughForeign = 3;

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
    watch.look(i == 0 ? now : ticks[i - 1], more,
               [](bool) { return "snapshots and copies on it grow"; });
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
