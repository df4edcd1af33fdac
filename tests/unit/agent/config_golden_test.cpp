// Every file under tests/configs: the valid ones have no problem, the invalid ones exactly those
// that stand beside them. DELTAKEEP_UPDATE_GOLDEN=1 writes the latter anew, to be read and judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/config/config.h"

namespace agent {
namespace {

namespace fs = std::filesystem;

const fs::path kConfigs = fs::path(DELTAKEEP_SOURCE_DIR) / "tests" / "configs";

std::vector<fs::path> files_in(const char* folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kConfigs / folder)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string lines_of(const std::vector<ConfigProblem>& problems) {
  std::string lines;
  for (const ConfigProblem& problem : problems) lines += problem.text() + "\n";
  return lines;
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

void compare(const fs::path& golden, const std::string& actual) {
  if (std::getenv("DELTAKEEP_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << actual;
  ASSERT_TRUE(fs::exists(golden)) << "nothing says what to expect: " << golden;
  EXPECT_EQ(actual, content_of(golden));
}

class InvalidConfig : public testing::TestWithParam<fs::path> {};

TEST_P(InvalidConfig, IsReportedWithAllItsMistakesAtTheirPlaces) {
  const std::string text = content_of(GetParam());
  const ConfigResult result = parse_config(text, GetParam().filename().string(), {});
  EXPECT_FALSE(result.problems.empty());
  fs::path golden = GetParam();
  compare(golden.replace_extension(".expected"), lines_of(result.problems));
}

TEST_P(InvalidConfig, LeaksNoSecretIntoAMessage) {
  const ConfigResult result = parse_config(content_of(GetParam()), "x.toml", {});
  EXPECT_THAT(lines_of(result.problems), testing::Not(testing::HasSubstr("TOP-SECRET")));
  EXPECT_THAT(lines_of(result.warnings), testing::Not(testing::HasSubstr("TOP-SECRET")));
}

INSTANTIATE_TEST_SUITE_P(Files, InvalidConfig, testing::ValuesIn(files_in("invalid")), name_of);

class ValidConfig : public testing::TestWithParam<fs::path> {};

TEST_P(ValidConfig, HasNoProblemAndOnlyTheWarningsBesideIt) {
  const ConfigResult result =
      parse_config(content_of(GetParam()), GetParam().filename().string(), {});
  EXPECT_EQ(lines_of(result.problems), "");
  fs::path golden = GetParam();
  golden.replace_extension(".warnings");
  if (fs::exists(golden) || !result.warnings.empty()) compare(golden, lines_of(result.warnings));
}

INSTANTIATE_TEST_SUITE_P(Files, ValidConfig, testing::ValuesIn(files_in("valid")), name_of);

// Lines of all files shuffled, doubled, cut and dirtied, as a broken editor or merge leaves them.
RC_GTEST_PROP(AnyConfig, IsJudgedInFileOrderAndWithoutCrashing, ()) {
  static const std::vector<std::string> lines = [] {
    std::vector<std::string> all{"[[policy]]", "[agent]", "]", "\xff", "a.b.c = {}", "[vcenter]"};
    for (const char* folder : {"valid", "invalid"}) {
      for (const fs::path& file : files_in(folder)) {
        std::istringstream in(content_of(file));
        for (std::string line; std::getline(in, line);) all.push_back(line);
      }
    }
    return all;
  }();
  const auto chosen =
      *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, lines.size()));
  std::string text;
  for (const std::size_t i : chosen) text += lines[i] + "\n";
  text.resize(*rc::gen::inRange<std::size_t>(0, text.size() + 1));
  const ConfigResult result = parse_config(text, "x.toml", {});
  const auto before = [](const ConfigProblem& a, const ConfigProblem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  };
  RC_ASSERT(std::is_sorted(result.problems.begin(), result.problems.end(), before));
  for (const ConfigProblem& problem : result.problems) {
    RC_ASSERT(problem.line > 0);
    RC_ASSERT(problem.text().find("TOP-SECRET") == std::string::npos);
  }
}

TEST(SampleConfig, ParsesWithoutProblemsAndArmsNothing) {
  const fs::path sample = fs::path(DELTAKEEP_SOURCE_DIR) / "deploy" / "deltakeep.toml.example";
  const ConfigResult result = parse_config(content_of(sample), "deltakeep.toml.example", {});
  EXPECT_EQ(lines_of(result.problems), "");
  EXPECT_EQ(lines_of(result.warnings), "");
  ASSERT_EQ(result.config.vcenters.size(), 2u);
  for (const VcenterConfig& vcenter : result.config.vcenters) {
    EXPECT_EQ(vcenter.mode, Mode::Observe);
  }
  ASSERT_EQ(result.config.policies.size(), 2u);
  for (const PolicyConfig& policy : result.config.policies) EXPECT_FALSE(policy.apply);
}

// The sample's alternatives stand in comments; they must be right, too.
TEST(SampleConfig, MentionsEveryKeyThatAPolicyTakes) {
  const std::string sample =
      content_of(fs::path(DELTAKEEP_SOURCE_DIR) / "deploy" / "deltakeep.toml.example");
  for (const char* key : {"renamed_from",
                          "apply",
                          "select",
                          "exclude",
                          "schedule",
                          "timezone",
                          "jitter",
                          "blackout",
                          "window",
                          "misfire",
                          "method",
                          "quiesce",
                          "memory",
                          "keep",
                          "min_keep",
                          "allow_remove_all",
                          "max_age",
                          "detached",
                          "defer",
                          "cap",
                          "warn",
                          "critical",
                          "clone",
                          "max_removals",
                          "min_free",
                          "partial",
                          "allow_vtpm",
                          "oldest",
                          "allow_esxi_delete",
                          "password_env",
                          "credential",
                          "thumbprint",
                          "tls_key",
                          "token_file",
                          "keep_journal"}) {
    EXPECT_THAT(sample, testing::HasSubstr(key));
  }
}

}  // namespace
}  // namespace agent
