// When a schedule of five cron fields fires, in a zone whose clocks are changed.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "policy/time.h"
#include "policy/zone.h"

namespace policy {

/// A text is no schedule; the message says which field, what is wrong with it and what would be
/// right.
class CronError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// minute hour day month weekday, as in Vixie's cron: `*`, numbers, names (jan, sun), ranges, lists
/// and steps; `L` in the day field is the last day of the month; 7 is Sunday, too. When day and
/// weekday are both restricted either suffices; a field of `*` or `*/n` is not restricted in this
/// sense, so that both must hold.
///
/// Where clocks are changed: with an hour field of `*` or `*/n` it fires whenever the wall clock
/// shows such a time, twice in a repeated hour and never in one that is leapt over. With fixed
/// hours each time comes once per date: in a repeated hour the first time, in one that is leapt
/// over at the first instant after it. A date that a zone left out altogether has no times.
class Cron {
 public:
  /// Also takes @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually. Refuses a day
  /// that never comes (30 February). Throws CronError.
  explicit Cron(std::string_view text);

  /// The first time after `after`, or the last one before `before`; nothing when the zone's table
  /// or year 9999 ends before it comes. Throws ZoneRangeError when the table does not cover the
  /// argument.
  std::optional<Time> next(Time after, const Zone& zone) const;
  std::optional<Time> previous(Time before, const Zone& zone) const;

  /// Whether the fields match the minute that a wall clock shows.
  bool matches(LocalTime local) const;

  /// Numbers, sorted: "0 2 * * 1-5". Reads back as the same schedule.
  std::string text() const;
  /// "every day at 02:00 Europe/Berlin", "every 15 minutes, UTC".
  std::string description(std::string_view zone) const;

  bool operator==(const Cron&) const = default;

 private:
  using Minute = std::chrono::local_time<std::chrono::minutes>;
  /// Bit n: the value n. A step of 0: a list; n: written as `*/n`, and `*` is `*/1`.
  struct Field {
    std::uint64_t values = 0;
    int step = 0;
    bool operator==(const Field&) const = default;
  };
  enum Index : std::size_t { kMinute, kHour, kDay, kMonth, kWeekday };

  void read_field(Index index, std::string_view text);
  void read_part(Index index, std::string_view part);
  void refuse_days_that_never_come() const;

  bool on_day(std::chrono::local_days day) const;
  std::optional<Minute> at_or_after(Minute minute) const;
  std::optional<Minute> at_or_before(Minute minute) const;
  std::optional<Time> next_shown(Time after, const Zone& zone) const;
  std::optional<Time> next_per_date(Time after, const Zone& zone) const;
  std::optional<Time> previous_shown(Time before, const Zone& zone) const;
  std::optional<Time> previous_per_date(Time before, const Zone& zone) const;

  std::string list(Index index, bool words) const;
  std::string times_of_day() const;
  std::string intervals() const;
  std::string dates() const;

  std::array<Field, 5> fields_;
  bool last_day_ = false;
};

}  // namespace policy
