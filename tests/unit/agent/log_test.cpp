#include "agent/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

namespace agent {
namespace {

TEST(Log, WritesOneLogfmtLineWithTheTimeInUtc) {
  std::ostringstream out;
  const Log log(out, LogLevel::Debug);
  log.write(LogLevel::Info, "call", {{"op", "Login"}, {"ms", "12"}});
  EXPECT_TRUE(std::regex_match(
      out.str(),
      std::regex(
          R"(time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=info msg=call op=Login ms=12\n)")))
      << out.str();
}

TEST(Log, QuotesBlanksAndQuotes) {
  std::ostringstream out;
  Log(out, LogLevel::Debug).write(LogLevel::Info, "two words", {{"vm", "a \"b\""}, {"none", ""}});
  EXPECT_NE(out.str().find(R"(msg="two words" vm="a \"b\"" none="")"), std::string::npos)
      << out.str();
}

TEST(Log, LetsNoNameForgeALineOrAFormat) {
  std::ostringstream out;
  Log(out, LogLevel::Debug).write(LogLevel::Info, "x", {{"vm", "a\nlevel=error msg=forged {} %s"}});
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_NE(text.find("{} %s"), std::string::npos) << text;
}

TEST(Log, DropsWhatIsBelowItsLevel) {
  std::ostringstream out;
  const Log log(out, LogLevel::Warning);
  log.write(LogLevel::Info, "quiet", {});
  EXPECT_EQ(out.str(), "");
  log.write(LogLevel::Error, "loud", {});
  EXPECT_NE(out.str().find("loud"), std::string::npos);
}

}  // namespace
}  // namespace agent
