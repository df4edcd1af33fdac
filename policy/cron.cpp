#include "policy/cron.h"

#include <algorithm>
#include <bit>

namespace policy {
namespace {

using std::chrono::ceil;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year;
using std::chrono::year_month;
using std::chrono::year_month_day;

constexpr local_days kFirstDay{year{0} / 1 / 1};
constexpr local_days kLastDay{year{9999} / 12 / 31};
// A day inside, so that no offset leads out of the years that have four digits.
constexpr Time kFirst{kFirstDay.time_since_epoch() + days{1}};
constexpr Time kLast{kLastDay.time_since_epoch() - days{1}};

constexpr int kNone = -1;

bool has(std::uint64_t values, unsigned value) { return (values >> value & 1) != 0; }

int first_from(std::uint64_t values, int from) {
  const std::uint64_t rest = from > 63 ? 0 : values >> from << from;
  return rest == 0 ? kNone : std::countr_zero(rest);
}

int last_until(std::uint64_t values, int until) {
  if (until < 0) return kNone;
  return static_cast<int>(std::bit_width(values & ((std::uint64_t{2} << until) - 1))) - 1;
}

year_month month_of(local_days day) {
  const year_month_day date{day};
  return date.year() / date.month();
}

/// Whether the zone's clocks leapt over the whole of `day`.
bool left_out(local_days day, const Zone& zone) {
  using Kind = Zone::Instants::Kind;
  const Zone::Instants begin = zone.to_instants(LocalTime{day});
  const Zone::Instants end = zone.to_instants(LocalTime{day + days{1}} - microseconds{1});
  return begin.kind == Kind::Gap && end.kind == Kind::Gap && begin.first == end.first;
}

}  // namespace

bool Cron::on_day(local_days day) const {
  const year_month_day date{day};
  const auto number = static_cast<unsigned>(date.day());
  const bool is_last = last_day_ && month_of(day + days{1}) != month_of(day);
  const bool by_day = is_last || has(fields_[kDay].values, number);
  const bool by_weekday = has(fields_[kWeekday].values, weekday{day}.c_encoding());
  const bool either = fields_[kDay].step == 0 && fields_[kWeekday].step == 0;
  return either ? by_day || by_weekday : by_day && by_weekday;
}

bool Cron::matches(LocalTime local) const {
  const local_days day = floor<days>(local);
  const auto minute = static_cast<unsigned>(floor<minutes>(local - day).count());
  const auto month = static_cast<unsigned>(year_month_day{day}.month());
  return has(fields_[kMonth].values, month) && on_day(day) &&
         has(fields_[kHour].values, minute / 60) && has(fields_[kMinute].values, minute % 60);
}

std::optional<Cron::Minute> Cron::at_or_after(Minute minute) const {
  local_days day = floor<days>(minute);
  auto from = static_cast<int>((minute - day).count());
  while (day <= kLastDay) {
    const year_month month = month_of(day);
    if (!has(fields_[kMonth].values, static_cast<unsigned>(month.month()))) {
      day = local_days{(month + months{1}) / 1};
      from = 0;
      continue;
    }
    if (on_day(day)) {
      int hour = first_from(fields_[kHour].values, from / 60);
      int in_hour = first_from(fields_[kMinute].values, hour == from / 60 ? from % 60 : 0);
      if (hour != kNone && in_hour == kNone) {  // this hour is over, the next one begins anew
        hour = first_from(fields_[kHour].values, hour + 1);
        in_hour = first_from(fields_[kMinute].values, 0);
      }
      if (hour != kNone) return day + hours{hour} + minutes{in_hour};
    }
    day += days{1};
    from = 0;
  }
  return std::nullopt;
}

std::optional<Cron::Minute> Cron::at_or_before(Minute minute) const {
  constexpr int end = 24 * 60 - 1;
  local_days day = floor<days>(minute);
  auto until = static_cast<int>((minute - day).count());
  while (day >= kFirstDay) {
    const year_month month = month_of(day);
    if (!has(fields_[kMonth].values, static_cast<unsigned>(month.month()))) {
      day = local_days{month / 1} - days{1};
      until = end;
      continue;
    }
    if (on_day(day)) {
      int hour = last_until(fields_[kHour].values, until / 60);
      int in_hour = last_until(fields_[kMinute].values, hour == until / 60 ? until % 60 : 59);
      if (hour != kNone && in_hour == kNone) {
        hour = last_until(fields_[kHour].values, hour - 1);
        in_hour = last_until(fields_[kMinute].values, 59);
      }
      if (hour != kNone) return day + hours{hour} + minutes{in_hour};
    }
    day -= days{1};
    until = end;
  }
  return std::nullopt;
}

std::optional<Time> Cron::next(Time after, const Zone& zone) const {
  zone.offset_at(after);  // throws when the table does not cover it
  if (after > kLast) return std::nullopt;
  after = std::max(after, kFirst);
  try {
    return fields_[kHour].step != 0 ? next_shown(after, zone) : next_per_date(after, zone);
  } catch (const ZoneRangeError&) {
    return std::nullopt;
  }
}

std::optional<Time> Cron::previous(Time before, const Zone& zone) const {
  zone.offset_at(before);
  if (before < kFirst) return std::nullopt;
  before = std::min(before, kLast);
  try {
    return fields_[kHour].step != 0 ? previous_shown(before, zone)
                                    : previous_per_date(before, zone);
  } catch (const ZoneRangeError&) {
    return std::nullopt;
  }
}

// While the offset stays the wall clock runs like any other, so stretch by stretch.
std::optional<Time> Cron::next_shown(Time after, const Zone& zone) const {
  for (Time from = after + microseconds{1};;) {
    const Zone::Stretch stretch = zone.stretch_at(from);
    const LocalTime local{from.time_since_epoch() + stretch.offset};
    const std::optional<Minute> minute = at_or_after(ceil<minutes>(local));
    if (!minute) return std::nullopt;
    const Time time = Time{minute->time_since_epoch()} - stretch.offset;
    if (time < stretch.end) return time;
    from = stretch.end;
  }
}

std::optional<Time> Cron::previous_shown(Time before, const Zone& zone) const {
  for (Time until = before - microseconds{1};;) {
    const Zone::Stretch stretch = zone.stretch_at(until);
    const LocalTime local{until.time_since_epoch() + stretch.offset};
    const std::optional<Minute> minute = at_or_before(floor<minutes>(local));
    if (!minute) return std::nullopt;
    const Time time = Time{minute->time_since_epoch()} - stretch.offset;
    if (time >= stretch.begin) return time;
    until = stretch.begin - microseconds{1};
  }
}

// The first instant of a local time never falls when the local time rises. So nothing up to what
// the clock shows now comes later than now; what is shown later can have been before, in a fold.
std::optional<Time> Cron::next_per_date(Time after, const Zone& zone) const {
  std::optional<Minute> minute = at_or_after(floor<minutes>(zone.to_local(after)) + minutes{1});
  while (minute) {
    const Zone::Instants instants = zone.to_instants(LocalTime{*minute});
    const local_days day = floor<days>(*minute);
    if (instants.kind == Zone::Instants::Kind::Gap && left_out(day, zone)) {
      minute = at_or_after(day + days{1});
      continue;
    }
    if (instants.first > after) return instants.first;
    minute = at_or_after(*minute + minutes{1});
  }
  return std::nullopt;
}

std::optional<Time> Cron::previous_per_date(Time before, const Zone& zone) const {
  // Before the last change the clock may have shown a later time than now.
  const Zone::Stretch stretch = zone.stretch_at(before);
  const LocalTime shown{before.time_since_epoch() + stretch.offset};
  const LocalTime until =
      std::max(shown, LocalTime{stretch.begin.time_since_epoch() + stretch.offset_before});
  std::optional<Minute> minute = at_or_before(ceil<minutes>(until) - minutes{1});
  while (minute) {
    const Zone::Instants instants = zone.to_instants(LocalTime{*minute});
    const local_days day = floor<days>(*minute);
    if (instants.kind == Zone::Instants::Kind::Gap && left_out(day, zone)) {
      minute = at_or_before(day - minutes{1});
      continue;
    }
    if (instants.first < before) return instants.first;
    minute = at_or_before(*minute - minutes{1});
  }
  return std::nullopt;
}

}  // namespace policy
