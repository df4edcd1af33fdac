#include "policy/marker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

using policy::find_marker;
using policy::Marker;
using policy::marker_description;
using policy::snapshot_name;

namespace {

const Marker kMarker{"01JDA1B2C3D4E5F6G7H8J9K0MN",
                     2,
                     "0f1e2d3c4b5a6978",
                     "8b2f8f3c-1111-4d8e-9f00-aabbccddeeff",
                     "5029e4a1-2222-b7c1-0000-112233445566",
                     "daily",
                     false};
const std::string kMac = "00112233445566778899aabbccddeeff";
const std::string kLine =
    "dk1 op=01JDA1B2C3D4E5F6G7H8J9K0MN.2 ag=0f1e2d3c4b5a6978 "
    "vc=8b2f8f3c-1111-4d8e-9f00-aabbccddeeff vm=5029e4a1-2222-b7c1-0000-112233445566 pol=daily "
    "use=keep mac=00112233445566778899aabbccddeeff";
const policy::Time kNow =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours{2};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(Marker, IsOneLineUnderOneForPeople) {
  EXPECT_EQ(marker_description(kMarker, kMac, "Made by deltakeep; do not edit"),
            "Made by deltakeep; do not edit\n" + kLine);
  EXPECT_EQ(marker_description(kMarker, kMac, ""), kLine);
}

TEST(Marker, IsFoundWhereverItsLineStands) {
  for (const std::string& text :
       {kLine, kLine + "\n", "\n\n" + kLine, "a\r\n" + kLine + "\r\nb", "a\r" + kLine + "\r",
        "dk1\n" + kLine, "> " + kLine + "\n" + kLine, std::string(10240, 'x') + "\n" + kLine}) {
    const auto found = find_marker(text);
    ASSERT_TRUE(found) << text.substr(0, 80);
    EXPECT_EQ(found->marker, kMarker);
    EXPECT_EQ(found->mac, kMac);
  }
}

TEST(Marker, IsNotReadFromAnythingButItsExactLine) {
  const struct {
    const char* what;
    std::string text;
  } cases[] = {
      {"nothing", ""},
      {"no marker", "before the update\nask Anna"},
      {"two of them", kLine + "\n" + kLine},
      {"a second one that is broken", kLine + "\ndk1 op="},
      {"quoted", "> " + kLine},
      {"indented", " " + kLine},
      {"in a sentence", "see " + kLine},
      {"behind a line separator of Unicode", "a\xE2\x80\xA8" + kLine},
      {"a blank at the end", kLine + " "},
      {"text at the end", kLine + " please keep"},
      {"cut by a person", kLine.substr(0, kLine.size() / 2)},
      {"without its MAC", kLine.substr(0, kLine.find(" mac="))},
      {"an empty MAC", replaced(kLine, kMac, "")},
      {"an empty operation", replaced(kLine, kMarker.op, "")},
      {"another version", replaced(kLine, "dk1", "dk2")},
      {"capitals in a field's name", replaced(kLine, "pol=", "Pol=")},
      {"fields in another order", replaced(replaced(kLine, "ag=", "vc="), " vc=8b", " ag=8b")},
      {"a field twice", replaced(kLine, "pol=daily", "pol=daily pol=daily")},
      {"two blanks", replaced(kLine, " ag=", "  ag=")},
      {"a tab", replaced(kLine, " ag=", "\tag=")},
      {"attempt 0", replaced(kLine, ".2", ".0")},
      {"attempt 02", replaced(kLine, ".2", ".02")},
      {"attempt +2", replaced(kLine, ".2", ".+2")},
      {"attempt -2", replaced(kLine, ".2", ".-2")},
      {"attempt 2x", replaced(kLine, ".2", ".2x")},
      {"attempt beyond an int", replaced(kLine, ".2", ".99999999999")},
      {"no attempt", replaced(kLine, ".2", "")},
      {"two attempts", replaced(kLine, ".2", ".2.2")},
      {"an unknown use", replaced(kLine, "use=keep", "use=both")},
      {"an escape that need not be", replaced(kLine, "daily", "d~61ily")},
      {"an escape in small letters", replaced(kLine, "daily", "a~2fb")},
      {"half an escape", replaced(kLine, "daily", "daily~2")},
      {"a bare byte of UTF-8", replaced(kLine, "daily", "t\xC3\xA4glich")},
      {"a NUL", replaced(kLine, "daily", std::string("da\0ly", 5))},
  };
  for (const auto& one : cases) EXPECT_FALSE(find_marker(one.text)) << one.what;
}

TEST(Marker, KeepsAnyTextOfItsFields) {
  const std::string hostile =
      "a b\r\ndk1 op=x.1\tt\xC3\xA4g~2F/\\%2f'\"<&>=.\x01\xFF" + std::string("\0z", 2);
  for (const std::string& text : {hostile, std::string(10240, '~'), std::string()}) {
    Marker marker = kMarker;
    marker.policy = marker.agent = marker.endpoint_uuid = marker.instance_uuid = text;
    marker.op = "op" + text;
    marker.helper = true;
    const std::string description = marker_description(marker, kMac, "for people");
    const auto found = find_marker(description);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->marker, marker);
    for (const char c : description.substr(description.find('\n') + 1)) {
      ASSERT_TRUE(c >= ' ' && c < 0x7F) << "byte " << static_cast<int>(c);
    }
  }
}

