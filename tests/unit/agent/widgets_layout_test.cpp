// Tables, trees and progress.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>
#include <thread>

#include "agent/cli/progress.h"
#include "agent/cli/table.h"
#include "agent/cli/tree_art.h"

namespace agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Table risk_table() {
  Table table({{"VM", Align::Left, true}, {"DEPTH", Align::Right}, {"RISK"}});
  table.add_row({"web-01", "3", {"critical", Colour::Critical}});
  table.add_row({"日本", "12", ""});
  return table;
}

TEST(TableText, AlignsColumnsByWhatIsSeen) {
  EXPECT_EQ(risk_table().text({}),
            "VM      DEPTH  RISK\n"
            "web-01      3  critical\n"
            "日本       12\n");
}

TEST(TableText, KeepsItsShapeInColour) {
  const Screen screen{.terminal = true, .colour = true};
  EXPECT_EQ(risk_table().text(screen),
            "\x1b[1mVM\x1b[0m      \x1b[1mDEPTH\x1b[0m  \x1b[1mRISK\x1b[0m\n"
            "web-01      3  \x1b[1;31mcritical\x1b[0m\n"
            "日本       12\n");
}

TEST(TableText, MakesHostileCellsSafe) {
  Table table({{"VM"}, {"X"}});
  table.add_row({"a\x1b[2J\nb", "y"});
  EXPECT_EQ(table.text({}), "VM           X\na\\x1b[2J\\nb  y\n");
}

TEST(TableText, ShrinksTheWidestColumnToTheTerminal) {
  Table table({{"VM", Align::Left, true}, {"PATH", Align::Left, true}, {"N", Align::Right}});
  table.add_row({"a-rather-long-name", "/DC0/vm/some/deep/folder", "1"});
  EXPECT_EQ(table.text({.width = 35}),
            "VM               PATH             N\n"
            "a-rather-long-…  /DC0/vm/some/d…  1\n");
  EXPECT_EQ(table.text({.width = 1}),
            "VM        PATH      N\n"
            "a-rathe…  /DC0/vm…  1\n");
  EXPECT_THAT(table.text({.width = 0}), testing::HasSubstr("/DC0/vm/some/deep/folder"));
}

TEST(TableText, RefusesARowOfTheWrongLength) {
  Table table({{"A"}, {"B"}});
  EXPECT_THROW(table.add_row({"only one"}), std::logic_error);
  EXPECT_TRUE(table.empty());
}

RC_GTEST_PROP(TableText, IsALinePerRowWithinTheWidth,
              (const std::vector<std::pair<std::string, std::string>>& rows)) {
  Table table({{"FIRST", Align::Left, true}, {"SECOND", Align::Right, true}});
  for (const auto& [a, b] : rows) table.add_row({a, b});
  std::istringstream lines(table.text({.charset = Charset::Utf8, .width = 40}));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    RC_ASSERT(display_width(line) <= 40u);
  }
  RC_ASSERT(count == rows.size() + 1);
}

TEST(AlignedPairs, LinesUpTheValues) {
  EXPECT_EQ(aligned_pairs({{"VM", "web\n01"}, {"Tree depth", "3"}, {"Note", ""}}, {}),
            "VM:          web\\n01\n"
            "Tree depth:  3\n"
            "Note:\n");
}

TEST(TreePrefixes, DrawTheLinesOfATree) {
  const std::vector<int> depths{0, 1, 2, 2, 1, 2, 0, 1};
  EXPECT_THAT(tree_prefixes(depths, Charset::Utf8),
              ElementsAre("", "├─ ", "│  ├─ ", "│  └─ ", "└─ ", "   └─ ", "", "└─ "));
  EXPECT_THAT(tree_prefixes(depths, Charset::Ascii),
              ElementsAre("", "|- ", "|  |- ", "|  `- ", "`- ", "   `- ", "", "`- "));
}

TEST(TreePrefixes, RefuseANodeWithoutAParent) {
  for (const std::vector<int>& depths :
       {std::vector<int>{1}, std::vector<int>{0, 2}, std::vector<int>{0, -1}}) {
    EXPECT_THROW(tree_prefixes(depths, Charset::Utf8), std::invalid_argument);
  }
  EXPECT_TRUE(tree_prefixes(std::vector<int>{}, Charset::Utf8).empty());
}

