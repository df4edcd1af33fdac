#include "tests/simulator/control/rules.h"

#include <gtest/gtest.h>

namespace sim {
namespace {

using nlohmann::json;

std::size_t chosen(Rules& rules, const std::string& method, const std::string& vm = "vm-1") {
  return rules.choose(method, {"VirtualMachine", vm}, vm).size();
}

Rules rules_of(const char* text) {
  Rules rules(7);
  rules.set(read_rules(json::parse(text)));
  return rules;
}

std::string refusal(const char* text) {
  try {
    read_rules(json::parse(text));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Rules, FireOnTheNthMatchingCallOnly) {
  auto rules = rules_of(R"([{"method":"M","nth":2,"then":{"drop_after":true}}])");
  EXPECT_EQ(chosen(rules, "M"), 0u);
  EXPECT_EQ(chosen(rules, "Other"), 0u);
  EXPECT_EQ(chosen(rules, "M"), 1u);
  EXPECT_EQ(chosen(rules, "M"), 0u);
}

TEST(Rules, FireAsOftenAsTimesSays) {
  auto rules = rules_of(R"([{"nth":2,"times":2,"then":{"http_503":true}}])");
  EXPECT_EQ(chosen(rules, "A") + chosen(rules, "B") + chosen(rules, "C") + chosen(rules, "D"), 2u);
}

TEST(Rules, OfAVmCoverItsSnapshots) {
  auto rules = rules_of(R"([{"object":"vm-3","then":{"drop_before":true}}])");
  EXPECT_EQ(
      rules.choose("RemoveSnapshot_Task", {"VirtualMachineSnapshot", "snapshot-9"}, "vm-3").size(),
      1u);
  EXPECT_EQ(
      rules.choose("RemoveSnapshot_Task", {"VirtualMachineSnapshot", "snapshot-9"}, "vm-4").size(),
      0u);
}

TEST(Rules, WithAProbabilityFireAboutThatOftenAndTheSameForASeed) {
  const char* text = R"([{"probability":0.3,"then":{"drop_before":true}}])";
  auto first = rules_of(text), second = rules_of(text);
  std::size_t fired = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto here = chosen(first, "M");
    EXPECT_EQ(here, chosen(second, "M"));
    fired += here;
  }
  EXPECT_NEAR(static_cast<double>(fired), 300, 60);
}

TEST(Rules, ReadEveryConsequence) {
  const auto rules = read_rules(json::parse(R"({"rules":[{"then":{
    "fault":{"type":"NotFound","message":"m"},"task_error":{"type":"FileLocked","after_executing":true},
    "task_delay":5,"delay":0.25,"delay_after":1,"drop_before":true,"drop_after":true,
    "close_mid_reply":true,"garbage":"after","redirect":"https://else/","slow_drip":100,
    "lock":true,"disconnect_host":true,"restart":true,"rollback":60,"flag_lag":30,
    "consolidation_debt":true,"seconds":9}}]})"));
  const Consequence& then = rules.at(0).then;
  EXPECT_EQ(then.wire.fault->type, "NotFound");
  EXPECT_EQ(then.wire.delay_before, std::chrono::milliseconds(250));
  EXPECT_EQ(then.wire.delay_after, std::chrono::seconds(1));
  EXPECT_TRUE(then.wire.drop_before && then.wire.drop_after && then.wire.cut_mid_reply);
  EXPECT_EQ(then.wire.replace->status, 302);
  EXPECT_NE(then.wire.replace_after->body.find('\0'), std::string::npos);
  EXPECT_EQ(then.wire.bytes_per_second, 100u);
  EXPECT_EQ(then.task_error->type, "FileLocked");
  EXPECT_TRUE(then.task_executes && then.lock && then.disconnect && then.restart);
  EXPECT_EQ(then.task_delay, std::chrono::seconds(5));
  EXPECT_EQ(then.rollback, std::chrono::minutes(1));
  EXPECT_EQ(then.flag_lag, std::chrono::seconds(30));
  EXPECT_EQ(then.lasting, std::chrono::seconds(9));
  EXPECT_TRUE(then.consolidation_debt);
}

TEST(Rules, RefuseWhatWouldNeverFire) {
  EXPECT_NE(refusal(R"([{"metod":"M","then":{"lock":true}}])").find("\"metod\""),
            std::string::npos);
  EXPECT_NE(refusal(R"([{"then":{"dorp_after":true}}])").find("\"dorp_after\""), std::string::npos);
  EXPECT_NE(refusal(R"([{"method":"M"}])").find("without \"then\""), std::string::npos);
  EXPECT_NE(refusal(R"([{"then":{}}])").find("says nothing"), std::string::npos);
  EXPECT_NE(refusal(R"([{"nth":0,"then":{"lock":true}}])").find("counts from 1"),
            std::string::npos);
  EXPECT_NE(refusal(R"([{"probability":2,"then":{"lock":true}}])").find("0..1"), std::string::npos);
  EXPECT_NE(refusal(R"([{"then":{"delay":-1}}])").find("seconds"), std::string::npos);
  EXPECT_NE(refusal(R"({"rule":[]})").find("\"rule\""), std::string::npos);
}

}  // namespace
}  // namespace sim
