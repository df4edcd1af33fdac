// Command lines to requests, and what is said about those that are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <iomanip>
#include <sstream>

#include "agent/cli/commands.h"
#include "agent/cli/nearest.h"
#include "agent/cli/request.h"
#include "agent/error.h"

namespace agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Args = std::vector<std::string>;

template <typename Request>
Request request(const Args& args) {
  return std::get<Request>(parse_command_line(args).command);
}

std::string usage_error(const Args& args) {
  try {
    parse_command_line(args);
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "usage");
    EXPECT_EQ(error.code(), ExitCode::Usage);
    EXPECT_THAT(error.what(), HasSubstr("\nusage: deltakeep"));
    EXPECT_THAT(error.what(), HasSubstr("--help"));
    return error.what();
  }
}

TEST(CommandLine, ReadsEachCommandWithItsOptions) {
  const auto scan =
      request<ScanRequest>({"scan", "--output", "f.json", "--vcenter", "a", "--vcenter=b"});
  EXPECT_EQ(scan.output, "f.json");
  EXPECT_THAT(scan.vcenters, ElementsAre("a", "b"));
  request<StatusRequest>({"status"});
  const auto vms = request<VmsRequest>({"vms", "--vcenter", "a", "--limit", "20"});
  EXPECT_EQ(vms.vcenter, "a");
  EXPECT_EQ(vms.limit, 20);
  EXPECT_EQ(request<VmsRequest>({"vms"}).limit, 0);
  EXPECT_EQ(request<TreeRequest>({"tree", "/DC0/vm/web 01"}).vm, "/DC0/vm/web 01");
  EXPECT_THAT(request<DoctorRequest>({"doctor", "--vcenter", "x"}).vcenters, ElementsAre("x"));
  request<ConfigCheckRequest>({"config", "check"});
  request<VersionRequest>({"version"});
  request<VersionRequest>({"--version"});
  EXPECT_EQ(request<CompletionRequest>({"completion", "zsh"}).shell, "zsh");
}

TEST(CommandLine, ReadsHistoryWithAndWithoutAVm) {
  EXPECT_EQ(request<HistoryRequest>({"history"}).vm, "");
  EXPECT_EQ(request<HistoryRequest>({"history"}).since, "30d");
  const auto history = request<HistoryRequest>({"history", "vm-7", "--since", "8w"});
  EXPECT_EQ(history.vm, "vm-7");
  EXPECT_EQ(history.since, "8w");
}

TEST(CommandLine, ReadsInitWithAllItsAnswers) {
  const auto init =
      request<InitRequest>({"init", "--url", "vc", "--username", "u", "--password-file", "p",
                            "--output", "o", "--accept-thumbprint", "AB", "--yes", "--force"});
  EXPECT_EQ(init.url, "vc");
  EXPECT_EQ(init.username, "u");
  EXPECT_EQ(init.password_file, "p");
  EXPECT_EQ(init.output, "o");
  EXPECT_EQ(init.accept_thumbprint, "AB");
  EXPECT_TRUE(init.yes && init.force);
  EXPECT_FALSE(request<InitRequest>({"init"}).yes);
}

TEST(CommandLine, TakesGlobalFlagsBeforeAndAfterTheCommand) {
  for (const Args& args :
       {Args{"--config", "c", "--state", "s", "--json", "--quiet", "--no-color", "config", "check"},
        Args{"config", "check", "--config", "c", "--state", "s", "--json", "--quiet", "--no-color"},
        Args{"--config=c", "config", "--json", "--quiet", "check", "--state=s", "--no-color"}}) {
    const GlobalFlags flags = parse_command_line(args).global;
    EXPECT_EQ(flags.config, "c");
    EXPECT_EQ(flags.state, "s");
    EXPECT_TRUE(flags.json && flags.quiet && flags.no_color);
    EXPECT_FALSE(flags.verbose);
  }
}

TEST(CommandLine, TellsChainEstimateFromAVmOfThatName) {
  request<ChainEstimateRequestCli>({"chain", "estimate"});
  request<ChainEstimateRequestCli>({"--json", "chain", "estimate"});
  EXPECT_EQ(request<ChainRequest>({"chain", "--", "estimate"}).vm, "estimate");
  EXPECT_EQ(request<ChainRequest>({"chain", "vm-7"}).vm, "vm-7");
  for (const Args& args : {Args{"chain", "vm-7", "estimate"}, Args{"chain", "estimate", "vm-7"}}) {
    EXPECT_THAT(usage_error(args), HasSubstr("unexpected argument \"vm-7\""));
  }
}

