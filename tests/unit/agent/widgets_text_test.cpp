// Hostile text, widths, numbers for people, terminals and colours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agent/cli/colour.h"
#include "agent/cli/human.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/screen.h"
#include "agent/cli/utf8.h"

namespace agent {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST(SafeText, LeavesOrdinaryNamesAlone) {
  for (const char* name : {"", "web-01", "größe", "日本語", "a\\b", "x%2fy", "e\u0301", "😀"}) {
    EXPECT_EQ(safe_text(name), name);
  }
}

TEST(SafeText, ShowsWhatWouldActOrHide) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"a\nb", "a\\nb"},
      {"a\r\tb", "a\\r\\tb"},
      {"\x1b[2J", "\\x1b[2J"},
      {"nul\0byte"s, "nul\\x00byte"},
      {"del\x7f", "del\\x7f"},
      {"c1\u009bx", "c1\\u{9b}x"},
      {"\u202egnp.exe", "\\u{202e}gnp.exe"},
      {"\u2066x\u2069", "\\u{2066}x\\u{2069}"},
      {"\u061cx", "\\u{61c}x"},
      {"ze\u200bro", "ze\\u{200b}ro"},
      {"j\u200doin", "j\\u{200d}oin"},
      {"\ufeffbom", "\\u{feff}bom"},
      {"so\u00adft", "so\\u{ad}ft"},
      {"line\u2028sep", "line\\u{2028}sep"},
      {"\u3164", "\\u{3164}"},
      {"tag\U000E0041", "tag\\u{e0041}"},
      {"non\uffff", "non\\u{ffff}"}};
  for (const auto& [raw, shown] : cases) EXPECT_EQ(safe_text(raw), shown);
}

