// Runs on time, late, put off, held back by hours and left out.
#include "policy/schedule.h"

#include <gtest/gtest.h>

#include "tests/unit/policy/paper_zones.h"

namespace policy {
namespace {

using namespace std::chrono_literals;
using Kind = DueRun::Kind;

Time utc(const std::string& text) { return parse_utc(text).value(); }

std::string shown(std::optional<Time> time) { return time ? format_utc(*time) : "never"; }

const Zone& home() {
  static const Zone zone = vienna();
  return zone;
}

Schedule schedule(const char* cron, const char* window = "", const char* blackout = "",
                  std::optional<std::chrono::seconds> skip_after = {}, Zone zone = home()) {
  ScheduleRules rules{.cron = Cron(cron), .skip_after = skip_after};
  if (*window != '\0') rules.hours = WeeklyHours(window);
  if (*blackout != '\0') rules.hours -= WeeklyHours(blackout);
  return Schedule(std::move(rules), std::move(zone));
}

Schedule jittered(const char* cron, std::chrono::seconds jitter, const std::string& seed,
                  const char* window = "00:00-24:00") {
  return Schedule(
      {.cron = Cron(cron), .hours = WeeklyHours(window), .jitter = jitter, .seed = seed}, vienna());
}

struct Hours {
  Zone zone;
  const char* text;
  const char* time;
  const char* open_from;
  const char* closed_from;
};

TEST(WeeklyHoursOfAZone, OpenAndCloseByTheWallClock) {
  const Hours cases[] = {
      {Zone(), "22:00-06:00", "2026-11-21T21:59:59Z", "2026-11-21T22:00:00Z",
       "2026-11-21T21:59:59Z"},
      {Zone(), "22:00-06:00", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00Z",
       "2026-11-22T06:00:00Z"},
      {Zone(), "22:00-06:00", "2026-11-22T05:59:59.999999Z", "2026-11-22T05:59:59.999999Z",
       "2026-11-22T06:00:00Z"},
      // Saturday's early hours are Friday's window; 21 November 2026 is a Saturday
      {Zone(), "mon-fri 22:00-06:00", "2026-11-21T05:00:00Z", "2026-11-21T05:00:00Z",
       "2026-11-21T06:00:00Z"},
      {Zone(), "mon-fri 22:00-06:00", "2026-11-21T07:00:00Z", "2026-11-23T22:00:00Z",
       "2026-11-21T07:00:00Z"},
      {Zone(), "sat,sun 00:00-24:00", "2026-11-20T12:00:00Z", "2026-11-21T00:00:00Z",
       "2026-11-20T12:00:00Z"},
      {Zone(), "SAT,sun 00:00-24:00", "2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z",
       "2026-11-23T00:00:00Z"},
      {Zone(), "fri-mon 08:00-09:00", "2026-11-23T10:00:00Z", "2026-11-27T08:00:00Z",
       "2026-11-23T10:00:00Z"},
      {Zone(), "00:00-24:00", "2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z", "never"},
      // the night of 7, of 9 and of 8.5 hours
      {vienna(), "22:00-06:00", "2026-03-28T21:00:00Z", "2026-03-28T21:00:00Z",
       "2026-03-29T04:00:00Z"},
      {vienna(), "22:00-06:00", "2026-10-24T20:00:00Z", "2026-10-24T20:00:00Z",
       "2026-10-25T05:00:00Z"},
      {lord_howe(), "22:00-06:00", "2026-04-04T11:00:00Z", "2026-04-04T11:00:00Z",
       "2026-04-04T19:30:00Z"},
      // an end within the repeated hour comes twice
      {vienna(), "22:00-02:30", "2026-10-25T00:00:00Z", "2026-10-25T00:00:00Z",
       "2026-10-25T00:30:00Z"},
      {vienna(), "22:00-02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z",
       "2026-10-25T00:30:00Z"},
      // hours that are leapt over do not come
      {vienna(), "02:00-03:00", "2026-03-28T12:00:00Z", "2026-03-30T00:00:00Z",
       "2026-03-28T12:00:00Z"},
      // 30 December 2011, the Friday that Apia left out
      {apia(), "fri 00:00-24:00", "2011-12-30T00:00:00Z", "2012-01-05T10:00:00Z",
       "2011-12-30T00:00:00Z"},
      {kathmandu(), "06:00-07:00", "2026-11-21T00:00:00Z", "2026-11-21T00:15:00Z",
       "2026-11-21T00:00:00Z"},
      {new_york(), "sun 01:00-03:00", "2026-11-01T05:30:00Z", "2026-11-01T05:30:00Z",
       "2026-11-01T08:00:00Z"},
  };
  for (const Hours& c : cases) {
    SCOPED_TRACE(std::string(c.text) + " in " + c.zone.name() + " at " + c.time);
    const WeeklyHours hours(c.text);
    EXPECT_EQ(shown(hours.open_from(utc(c.time), c.zone)), c.open_from);
    EXPECT_EQ(shown(hours.closed_from(utc(c.time), c.zone)), c.closed_from);
    EXPECT_EQ(hours.contains(utc(c.time), c.zone), std::string(c.time) == c.open_from);
  }
}

TEST(WeeklyHoursOfAZone, AddUpAndAreTakenAway) {
  WeeklyHours hours("20:00-22:00");
  hours += WeeklyHours("22:00-06:00");
  EXPECT_EQ(hours, WeeklyHours("20:00-06:00"));
  hours -= WeeklyHours("00:00-24:00");
  EXPECT_EQ(hours, WeeklyHours());
  EXPECT_EQ(hours.open_from(utc("2026-01-01T00:00:00Z"), Zone()), std::nullopt);
}

TEST(WeeklyHoursText, SaysWhatIsWrongWithIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"22:00", "expected hours such as \"22:00-06:00\" or \"sat,sun 00:00-24:00\""},
      {"22-06", "\"22\" is no time like 22:30"},
      {"22:00-24:01", "\"24:01\" is no time like 22:30"},
      {"24:00-02:00", "\"24:00\" is no time like 22:30"},
      {"-1:00-02:00", "\"\" is no time like 22:30"},
      {"22:60-23:00", "\"22:60\" is no time like 22:30"},
      {"06:00-06:00", "the window has no length; the whole day is 00:00-24:00"},
      {"someday 22:00-06:00", "\"someday\" is no weekday: sun to sat"},
      {"mon-tue-wed 22:00-06:00", "\"tue-wed\" is no weekday: sun to sat"},
      {"mon, 22:00-06:00", "\"\" is no weekday: sun to sat"},
      {"m\x1b]n 22:00-06:00", "\"m?]n\" is no weekday: sun to sat"},
      {"mon  22:00-06:00", "\" 22:00\" is no time like 22:30"},
  };
  for (const auto& [text, message] : cases) {
    try {
      WeeklyHours{std::string_view(text)};
      ADD_FAILURE() << text << " was taken";
    } catch (const ScheduleError& error) {
      EXPECT_STREQ(error.what(), message) << text;
    }
  }
}

