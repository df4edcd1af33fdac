// Wall clocks and instants: gaps, folds, half hours and a day that never was.
#include "policy/zone.h"

#include <gtest/gtest.h>

#include "tests/unit/policy/paper_zones.h"

namespace policy {
namespace {

using namespace std::chrono;
using Kind = Zone::Instants::Kind;

Time utc(const char* text) { return parse_utc(text).value(); }

/// "2026-10-25T02:30:00" as a wall clock's.
LocalTime local(const std::string& text) {
  return LocalTime{utc((text + "Z").c_str()).time_since_epoch()};
}

struct WallClock {
  Zone zone;
  const char* local;
  Kind kind;
  const char* first;
  const char* second;
};

TEST(ZoneClock, FindsTheInstantsOfAWallClockTime) {
  const WallClock cases[] = {
      {Zone(), "2026-03-29T02:30:00", Kind::One, "2026-03-29T02:30:00Z", "2026-03-29T02:30:00Z"},
      {kathmandu(), "2026-01-01T00:00:00", Kind::One, "2025-12-31T18:15:00Z",
       "2025-12-31T18:15:00Z"},
      {vienna(), "2026-03-29T01:59:59", Kind::One, "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"},
      {vienna(), "2026-03-29T02:00:00", Kind::Gap, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
      {vienna(), "2026-03-29T02:59:59.999999", Kind::Gap, "2026-03-29T01:00:00Z",
       "2026-03-29T01:00:00Z"},
      {vienna(), "2026-03-29T03:00:00", Kind::One, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
      {vienna(), "2026-10-25T01:59:59", Kind::One, "2026-10-24T23:59:59Z", "2026-10-24T23:59:59Z"},
      {vienna(), "2026-10-25T02:00:00", Kind::Fold, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
      {vienna(), "2026-10-25T02:59:59.500000", Kind::Fold, "2026-10-25T00:59:59.500000Z",
       "2026-10-25T01:59:59.500000Z"},
      {vienna(), "2026-10-25T03:00:00", Kind::One, "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
      {new_york(), "2026-03-08T02:30:00", Kind::Gap, "2026-03-08T07:00:00Z",
       "2026-03-08T07:00:00Z"},
      {new_york(), "2026-11-01T01:30:00", Kind::Fold, "2026-11-01T05:30:00Z",
       "2026-11-01T06:30:00Z"},
      {lord_howe(), "2026-10-04T02:15:00", Kind::Gap, "2026-10-03T15:30:00Z",
       "2026-10-03T15:30:00Z"},
      {lord_howe(), "2026-10-04T02:30:00", Kind::One, "2026-10-03T15:30:00Z",
       "2026-10-03T15:30:00Z"},
      {lord_howe(), "2026-04-05T01:45:00", Kind::Fold, "2026-04-04T14:45:00Z",
       "2026-04-04T15:15:00Z"},
      {apia(), "2011-12-30T12:00:00", Kind::Gap, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
      {apia(), "2011-12-31T00:00:00", Kind::One, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
      {st_johns(), "2010-11-07T00:00:30", Kind::Fold, "2010-11-07T02:30:30Z",
       "2010-11-07T03:30:30Z"},
  };
  for (const WallClock& c : cases) {
    SCOPED_TRACE(c.zone.name() + " " + c.local);
    const Zone::Instants found = c.zone.to_instants(local(c.local));
    EXPECT_EQ(found.kind, c.kind);
    EXPECT_EQ(format_utc(found.first), c.first);
    EXPECT_EQ(format_utc(found.second), c.second);
  }
}

TEST(ZoneClock, ShowsWhatTheWallClockShowed) {
  EXPECT_EQ(vienna().to_local(utc("2026-03-29T00:59:59.999999Z")),
            local("2026-03-29T01:59:59.999999"));
  EXPECT_EQ(vienna().to_local(utc("2026-03-29T01:00:00Z")), local("2026-03-29T03:00:00"));
  EXPECT_EQ(apia().to_local(utc("2011-12-30T09:59:59Z")), local("2011-12-29T23:59:59"));
  EXPECT_EQ(apia().to_local(utc("2011-12-30T10:00:00Z")), local("2011-12-31T00:00:00"));
  EXPECT_EQ(kathmandu().to_local(utc("2026-01-01T00:00:00Z")), local("2026-01-01T05:45:00"));
}

TEST(ZoneClock, NamesTheStretchOfOneOffset) {
  const Zone::Stretch summer = vienna().stretch_at(utc("2026-03-29T01:00:00Z"));
  EXPECT_EQ(summer.begin, utc("2026-03-29T01:00:00Z"));
  EXPECT_EQ(summer.end, utc("2026-10-25T01:00:00Z"));
  EXPECT_EQ(summer.offset, 2h);
  EXPECT_EQ(summer.offset_before, 1h);
  EXPECT_EQ(vienna().stretch_at(summer.end).begin, summer.end);
  EXPECT_EQ(kathmandu().stretch_at(summer.begin).end, utc("2037-01-01T00:00:00Z"));
  EXPECT_EQ(Zone().stretch_at(summer.begin).end, Time::max());
}

TEST(ZoneTable, ForgetsChangesThatChangeNothing) {
  const sys_seconds day = sys_days{2020y / 1 / 1};
  EXPECT_EQ(Zone("X", {{day, 1h}, {day + 1h, 1h}, {day + 2h, 2h}}, day + 3h),
            Zone("X", {{day, 1h}, {day + 2h, 2h}}, day + 3h));
}

TEST(ZoneTable, SaysWhenItIsAskedOutsideOfItsRange) {
  const Zone zone = vienna();
  EXPECT_NO_THROW(zone.offset_at(utc("2008-01-01T00:00:00Z")));
  EXPECT_THROW(zone.offset_at(utc("2007-12-31T23:59:59.999999Z")), ZoneRangeError);
  EXPECT_NO_THROW(zone.offset_at(utc("2036-12-31T23:59:59.999999Z")));
  EXPECT_THROW(zone.offset_at(utc("2037-01-01T00:00:00Z")), ZoneRangeError);
  EXPECT_THROW(zone.to_instants(local("2008-01-01T00:59:59")), ZoneRangeError);
  EXPECT_NO_THROW(zone.to_instants(local("2008-01-01T01:00:00")));
  EXPECT_NO_THROW(zone.to_instants(local("2037-01-01T00:59:59")));
  EXPECT_THROW(zone.to_instants(local("2037-01-01T01:00:00")), ZoneRangeError);
  EXPECT_THROW(zone.to_instants(LocalTime::max()), ZoneRangeError);
  EXPECT_THROW(zone.to_instants(LocalTime::min()), ZoneRangeError);
  EXPECT_EQ(Zone().offset_at(Time::max()), 0s) << "UTC has no end";
}

TEST(ZoneTable, RefusesWhatIsNoTable) {
  const sys_seconds day = sys_days{2020y / 1 / 1}, later = day + days{1};
  EXPECT_THROW(Zone("X", {}, later), std::invalid_argument);
  EXPECT_THROW(Zone("X", {{later, 1h}, {day, 2h}}, later + 1h), std::invalid_argument);
  EXPECT_THROW(Zone("X", {{day, 1h}, {day, 2h}}, later), std::invalid_argument);
  EXPECT_THROW(Zone("X", {{day, 1h}}, day), std::invalid_argument);
  EXPECT_THROW(Zone("X", {{day, 24h}}, later), std::invalid_argument);
  EXPECT_NO_THROW(Zone("X", {{day, -23h}}, later));
}

}  // namespace
}  // namespace policy
