// The completion scripts as the shells see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "agent/cli/commands.h"
#include "agent/cli/request.h"
#include "agent/error.h"

namespace agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

struct Outcome {
  std::string output;  ///< stdout and stderr
  int status = -1;
};

Outcome run(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer;
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), got);
  }
  outcome.status = WEXITSTATUS(pclose(pipe));
  return outcome;
}

bool has(const char* shell) { return run(std::string("command -v ") + shell).status == 0; }

class ScriptFile {
 public:
  ScriptFile(const std::string& shell, const std::string& more) {
    std::string pattern = testing::TempDir() + "deltakeep-completion-XXXXXX";
    const int fd = mkstemp(pattern.data());
    if (fd >= 0) close(fd);
    path_ = pattern;
    std::ofstream(path_) << completion_script(shell) << more;
  }
  ~ScriptFile() { std::filesystem::remove(path_); }
  ScriptFile(const ScriptFile&) = delete;
  ScriptFile& operator=(const ScriptFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What bash offers when TAB is pressed behind the last of `words`, each a word as bash splits it.
std::vector<std::string> complete_in_bash(const std::vector<std::string>& words) {
  std::string line = "COMP_WORDS=(";
  for (const std::string& word : words) line += "'" + word + "' ";
  line += ")\nCOMP_CWORD=" + std::to_string(words.size() - 1) +
          "\n_deltakeep\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  const ScriptFile script("bash", line);
  const Outcome outcome = run("bash --norc " + script.path());
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  std::istringstream lines(outcome.output);
  std::vector<std::string> offered;
  for (std::string one; std::getline(lines, one);) {
    if (!one.empty()) offered.push_back(one);
  }
  return offered;
}

TEST(BashCompletion, IsValidBash) {
  const ScriptFile script("bash", "");
  const Outcome outcome = run("bash -n " + script.path());
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(outcome.output, "");
}

TEST(BashCompletion, CompletesCommands) {
  EXPECT_THAT(complete_in_bash({"deltakeep", "st"}), ElementsAre("status"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "v"}), UnorderedElementsAre("vms", "version"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "config", ""}), testing::Contains("check"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "chain", "e"}), ElementsAre("estimate"));
}

TEST(BashCompletion, CompletesOptionsOfTheCommandAtHand) {
  EXPECT_THAT(complete_in_bash({"deltakeep", "scan", "--o"}), ElementsAre("--output"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "vms", "--o"}), ElementsAre());
  EXPECT_THAT(complete_in_bash({"deltakeep", "vms", "--l"}), ElementsAre("--limit"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "config", "check", "--no"}),
              ElementsAre("--no-color"));
}

TEST(BashCompletion, LooksPastGlobalFlagsAndTheirValues) {
  EXPECT_THAT(complete_in_bash({"deltakeep", "--config", "scan", "vm"}), ElementsAre("vms"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "--config", "=", "scan", "vm"}), ElementsAre("vms"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "--json", "vms", "--l"}), ElementsAre("--limit"));
}

TEST(BashCompletion, CompletesFixedArgumentsAndFiles) {
  EXPECT_THAT(complete_in_bash({"deltakeep", "completion", "z"}), ElementsAre("zsh"));
  const std::string root = DELTAKEEP_SOURCE_DIR;
  EXPECT_THAT(complete_in_bash({"deltakeep", "--config", root + "/CMakeL"}),
              ElementsAre(root + "/CMakeLists.txt"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "--config", "=", root + "/CMakeL"}),
              ElementsAre(root + "/CMakeLists.txt"));
  EXPECT_THAT(complete_in_bash({"deltakeep", "vms", "--limit", ""}), ElementsAre());
}

TEST(ZshCompletion, IsValidZsh) {
  if (!has("zsh")) GTEST_SKIP() << "zsh is not installed";
  const ScriptFile script("zsh", "");
  const Outcome outcome = run("zsh -f -n " + script.path());
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(outcome.output, "");
}

TEST(FishCompletion, IsValidFishAndCompletes) {
  if (!has("fish")) GTEST_SKIP() << "fish is not installed";
  const ScriptFile script("fish", "complete -C 'deltakeep st'\n");
  EXPECT_EQ(run("fish --no-execute " + script.path()).status, 0);
  const Outcome outcome = run("fish --no-config " + script.path());
  EXPECT_THAT(outcome.output, HasSubstr("status\t"));
}

TEST(Completion, KnowsEveryCommandInEveryShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell);
    for (const CommandSpec& command : command_table()) {
      const std::string path = command.path;
      EXPECT_THAT(script, HasSubstr(path.substr(path.rfind(' ') + 1))) << shell;
      for (const OptionSpec& option : command.options) {
        EXPECT_THAT(script, HasSubstr(option.name + 2)) << shell;
      }
    }
  }
  EXPECT_THROW(completion_script("tcsh"), Error);
}

}  // namespace
}  // namespace agent