TEST(Jitter, IsAFixedShareThatTheSeedDecides) {
  const Time now = utc("2026-11-21T12:00:00Z"), slot = utc("2026-11-22T01:00:00Z");
  const auto start = [&](const char* seed) {
    return jittered("0 2 * * *", 10min, seed).next_run(now).value();
  };
  EXPECT_EQ(start("daily"), start("daily"));
  EXPECT_NE(start("daily").start, start("weekly").start);
  EXPECT_EQ(start("daily").slot, slot);
  std::chrono::microseconds least = 10min, most = 0s;
  for (int i = 0; i < 100; ++i) {
    const auto put_off = start(("policy " + std::to_string(i)).c_str()).start - slot;
    least = std::min(least, put_off);
    most = std::max(most, put_off);
  }
  EXPECT_GE(least, 0s);
  EXPECT_LT(least, 1min) << "spread over all of it";
  EXPECT_GT(most, 9min);
  EXPECT_LT(most, 10min);
}

TEST(Jitter, StaysWithinTheHoursAndBeforeTheNextTime) {
  for (int i = 0; i < 30; ++i) {
    const std::string seed = std::to_string(i);
    const auto windowed = jittered("55 1 * * *", 1h, seed, "01:00-02:00");
    const Time start = windowed.next_run(utc("2026-11-21T12:00:00Z"))->start;
    EXPECT_LT(start, utc("2026-11-22T01:00:00Z"));
    EXPECT_GE(start, utc("2026-11-22T00:55:00Z"));
    EXPECT_LT(jittered("*/5 * * * *", 1h, seed).next_run(utc("2026-11-21T12:01:00Z"))->start,
              utc("2026-11-21T12:10:00Z"));
  }
}

