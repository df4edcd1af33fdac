// Laws of periods, spans, cron and schedules, near the instants at which clocks are changed.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "policy/calendar.h"
#include "policy/schedule.h"
#include "tests/unit/policy/paper_zones.h"

namespace policy {
namespace {

using namespace std::chrono;

// In RC_ASSERT a || b is not lazy: RapidCheck takes it apart, but not in parentheses of its own.

const std::vector<Zone>& zones() {
  static const std::vector<Zone> all = all_zones();
  return all;
}

/// The last one is St. John's, which went back across midnight: its dates are not in order there.
const Zone& any_zone(std::size_t less = 0) {
  return zones()[*rc::gen::inRange<std::size_t>(0, zones().size() - less)];
}

/// Mostly within three days of a change of this zone's clocks.
Time any_time(const Zone& zone) {
  const Time begin = sys_days{year{2009} / 1 / 1};
  const Time time = begin + seconds{*rc::gen::inRange<std::int64_t>(0, 25LL * 365 * 86400)} +
                    microseconds{*rc::gen::element(0, 0, 1, 999'999)};
  const Zone::Stretch stretch = zone.stretch_at(time);
  if (stretch.offset == stretch.offset_before || *rc::gen::inRange(0, 4) == 0) return time;
  const seconds near{*rc::gen::inRange(-3 * 86400, 3 * 86400)};
  return stretch.begin + (*rc::gen::arbitrary<bool>() ? near : near / 50);
}

PeriodKind any_kind() {
  return *rc::gen::element(PeriodKind::Hour, PeriodKind::Day, PeriodKind::Week, PeriodKind::Month,
                           PeriodKind::Quarter, PeriodKind::Year);
}

std::string any_field(int min, int max) {
  const int low = *rc::gen::inRange(min, max + 1), high = *rc::gen::inRange(low, max + 1);
  const std::string range = std::to_string(low) + "-" + std::to_string(high);
  return *rc::gen::element<std::string>("*", "*", "*/" + std::to_string(high == 0 ? 1 : high),
                                        std::to_string(low), range, range + "/2",
                                        std::to_string(low) + "," + std::to_string(high));
}

Cron any_cron() {
  for (;;) {
    const std::string hours = any_field(0, 23), near = any_field(0, 4);
    const std::string text =
        any_field(0, 59) + " " + *rc::gen::element(hours, near) + " " +
        *rc::gen::element(any_field(1, 31), std::string("*"), std::string("L")) + " " +
        *rc::gen::element(any_field(1, 12), std::string("*")) + " " + any_field(0, 7);
    try {
      return Cron(text);
    } catch (const CronError&) {  // such as 31 in June
    }
  }
}

WeeklyHours any_hours() {
  if (*rc::gen::inRange(0, 3) == 0) return WeeklyHours::always();
  WeeklyHours hours(*rc::gen::element<std::string>("22:00-06:00", "sat,sun 00:00-24:00",
                                                   "mon-fri 01:30-02:30", "02:00-03:00"));
  if (*rc::gen::arbitrary<bool>()) hours -= WeeklyHours("fri 02:15-23:00");
  return hours;
}

RC_GTEST_PROP(ZoneLaw, AnInstantIsOneOfThoseAtWhichItsWallClockTimeIsShown, ()) {
  const Zone& zone = any_zone();
  const Time time = any_time(zone);
  const Zone::Instants instants = zone.to_instants(zone.to_local(time));
  RC_ASSERT(instants.kind != Zone::Instants::Kind::Gap);
  RC_ASSERT((time == instants.first || time == instants.second));
}

RC_GTEST_PROP(PeriodLaw, PeriodsPartitionTime, ()) {
  const Zone& zone = any_zone();
  const PeriodKind kind = any_kind();
  const Time time = any_time(zone);
  const Period period = period_of(kind, time, zone);
  const Time end = period_end(period, zone);
  RC_ASSERT(end > time);
  RC_ASSERT(period_of(kind, end - microseconds{1}, zone) == period);
  RC_ASSERT(period < period_of(kind, end, zone));
}

RC_GTEST_PROP(PeriodLaw, LaterInstantsAreInTheSamePeriodOrALaterOne, ()) {
  const Zone& zone = any_zone(1);  // not St. John's
  const PeriodKind kind = any_kind();
  const Time time = any_time(zone);
  const Time later = time + seconds{*rc::gen::inRange(0, 3 * 86400)};
  RC_ASSERT(period_of(kind, time, zone) <= period_of(kind, later, zone));
  RC_ASSERT((period_of(kind, time, zone) == period_of(kind, later, zone)) ==
            (period_end(period_of(kind, time, zone), zone) > later));
}

RC_GTEST_PROP(SpanLaw, MonthsEndWhereTheirDaysDo, ()) {
  const Zone zone;
  const Time time = any_time(zone);
  const CalendarSpan span{.years = *rc::gen::inRange(0, 3), .months = *rc::gen::inRange(0, 30)};
  const int count = span.years * 12 + span.months;
  const auto date = [](Time at) { return year_month_day{floor<days>(at)}; };
  const auto check = [&](Time moved, int distance) {
    const year_month want = date(time).year() / date(time).month() + months{distance};
    const day last = year_month_day_last{want.year(), month_day_last{want.month()}}.day();
    RC_ASSERT(date(moved) == want / std::min(date(time).day(), last));
    RC_ASSERT(moved - floor<days>(moved) == time - floor<days>(time));
  };
  check(subtract(time, span, zone), -count);
  check(add(time, span, zone), count);
}

RC_GTEST_PROP(SpanLaw, DaysKeepTheTimeOfDayUnlessItIsLeaptOver, ()) {
  const Zone& zone = any_zone();
  const Time time = any_time(zone);
  const CalendarSpan span{.weeks = *rc::gen::inRange(0, 2), .days = *rc::gen::inRange(1, 20)};
  const LocalTime want = zone.to_local(time) - weeks{span.weeks} - days{span.days};
  const Time moved = subtract(time, span, zone);
  RC_ASSERT(moved == zone.to_instants(want).first);
  RC_ASSERT(moved < time);
}

RC_GTEST_PROP(SpanLaw, TextIsReadBack, ()) {
  const auto part = [](int most) { return *rc::gen::inRange(0, most); };
  const CalendarSpan span{part(101), part(1201), part(5301), part(36601), part(878401)};
  if (span != CalendarSpan{}) RC_ASSERT(parse_span(format_span(span)) == span);
}

RC_GTEST_PROP(CronLaw, NextComesAfterAndPreviousLeadsBack, ()) {
  const Zone& zone = any_zone();
  const Time after = any_time(zone);
  const Cron cron = any_cron();
  RC_LOG() << cron.text() << " in " << zone.name() << " after " << format_utc(after) << "\n";
  RC_ASSERT(Cron(cron.text()) == cron);
  const std::optional<Time> next = cron.next(after, zone);
  if (!next) return;
  RC_ASSERT(*next > after);
  RC_ASSERT(cron.previous(*next + microseconds{1}, zone) == next);
  const bool after_gap = zone.stretch_at(*next).begin == *next;
  RC_ASSERT((cron.matches(zone.to_local(*next)) || after_gap));
  const std::optional<Time> last = cron.previous(*next, zone);
  RC_ASSERT((!last || *last <= after));
  RC_ASSERT((!last || cron.next(*last, zone) == next));
}

// Every minute of some hours is looked at, which is slow, and hard to get wrong.
RC_GTEST_PROP(CronLaw, NoTimeIsLeftOut, ()) {
  const Zone& zone = any_zone();
  RC_PRE(zone != apia());
  const Time after = any_time(zone);
  const Cron cron = any_cron();
  const bool shown = cron.text().substr(cron.text().find(' ') + 1).starts_with('*');
  std::optional<Time> expected;
  const auto offer = [&](Time time) {
    if (time > after && (!expected || time < *expected)) expected = time;
  };
  const auto local = floor<minutes>(zone.to_local(after));
  for (auto wall = local - hours{2}; wall < local + hours{5}; wall += minutes{1}) {
    if (!cron.matches(wall)) continue;
    const Zone::Instants instants = zone.to_instants(wall);
    if (!shown || instants.kind != Zone::Instants::Kind::Gap) offer(instants.first);
    if (shown && instants.kind == Zone::Instants::Kind::Fold) offer(instants.second);
  }
  const std::optional<Time> next = cron.next(after, zone);
  RC_LOG() << cron.text() << " in " << zone.name() << " after " << format_utc(after) << "\n";
  if (expected && *expected <= after + hours{3}) RC_ASSERT(next == expected);
  if (next && *next <= after + hours{3}) RC_ASSERT(next == expected);
}

RC_GTEST_PROP(ScheduleLaw, RunsStartInTheirHoursAndInOrder, ()) {
  const Zone& zone = any_zone();
  const auto skip = *rc::gen::element<std::optional<seconds>>(std::nullopt, seconds{0}, hours{5});
  const Schedule schedule({.cron = any_cron(),
                           .hours = any_hours(),
                           .jitter = seconds{*rc::gen::element(0, 600, 86400)},
                           .seed = *rc::gen::element<std::string>("a", "b", "daily"),
                           .skip_after = skip},
                          zone);
  Time time = any_time(zone);
  for (int i = 0; i < 3; ++i) {
    const std::optional<PlannedRun> run = schedule.next_run(time);
    if (!run) return;
    RC_LOG() << schedule.rules().cron.text() << " in " << zone.name() << " after "
             << format_utc(time) << ": " << format_utc(run->slot) << " starts "
             << format_utc(run->start) << "\n";
    RC_ASSERT(run->start > time);
    RC_ASSERT(run->start >= run->slot);
    RC_ASSERT(schedule.open_at(run->start));
    const std::optional<Time> end = schedule.window_end(run->start);
    RC_ASSERT((!end || *end > run->start));
    RC_ASSERT(schedule.due(run->slot - microseconds{1}, run->start).kind == DueRun::Kind::Due);
    RC_ASSERT(schedule.due(run->start, run->start).kind != DueRun::Kind::Due);
    time = run->start;
  }
}

/// An agent that only ever asks "what now" and sleeps until it is told to.
RC_GTEST_PROP(ScheduleLaw, ADaemonThatFollowsDueMakesTheRunsThatWereForetold, ()) {
  const Zone& zone = any_zone();
  const auto skip = *rc::gen::element<std::optional<seconds>>(std::nullopt, seconds{0});
  const Schedule schedule({.cron = any_cron(),
                           .hours = any_hours(),
                           .jitter = minutes{20},
                           .seed = "daily",
                           .skip_after = skip},
                          zone);
  const std::optional<PlannedRun> first = schedule.next_run(any_time(zone));
  if (!first) return;
  Time now = first->start, settled = now, last = now;
  for (int runs = 0, steps = 0; runs < 2 && steps < 20; ++steps) {
    const DueRun run = schedule.due(settled, now);
    RC_LOG() << schedule.rules().cron.text() << " in " << zone.name() << " at " << format_utc(now)
             << ": " << static_cast<int>(run.kind) << " " << format_utc(run.slot) << " "
             << format_utc(run.at) << " " << run.reason << "\n";
    if (run.kind == DueRun::Kind::Never) return;
    if (run.kind == DueRun::Kind::Waiting) {
      RC_ASSERT(run.at > now);
      now = run.at;
      continue;
    }
    settled = run.slot;
    if (run.kind == DueRun::Kind::Skipped) continue;
    const std::optional<PlannedRun> foretold = schedule.next_run(last);
    RC_ASSERT(foretold.has_value());
    RC_ASSERT(foretold->start == now);
    last = settled = now;
    ++runs;
  }
}

}  // namespace
}  // namespace policy
