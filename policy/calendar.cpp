#include "policy/calendar.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace policy {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::weeks;
using std::chrono::year;
using std::chrono::year_month;
using std::chrono::year_month_day;
using std::chrono::years;

constexpr std::int64_t kHour = 3600;
constexpr local_days kFirstDay{year{0} / 1 / 1};
constexpr local_days kLastDay{year{9999} / 12 / 31};

/// The date as far as dates have four digits; chrono's year would silently wrap further out.
local_days checked(local_days day) {
  if (day < kFirstDay || day > kLastDay) throw ZoneRangeError("a date outside of years 0 to 9999");
  return day;
}

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

/// The same day `count` months later, or the last one of that month when it has no such day.
local_days plus_months(local_days day, int count) {
  const year_month_day date{day};
  const year_month month = date.year() / date.month() + months{count};
  const year_month_day moved = month / date.day();
  return moved.ok() ? local_days{moved} : local_days{month / std::chrono::last};
}

year_month first_month(std::int64_t since_1970) {
  return year{1970} / std::chrono::January + months{since_1970};
}

// The number of a day's period of any kind but Hour, and its inverse.
std::int64_t number_of(PeriodKind kind, local_days day) {
  const year_month_day date{day};
  const std::int64_t in_years = static_cast<int>(date.year()) - 1970;
  const std::int64_t month = static_cast<unsigned>(date.month()) - 1;
  switch (kind) {
    case PeriodKind::Hour:
      break;
    case PeriodKind::Day:
      return day.time_since_epoch().count();
    case PeriodKind::Week:  // 1970 began on a Thursday, so its first ISO week three days earlier
      return floor_div(day.time_since_epoch().count() + 3, 7);
    case PeriodKind::Month:
      return in_years * 12 + month;
    case PeriodKind::Quarter:
      return in_years * 4 + month / 3;
    case PeriodKind::Year:
      return in_years;
  }
  throw std::logic_error("an hour is no period of days");
}

local_days first_day(PeriodKind kind, std::int64_t number) {
  // So many days per period at most that a number beyond these years cannot wrap into them.
  if (std::abs(number) > 4'000'000) throw ZoneRangeError("a period outside of years 0 to 9999");
  switch (kind) {
    case PeriodKind::Hour:
      break;
    case PeriodKind::Day:
      return local_days{days{number}};
    case PeriodKind::Week:
      return local_days{days{number * 7 - 3}};
    case PeriodKind::Month:
      return local_days{first_month(number) / 1};
    case PeriodKind::Quarter:
      return local_days{first_month(number * 3) / 1};
    case PeriodKind::Year:
      return local_days{first_month(number * 12) / 1};
  }
  throw std::logic_error("an hour is no period of days");
}

std::string padded(std::int64_t value, std::size_t digits) {
  std::string text = std::to_string(value);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

std::string date_text(year_month_day date) {
  return padded(static_cast<int>(date.year()), 4) + "-" +
         padded(static_cast<unsigned>(date.month()), 2) + "-" +
         padded(static_cast<unsigned>(date.day()), 2);
}

std::string offset_text(std::int32_t offset) {
  const std::int32_t size = std::abs(offset);
  // Appended to: GCC 12 takes a literal + string for an overlapping copy (-Wrestrict) at -O2.
  std::string text = offset < 0 ? "-" : "+";
  text += padded(size / 3600, 2);
  text += ':';
  text += padded(size / 60 % 60, 2);
  if (size % 60 != 0) {
    text += ':';
    text += padded(size % 60, 2);
  }
  return text;
}

Time hour_end(const Period& hour, const Zone& zone) {
  const Time begin{seconds{hour.number}};
  const Time end = begin + hours{1};
  // In the hour of a change only a part of the clock's hour has this offset.
  for (Time part = begin; part < end;) {
    const Zone::Stretch stretch = zone.stretch_at(part);
    if (stretch.offset == seconds{hour.offset_seconds}) return std::min(stretch.end, end);
    part = stretch.end;
  }
  return end;
}

Time moved(Time time, const CalendarSpan& span, const Zone& zone, int sign) {
  // Without a civil part the instant stays as it is: the second pass through a fold, too.
  if (span.years != 0 || span.months != 0 || span.weeks != 0 || span.days != 0) {
    const LocalTime local = zone.to_local(time);
    const local_days day = floor<days>(local);
    const int in_months = sign * (span.years * 12 + span.months);
    local_days to = checked(plus_months(checked(day), in_months));
    to = checked(to + sign * (weeks{span.weeks} + days{span.days}));
    time = zone.to_instants(to + (local - day)).first;
  }
  time += sign * hours{span.hours};
  zone.offset_at(time);  // throws when it is outside of the table
  return time;
}

}  // namespace