TEST(CommandLine, TakesAnyNameForAVm) {
  for (const char* name :
       {"status", "scan", "chain", "[a,b]", "[ds 1] x/x.vmx", "a=b", "-5", "%41", "web 01", "ü"}) {
    EXPECT_EQ(request<TreeRequest>({"tree", name}).vm, name);
  }
  for (const char* name : {"-x", "--json", "--", "++"}) {
    EXPECT_EQ(request<TreeRequest>({"tree", "--", name}).vm, name);
  }
  EXPECT_THAT(request<ScanRequest>({"scan", "--vcenter", "[a,b]"}).vcenters, ElementsAre("[a,b]"));
}

TEST(CommandLine, NamesTheNearestCommandOrOption) {
  EXPECT_THAT(usage_error({"statsu"}),
              HasSubstr("unknown command \"statsu\"; did you mean \"status\"?"));
  EXPECT_THAT(usage_error({"config", "chek"}), HasSubstr("did you mean \"check\"?"));
  EXPECT_THAT(usage_error({"scan", "--ouput", "x"}), HasSubstr("did you mean \"--output\"?"));
  EXPECT_THAT(usage_error({"--jsn", "scan"}), HasSubstr("did you mean \"--json\"?"));
  EXPECT_THAT(usage_error({"completion", "bsh"}), HasSubstr("did you mean \"bash\"?"));
  EXPECT_THAT(usage_error({"frobnicate"}), Not(HasSubstr("did you mean")));
}

TEST(CommandLine, ShowsTheUsageOfTheCommandThatWasMeant) {
  EXPECT_THAT(usage_error({"vms", "--limt", "3"}),
              HasSubstr("usage: deltakeep vms [--vcenter NAME] [--limit N]"));
  EXPECT_THAT(usage_error({"tree"}), HasSubstr("\"tree\" needs VM"));
  EXPECT_THAT(usage_error({}), HasSubstr("no command given"));
  EXPECT_THAT(usage_error({"config"}), HasSubstr("needs one of: check"));
}

TEST(CommandLine, RefusesWhatItWouldHaveToGuess) {
  EXPECT_THAT(usage_error({"scan", "x"}), HasSubstr("unexpected argument \"x\" of \"scan\""));
  EXPECT_THAT(usage_error({"scan", "status"}), HasSubstr("unexpected argument \"status\""));
  EXPECT_THAT(usage_error({"scan", "--vcenter", "a", "b"}), HasSubstr("unexpected argument \"b\""));
  EXPECT_THAT(usage_error({"tree", "a", "b"}), HasSubstr("unexpected argument \"b\""));
  EXPECT_THAT(usage_error({"tree", ""}), HasSubstr("is empty"));
  EXPECT_THAT(usage_error({"scan", "--output"}), HasSubstr("--output needs a value"));
  EXPECT_THAT(usage_error({"--config=", "scan"}), HasSubstr("\"--config=\" has no value"));
  EXPECT_THAT(usage_error({"scan", "--json=false"}), HasSubstr("--json takes no value"));
  EXPECT_THAT(usage_error({"vms", "--limit", "1", "--limit", "2"}), HasSubstr("more than once"));
  EXPECT_THAT(usage_error({"--config", "a", "scan", "--config", "b"}), HasSubstr("more than once"));
  EXPECT_THAT(usage_error({"--quiet", "scan", "--verbose"}), HasSubstr("exclude each other"));
  for (const char* limit : {"0", "-1", "x", "1.5", "99999999999", "5x", ""}) {
    EXPECT_THAT(usage_error({"vms", "--limit", limit}), HasSubstr("--limit takes a number"));
  }
  for (const char* since : {"", "x", "30", "1y", "-3d"}) {
    EXPECT_THAT(usage_error({"history", "--since", since}), HasSubstr("--since takes a duration"));
  }
}

