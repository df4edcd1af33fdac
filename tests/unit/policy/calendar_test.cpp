// Periods and spans at every edge of the calendar that somebody was bitten by.
#include "policy/calendar.h"

#include <gtest/gtest.h>

#include "tests/unit/policy/paper_zones.h"

namespace policy {
namespace {

using namespace std::chrono_literals;

Time utc(const char* text) { return parse_utc(text).value(); }

struct Named {
  Zone zone;
  PeriodKind kind;
  const char* time;
  const char* name;
  const char* end;
};

TEST(Periods, HaveTheNameAndTheEndThatAPersonWouldGive) {
  const Named cases[] = {
      {Zone(), PeriodKind::Hour, "2026-11-21T02:59:59Z", "2026-11-21T02+00:00",
       "2026-11-21T03:00:00Z"},
      {Zone(), PeriodKind::Day, "2026-11-21T00:00:00Z", "2026-11-21", "2026-11-22T00:00:00Z"},
      {Zone(), PeriodKind::Week, "2026-11-21T12:00:00Z", "2026-W47", "2026-11-23T00:00:00Z"},
      {Zone(), PeriodKind::Month, "2026-11-21T12:00:00Z", "2026-11", "2026-12-01T00:00:00Z"},
      {Zone(), PeriodKind::Quarter, "2026-11-21T12:00:00Z", "2026-Q4", "2027-01-01T00:00:00Z"},
      {Zone(), PeriodKind::Quarter, "2026-04-01T00:00:00Z", "2026-Q2", "2026-07-01T00:00:00Z"},
      {Zone(), PeriodKind::Year, "2026-11-21T12:00:00Z", "2026", "2027-01-01T00:00:00Z"},
      {Zone(), PeriodKind::Month, "2028-02-29T23:59:59Z", "2028-02", "2028-03-01T00:00:00Z"},
      // ISO weeks at the turn of the year
      {Zone(), PeriodKind::Week, "2020-12-31T12:00:00Z", "2020-W53", "2021-01-04T00:00:00Z"},
      {Zone(), PeriodKind::Week, "2021-01-03T23:59:59Z", "2020-W53", "2021-01-04T00:00:00Z"},
      {Zone(), PeriodKind::Week, "2021-01-04T00:00:00Z", "2021-W01", "2021-01-11T00:00:00Z"},
      {Zone(), PeriodKind::Week, "2024-12-30T00:00:00Z", "2025-W01", "2025-01-06T00:00:00Z"},
      {Zone(), PeriodKind::Week, "1969-12-31T00:00:00Z", "1970-W01", "1970-01-05T00:00:00Z"},
      {Zone(), PeriodKind::Quarter, "1969-12-31T00:00:00Z", "1969-Q4", "1970-01-01T00:00:00Z"},
      // the hour that comes twice is two, the one that is leapt over is none
      {vienna(), PeriodKind::Hour, "2026-10-25T00:30:00Z", "2026-10-25T02+02:00",
       "2026-10-25T01:00:00Z"},
      {vienna(), PeriodKind::Hour, "2026-10-25T01:30:00Z", "2026-10-25T02+01:00",
       "2026-10-25T02:00:00Z"},
      {vienna(), PeriodKind::Hour, "2026-03-29T00:30:00Z", "2026-03-29T01+01:00",
       "2026-03-29T01:00:00Z"},
      {vienna(), PeriodKind::Hour, "2026-03-29T01:30:00Z", "2026-03-29T03+02:00",
       "2026-03-29T02:00:00Z"},
      // days of 23 and 25 hours
      {vienna(), PeriodKind::Day, "2026-03-28T23:00:00Z", "2026-03-29", "2026-03-29T22:00:00Z"},
      {vienna(), PeriodKind::Day, "2026-10-24T22:00:00Z", "2026-10-25", "2026-10-25T23:00:00Z"},
      {new_york(), PeriodKind::Day, "2026-11-01T04:00:00Z", "2026-11-01", "2026-11-02T05:00:00Z"},
      {new_york(), PeriodKind::Month, "2026-04-01T03:59:59Z", "2026-03", "2026-04-01T04:00:00Z"},
      {new_york(), PeriodKind::Year, "2027-01-01T04:59:59Z", "2026", "2027-01-01T05:00:00Z"},
      // half an hour of daylight saving: parts of hours, days of 23.5 and 24.5 hours
      {lord_howe(), PeriodKind::Hour, "2026-04-04T14:45:00Z", "2026-04-05T01+11:00",
       "2026-04-04T15:00:00Z"},
      {lord_howe(), PeriodKind::Hour, "2026-04-04T15:15:00Z", "2026-04-05T01+10:30",
       "2026-04-04T15:30:00Z"},
      {lord_howe(), PeriodKind::Hour, "2026-10-03T15:30:00Z", "2026-10-04T02+11:00",
       "2026-10-03T16:00:00Z"},
      {lord_howe(), PeriodKind::Day, "2026-04-04T13:00:00Z", "2026-04-05", "2026-04-05T13:30:00Z"},
      {lord_howe(), PeriodKind::Day, "2026-10-03T13:30:00Z", "2026-10-04", "2026-10-04T13:00:00Z"},
      // Apia had no 30 December 2011
      {apia(), PeriodKind::Day, "2011-12-30T09:59:59Z", "2011-12-29", "2011-12-30T10:00:00Z"},
      {apia(), PeriodKind::Day, "2011-12-30T10:00:00Z", "2011-12-31", "2011-12-31T10:00:00Z"},
      {apia(), PeriodKind::Week, "2011-12-30T10:00:00Z", "2011-W52", "2012-01-01T10:00:00Z"},
      {apia(), PeriodKind::Hour, "2011-12-30T10:00:00Z", "2011-12-31T00+14:00",
       "2011-12-30T11:00:00Z"},
      {kathmandu(), PeriodKind::Hour, "2026-11-21T02:20:00Z", "2026-11-21T08+05:45",
       "2026-11-21T03:15:00Z"},
      {kathmandu(), PeriodKind::Day, "2026-11-21T18:15:00Z", "2026-11-22", "2026-11-22T18:15:00Z"},
      // St. John's had its midnight twice: the day is over with the second one
      {st_johns(), PeriodKind::Day, "2010-11-07T02:29:59Z", "2010-11-06", "2010-11-07T03:30:00Z"},
      {st_johns(), PeriodKind::Day, "2010-11-07T03:29:59Z", "2010-11-06", "2010-11-07T03:30:00Z"},
  };
  for (const Named& c : cases) {
    SCOPED_TRACE(c.zone.name() + " " + c.time + " is in " + c.name);
    const Period period = period_of(c.kind, utc(c.time), c.zone);
    EXPECT_EQ(period_name(period), c.name);
    EXPECT_EQ(format_utc(period_end(period, c.zone)), c.end);
  }
}

TEST(Periods, OfDifferentKindsAreNeverEqual) {
  const Time time = utc("2024-01-05T00:00:00Z");  // day 5 of week 1 of month 1
  EXPECT_NE(period_of(PeriodKind::Week, time, Zone()), period_of(PeriodKind::Month, time, Zone()));
}

TEST(Periods, PutTheFirstPassOfARepeatedHourFirst) {
  const Zone zone = vienna();
  EXPECT_LT(period_of(PeriodKind::Hour, utc("2026-10-25T00:30:00Z"), zone),
            period_of(PeriodKind::Hour, utc("2026-10-25T01:30:00Z"), zone));
}

TEST(Periods, EndWhereDatesDo) {
  EXPECT_THROW(period_of(PeriodKind::Day, Time::max(), Zone()), ZoneRangeError);
  EXPECT_THROW(period_of(PeriodKind::Hour, Time::min(), Zone()), ZoneRangeError);
  EXPECT_THROW(period_end({PeriodKind::Week, 1LL << 60, 0}, Zone()), ZoneRangeError);
  EXPECT_THROW(period_end(period_of(PeriodKind::Year, utc("9999-06-01T00:00:00Z"), Zone()), Zone()),
               ZoneRangeError);
  EXPECT_THROW(
      period_end(period_of(PeriodKind::Year, utc("2036-06-01T00:00:00Z"), new_york()), new_york()),
      ZoneRangeError);
}

struct Moved {
  Zone zone;
  const char* time;
  const char* span;
  const char* before;
  const char* after;
};

TEST(Spans, MoveOnTheCalendarAndThenByElapsedHours) {
  const Moved cases[] = {
      {Zone(), "2026-03-31T10:00:00Z", "1m", "2026-02-28T10:00:00Z", "2026-04-30T10:00:00Z"},
      {Zone(), "2028-03-31T10:00:00Z", "1m", "2028-02-29T10:00:00Z", "2028-04-30T10:00:00Z"},
      {Zone(), "2028-02-29T10:00:00Z", "1y", "2027-02-28T10:00:00Z", "2029-02-28T10:00:00Z"},
      {Zone(), "2028-02-29T10:00:00Z", "4y", "2024-02-29T10:00:00Z", "2032-02-29T10:00:00Z"},
      {Zone(), "2026-01-31T00:00:00Z", "1m1d", "2025-12-30T00:00:00Z", "2026-03-01T00:00:00Z"},
      {Zone(), "2026-01-15T00:00:00Z", "1y2m3w4d5h", "2024-10-20T19:00:00Z",
       "2027-04-09T05:00:00Z"},
      {Zone(), "2026-01-15T00:00:00.000001Z", "96h", "2026-01-11T00:00:00.000001Z",
       "2026-01-19T00:00:00.000001Z"},
      // the same time of day across a change of the clocks, but hours are hours
      {vienna(), "2026-03-29T10:00:00Z", "1d", "2026-03-28T11:00:00Z", "2026-03-30T10:00:00Z"},
      {vienna(), "2026-03-29T10:00:00Z", "24h", "2026-03-28T10:00:00Z", "2026-03-30T10:00:00Z"},
      {vienna(), "2026-10-25T11:00:00Z", "1w", "2026-10-18T10:00:00Z", "2026-11-01T11:00:00Z"},
      // into the gap: the first instant after it; into the fold: the first one
      {vienna(), "2026-03-30T00:30:00Z", "1d", "2026-03-29T01:00:00Z", "2026-03-31T00:30:00Z"},
      {vienna(), "2026-10-26T01:30:00Z", "1d", "2026-10-25T00:30:00Z", "2026-10-27T01:30:00Z"},
      {vienna(), "2026-10-25T01:30:00Z", "1h", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"},
      {new_york(), "2026-12-01T06:30:00Z", "1m", "2026-11-01T05:30:00Z", "2027-01-01T06:30:00Z"},
      {lord_howe(), "2026-04-06T15:15:00Z", "2d", "2026-04-04T14:45:00Z", "2026-04-08T15:15:00Z"},
      {apia(), "2011-12-31T22:00:00Z", "2d", "2011-12-30T10:00:00Z", "2012-01-02T22:00:00Z"},
      {kathmandu(), "2026-03-30T18:30:00Z", "1m", "2026-02-27T18:30:00Z", "2026-04-29T18:30:00Z"},
  };
  for (const Moved& c : cases) {
    SCOPED_TRACE(c.zone.name() + " " + c.time + " " + c.span);
    const CalendarSpan span = parse_span(c.span).value();
    EXPECT_EQ(format_utc(subtract(utc(c.time), span, c.zone)), c.before);
    EXPECT_EQ(format_utc(add(utc(c.time), span, c.zone)), c.after);
  }
}

TEST(Spans, OfHoursKeepTheSecondPassOfAFold) {
  EXPECT_EQ(subtract(utc("2026-10-25T01:30:00Z"), {}, vienna()), utc("2026-10-25T01:30:00Z"));
}

TEST(Spans, EndWhereTheTableDoes) {
  EXPECT_THROW(subtract(utc("2026-01-01T00:00:00Z"), {.years = 50}, vienna()), ZoneRangeError);
  EXPECT_THROW(add(utc("2026-01-01T00:00:00Z"), {.hours = 878400}, vienna()), ZoneRangeError);
  EXPECT_THROW(subtract(utc("0050-01-01T00:00:00Z"), {.years = 100}, Zone()), ZoneRangeError);
}

TEST(SpanText, KeepsItsParts) {
  EXPECT_EQ(parse_span("1y2m3w4d5h"), (CalendarSpan{1, 2, 3, 4, 5}));
  EXPECT_EQ(parse_span("0y96h"), (CalendarSpan{.hours = 96}));
  EXPECT_EQ(parse_span("1m"), (CalendarSpan{.months = 1})) << "months, as in restic";
  for (const char* text : {"", "0d", "5", "5s", "4d1w", "1y1y", "-1d", "+1d", "1 d", "1d ",
                           "99999999999y", "101y", "1.5d", "y", "1D"}) {
    EXPECT_FALSE(parse_span(text)) << text;
  }
}

TEST(SpanText, IsReadBack) {
  for (const char* text : {"1y2m3w4d5h", "96h", "12m", "100y", "1w5h"}) {
    EXPECT_EQ(format_span(parse_span(text).value()), text);
  }
  EXPECT_EQ(format_span({}), "0h");
}

}  // namespace
}  // namespace policy