TEST(SafeText, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(safe_text("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(safe_text("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(safe_text("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(safe_text("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
  EXPECT_EQ(safe_text("cut \xe2\x82"), "cut \\xe2\\x82");
  EXPECT_EQ(safe_text("\xe2\x28\xa1"), "\\xe2(\\xa1");
}

TEST(SafeText, IsCutAtItsLimitAndNeverInsideAnEscape) {
  const std::string long_name(10'240, 'x');
  EXPECT_EQ(safe_text(long_name), std::string(255, 'x') + "…");
  EXPECT_EQ(safe_text(std::string(256, 'x')), std::string(256, 'x'));
  EXPECT_EQ(safe_text("ab\x1b", Charset::Utf8, 5), "ab…");
  EXPECT_EQ(safe_text("ab\x1b", Charset::Utf8, 6), "ab\\x1b");
  EXPECT_EQ(safe_text("abcdef", Charset::Ascii, 5), "ab...");
  EXPECT_EQ(safe_text("abc", Charset::Utf8, 0), "");
}

TEST(SafeText, EscapesEverythingBeyondAsciiForAnAsciiReader) {
  EXPECT_EQ(safe_text("größe", Charset::Ascii), "gr\\u{f6}\\u{df}e");
}

RC_GTEST_PROP(SafeText, IsOneShortCleanLineWhateverComes, (const std::string& raw)) {
  for (const Charset charset : {Charset::Utf8, Charset::Ascii}) {
    const std::string safe = safe_text(raw, charset);
    RC_ASSERT(safe_text(safe, charset) == safe);
    RC_ASSERT(count_code_points(safe) <= kSafeTextLimit);
    for (std::size_t i = 0; i < safe.size();) {
      const auto c = next_code_point(safe, i);
      RC_ASSERT(c.has_value());
      RC_ASSERT(*c >= 0x20u && *c != 0x7Fu && !(*c >= 0x80u && *c <= 0x9Fu));
    }
  }
}

TEST(DisplayWidth, KnowsWideAndCombiningCharacters) {
  EXPECT_EQ(display_width("web-01"), 6u);
  EXPECT_EQ(display_width("größe"), 5u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("😀"), 2u);
  EXPECT_EQ(display_width("├─"), 2u);
  EXPECT_EQ(display_width(""), 0u);
}

TEST(CutToWidth, KeepsToTheColumns) {
  EXPECT_EQ(cut_to_width("abcdef", 6, Charset::Utf8), "abcdef");
  EXPECT_EQ(cut_to_width("abcdef", 5, Charset::Utf8), "abcd…");
  EXPECT_EQ(cut_to_width("abcdef", 5, Charset::Ascii), "ab...");
  EXPECT_EQ(cut_to_width("日本語", 4, Charset::Utf8), "日…");
  EXPECT_EQ(cut_to_width("abc", 0, Charset::Utf8), "");
}

TEST(HumanBytes, UsesBinaryUnits) {
  const std::vector<std::pair<std::uint64_t, std::string>> cases{{0, "0 B"},
                                                                 {1023, "1023 B"},
                                                                 {1024, "1 KiB"},
                                                                 {1536, "1.5 KiB"},
                                                                 {3ull << 29, "1.5 GiB"},
                                                                 {20ull << 30, "20 GiB"},
                                                                 {123ull << 30, "123 GiB"},
                                                                 {(1ull << 20) - 1, "1 MiB"},
                                                                 {1023ull << 30, "1023 GiB"},
                                                                 {102298, "99.9 KiB"},
                                                                 {102349, "100 KiB"},
                                                                 {102400, "100 KiB"},
                                                                 {~0ull, "16 EiB"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(human_bytes(bytes), text);
}

TEST(HumanAge, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(human_age(0s), "0 s");
  EXPECT_EQ(human_age(45s), "45 s");
  EXPECT_EQ(human_age(12min + 59s), "12 min");
  EXPECT_EQ(human_age(3h + 20min), "3 h 20 min");
  EXPECT_EQ(human_age(76h), "3 d 4 h");
  EXPECT_EQ(human_age(72h + 59min), "3 d");
  EXPECT_EQ(human_age(24h * 770), "2 y 40 d");
  EXPECT_EQ(human_age(-5min), "in 5 min");
  EXPECT_EQ(human_age(std::chrono::seconds::min()).substr(0, 3), "in ");
}

TEST(HumanCount, GroupsItsDigits) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1000), "1,000");
  EXPECT_EQ(human_count(1234567), "1,234,567");
  EXPECT_EQ(counted(1, "snapshot"), "1 snapshot");
  EXPECT_EQ(counted(12345, "snapshot"), "12,345 snapshots");
  EXPECT_EQ(counted(0, "policy", "policies"), "0 policies");
  EXPECT_EQ(human_number(6.3745), "6.37");
  EXPECT_EQ(human_number(2, 0), "2");
  EXPECT_EQ(human_number(0.0 / 0.0), "-");
}

TEST(Screen, IsColouredOnlyForAPersonWhoWantsIt) {
  const Environment xterm{{"TERM", "xterm"}, {"LANG", "de_DE.UTF-8"}};
  EXPECT_TRUE(screen_from(true, 80, xterm, false).colour);
  EXPECT_FALSE(screen_from(true, 80, xterm, true).colour);
  EXPECT_FALSE(screen_from(false, 80, xterm, false).colour);
  Environment without = xterm;
  without["NO_COLOR"] = "1";
  EXPECT_FALSE(screen_from(true, 80, without, false).colour);
  without["NO_COLOR"] = "";
  EXPECT_TRUE(screen_from(true, 80, without, false).colour) << "no-color.org: only when not empty";
  EXPECT_FALSE(screen_from(true, 80, {{"TERM", "dumb"}}, false).colour);
  EXPECT_FALSE(screen_from(true, 80, {{"TERM", "dumb"}}, false).terminal);
  EXPECT_FALSE(screen_from(true, 80, {}, false).terminal);
  EXPECT_EQ(screen_from(false, 80, xterm, false).width, 0u);
}

TEST(Screen, IsUtf8WhenTheLocaleSaysSo) {
  const auto charset = [](const Environment& env) {
    return screen_from(true, 80, env, false).charset;
  };
  EXPECT_EQ(charset({{"LANG", "en_US.UTF-8"}}), Charset::Utf8);
  EXPECT_EQ(charset({{"LANG", "C.utf8"}}), Charset::Utf8);
  EXPECT_EQ(charset({{"LANG", "en_US.UTF-8"}, {"LC_ALL", "C"}}), Charset::Ascii);
  EXPECT_EQ(charset({{"LANG", "C"}, {"LC_CTYPE", "en_US.UTF-8"}}), Charset::Utf8);
  EXPECT_EQ(charset({{"LANG", "en_US.UTF-8"}, {"LC_ALL", ""}}), Charset::Utf8);
  EXPECT_EQ(charset({{"LANG", "de_DE.ISO-8859-1"}}), Charset::Ascii);
  EXPECT_EQ(charset({}), Charset::Ascii);
}

TEST(Paint, AddsSequencesOnlyWhereTheyAreWanted) {
  Screen screen;
  EXPECT_EQ(paint(Colour::Critical, "x", screen), "x");
  screen.colour = true;
  EXPECT_EQ(paint(Colour::Critical, "x", screen), "\x1b[1;31mx\x1b[0m");
  EXPECT_EQ(paint(Colour::None, "x", screen), "x");
  EXPECT_EQ(paint(Colour::Good, "", screen), "");
}

}  // namespace
}  // namespace agent