TEST(CommandLine, NeverRepeatsAPassword) {
  for (const Args& args :
       {Args{"scan", "--password", "T0P"}, Args{"scan", "--password=T0P"},
        Args{"init", "--password", "T0P"}, Args{"scan", "-pT0P"}, Args{"scan", "--pasword=T0P"}}) {
    EXPECT_THAT(usage_error(args), Not(HasSubstr("T0P")));
  }
  EXPECT_THAT(usage_error({"init", "--password", "x"}),
              HasSubstr("passwords are never taken from the command line"));
}

TEST(CommandLine, EscapesHostileWordsInItsMessages) {
  EXPECT_THAT(usage_error({"\x1b[2J"}), HasSubstr("\"\\x1b[2J\""));
  EXPECT_THAT(usage_error({"scan", "--\x1b[2J=x"}), Not(HasSubstr("\x1b")));
}

RC_GTEST_PROP(CommandLine, EndsWithARequestOrAUsageErrorWhateverComes, ()) {
  const auto word = rc::gen::oneOf(
      rc::gen::element<std::string>("scan", "chain", "estimate", "--", "++", "-", "--config", "-h",
                                    "--limit=", "vms", "config", "[a]", "--json", ""),
      rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')));
  const auto args = *rc::gen::container<Args>(word);
  try {
    parse_command_line(args);
  } catch (const Error& error) {
    RC_ASSERT(error.code() == ExitCode::Usage);
  }
}

TEST(Help, IsThereForEveryCommandWithUsageAndExitCodes) {
  for (const CommandSpec& command : command_table()) {
    for (const char* flag : {"--help", "-h"}) {
      std::istringstream words(command.path);
      Args args{std::istream_iterator<std::string>(words), {}};
      args.emplace_back(flag);
      const std::string text = request<HelpRequest>(args).text;
      EXPECT_THAT(text, HasSubstr(std::string("Usage: deltakeep ") + command.path));
      EXPECT_THAT(text, HasSubstr("Exit codes:"));
      EXPECT_THAT(text, HasSubstr("--no-color"));
      for (const OptionSpec& option : command.options) EXPECT_THAT(text, HasSubstr(option.name));
      EXPECT_EQ(text.find("Examples:\n  ") != std::string::npos, command.build != nullptr);
    }
  }
}

TEST(Help, ListsEveryCommandWhenItStandsAlone) {
  const std::string text = request<HelpRequest>({"--help"}).text;
  for (const CommandSpec& command : command_table()) {
    if (!command.build) continue;
    EXPECT_THAT(text, HasSubstr(std::string("\n  ") + command.path + " "));
  }
  EXPECT_THAT(text, HasSubstr("12   a vCenter refused the login"));
}

TEST(Help, NeedsNoOtherArgument) {
  EXPECT_THAT(request<HelpRequest>({"tree", "--help"}).text, HasSubstr("tree: "));
  EXPECT_THAT(request<HelpRequest>({"--json", "chain", "estimate", "-h"}).text,
              HasSubstr("chain estimate: "));
}

// The examples in the help are copied by people.
TEST(Help, GivesExamplesThatParse) {
  int parsed = 0;
  for (const CommandSpec& command : command_table()) {
    for (const std::string line : command.examples) {
      const std::size_t begin = line.find("deltakeep ") + 10;
      std::istringstream words(line.substr(begin, line.find_first_of("<>)", begin) - begin));
      Args args;
      for (std::string word; words >> std::quoted(word);) args.push_back(word);
      EXPECT_NO_THROW(parse_command_line(args)) << line;
      ++parsed;
    }
  }
  EXPECT_GT(parsed, 15);
}

TEST(Nearest, CountsASwapAsOneEdit) {
  EXPECT_EQ(edit_distance("statsu", "status"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(nearest("stat", {"vms", "status"}), "status");
  EXPECT_EQ(nearest("x", {"vms", "status"}), std::nullopt);
  EXPECT_EQ(nearest("", {"a"}), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'a'), {"a"}), std::nullopt);
}

RC_GTEST_PROP(Nearest, IsADistance, (const std::string& a, const std::string& b)) {
  RC_ASSERT(edit_distance(a, a) == 0u);
  RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
  RC_ASSERT((edit_distance(a, b) == 0u) == (a == b));
  RC_ASSERT(edit_distance(a, b) <= std::max(a.size(), b.size()));
}

}  // namespace
}  // namespace agent