RC_GTEST_PROP(TreePrefixes, AreThreeColumnsPerLevel, ()) {
  std::vector<int> depths;
  int most = 0;
  for (const unsigned step : *rc::gen::arbitrary<std::vector<unsigned>>()) {
    depths.push_back(static_cast<int>(step % static_cast<unsigned>(most + 1)));
    most = depths.back() + 1;
  }
  const auto prefixes = tree_prefixes(depths, Charset::Utf8);
  for (std::size_t i = 0; i < depths.size(); ++i) {
    RC_ASSERT(display_width(prefixes[i]) == 3u * static_cast<unsigned>(depths[i]));
  }
}

class FakeClock {
 public:
  Progress::Now now() {
    return [this] { return time_; };
  }
  void pass(std::chrono::milliseconds step) { time_ += step; }

 private:
  std::chrono::steady_clock::time_point time_{1h};
};

TEST(ProgressInAPipe, WritesALineEveryFiveSecondsAndNoneForShortWork) {
  FakeClock clock;
  std::ostringstream out;
  Progress progress(out, Progress::Style::Plain, {}, clock.now());
  progress.update("prod: VMs", 1, 0);
  clock.pass(4999ms);
  progress.update("prod: VMs", 2, 0);
  EXPECT_EQ(out.str(), "");
  clock.pass(1ms);
  progress.update("prod: VMs", 1500, 10000);
  EXPECT_EQ(out.str(), "prod: VMs 1,500 of 10,000 (15 %)\n");
  progress.update("prod: VMs", 1501, 10000);
  clock.pass(5s);
  progress.update("prod: VMs", 10000, 10000);
  progress.finish();
  EXPECT_EQ(out.str(), "prod: VMs 1,500 of 10,000 (15 %)\nprod: VMs 10,000 of 10,000 (100 %)\n");
}

TEST(ProgressOnATerminal, RedrawsOneLineTenTimesASecondAtMost) {
  FakeClock clock;
  std::ostringstream out;
  Progress progress(out, Progress::Style::Live, {.terminal = true, .width = 80}, clock.now());
  progress.update("scan", 1, 4);
  progress.update("scan", 2, 4);
  EXPECT_EQ(out.str(), "\rscan 1 of 4 (25 %)\x1b[K");
  clock.pass(100ms);
  progress.update("scan", 3, 4);
  progress.finish();
  progress.finish();
  EXPECT_EQ(out.str(), "\rscan 1 of 4 (25 %)\x1b[K\rscan 3 of 4 (75 %)\x1b[K\r\x1b[K");
}

TEST(ProgressOnATerminal, KeepsNotesAboveTheLine) {
  FakeClock clock;
  std::ostringstream out;
  Progress progress(out, Progress::Style::Live, {.terminal = true, .width = 80}, clock.now());
  progress.update("scan", 1, 2);
  progress.note("watch \x1b[2J out");
  EXPECT_EQ(out.str(),
            "\rscan 1 of 2 (50 %)\x1b[K\r\x1b[Kwatch \\x1b[2J out\n\rscan 1 of 2 (50 %)\x1b[K");
}

TEST(ProgressOnATerminal, NeverWrapsItsLine) {
  FakeClock clock;
  std::ostringstream out;
  Progress progress(out, Progress::Style::Live, {.terminal = true, .width = 10}, clock.now());
  progress.update("a very long name", 1, 2);
  EXPECT_EQ(out.str(), "\ra very l…\x1b[K");
}

TEST(SilentProgress, WritesNotesOnly) {
  std::ostringstream out;
  {
    Progress progress(out, Progress::Style::Silent, {});
    progress.update("scan", 1, 2);
    progress.note("watch out");
  }
  EXPECT_EQ(out.str(), "watch out\n");
}

TEST(Progress, MayBeUsedByManyThreads) {
  std::ostringstream out;
  {
    Progress progress(out, Progress::Style::Plain, {});
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&progress] {
        for (std::uint64_t n = 0; n < 100; ++n) {
          progress.update("x", n, 100);
          progress.note("n");
        }
      });
    }
  }
  EXPECT_EQ(out.str().size(), 4u * 100u * 2u);
}

TEST(ProgressStyle, FollowsTheScreenAndTheFlag) {
  EXPECT_EQ(progress_style({.terminal = true}, false), Progress::Style::Live);
  EXPECT_EQ(progress_style({.terminal = false}, false), Progress::Style::Plain);
  EXPECT_EQ(progress_style({.terminal = true}, true), Progress::Style::Silent);
}

}  // namespace
}  // namespace agent