TEST(Marker, TextForPeopleCanNeitherBreakTheLineNorPassForIt) {
  const auto human = [](const std::string& text) {
    const std::string whole = marker_description(kMarker, kMac, text);
    EXPECT_TRUE(find_marker(whole)) << text;
    const std::size_t end = whole.find('\n');
    EXPECT_EQ(whole.find('\n', end + 1), std::string::npos) << text;
    return whole.substr(0, end);
  };
  EXPECT_EQ(human(kLine + "\n" + kLine).substr(0, 8), "dk1-op=0");
  EXPECT_EQ(human("a\r\nb\tc\x01\x7F"
                  "d"),
            "a  b cd");
  EXPECT_EQ(human("\n dk1 x"), "  dk1 x");
  EXPECT_EQ(human("\x01"
                  "dk1 x"),
            "dk1-x");
  EXPECT_EQ(human("\xC2\x85\xE2\x80\xA8\xEF\xBF\xBF\xED\xA0\x80\xFF\xC0\xAF"
                  "ok"),
            "ok");
  EXPECT_EQ(human(std::string(199, 'x') + "\xC3\xA4").size(), 199U);
  EXPECT_EQ(human(std::string(198, 'x') + "\xC3\xA4").size(), 200U);
}

TEST(Marker, SignsEachFieldApart) {
  Marker other = kMarker;
  other.agent += "a";
  other.endpoint_uuid.erase(0, 1);
  EXPECT_NE(policy::marker_signed_text(other), policy::marker_signed_text(kMarker));
  EXPECT_EQ(policy::marker_signed_text({"op", 1, "a", "", "v", "p", true}),
            "18 deltakeep marker 12 op1 11 a0 1 v1 p5 clone");
}

TEST(SnapshotName, NamesPolicyMinuteAndOperation) {
  EXPECT_EQ(snapshot_name("daily", kNow, kMarker.op), "daily-2026-11-22T02:00Z J9K0MN");
  EXPECT_EQ(snapshot_name("", kNow, "7Q2M9K"), "deltakeep-2026-11-22T02:00Z 7Q2M9K");
  EXPECT_EQ(snapshot_name("daily", kNow, ""), "daily-2026-11-22T02:00Z");
  EXPECT_EQ(snapshot_name("a/b\\c%2f\n\x80", kNow, "x/y"), "a-b-c-2f---2026-11-22T02:00Z x-y");
}

TEST(SnapshotName, IsAtMostSixtyBytesAndSplitsNoCharacter) {
  EXPECT_EQ(snapshot_name(std::string(100, 'p'), kNow, kMarker.op),
            std::string(35, 'p') + "-2026-11-22T02:00Z J9K0MN");
  const std::string wide = "\xF0\x9F\x92\xBE";  // 4 bytes: 8 of them fit into 35
  std::string many;
  for (int i = 0; i < 30; ++i) many += wide;
  EXPECT_EQ(snapshot_name(many, kNow, kMarker.op),
            many.substr(0, 32) + "-2026-11-22T02:00Z J9K0MN");
}

}  // namespace
