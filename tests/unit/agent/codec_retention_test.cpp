// `retention evaluate`: the contract's example and one documented policy per golden file, and every
// mistake at its place. DELTAKEEP_UPDATE_GOLDEN=1 writes the replies anew, to be read and judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/codec/retention_json.h"
#include "agent/error.h"
#include "agent/zones.h"

namespace {

namespace fs = std::filesystem;
using agent::retention_reply;
using nlohmann::ordered_json;

const fs::path kGolden = fs::path(DELTAKEEP_SOURCE_DIR) / "tests" / "golden" / "retention";

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kGolden)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

ordered_json reply_to(const ordered_json& request) {
  return ordered_json::parse(retention_reply(request.dump(), agent::load_zone));
}

/// One line for each snapshot: a change of policy reads well in a diff.
std::string readable(const ordered_json& golden) {
  std::string text = "{\"about\": " + golden.at("about").dump() +
                     ",\n \"request\": " + golden.at("request").dump() + ",\n \"reply\": {\n";
  for (const auto& [name, list] : golden.at("reply").items()) {
    text += "  \"" + name + "\": [";
    for (std::size_t i = 0; i < list.size(); ++i)
      text += (i > 0 ? ",\n   " : "\n   ") + list[i].dump();
    text += name == "conflicts" ? "]\n" : "],\n";
  }
  return text + " }}\n";
}

class DocumentedPolicy : public testing::TestWithParam<fs::path> {};

TEST_P(DocumentedPolicy, KeepsAndRemovesForTheReasonsOnFile) {
  std::ifstream in(GetParam());
  ordered_json golden = ordered_json::parse(in);
  const ordered_json reply = reply_to(golden.at("request"));
  if (std::getenv("DELTAKEEP_UPDATE_GOLDEN") != nullptr) {
    golden["reply"] = reply;
    std::ofstream(GetParam()) << readable(golden);
  }
  ASSERT_TRUE(golden.contains("reply")) << "nothing says what to expect: " << GetParam();
  EXPECT_EQ(golden.at("reply").dump(1), reply.dump(1));
}

INSTANTIATE_TEST_SUITE_P(Golden, DocumentedPolicy, testing::ValuesIn(golden_files()), name_of);

constexpr const char* kContract =
    R"({"timezone":"UTC","now":"2026-11-22T02:00:00Z","snapshots":[{"id":"s1","time":"2026-11-21T02:00:00Z","parent":"s0","current":true,"owner":"ours","pinned":false,"in_use":false,"state":"complete","bytes":123},{"id":"s0","time":"2026-11-20T02:00:00Z"}],"policy":{"keep":{"last":1,"daily":1,"tags":[["a","b"],["c"]]},"min_keep":1,"max_age":"72h","cap":{"depth":3}},"reserve":0})";

TEST(RetentionJson, AnswersTheContractsExampleToTheLetter) {
  EXPECT_EQ(
      retention_reply(kContract, agent::load_zone),
      R"({"keep":[{"id":"s1","reasons":[{"rule":"last","slot":1,"of":1},{"rule":"daily","slot":1,"of":1,"period":"2026-11-21"}]}],"remove":[{"id":"s0","reason":"beyond-count","detail":"daily and last keep 1"}],"shrunk":[],"conflicts":[]})");
}

TEST(RetentionJson, TakesALineByTimeWhenNoSnapshotNamesAParent) {
  ordered_json request = ordered_json::parse(kContract);
  request["snapshots"][0].erase("parent");
  request["snapshots"][0].erase("current");
  EXPECT_EQ(reply_to(request)["remove"][0]["id"], "s0");
  request["snapshots"][0]["parent"] = nullptr;  // two roots then
  EXPECT_EQ(reply_to(request)["keep"][1]["reasons"][0]["rule"], "detached");
}

TEST(RetentionJson, SaysWhichRunLosesAKeptOne) {
  ordered_json request = ordered_json::parse(kContract);
  request["policy"]["keep"] = {{"last", 2}};
  request["upcoming"] = {"2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"};
  const ordered_json keep = reply_to(request)["keep"];
  EXPECT_EQ(keep[0]["would_lose_next"], "2026-11-23T03:00:00Z");
  EXPECT_EQ(keep[1]["would_lose_next"], "2026-11-22T03:00:00Z");
  request["upcoming"].erase(1);
  EXPECT_FALSE(reply_to(request)["keep"][0].contains("would_lose_next"));
}

TEST(RetentionJson, TakesMinKeepZeroBesideAllowRemoveAll) {
  ordered_json request = ordered_json::parse(kContract);
  request["policy"] = {{"keep", {{"last", 0}}}, {"min_keep", 0}, {"allow_remove_all", true}};
  const ordered_json reply = reply_to(request);
  EXPECT_TRUE(reply["keep"].empty());
  EXPECT_EQ(reply["remove"][0]["id"], "s0") << "ancestor first";
  EXPECT_EQ(reply["remove"][1]["detail"], "last keeps 0");
}

