#include "policy/time.h"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using policy::format_utc;
using policy::parse_utc;
using policy::Time;

Time at(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} /
                               std::chrono::day{day}};
}

TEST(Time, WritesUtcWithoutAFractionOfZero) {
  EXPECT_EQ(format_utc(at(2026, 11, 22) + 2h + 3min + 4s), "2026-11-22T02:03:04Z");
}

TEST(Time, WritesSixDigitsOfAFraction) {
  EXPECT_EQ(format_utc(at(2023, 10, 6) + 879us), "2023-10-06T00:00:00.000879Z");
}

TEST(Time, WritesTimesBeforeTheEpochWithoutBorrowingWrongly) {
  EXPECT_EQ(format_utc(at(1970, 1, 1) - 1us), "1969-12-31T23:59:59.999999Z");
}

TEST(Time, ShowsTheNearestEndWhereRfc3339HasNoYear) {
  EXPECT_EQ(format_utc(Time::max()), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_utc(Time::min()), "0000-01-01T00:00:00Z");
}

TEST(Time, ReadsWhatVcenterSends) {
  EXPECT_EQ(parse_utc("2023-10-06T13:51:29.87934Z"),
            at(2023, 10, 6) + 13h + 51min + 29s + 879340us);
}

TEST(Time, ReadsOffsetsEastAndWest) {
  EXPECT_EQ(parse_utc("2026-01-01T00:30:00+01:00"), at(2025, 12, 31) + 23h + 30min);
  EXPECT_EQ(parse_utc("2026-01-01t00:30:00-05:45"), at(2026, 1, 1) + 6h + 15min);
}

TEST(Time, CutsDigitsFinerThanMicroseconds) {
  EXPECT_EQ(parse_utc("2026-01-01T00:00:00.1234569Z"), at(2026, 1, 1) + 123456us);
  EXPECT_EQ(parse_utc("2026-01-01T00:00:00." + std::string(500, '9') + "Z"),
            at(2026, 1, 1) + 999999us);
}

TEST(Time, TakesALeapSecondForTheStartOfTheNextMinute) {
  EXPECT_EQ(parse_utc("2016-12-31T23:59:60Z"), at(2017, 1, 1));
}

TEST(Time, KnowsLeapDays) {
  EXPECT_EQ(parse_utc("2024-02-29T00:00:00Z"), at(2024, 2, 29));
  EXPECT_EQ(parse_utc("2023-02-29T00:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_utc("2100-02-29T00:00:00Z"), std::nullopt);
}

class NotATime : public testing::TestWithParam<const char*> {};

TEST_P(NotATime, IsRefused) { EXPECT_EQ(parse_utc(GetParam()), std::nullopt) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(
    Time, NotATime,
    testing::Values("", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00Z",
                    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z",
                    "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
                    "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z",
                    "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+0100",
                    "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z",
                    "-026-01-01T00:00:00Z", "+2026-01-01T00:00:00Z", "2026-1-01T00:00:00Z"));

}  // namespace
