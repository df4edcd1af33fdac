// When cron fires: fields, calendars, clocks that are changed, and what is no schedule.
#include "policy/cron.h"

#include <gtest/gtest.h>

#include "tests/unit/policy/paper_zones.h"

namespace policy {
namespace {

Time utc(const std::string& text) { return parse_utc(text).value(); }

std::string shown(std::optional<Time> time) { return time ? format_utc(*time) : "never"; }

struct Fires {
  Zone zone;
  const char* cron;
  const char* after;
  std::vector<const char*> times;
};

/// The times forwards from `after`, and the same ones backwards.
void expect_times(const Fires& c) {
  SCOPED_TRACE(std::string(c.cron) + " in " + c.zone.name() + " after " + c.after);
  const Cron cron{c.cron};
  std::optional<Time> time = utc(c.after);
  for (const char* expected : c.times) {
    time = cron.next(*time, c.zone);
    ASSERT_EQ(shown(time), expected);
  }
  for (auto expected = c.times.rbegin() + 1; expected != c.times.rend(); ++expected) {
    time = cron.previous(*time, c.zone);
    ASSERT_EQ(shown(time), *expected);
  }
}

TEST(CronTimes, FollowTheCalendar) {
  const Fires cases[] = {
      {Zone(),
       "0 2 * * *",
       "2026-11-21T02:00:00Z",
       {"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z"}},
      {Zone(), "0 2 * * *", "2026-11-21T01:59:59.999999Z", {"2026-11-21T02:00:00Z"}},
      {Zone(),
       "*/15 8-9 * * *",
       "2026-11-21T09:30:00Z",
       {"2026-11-21T09:45:00Z", "2026-11-22T08:00:00Z", "2026-11-22T08:15:00Z"}},
      {Zone(),
       "30 3 * * sun",
       "2026-11-21T00:00:00Z",
       {"2026-11-22T03:30:00Z", "2026-11-29T03:30:00Z"}},
      {Zone(),
       "0 0 13 * fri",
       "2026-11-01T00:00:00Z",  // either
       {"2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z",
        "2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z", "2026-12-11T00:00:00Z",
        "2026-12-13T00:00:00Z"}},
      {Zone(),
       "0 0 */2 * mon",
       "2026-11-01T00:00:00Z",  // a star is no restriction: both
       {"2026-11-09T00:00:00Z", "2026-11-23T00:00:00Z"}},
      {Zone(),
       "0 0 L * *",
       "2028-01-01T00:00:00Z",
       {"2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z",
        "2028-04-30T00:00:00Z"}},
      {Zone(),
       "0 0 15,L 2 *",
       "2027-01-01T00:00:00Z",
       {"2027-02-15T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-15T00:00:00Z",
        "2028-02-29T00:00:00Z"}},
      {Zone(),
       "0 0 31 * *",
       "2026-01-31T00:00:00Z",
       {"2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"}},
      {Zone(),
       "0 0 29 2 *",
       "2096-02-29T00:00:00Z",  // 2100 is no leap year
       {"2104-02-29T00:00:00Z", "2108-02-29T00:00:00Z"}},
      {Zone(), "0 0 29 2 */7", "2032-02-29T00:00:00Z", {"2060-02-29T00:00:00Z"}},
      {Zone(), "@yearly", "2026-11-21T00:00:00Z", {"2027-01-01T00:00:00Z"}},
      {Zone(), "@weekly", "2026-11-21T00:00:00Z", {"2026-11-22T00:00:00Z"}},
      {kathmandu(),
       "0 2 * * *",
       "2026-11-21T00:00:00Z",
       {"2026-11-21T20:15:00Z", "2026-11-22T20:15:00Z"}},
      {kathmandu(),
       "0 * * * *",
       "2026-11-21T00:00:00Z",
       {"2026-11-21T00:15:00Z", "2026-11-21T01:15:00Z"}},
  };
  for (const Fires& c : cases) expect_times(c);
}

TEST(CronTimes, ComeOncePerDateWithFixedHours) {
  const Fires cases[] = {
      // leapt over: the first instant after the gap, once however many were leapt over
      {vienna(),
       "30 2 * * *",
       "2026-03-27T12:00:00Z",
       {"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
      {vienna(),
       "*/20 2,3 * * *",
       "2026-03-29T00:00:00Z",
       {"2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z", "2026-03-29T01:40:00Z",
        "2026-03-30T00:00:00Z"}},
      {vienna(),
       "0 2 29 3 *",
       "2026-01-01T00:00:00Z",
       {"2026-03-29T01:00:00Z", "2027-03-29T00:00:00Z"}},
      {new_york(),
       "0 2 * * *",
       "2026-03-08T00:00:00Z",
       {"2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z"}},
      // twice: the first one
      {vienna(),
       "30 2 * * *",
       "2026-10-24T12:00:00Z",
       {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
      {vienna(), "30 2 * * *", "2026-10-25T01:10:00Z", {"2026-10-26T01:30:00Z"}},
      {vienna(),
       "*/30 2,3 * * *",
       "2026-10-25T00:00:00Z",
       {"2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"}},
      {new_york(),
       "30 1 * * *",
       "2026-11-01T00:00:00Z",
       {"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
      {new_york(),
       "0 0-23 * * *",
       "2026-11-01T04:00:00Z",  // a range is fixed, a star is not
       {"2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"}},
      // half an hour
      {lord_howe(),
       "15 2 * * *",
       "2026-10-02T20:00:00Z",
       {"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
      {lord_howe(),
       "45 1 * * *",
       "2026-04-03T20:00:00Z",
       {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
      // the date that Apia left out has no times
      {apia(),
       "0 2 * * *",
       "2011-12-29T00:00:00Z",
       {"2011-12-29T12:00:00Z", "2011-12-30T12:00:00Z"}},
      {apia(), "0 2 30 * *", "2011-12-01T00:00:00Z", {"2012-01-29T12:00:00Z"}},
      // midnight comes twice
      {st_johns(),
       "0 0 * * *",
       "2010-11-06T12:00:00Z",
       {"2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"}},
      {st_johns(),
       "30 23 * * *",
       "2010-11-06T12:00:00Z",
       {"2010-11-07T02:00:00Z", "2010-11-08T03:00:00Z"}},
  };
  for (const Fires& c : cases) expect_times(c);
}

TEST(CronTimes, ComeWheneverTheClockShowsThemWithAStarHour) {
  const Fires cases[] = {
      {vienna(),
       "0 * * * *",
       "2026-03-29T00:00:00Z",
       {"2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"}},
      {vienna(),
       "0 * * * *",
       "2026-10-25T00:00:00Z",
       {"2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"}},
      {vienna(),
       "30 */2 * * *",
       "2026-10-24T23:00:00Z",  // 02:30, 02:30, 04:30
       {"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T03:30:00Z"}},
      {vienna(),
       "30 */2 * * *",
       "2026-03-28T23:00:00Z",  // 00:30, 04:30
       {"2026-03-28T23:30:00Z", "2026-03-29T02:30:00Z"}},
      {new_york(),
       "*/30 * * * *",
       "2026-11-01T05:00:00Z",
       {"2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z"}},
      {lord_howe(),
       "45 * * * *",
       "2026-04-04T14:00:00Z",  // 01:45, 01:45, 02:45
       {"2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T16:15:00Z"}},
      {lord_howe(),
       "0 * * * *",
       "2026-10-03T15:00:00Z",  // 02:00 is leapt over
       {"2026-10-03T16:00:00Z", "2026-10-03T17:00:00Z"}},
      {apia(),
       "0 */12 30,31 * *",
       "2011-12-29T00:00:00Z",
       {"2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"}},
      {st_johns(),
       "0 * * * *",
       "2010-11-07T01:30:00Z",
       {"2010-11-07T02:30:00Z", "2010-11-07T03:30:00Z", "2010-11-07T04:30:00Z"}},
  };
  for (const Fires& c : cases) expect_times(c);
}

TEST(CronTimes, EndWhereTheZonesTableDoes) {
  EXPECT_EQ(Cron("@yearly").next(utc("2036-06-01T00:00:00Z"), new_york()), std::nullopt);
  EXPECT_EQ(Cron("@yearly").previous(utc("2008-01-01T00:00:00Z"), vienna()), std::nullopt);
  EXPECT_EQ(Cron("0 * 1 1 *").previous(utc("2008-01-01T00:00:00Z"), vienna()), std::nullopt);
  EXPECT_THROW(Cron("@yearly").next(utc("2040-06-01T00:00:00Z"), vienna()), ZoneRangeError);
  for (const char* text : {"@yearly", "@hourly"}) {
    EXPECT_EQ(Cron(text).next(Time::max(), Zone()), std::nullopt);
    EXPECT_EQ(Cron(text).previous(Time::min(), Zone()), std::nullopt);
    EXPECT_EQ(Cron(text).next(Time::min(), Zone()).has_value(), true);
    EXPECT_EQ(Cron(text).previous(Time::max(), Zone()).has_value(), true);
  }
}

struct Wording {
  const char* given;
  const char* text;
  const char* words;
};

TEST(CronText, IsShortAndReadable) {
  const Wording cases[] = {
      {"0 2 * * *", "0 2 * * *", "every day at 02:00 Europe/Vienna"},
      {"  00  02,14 * *\tmon-fri ", "0 2,14 * * 1-5",
       "on Monday to Friday at 02:00 and 14:00 Europe/Vienna"},
      {"30 3 * * sun", "30 3 * * 0", "on Sunday at 03:30 Europe/Vienna"},
      {"30 3 * * SATURDAY,7", "30 3 * * 0,6", "on Sunday and Saturday at 03:30 Europe/Vienna"},
      {"0 1 * * fri-sun", "0 1 * * 0,5,6", "on Sunday, Friday and Saturday at 01:00 Europe/Vienna"},
      {"0 0 1,15,L jan-mar,12 *", "0 0 1,15,L 1-3,12 *",
       "on day 1 and 15 and the last day of the month in January to March and December at 00:00 "
       "Europe/Vienna"},
      {"0 0 L * *", "0 0 L * *", "on the last day of the month at 00:00 Europe/Vienna"},
      {"0 0 13 * 5", "0 0 13 * 5", "on day 13 of the month or on Friday at 00:00 Europe/Vienna"},
      {"0 0 */2 * 1", "0 0 */2 * 1",
       "on day 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29 and 31 of the month if that "
       "is on Monday at 00:00 Europe/Vienna"},
      {"@hourly", "0 * * * *", "every hour, Europe/Vienna"},
      {"@midnight", "0 0 * * *", "every day at 00:00 Europe/Vienna"},
      {"* * * * *", "* * * * *", "every minute, Europe/Vienna"},
      {"*/1 */1 */1 */1 */1", "* * * * *", "every minute, Europe/Vienna"},
      {"*/15 * * * *", "*/15 * * * *", "every 15 minutes, Europe/Vienna"},
      {"0-59/15 * * * *", "0,15,30,45 * * * *",
       "at minute 0, 15, 30 and 45 of every hour, Europe/Vienna"},
      {"5 */6 * * *", "5 */6 * * *", "at minute 5 of every 6th hour, Europe/Vienna"},
      {"0 */6 * * *", "0 */6 * * *", "every 6 hours, Europe/Vienna"},
      {"*/15 8-18 * * 1-5", "*/15 8-18 * * 1-5",
       "every 15 minutes of hours 8 to 18, on Monday to Friday, Europe/Vienna"},
      {"*/7 4 * * *", "*/7 4 * * *",
       "at minute 0, 7, 14, 21, 28, 35, 42, 49 and 56 of hour 4, Europe/Vienna"},
      {"0 0-23 * * *", "0 0-23 * * *", "at minute 0 of hours 0 to 23, Europe/Vienna"},
  };
  for (const Wording& c : cases) {
    const Cron cron{c.given};
    EXPECT_EQ(cron.text(), c.text);
    EXPECT_EQ(cron.description("Europe/Vienna"), c.words) << c.given;
    EXPECT_EQ(Cron(cron.text()), cron) << c.given;
  }
}

struct Mistake {
  const char* text;
  const char* message;
};

TEST(CronText, SaysWhatIsWrongWithIt) {
  const char* fields = " fields; cron has five: minute hour day month weekday, as in \"0 2 * * *\"";
  const std::string none = std::string("it has 0") + fields, six = std::string("it has 6") + fields;
  const Mistake cases[] = {
      {"", none.c_str()},
      {"0 2 * * * *", six.c_str()},
      {"60 2 * * *", "\"60\" is no minute: 0 to 59"},
      {"0 24 * * *", "\"24\" is no hour: 0 to 23"},
      {"0 2 * foo *", "\"foo\" is no month: 1 to 12 or jan to dec"},
      {"0 2 * * 8", "\"8\" is no weekday: 0 to 7 or sun to sat"},
      {"0 2 * * L",
       "\"L\" is no weekday: 0 to 7 or sun to sat; L stands for the last day, in the day field "
       "alone"},
      {"0 2 L-3 * *",
       "\"L\" is no day: 1 to 31; L stands for the last day, in the day field alone"},
      {"5/10 * * * *", "a step needs a range or *: \"5/10\""},
      {"*/0 * * * *", "the minute step \"/0\" is no number from 1 to 59"},
      {"* * * * fri-mon", "the weekday range \"fri-mon\" runs backwards; write it as two ranges"},
      {"0 0 30 2 *", "this day never comes in these months"},
      {"0 0 31 4,6,9,11 */2", "this day never comes in these months"},
      {"@reboot", "\"@reboot\" is none of @hourly, @daily, @weekly, @monthly, @yearly"},
      {"0 2 * * \x1b[0m", "it has a character that no schedule has"},
      {"1000000000000000000000000000000000000000000 2 * * *",
       "\"1000000000000000000000000000000000000000...\" is no minute: 0 to 59"},
  };
  for (const Mistake& c : cases) {
    try {
      Cron{c.text};
      ADD_FAILURE() << c.text << " was taken";
    } catch (const CronError& error) {
      EXPECT_STREQ(error.what(), c.message) << c.text;
    }
  }
}

}  // namespace
}  // namespace policy