Period period_of(PeriodKind kind, local_days day) {
  return {kind, number_of(kind, checked(day)), 0};
}

Period period_of(PeriodKind kind, Time time, const Zone& zone) {
  const seconds offset = zone.offset_at(time);
  const LocalTime local = zone.to_local(time);
  const local_days day = checked(floor<days>(local));
  if (kind != PeriodKind::Hour) return period_of(kind, day);
  const auto begin = floor<hours>(local).time_since_epoch() - offset;
  return {kind, seconds{begin}.count(), static_cast<std::int32_t>(offset.count())};
}

std::string period_name(const Period& period) {
  if (period.kind == PeriodKind::Hour) {
    const std::int64_t hour = floor_div(period.number + period.offset_seconds, kHour);
    const local_days day{days{floor_div(hour, 24)}};
    return date_text(year_month_day{checked(day)}) + "T" +
           padded(hour - floor_div(hour, 24) * 24, 2) + offset_text(period.offset_seconds);
  }
  const year_month_day date{checked(first_day(period.kind, period.number))};
  const std::string name = date_text(date);
  switch (period.kind) {
    case PeriodKind::Hour:
    case PeriodKind::Day:
      return name;
    case PeriodKind::Week: {  // a week belongs to the year of its Thursday
      const local_days thursday = local_days{date} + days{3};
      const year in = year_month_day{thursday}.year();
      const auto week = (thursday - local_days{in / 1 / 1}).count() / 7 + 1;
      return padded(static_cast<int>(in), 4) + "-W" + padded(week, 2);
    }
    case PeriodKind::Month:
      return name.substr(0, 7);
    case PeriodKind::Quarter:
      return name.substr(0, 5) + "Q" +
             std::to_string((static_cast<unsigned>(date.month()) + 2) / 3);
    case PeriodKind::Year:
      return name.substr(0, 4);
  }
  return name;
}

Time period_end(const Period& period, const Zone& zone) {
  if (period.kind == PeriodKind::Hour) return hour_end(period, zone);
  // Midnight can be leapt over (the first instant after the gap) or come twice (some zones changed
  // at 00:01): then the day is over with the second one.
  const local_days next = checked(first_day(period.kind, period.number + 1));
  return zone.to_instants(LocalTime{next}).second;
}

std::optional<CalendarSpan> parse_span(std::string_view text) {
  constexpr std::string_view units = "ymwdh";
  constexpr std::array<int, 5> most{100, 1200, 5300, 36600, 878400};  // a century each
  std::array<int, 5> values{};
  for (std::size_t next = 0; !text.empty();) {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stop == end || text.front() == '-') return std::nullopt;
    const std::size_t unit = units.find(*stop, next);
    if (unit == std::string_view::npos || value > most[unit]) return std::nullopt;
    values[unit] = value;
    next = unit + 1;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  }
  const CalendarSpan span{values[0], values[1], values[2], values[3], values[4]};
  if (span == CalendarSpan{}) return std::nullopt;
  return span;
}

std::string format_span(const CalendarSpan& span) {
  std::string text;
  const auto part = [&text](int count, char unit) {
    if (count != 0) text += std::to_string(count) + unit;
  };
  part(span.years, 'y');
  part(span.months, 'm');
  part(span.weeks, 'w');
  part(span.days, 'd');
  part(span.hours, 'h');
  return text.empty() ? "0h" : text;
}

Time subtract(Time time, const CalendarSpan& span, const Zone& zone) {
  return moved(time, span, zone, -1);
}

Time add(Time time, const CalendarSpan& span, const Zone& zone) {
  return moved(time, span, zone, 1);
}

}  // namespace policy
