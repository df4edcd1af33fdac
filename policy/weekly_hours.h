// The hours of a week in which work may start, as a wall clock shows them: windows less blackouts.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "policy/time.h"
#include "policy/zone.h"

namespace policy {

/// A text means no hours, or a schedule could never run; the message says why and what to write.
class ScheduleError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// A set of the minutes of a week. An instant is inside when the wall clock shows such a minute, so
/// that an hour that comes twice counts twice, and one that is leapt over does not count.
class WeeklyHours {
 public:
  /// All of the week.
  static WeeklyHours always();
  /// None of it.
  WeeklyHours() = default;
  /// "22:00-06:00", "mon-fri 22:00-06:00", "sat,sun 00:00-24:00". An end before the begin is the
  /// next day's, and the days are those of the begin. Throws ScheduleError.
  explicit WeeklyHours(std::string_view text);

  WeeklyHours& operator+=(const WeeklyHours& more);
  WeeklyHours& operator-=(const WeeklyHours& less);
  bool empty() const { return minutes_.none(); }

  bool contains(Time time, const Zone& zone) const;
  /// The first instant from `time` on that is inside; nothing when none ever is. Throws
  /// ZoneRangeError.
  std::optional<Time> open_from(Time time, const Zone& zone) const;
  /// The first instant from `time` on that is outside; nothing when none ever is. Throws
  /// ZoneRangeError.
  std::optional<Time> closed_from(Time time, const Zone& zone) const;

  bool operator==(const WeeklyHours&) const = default;

 private:
  static constexpr std::size_t kDay = 24 * 60, kWeek = 7 * kDay;

  static std::size_t minute_of_week(LocalTime local);
  std::optional<Time> first(bool open, Time time, const Zone& zone) const;

  void find_edges();

  std::bitset<kWeek> minutes_;        ///< from Sunday 00:00 on
  std::vector<std::uint16_t> edges_;  ///< the minutes that differ from the one before, in order
};

}  // namespace policy
