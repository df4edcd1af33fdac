#include "policy/simulate.h"

#include <algorithm>

namespace policy {
namespace {

/// Adds up the moments of one day of one VM.
class DayKeeper {
 public:
  DayKeeper(const ThresholdPair& thresholds, std::span<const DeltaKind> kinds) {
    for (const DeltaKind kind : kinds) limits_.push_back(thresholds_of(kind, thresholds));
  }

  void see(const PlayedMoment& moment) {
    day_.depth = std::max(day_.depth, static_cast<std::uint16_t>(moment.depth));
    switch (moment.event) {
      case PlayedEvent::Create:
        ++events_.creates;
        break;
      case PlayedEvent::Refuse:
        ++events_.refused;
        break;
      case PlayedEvent::Remove:
        ++events_.removals;
        events_.merge_bytes += static_cast<double>(moment.merge_bytes);
        break;
      case PlayedEvent::Start:
      case PlayedEvent::RunEnd:
      case PlayedEvent::Tick:
        look_at_disks(moment);
        break;
      case PlayedEvent::RunStart:
      case PlayedEvent::ForeignGone:
      case PlayedEvent::End:
        break;
    }
  }

  void end_day(const PlayedMoment& moment, SimulatedVm& vm) {
    for (const PlayedDisk& disk : moment.disks) {
      day_.delta_bytes += disk.delta_bytes().best;
      if (!disk.writes_known && !disk.deltas.empty()) vm.writes_known = false;
    }
    events_.copy_bytes = moment.copy_bytes;
    vm.days.push_back(day_);
    vm.events.push_back(events_);
    day_ = {};
    events_ = {};
  }

 private:
  void look_at_disks(const PlayedMoment& moment) {
    for (std::size_t i = 0; i < moment.disks.size(); ++i) {
      const double probes = played_probes_best(moment.disks[i]);
      const auto depth = static_cast<int>(moment.disks[i].deltas.size());
      day_.probes = std::max(day_.probes, static_cast<float>(probes));
      const auto reached = [&](const Thresholds& limits) {
        return (limits.probes && probes >= *limits.probes) ||
               (limits.depth && depth >= *limits.depth);
      };
      if (reached(limits_[i].critical)) day_.level = RiskLevel::Critical;
      if (reached(limits_[i].warn)) day_.level = std::max(day_.level, RiskLevel::Warn);
    }
  }

  std::vector<ThresholdPair> limits_;
  SimulatedDay day_;
  DayEvents events_;
};

}  // namespace

DayEvents& DayEvents::operator+=(const DayEvents& other) {
  creates += other.creates;
  removals += other.removals;
  refused += other.refused;
  merge_bytes += other.merge_bytes;
  copy_bytes += other.copy_bytes;
  return *this;
}

SimulatedVm simulate_vm(const PlaybackInput& input, const ThresholdPair& thresholds,
                        std::span<const DeltaKind> kinds) {
  SimulatedVm vm;
  vm.days.reserve(input.ticks.size());
  vm.events.reserve(input.ticks.size());
  DayKeeper keeper(thresholds, kinds);
  play(input, [&](const PlayedMoment& moment) {
    keeper.see(moment);
    if (moment.event == PlayedEvent::Refuse && vm.refused.empty()) vm.refused = moment.why;
    if (moment.event == PlayedEvent::Tick) keeper.end_day(moment, vm);
  });
  return vm;
}

void SimulatedFleet::add(const SimulatedVm& vm) {
  ++vms_;
  for (std::size_t i = 0; i < std::min(days_.size(), vm.days.size()); ++i) {
    const SimulatedDay& day = vm.days[i];
    SimulatedTotals& total = days_[i];
    total.depth_max = std::max(total.depth_max, static_cast<int>(day.depth));
    total.depth_mean += day.depth;
    total.probes_max = std::max(total.probes_max, static_cast<double>(day.probes));
    total.probes_mean += static_cast<double>(day.probes);
    total.delta_bytes += day.delta_bytes;
    if (day.level == RiskLevel::Warn) ++total.warn;
    if (day.level == RiskLevel::Critical) ++total.critical;
    total.events += vm.events[i];
  }
}

std::vector<SimulatedTotals> SimulatedFleet::days() const {
  std::vector<SimulatedTotals> days = days_;
  for (SimulatedTotals& day : days) {
    // The mean starts from 1 in an empty total: no VM reads from less than one file.
    day.probes_mean = vms_ == 0 ? 1 : (day.probes_mean - 1) / static_cast<double>(vms_);
    if (vms_ > 0) day.depth_mean /= static_cast<double>(vms_);
  }
  return days;
}

SimulationSummary summarise(std::span<const SimulatedTotals> days) {
  SimulationSummary sum;
  sum.probes_mean = days.empty() ? 1 : 0;
  const auto count = static_cast<double>(std::max<std::size_t>(1, days.size()));
  for (const SimulatedTotals& day : days) {
    sum.depth_max = std::max(sum.depth_max, day.depth_max);
    sum.depth_mean += day.depth_mean / count;
    sum.probes_max = std::max(sum.probes_max, day.probes_max);
    sum.probes_mean += day.probes_mean / count;
    sum.delta_bytes_max = std::max(sum.delta_bytes_max, day.delta_bytes);
    sum.warn_max = std::max(sum.warn_max, day.warn);
    sum.critical_max = std::max(sum.critical_max, day.critical);
    sum.events += day.events;
  }
  if (!days.empty()) {
    sum.delta_bytes_end = days.back().delta_bytes;
    sum.events.copy_bytes = days.back().events.copy_bytes;
  }
  return sum;
}

}  // namespace policy
