// Durations, spans, sizes, counts, schedules and URLs as texts.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agent/config/quantity.h"
#include "agent/config/schedule_text.h"
#include "agent/config/url.h"

namespace agent {
namespace {

using namespace std::chrono_literals;

TEST(Duration, AddsItsParts) {
  EXPECT_EQ(parse_duration("96h"), 96h);
  EXPECT_EQ(parse_duration("7d"), 168h);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("1w2d3h4m5s"), 168h + 48h + 3h + 4min + 5s);
  EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(Duration, RefusesWhatIsNone) {
  for (const char* text : {"", "5", "h", "5 h", "-5h", "+5h", "5h5h", "5m1h", "1.5h", "5H", "5h ",
                           "99999999999999999999h", "9223372036854775807w", "101y", "1y"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

RC_GTEST_PROP(Duration, IsTheSumOfAnyParts, ()) {
  const auto hours = *rc::gen::inRange<long>(0, 1000);
  const auto minutes = *rc::gen::inRange<long>(0, 1000);
  const std::string text = std::to_string(hours) + "h" + std::to_string(minutes) + "m";
  RC_ASSERT(parse_duration(text) == std::chrono::hours(hours) + std::chrono::minutes(minutes));
}

RC_GTEST_PROP(Quantities, SurviveAnyText, (const std::string& text)) {
  parse_duration(text);
  parse_span(text);
  parse_size(text);
  parse_percent(text);
  parse_keep_count(text);
  cron_problem(text);
  window_problem(text);
  zone_problem(text);
  misfire_problem(text);
}

TEST(Span, KeepsItsCalendarParts) {
  EXPECT_EQ(parse_span("1y2m3w4d5h"), (CalendarSpan{1, 2, 3, 4, 5}));
  EXPECT_EQ(parse_span("96h"), (CalendarSpan{.hours = 96}));
  EXPECT_EQ(parse_span("1m"), (CalendarSpan{.months = 1})) << "months, as in restic";
  for (const char* text : {"", "0d", "5", "5s", "4d1w", "1y1y", "-1d", "99999999999y", "101y"}) {
    EXPECT_FALSE(parse_span(text)) << text;
  }
}

TEST(Size, NeedsAUnit) {
  EXPECT_EQ(parse_size("20GiB"), 20ull << 30);
  EXPECT_EQ(parse_size("1.5 TiB"), (3ull << 40) / 2);
  EXPECT_EQ(parse_size("500MB"), 500'000'000u);
  EXPECT_EQ(parse_size("4096B"), 4096u);
  EXPECT_EQ(parse_size("0B"), 0u);
  for (const char* text : {"", "20", "20G", "20gib", "-1GiB", "1e3GiB", "infGiB", "nanB", "GiB",
                           "10000000PiB", "1GiB "}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Percent, IsAShareAboveZero) {
  EXPECT_EQ(parse_percent("10%"), 0.1);
  EXPECT_EQ(parse_percent("100%"), 1.0);
  for (const char* text : {"0%", "101%", "10", "%", "-5%"}) EXPECT_FALSE(parse_percent(text));
}

TEST(KeepCountText, IsANumberAllOrARange) {
  EXPECT_EQ(parse_keep_count("7"), (KeepCount{0, 7}));
  EXPECT_EQ(parse_keep_count("all"), (KeepCount{0, std::nullopt}));
  EXPECT_EQ(parse_keep_count("2-8"), (KeepCount{2, 8}));
  EXPECT_EQ(parse_keep_count("3-3"), (KeepCount{3, 3}));
  for (const char* text : {"", "-", "-3", "3-", "8-2", "1-2-3", "ALL", "x", "99999999999"}) {
    EXPECT_FALSE(parse_keep_count(text)) << text;
  }
}

TEST(Cron, TakesWhatCronTakes) {
  for (const char* text :
       {"0 2 * * *", "*/15 8-18/2 1,15 jan-mar mon-fri", "0 0 29 2 *", "  5 4 * * 7  ",
        "0 0 31 * fri", "@daily", "@yearly", "59 23 31 12 SUN", "0 0 30 2 mon"}) {
    EXPECT_FALSE(cron_problem(text)) << text << ": " << *cron_problem(text);
  }
}

TEST(Window, TakesDaysAndHours) {
  for (const char* text : {"22:00-06:00", "mon-fri 22:00-06:00", "sat,sun 00:00-24:00"}) {
    EXPECT_FALSE(window_problem(text)) << text;
  }
  for (const char* text : {"", "22:00", "22:00-", "2:00-03:00", "mon 22:00", "22:00-06:00 mon",
                           "24:01-25:00", "aa:bb-cc:dd"}) {
    EXPECT_TRUE(window_problem(text)) << text;
  }
}

TEST(Zone, IsJudgedByItsShape) {
  for (const char* text : {"UTC", "Europe/Berlin", "Etc/GMT-3", "America/Port-au-Prince", "EST5EDT",
                           "America/Argentina/Buenos_Aires"}) {
    EXPECT_FALSE(zone_problem(text)) << text;
  }
  for (const char* text : {"", "+02:00", "UTC+2", "UTC2", "/etc/passwd", "../UTC", "Europe/",
                           "Europe//Berlin", "Europe/Ber lin", "Europe\nBerlin"}) {
    EXPECT_TRUE(zone_problem(text)) << text;
  }
}

TEST(ServerUrl, IsBroughtToOneForm) {
  for (const char* text : {"vc.example.com", "https://vc.example.com", "https://vc.example.com/",
                           "HTTPS://VC.Example.COM:443/sdk", "vc.example.com:443"}) {
    EXPECT_EQ(parse_server_url(text).url, "https://vc.example.com/sdk") << text;
  }
  EXPECT_EQ(parse_server_url("10.0.0.1:8443").url, "https://10.0.0.1:8443/sdk");
  EXPECT_EQ(parse_server_url("[fe80::1]").url, "https://[fe80::1]/sdk");
  EXPECT_EQ(parse_server_url("vc.example.com/other/sdk").url, "https://vc.example.com/other/sdk");
}

TEST(ServerUrl, GivesUpTheUserAndThePassword) {
  const ServerUrl url = parse_server_url("https://svc%40vsphere.local:p%40s:s%2F@vc.example.com");
  EXPECT_EQ(url.url, "https://vc.example.com/sdk");
  EXPECT_EQ(url.user, "svc@vsphere.local");
  EXPECT_EQ(url.password, "p@s:s/");
  EXPECT_TRUE(url.has_password);
  EXPECT_FALSE(parse_server_url("root@esx").has_password);
  EXPECT_EQ(parse_server_url("root@esx").user, "root");
}

RC_GTEST_PROP(ServerUrl, NeverPutsTheTextIntoItsMessage, ()) {
  const auto noise = *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
  try {
    parse_server_url("https://user:Hunter2Hunter2@" + noise);
  } catch (const std::invalid_argument& problem) {
    RC_ASSERT(std::string(problem.what()).find("Hunter2") == std::string::npos);
  }
}

TEST(Loopback, IsNoMatterOfNames) {
  for (const char* host : {"127.0.0.1", "127.8.9.1", "[::1]", "localhost"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"", "127.evil.example.com", "localhost.example.com", "0.0.0.0", "[::]",
                           "128.0.0.1", "[::ffff:10.0.0.1]"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace agent
