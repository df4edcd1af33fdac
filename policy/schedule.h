// When a policy runs: cron, hours, jitter and what becomes of a run that is late.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "policy/cron.h"
#include "policy/time.h"
#include "policy/weekly_hours.h"
#include "policy/zone.h"

namespace policy {

struct ScheduleRules {
  Cron cron;
  /// When work may start. A time outside of them waits for them to open, and is late then.
  WeeklyHours hours = WeeklyHours::always();
  /// Starts are put off by a fixed share of this that the seed decides, so that policies of one
  /// time do not start together; never past the end of the hours or the next time of cron.
  std::chrono::seconds jitter{0};
  std::string seed;
  /// A run that is later than this is left out; unset: it is run, however late. A minute is not
  /// late.
  std::optional<std::chrono::seconds> skip_after;
};

/// A time of cron and when its run is to start: later by what it waits for the hours and the
/// jitter.
struct PlannedRun {
  Time slot;
  Time start;
  bool operator==(const PlannedRun&) const = default;
};

struct DueRun {
  enum class Kind {
    Due,      ///< run now, for `slot`
    Waiting,  ///< for `at`, when the run for `slot` is due
    Skipped,  ///< `slot` is too late and settled with that; why is in `reason`
    Never,    ///< no time is left before the zone's table ends
  } kind = Kind::Never;
  Time slot{};
  Time at{};       ///< Due: when it should have started; Skipped: when it could have
  int missed = 0;  ///< earlier times that this run, wait or skip stands for as well, 1000 at most
  std::string reason;  ///< of Skipped, and of Waiting when the time has come but the hours have not
};

class Schedule {
 public:
  /// Throws ScheduleError when the hours are empty.
  Schedule(ScheduleRules rules, Zone zone);

  /// The first run that starts after `after`, if nothing goes wrong. Nothing when there is none
  /// before the zone's table ends, or when each time is outside of the hours and too late when they
  /// open.
  std::optional<PlannedRun> next_run(Time after) const;

  /// What to do now. Times up to `settled` are dealt with: the slot or the start of the last run,
  /// what was skipped last, or when the policy was first seen. However many times went by since
  /// then, they are one run, for the latest.
  DueRun due(Time settled, Time now) const;

  /// Whether work may start, and the first instant from `time` on when it may not; nothing: never.
  bool open_at(Time time) const { return rules_.hours.contains(time, zone_); }
  std::optional<Time> window_end(Time time) const { return rules_.hours.closed_from(time, zone_); }

  const ScheduleRules& rules() const { return rules_; }
  const Zone& zone() const { return zone_; }

 private:
  struct Plan {
    Time slot;
    Time opening;  ///< `slot`, or when the hours open after it
    Time start;
    bool too_late;  ///< when the hours open
  };
  Plan plan(Time slot) const;
  bool too_late(std::chrono::microseconds late) const;
  std::optional<PlannedRun> first_run(Time slot_after, Time start_after) const;
  int count_missed(Time settled, Time slot) const;
  DueRun late_run(const Plan& plan, Time now) const;

  ScheduleRules rules_;
  Zone zone_;
  double share_;  ///< of the jitter, from 0 to below 1
};

}  // namespace policy