struct Wrong {
  const char* patch;  ///< a merge patch (RFC 7386) of the contract's example
  const char* place;
};

class WrongRetention : public testing::TestWithParam<Wrong> {};

TEST_P(WrongRetention, IsRefusedWithItsPlace) {
  ordered_json request = ordered_json::parse(kContract);
  request.merge_patch(ordered_json::parse(GetParam().patch));
  try {
    retention_reply(request.dump(), agent::load_zone);
    FAIL() << "taken: " << request;
  } catch (const agent::Error& error) {
    EXPECT_EQ(error.code(), agent::ExitCode::Usage);
    EXPECT_THAT(error.what(),
                testing::StartsWith("malformed input at " + std::string(GetParam().place) + ":"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Places, WrongRetention,
    testing::Values(
        Wrong{R"({"timezone":"Europe/Atlantis"})", "/timezone"},
        Wrong{R"({"now":"today"})", "/now"}, Wrong{R"({"now":null})", "/now"},
        Wrong{R"({"policy":null})", "/policy"},
        Wrong{R"({"policy":{"keep":null}})", "/policy/keep"},
        Wrong{R"({"policy":{"keep":{"last":null,"daily":null,"tags":null}}})", "/policy/keep"},
        Wrong{R"({"policy":{"keep":{"daily":0}}})", "/policy/keep/daily"},
        Wrong{R"({"policy":{"keep":{"daily":"0"}}})", "/policy/keep/daily"},
        Wrong{R"({"policy":{"keep":{"daily":"7-2"}}})", "/policy/keep/daily"},
        Wrong{R"({"policy":{"keep":{"daily":1.5}}})", "/policy/keep/daily"},
        Wrong{R"({"policy":{"keep":{"dayly":1}}})", "/policy/keep/dayly"},
        Wrong{R"({"policy":{"keep":{"within":"2 days"}}})", "/policy/keep/within"},
        Wrong{R"({"policy":{"keep":{"tags":[["a"],[]]}}})", "/policy/keep/tags/1"},
        Wrong{R"({"policy":{"keep":{"oldest":1}}})", "/policy/keep/oldest"},
        Wrong{R"({"policy":{"min_keep":0}})", "/policy/min_keep"},
        Wrong{R"({"policy":{"min_keep":-1}})", "/policy/min_keep"},
        Wrong{R"({"policy":{"max_age":72}})", "/policy/max_age"},
        Wrong{R"({"policy":{"cap":{"depth":0}}})", "/policy/cap/depth"},
        Wrong{R"({"policy":{"cap":{"size":"20"}}})", "/policy/cap/size"},
        Wrong{R"({"policy":{"cap":{"probes":2}}})", "/capacity_bytes"},
        Wrong{R"({"capacity_bytes":0,"policy":{"cap":{"probes":2}}})", "/capacity_bytes"},
        Wrong{R"({"policy":{"cap":{"min_free":1}}})", "/free_bytes"},
        Wrong{R"({"policy":{"keeps":{}}})", "/policy/keeps"},
        Wrong{R"({"reserve":-1})", "/reserve"}, Wrong{R"({"extra":1})", "/extra"},
        Wrong{R"({"snapshots":{"id":1}})", "/snapshots"},
        Wrong{R"({"snapshots":[{"id":"a"}]})", "/snapshots/0/time"},
        Wrong{R"({"snapshots":[{"id":"a","time":"2026-11-22T02:00:00Z","state":"done"}]})",
              "/snapshots/0/state"},
        Wrong{R"({"snapshots":[{"id":"a","time":"2026-11-22T02:00:00Z","owner":"me"}]})",
              "/snapshots/0/owner"},
        Wrong{R"({"snapshots":[{"id":"a","time":"2026-11-22T02:00:00Z","parent":"b"}]})",
              "/snapshots/0/parent"},
        Wrong{R"({"snapshots":[{"id":"a","time":"2026-11-22T02:00:00Z","parent":"a"}]})",
              "/snapshots/0/parent"},
        Wrong{
            R"({"snapshots":[{"id":"a","time":"2026-11-22T02:00:00Z"},{"id":"a","time":"2026-11-22T02:00:00Z"}]})",
            "/snapshots/1/id"},
        Wrong{
            R"({"snapshots":[{"id":"a","time":"2026-11-22T02:00:00Z","current":true},{"id":"b","time":"2026-11-22T02:00:00Z","current":true}]})",
            "/snapshots/1/current"},
        Wrong{R"({"upcoming":["2026-11-22T02:00:00Z"]})", "/upcoming/0"}));

}  // namespace
