#include "policy/weekly_hours.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace policy {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::weekday;

constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// For messages, where nothing but plain text may get.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 40)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > 40 ? "...\"" : "\"");
}

std::size_t day_number(std::string_view text) {
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    bool same = text.size() == kDays[day].size();
    for (std::size_t i = 0; same && i < text.size(); ++i) {
      same = (text[i] | 0x20) == kDays[day][i];  // letters of either case
    }
    if (same) return day;
  }
  throw ScheduleError(quoted(text) + " is no weekday: sun to sat");
}

/// "mon-fri", "sat,sun"; a range may run past Saturday.
std::bitset<7> day_set(std::string_view text) {
  std::bitset<7> set;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t dash = part.find('-');
    const std::size_t first = day_number(part.substr(0, dash));
    const std::size_t last =
        dash == std::string_view::npos ? first : day_number(part.substr(dash + 1));
    for (std::size_t day = first; day != last; day = (day + 1) % 7) set.set(day);
    set.set(last);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return set;
}

std::optional<std::size_t> two_digits(std::string_view text) {
  std::size_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// "22:30" in minutes, at most `latest`.
std::size_t clock_minutes(std::string_view text, std::size_t latest) {
  const bool shaped = text.size() == 5 && text[2] == ':';
  const auto hour = shaped ? two_digits(text.substr(0, 2)) : std::nullopt;
  const auto minute = shaped ? two_digits(text.substr(3)) : std::nullopt;
  const bool valid = hour && minute && *minute < 60 && *hour * 60 + *minute <= latest;
  if (!valid) throw ScheduleError(quoted(text) + " is no time like 22:30");
  return *hour * 60 + *minute;
}

}  // namespace

WeeklyHours WeeklyHours::always() {
  WeeklyHours all;
  all.minutes_.set();
  return all;
}

WeeklyHours::WeeklyHours(std::string_view text) {
  std::bitset<7> on_days = std::bitset<7>().set();
  if (const std::size_t space = text.find(' '); space != std::string_view::npos) {
    on_days = day_set(text.substr(0, space));
    text.remove_prefix(space + 1);
  }
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    throw ScheduleError("expected hours such as \"22:00-06:00\" or \"sat,sun 00:00-24:00\"");
  }
  const std::size_t begin = clock_minutes(text.substr(0, dash), kDay - 1);
  std::size_t end = clock_minutes(text.substr(dash + 1), kDay);
  if (begin == end) {
    throw ScheduleError("the window has no length; the whole day is 00:00-24:00");
  }
  if (end < begin) end += kDay;
  for (std::size_t day = 0; day < 7; ++day) {
    for (std::size_t minute = begin; on_days[day] && minute < end; ++minute) {
      minutes_.set((day * kDay + minute) % kWeek);
    }
  }
  find_edges();
}

WeeklyHours& WeeklyHours::operator+=(const WeeklyHours& more) {
  minutes_ |= more.minutes_;
  find_edges();
  return *this;
}

WeeklyHours& WeeklyHours::operator-=(const WeeklyHours& less) {
  minutes_ &= ~less.minutes_;
  find_edges();
  return *this;
}

void WeeklyHours::find_edges() {
  edges_.clear();
  for (std::size_t minute = 0; minute < kWeek; ++minute) {
    if (minutes_[minute] != minutes_[(minute + kWeek - 1) % kWeek]) {
      edges_.push_back(static_cast<std::uint16_t>(minute));
    }
  }
}

std::size_t WeeklyHours::minute_of_week(LocalTime local) {
  const local_days day = floor<days>(local);
  return weekday{day}.c_encoding() * kDay +
         static_cast<std::size_t>(floor<minutes>(local - day).count());
}

bool WeeklyHours::contains(Time time, const Zone& zone) const {
  return minutes_[minute_of_week(zone.to_local(time))];
}

std::optional<Time> WeeklyHours::open_from(Time time, const Zone& zone) const {
  return first(true, time, zone);
}

std::optional<Time> WeeklyHours::closed_from(Time time, const Zone& zone) const {
  return first(false, time, zone);
}

// While the offset stays the clock runs evenly, so stretch by stretch.
std::optional<Time> WeeklyHours::first(bool open, Time time, const Zone& zone) const {
  if (open ? minutes_.none() : minutes_.all()) return std::nullopt;
  for (;;) {
    const Zone::Stretch stretch = zone.stretch_at(time);
    const LocalTime local{time.time_since_epoch() + stretch.offset};
    const std::size_t now = minute_of_week(local);
    if (minutes_[now] == open) return time;
    const auto edge = std::upper_bound(edges_.begin(), edges_.end(), now);
    const std::size_t change = edge == edges_.end() ? edges_.front() + kWeek : *edge;
    const LocalTime found = floor<minutes>(local) + minutes{change - now};
    const Time at{found.time_since_epoch() - stretch.offset};
    if (at < stretch.end) return at;
    time = stretch.end;
  }
}

}  // namespace policy