TEST(NextRun, WaitsForTheHoursToOpen) {
  const Time now = utc("2026-11-21T12:00:00Z");
  EXPECT_EQ(schedule("0 2 * * *", "", "01:00-04:00").next_run(now),
            (PlannedRun{utc("2026-11-22T01:00:00Z"), utc("2026-11-22T03:00:00Z")}));
  EXPECT_EQ(schedule("0 * * * *", "22:00-06:00").next_run(now),
            (PlannedRun{utc("2026-11-21T12:00:00Z"), utc("2026-11-21T21:00:00Z")}))
      << "the times of all day are one run at 22:00";
  EXPECT_EQ(schedule("0 * * * *", "22:00-06:00", "", 0s).next_run(now)->start,
            utc("2026-11-21T21:00:00Z"));
  EXPECT_EQ(schedule("30 * * * *", "22:00-06:00", "", 0s).next_run(now)->start,
            utc("2026-11-21T21:30:00Z"));
}

TEST(NextRun, LeavesOutTheTimesThatAreTooLateWhenTheHoursOpen) {
  const Time now = utc("2026-11-21T12:00:00Z");
  EXPECT_EQ(schedule("0 2,23 * * *", "", "01:00-04:00", 1h).next_run(utc("2026-11-21T22:00:00Z")),
            (PlannedRun{utc("2026-11-22T22:00:00Z"), utc("2026-11-22T22:00:00Z")}));
  EXPECT_EQ(schedule("0 2 * * *", "", "01:00-04:00", 30min).next_run(now), std::nullopt)
      << "never in its hours";
  EXPECT_EQ(schedule("* * * * *", "mon 22:00-23:00", "", 0s).next_run(now)->start,
            utc("2026-11-23T21:00:00Z"));
}

TEST(NextRun, IsNoneAfterTheLastTimeOfTheTable) {
  EXPECT_EQ(schedule("@yearly", "", "", {}, new_york()).next_run(utc("2036-06-01T00:00:00Z")),
            std::nullopt);
  EXPECT_EQ(schedule("@yearly", "", "", {}, new_york())
                .due(utc("2036-06-01T00:00:00Z"), utc("2036-06-02T00:00:00Z"))
                .kind,
            Kind::Never);
}

TEST(Hours, ThatAreEmptyAreRefused) {
  EXPECT_THROW(schedule("0 2 * * *", "01:00-02:00", "00:00-12:00"), ScheduleError);
}

struct Late {
  const char* what;
  Schedule schedule;
  const char* settled;
  const char* now;
  Kind kind;
  const char* slot;
  const char* at;
  int missed;
  const char* reason;
};

