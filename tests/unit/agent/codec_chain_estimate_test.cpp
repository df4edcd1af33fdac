#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/codec/chain_estimate_json.h"
#include "agent/error.h"

namespace {

using agent::chain_estimate_reply;
using nlohmann::ordered_json;
using testing::HasSubstr;

ordered_json golden(const std::string& name) {
  std::ifstream in(std::string(DELTAKEEP_SOURCE_DIR) + "/tests/golden/chain_estimate/" + name);
  if (!in) throw std::runtime_error("cannot open tests/golden/chain_estimate/" + name);
  return ordered_json::parse(in);
}

ordered_json reply_to(const ordered_json& request) {
  return ordered_json::parse(chain_estimate_reply(request.dump()));
}

/// The contract shows its numbers to six decimals, for people; the reply itself is unrounded.
std::string as_shown(const ordered_json& number) {
  if (number.is_number_integer()) return number.dump();
  std::ostringstream text;
  text.precision(6);
  text << std::fixed << number.get<double>();
  return text.str();
}

void expect_same(const ordered_json& expected, const ordered_json& found, const std::string& at) {
  if (expected.is_number()) {
    ASSERT_EQ(expected.is_number_integer(), found.is_number_integer()) << at;
    EXPECT_EQ(as_shown(expected), as_shown(found)) << at;
  } else if (expected.is_structured()) {
    ASSERT_EQ(expected.size(), found.size()) << at;
    auto other = found.items().begin();
    for (const auto& [name, value] : expected.items()) {
      EXPECT_EQ(name, other.key()) << at << ": same members in the same order";
      expect_same(value, other.value(), at + "/" + name);
      ++other;
    }
  } else {
    EXPECT_EQ(expected, found) << at;
  }
}

TEST(ChainEstimateJson, AnswersTheContractsExampleAsTheContractDoes) {
  ordered_json request = golden("request.json");
  request.erase("skew");
  request["layers"][0].erase("extents");
  expect_same(golden("reply.json"), reply_to(request), "");
}

TEST(ChainEstimateJson, DoesNotRoundItsNumbers) {
  ordered_json request = golden("request.json");
  request.erase("skew");
  request["layers"][0].erase("extents");
  // 5368709 bytes are a little less than the 0.5 % that the contract prints.
  EXPECT_EQ(reply_to(request)["base_share"].get<double>(), 1 - 5368709.0 / 1073741824);
}

TEST(ChainEstimateJson, DoesNotBelieveAMapOfAFractionOfTheDelta) {
  ordered_json request = golden("request.json");
  request.erase("skew");
  expect_same(golden("reply.json"), reply_to(request), "");
}

TEST(ChainEstimateJson, TakesTheWholeExampleWithItsSkew) {
  const ordered_json reply = reply_to(golden("request.json"));
  const double f = 5368709.0 / 1073741824;
  EXPECT_NEAR(reply["probes"].get<double>(), 1 + 0.9 * (1 - f * 9) + 0.1 * (1 - f / 9), 1e-12);
}

TEST(ChainEstimateJson, TellsExactFromExtents) {
  const auto reply = reply_to(ordered_json::parse(
      R"({"capacity_bytes":1000,"grain_bytes":1,"layers":[
         {"name":"b","allocated_bytes":100,"extents":[[0,100]]},
         {"name":"a","allocated_bytes":100,"extents":[[0,50],[100,50]]},{"name":"base"}]})"));
  EXPECT_EQ(reply["exact"], true);
  EXPECT_DOUBLE_EQ(reply["probes"].get<double>(), 1 + 0.9 + 0.85);
}

TEST(ChainEstimateJson, ADiskWithoutDeltasIsReadInOneFile) {
  const auto reply =
      reply_to(ordered_json::parse(R"({"capacity_bytes":1,"layers":[{"name":"base"}]})"));
  EXPECT_EQ(reply["depth"], 0);
  EXPECT_EQ(reply["probes"], 1.0);
  EXPECT_EQ(reply["map_bytes"], 0);
}

TEST(ChainEstimateJson, GivesValidJsonForANameThatIsNot) {
  const std::string reply = chain_estimate_reply(
      "{\"capacity_bytes\":1,\"layers\":[{\"name\":\"\\u001b[31m \\\"\\\\ \\ud83d\\ude00\"}]}");
  EXPECT_EQ(ordered_json::parse(reply)["served_by"][0]["name"], "\x1b[31m \"\\ \xf0\x9f\x98\x80");
}

struct Wrong {
  const char* request;
  const char* place;
  const char* what;
};

class WrongEstimate : public testing::TestWithParam<Wrong> {};