TEST(Due, RunsWaitsOrSkips) {
  const Late cases[] = {
      {"a moment before", schedule("0 2 * * *"), "2026-11-21T01:00:00Z",
       "2026-11-22T00:59:59.999999Z", Kind::Waiting, "2026-11-22T01:00:00Z", "2026-11-22T01:00:00Z",
       0, ""},
      {"on time", schedule("0 2 * * *"), "2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z", Kind::Due,
       "2026-11-22T01:00:00Z", "2026-11-22T01:00:00Z", 0, ""},
      {"done", schedule("0 2 * * *"), "2026-11-22T01:00:00Z", "2026-11-22T01:00:00Z", Kind::Waiting,
       "2026-11-23T01:00:00Z", "2026-11-23T01:00:00Z", 0, ""},
      {"done, by when it started", schedule("0 2 * * *"), "2026-11-22T01:07:00Z",
       "2026-11-22T12:00:00Z", Kind::Waiting, "2026-11-23T01:00:00Z", "2026-11-23T01:00:00Z", 0,
       ""},
      {"three days late", schedule("0 2 * * *"), "2026-11-18T01:00:00Z", "2026-11-21T12:00:00Z",
       Kind::Due, "2026-11-21T01:00:00Z", "2026-11-21T01:00:00Z", 2, ""},
      {"too late", schedule("0 2 * * *", "", "", 2h), "2026-11-18T01:00:00Z",
       "2026-11-21T03:00:00.000001Z", Kind::Skipped, "2026-11-21T01:00:00Z",
       "2026-11-21T03:00:00.000001Z", 2, "it would be 2h late, and is skipped after 2h"},
      {"just not too late", schedule("0 2 * * *", "", "", 2h), "2026-11-20T01:00:00Z",
       "2026-11-21T03:00:00Z", Kind::Due, "2026-11-21T01:00:00Z", "2026-11-21T01:00:00Z", 0, ""},
      {"within the minute", schedule("0 2 * * *", "", "", 0s), "2026-11-20T01:00:00Z",
       "2026-11-21T01:01:00Z", Kind::Due, "2026-11-21T01:00:00Z", "2026-11-21T01:00:00Z", 0, ""},
      {"held by a blackout", schedule("0 2 * * *", "", "01:00-04:00"), "2026-11-20T03:00:00Z",
       "2026-11-21T02:00:00Z", Kind::Waiting, "2026-11-21T01:00:00Z", "2026-11-21T03:00:00Z", 0,
       "outside of its hours until 2026-11-21T03:00:00Z"},
      {"the blackout is over", schedule("0 2 * * *", "", "01:00-04:00"), "2026-11-20T03:00:00Z",
       "2026-11-21T03:00:00Z", Kind::Due, "2026-11-21T01:00:00Z", "2026-11-21T03:00:00Z", 0, ""},
      {"held too long", schedule("0 2 * * *", "", "01:00-04:00", 30min), "2026-11-20T03:00:00Z",
       "2026-11-21T02:00:00Z", Kind::Skipped, "2026-11-21T01:00:00Z", "2026-11-21T03:00:00Z", 0,
       "its hours open 2h later, and it is skipped after 30m"},
      {"late, and the window has closed", schedule("0 2 * * *", "01:00-04:00"),
       "2026-11-20T01:00:00Z", "2026-11-21T12:00:00Z", Kind::Waiting, "2026-11-21T01:00:00Z",
       "2026-11-22T00:00:00Z", 0, "outside of its hours until 2026-11-22T00:00:00Z"},
      {"late, closed and too late when it opens", schedule("0 2 * * *", "01:00-04:00", "", 12h),
       "2026-11-20T01:00:00Z", "2026-11-21T12:00:00Z", Kind::Skipped, "2026-11-21T01:00:00Z",
       "2026-11-22T00:00:00Z", 0, "it would be 23h late, and is skipped after 12h"},
      {"the first pass of a fold is done", schedule("30 2 * * *"), "2026-10-25T00:30:00Z",
       "2026-10-25T01:30:00Z", Kind::Waiting, "2026-10-26T01:30:00Z", "2026-10-26T01:30:00Z", 0,
       ""},
      {"the clock went back", schedule("0 2 * * *"), "2026-11-22T01:00:00Z", "2026-11-20T12:00:00Z",
       Kind::Waiting, "2026-11-23T01:00:00Z", "2026-11-23T01:00:00Z", 0, ""},
      {"a year away", schedule("* * * * *"), "2025-11-22T01:00:00Z", "2026-11-20T12:00:30Z",
       Kind::Due, "2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", 1000, ""},
  };
  for (const Late& c : cases) {
    SCOPED_TRACE(c.what);
    const DueRun run = c.schedule.due(utc(c.settled), utc(c.now));
    EXPECT_EQ(run.kind, c.kind);
    EXPECT_EQ(format_utc(run.slot), c.slot);
    EXPECT_EQ(format_utc(run.at), c.at);
    EXPECT_EQ(run.missed, c.missed);
    EXPECT_EQ(run.reason, c.reason);
  }
}

TEST(Due, WaitsForTheJitterOfATimeThatHasCome) {
  const Schedule nightly = jittered("0 2 * * *", 10min, "nightly");
  const Time settled = utc("2026-11-21T01:05:00Z"), slot = utc("2026-11-22T01:00:00Z");
  const DueRun run = nightly.due(settled, slot);
  EXPECT_EQ(run.kind, Kind::Waiting);
  EXPECT_EQ(run.slot, slot);
  EXPECT_GT(run.at, slot);
  EXPECT_EQ(nightly.due(settled, run.at).kind, Kind::Due);
  EXPECT_EQ(nightly.due(utc("2026-11-22T01:00:30Z"), slot).slot, utc("2026-11-23T01:00:00Z"))
      << "run by hand meanwhile";
}

TEST(WindowEnd, IsWhereTheHoursClose) {
  const Schedule nightly = schedule("0 23 * * *", "22:00-06:00");
  EXPECT_EQ(nightly.window_end(utc("2026-10-24T21:00:00Z")), utc("2026-10-25T05:00:00Z"));
  EXPECT_TRUE(nightly.open_at(utc("2026-10-25T04:59:59Z")));
  EXPECT_FALSE(nightly.open_at(utc("2026-10-25T05:00:00Z")));
  EXPECT_EQ(schedule("0 23 * * *").window_end(utc("2026-10-24T21:00:00Z")), std::nullopt);
}

}  // namespace
}  // namespace policy