TEST_P(WrongEstimate, IsRefusedWithItsPlace) {
  try {
    const std::string reply = chain_estimate_reply(GetParam().request);
    FAIL() << "accepted: " << reply;
  } catch (const agent::Error& error) {
    EXPECT_EQ(error.kind(), "input");
    EXPECT_EQ(error.code(), agent::ExitCode::Usage);
    const std::string place = GetParam().place;
    EXPECT_THAT(error.what(), HasSubstr("malformed input at " + place + ": "));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().what));
  }
}

INSTANTIATE_TEST_SUITE_P(
    ChainEstimateJson, WrongEstimate,
    testing::Values(
        Wrong{"", "the top", "not valid JSON"}, Wrong{"{", "the top", "at byte 2"},
        Wrong{"[]", "the top", "expected an object"},
        Wrong{"{\"capacity_bytes\":1e999,\"layers\":[]}", "the top", "number"},
        Wrong{"{\"capacity_bytes\":NaN,\"layers\":[]}", "the top", "not valid JSON"},
        Wrong{"{\"layers\":[{\"name\":\"b\"}]}", "/capacity_bytes", "missing"},
        Wrong{"{\"capacity_bytes\":0,\"layers\":[{\"name\":\"b\"}]}", "/capacity_bytes", "above 0"},
        Wrong{"{\"capacity_bytes\":-1,\"layers\":[{\"name\":\"b\"}]}", "/capacity_bytes",
              "at least 0"},
        Wrong{"{\"capacity_bytes\":1.5,\"layers\":[{\"name\":\"b\"}]}", "/capacity_bytes",
              "whole number"},
        Wrong{"{\"capacity_bytes\":\"1\",\"layers\":[{\"name\":\"b\"}]}", "/capacity_bytes",
              "a JSON string"},
        Wrong{"{\"capacity_bytes\":null,\"layers\":[{\"name\":\"b\"}]}", "/capacity_bytes", "null"},
        Wrong{"{\"capacity_bytes\":1,\"grain_bytes\":0,\"layers\":[{\"name\":\"b\"}]}",
              "/grain_bytes", "from 1"},
        Wrong{"{\"capacity_bytes\":1,\"grain_bytes\":4294967296,\"layers\":[{\"name\":\"b\"}]}",
              "/grain_bytes", "from 1"},
        Wrong{"{\"capacity_bytes\":1}", "/layers", "missing"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[]}", "/layers", "at least one layer"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":{}}", "/layers", "an array"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[7]}", "/layers/0", "an object"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{}]}", "/layers/0/name", "missing"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":1}]}", "/layers/0/name", "a string"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"d\"},{\"name\":\"b\"}]}",
              "/layers/0/allocated_bytes", "missing"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"d\",\"allocated_bytes\":-5},"
              "{\"name\":\"b\"}]}",
              "/layers/0/allocated_bytes", "at least 0"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"b\",\"allocated_bytes\":-5}]}",
              "/layers/0/allocated_bytes", "at least 0"},
        Wrong{"{\"capacity_bytes\":9,\"layers\":[{\"name\":\"d\",\"allocated_bytes\":1,"
              "\"extents\":[[0,1],[9,1]]},{\"name\":\"b\"}]}",
              "/layers/0/extents/1", "behind"},
        Wrong{"{\"capacity_bytes\":9,\"layers\":[{\"name\":\"d\",\"allocated_bytes\":1,"
              "\"extents\":[[1,18446744073709551615]]},{\"name\":\"b\"}]}",
              "/layers/0/extents/0", "behind"},
        Wrong{"{\"capacity_bytes\":9,\"layers\":[{\"name\":\"d\",\"allocated_bytes\":1,"
              "\"extents\":[[0]]},{\"name\":\"b\"}]}",
              "/layers/0/extents/0", "[start, length]"},
        Wrong{"{\"capacity_bytes\":9,\"layers\":[{\"name\":\"d\",\"allocated_bytes\":1,"
              "\"extents\":[[0,-1]]},{\"name\":\"b\"}]}",
              "/layers/0/extents/0/1", "at least 0"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"b\"}],\"skew\":{\"fraction\":0,"
              "\"share\":0.5}}",
              "/skew/fraction", "above 0"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"b\"}],\"skew\":{\"fraction\":1,"
              "\"share\":0.5}}",
              "/skew/fraction", "below 1"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"b\"}],\"skew\":{\"fraction\":0.5,"
              "\"share\":1.5}}",
              "/skew/share", "from 0 to 1"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"b\"}],\"skew\":{\"fraction\":0.5}}",
              "/skew/share", "missing"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"b\",\"bytes\":1}]}", "/layers/0/bytes",
              "unknown member; known are name"},
        Wrong{"{\"capacity_bytes\":1,\"layers\":[{\"name\":\"b\"}],\"a/b~\\u001b\":1}",
              "/a~1b~0\\u001b", "unknown member"}));

}  // namespace
