// A plan as text, and a configuration as policies.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/codec/plan_json.h"
#include "agent/config/policies.h"
#include "agent/config/settled.h"
#include "agent/error.h"
#include "tests/unit/agent/sample_servers.h"

namespace agent {
namespace {

using std::chrono::hours;

const policy::Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

constexpr const char* kPolicies = R"([[policy]]
name = "daily"
apply = true
select = { name = "web-*" }
schedule = "0 2 * * 1-5"
defer = "6h"
mark_delay = "0s"
max_removals = 7
keep = { last = 1 }
cap = { min_free = "20%" }
warn = { size = "25%" }
critical = { age = "5d", size = "50%" }
[[policy]]
name = "copy"
select = { name = "*" }
method = "clone"
schedule = "0 3 1 * *"
clone = { datastore = "d", folder = "/DC0/vm/b", partial = true }
keep = { monthly = 3 }
[[policy]]
name = "watch"
select = { name = "*" }
method = "retain"
schedule = "0 3 1 * *"
keep = { last = 9 }
)";

Config config() {
  const ConfigResult result =
      parse_config(std::string(test::kProd) + test::kLab + kPolicies, "test.toml", {});
  for (const ConfigProblem& problem : result.problems) ADD_FAILURE() << problem.text();
  return result.config;
}

TEST(PoliciesOfAConfig, HoldWhatTheFileSays) {
  const auto policies = policies_of(config(), kNow);
  ASSERT_EQ(policies.size(), 3U);
  const policy::Policy& daily = policies[0];
  EXPECT_EQ(daily.name(), "daily");
  EXPECT_EQ(daily.method(), policy::Method::Snapshot);
  EXPECT_TRUE(daily.facts.armed);
  EXPECT_EQ(daily.facts.defer, hours(6));
  EXPECT_FALSE(daily.marks_first());
  EXPECT_EQ(daily.max_removals, 7);
  EXPECT_EQ(daily.facts.min_free_share, 0.2);
  EXPECT_EQ(daily.thresholds.critical.age, hours(120));
  EXPECT_EQ(daily.thresholds.warn.size_share, 0.25);
  EXPECT_EQ(daily.thresholds.critical.size_share, 0.5);
  EXPECT_EQ(daily.backup_interval, hours(72)) << "from Friday to Monday";
  EXPECT_EQ(policies[1].method(), policy::Method::Clone);
  EXPECT_TRUE(policies[1].facts.partial);
  EXPECT_FALSE(policies[1].facts.armed);
  EXPECT_TRUE(policies[1].marks_first());
  EXPECT_EQ(policies[1].backup_interval, hours(24 * 31));
  EXPECT_EQ(policies[2].method(), policy::Method::Retain);
  EXPECT_FALSE(policies[2].backup_interval) << "it makes no backup that could be missed";
}

TEST(PoliciesOfAConfig, KnowWhichEndpointIsArmedAndWhoIsProtected) {
  const auto facts = endpoint_facts(config());
  EXPECT_EQ(facts.at("prod").armed, true);
  EXPECT_EQ(facts.at("lab").armed, false);
  EXPECT_FALSE(facts.at("prod").scan_complete) << "no configuration knows that";
  const auto servers = protected_vms(config()).servers;
  EXPECT_EQ(servers.at("prod"), (std::set<std::string>{"vc", "vc.example.com"}));
  EXPECT_EQ(servers.at("lab"), (std::set<std::string>{"192.0.2.7"}));
}

SettledPolicy settled(const char* rules) {
  const std::string text =
      std::string(
          "[[vcenter]]\nname = \"p\"\nurl = \"https://h/sdk\"\nusername = \"u\"\n"
          "password_env = \"PW\"\n[[policy]]\nname = \"daily\"\n"
          "select = { name = \"*\" }\nschedule = \"0 2 * * *\"\n") +
      rules;
  const ConfigResult result = parse_config(text, "test.toml", {});
  for (const ConfigProblem& problem : result.problems) ADD_FAILURE() << problem.text();
  return settle_policies(result.config, kNow).at(0);
}

TEST(SettledPolicies, TellTheDepthsAndTheOldestAge) {
  const SettledPolicy two = settled("keep = { last = 2 }");
  EXPECT_EQ(two.state.between_runs, 3) << "two and a marked one";
  EXPECT_EQ(two.state.deepest, 4);
  EXPECT_TRUE(two.settled);
  EXPECT_GE(two.runs, 60U);
  EXPECT_EQ(settled("keep = { last = 2 }\nmark_delay = \"0s\"").state.deepest, 3);
  EXPECT_TRUE(settled("keep = { daily = 40 }").settled);
  EXPECT_FALSE(settled("keep = { last = \"all\" }").settled) << "it grows for ever";
}

TEST(SettledPolicies, NameTheThresholdsAndLimitsThatTheyCross) {
  const auto crosses = [](const char* rules, const char* what) {
    for (const std::string& one : settled(rules).crosses) {
      if (one.find(what) != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_FALSE(crosses("keep = { last = 1 }", ""));
  EXPECT_TRUE(crosses("keep = { last = 4 }", "warn.probes"));
  EXPECT_TRUE(crosses("keep = { last = 4 }", "warn.age"));
  EXPECT_TRUE(crosses("keep = { last = 9 }", "critical.probes"));
  EXPECT_TRUE(crosses("keep = { last = 30 }", "no more are made"));
  EXPECT_TRUE(crosses("keep = { last = 1 }\nwarn = { depth = 2 }", "warn.depth 2"));
}

TEST(SettledPolicies, AreThoseThatMakeSnapshotsByThemselves) {
  EXPECT_EQ(settle_policies(config(), kNow).size(), 1U) << "no copies and no retain";
}

TEST(RunsOfASchedule, EndAtTheMostAndAtTheTimeOnceThereAreEnough) {
  const policy::Zone utc;
  const auto runs = [&](const RunSpan& span) {
    return runs_after(kNow, "0 2 * * *", utc, span).size();
  };
  EXPECT_EQ(runs({.most = 5}), 5U);
  EXPECT_EQ(runs({.most = 5, .fewest = 0, .until = kNow + hours(50)}), 3U);
  EXPECT_EQ(runs({.most = 5, .fewest = 4, .until = kNow + hours(50)}), 4U);
  EXPECT_EQ(runs_after(kNow, "0 2 * * *", utc, {.most = 1}).at(0), kNow + hours(2));
}

policy::Inventory inventory() {
  policy::Vm vm;
  vm.identity.endpoint = "prod";
  vm.identity.moid = "vm-1";
  vm.identity.instance_uuid = "uuid-1";
  vm.identity.name =
      "web-\xff"
      "1";
  vm.state.connection = policy::Connection::Connected;
  for (int i = 0; i < 3; ++i) {
    policy::Snapshot snapshot;
    snapshot.moid = "s" + std::to_string(i);
    snapshot.id = i;
    snapshot.created = kNow - hours(24 * (3 - i));
    if (i > 0) snapshot.parent = "s" + std::to_string(i - 1);
    snapshot.current = i == 2;
    snapshot.on_current_path = true;
    snapshot.owner = policy::Owner::Ours;
    snapshot.policy = "daily";
    vm.snapshots.push_back(snapshot);
  }
  policy::Inventory inventory;
  inventory.vms = {vm};
  inventory.complete = true;
  return inventory;
}

TEST(PlanJson, IsReadBackStepByStep) {
  const policy::Inventory seen = inventory();
  const auto policies = policies_of(config(), kNow);
  const policy::Plan plan =
      policy::make_plan({.inventory = seen, .policies = policies, .now = kNow, .only = {"daily"}});
  std::stringstream text;
  write_plan(text, plan);
  const StoredPlan stored = read_plan(text);
  EXPECT_EQ(stored.at, kNow);
  ASSERT_EQ(stored.steps.size(), 4U) << "last = 1 is the one that is made";
  EXPECT_EQ(stored.steps[0].kind, policy::StepKind::Create);
  EXPECT_EQ(stored.steps[0].instance_uuid, "uuid-1");
  EXPECT_EQ(stored.steps[1].kind, policy::StepKind::Remove);
  EXPECT_EQ(stored.steps[1].id, "daily/prod/vm-1/remove/s0");
  EXPECT_EQ(stored.steps[1].snapshot, "s0");
  EXPECT_EQ(stored.steps[0].needs, "");
  EXPECT_EQ(stored.steps[1].needs, "") << "last = 1 lets it go without a new one, too";
  EXPECT_EQ(stored.steps[3].needs, stored.steps[0].id);
  EXPECT_EQ(stored.steps[2].snapshot_id, 1);
  EXPECT_EQ(stored.steps[2].snapshot_created, kNow - hours(48));
  EXPECT_EQ(stored.steps[2].fingerprint, plan_fingerprint(seen.vms[0], policies[0], {}));
}

// Every word of it is a contract. DELTAKEEP_UPDATE_GOLDEN=1 writes it anew, to be read and judged.
TEST(PlanJson, OfThreePoliciesIsTheGoldenOne) {
  policy::Inventory seen = inventory();
  seen.vms[0].identity.name = "web-1";
  policy::Vm& other = seen.vms.emplace_back(seen.vms[0]);
  other.identity = {.endpoint = "lab", .moid = "vm-2", .instance_uuid = "uuid-2", .name = "web-2"};
  other.snapshots[0].owner = policy::Owner::Foreign;
  other.snapshots[1].pinned = true;
  const auto policies = policies_of(config(), kNow);
  const policy::Plan plan = policy::make_plan({.inventory = seen,
                                               .policies = policies,
                                               .now = kNow,
                                               .endpoints = endpoint_facts(config())});
  std::ostringstream text;
  write_plan(text, plan);
  const std::string told = nlohmann::ordered_json::parse(text.str()).dump(2) + "\n";
  const std::string golden = std::string(DELTAKEEP_SOURCE_DIR) + "/tests/golden/plan/three.json";
  if (std::getenv("DELTAKEEP_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << told;
  std::ifstream in(golden);
  ASSERT_TRUE(in) << "nothing says what to expect: " << golden;
  std::ostringstream expected;
  expected << in.rdbuf();
  EXPECT_EQ(told, expected.str());
}

TEST(PlanJson, RefusesWhatIsNoPlanAndNamesThePlace) {
  const auto problem = [](const char* text) -> std::string {
    std::istringstream in(text);
    try {
      read_plan(in);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::Usage);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(problem("{").find("not valid JSON"), std::string::npos);
  EXPECT_NE(problem(R"({"format":2})").find("/format"), std::string::npos);
  EXPECT_NE(problem(R"({"format":1,"at":"2026-11-22T02:00:00Z","policies":[{"policy":"p","vms":[
      {"endpoint":"e","moid":"m","instance_uuid":"u","fingerprint":"f",
       "steps":[{"id":"x","step":"explode"}]}]}]})")
                .find("/policies/0/vms/0/steps/0/step"),
            std::string::npos);
}

}  // namespace
}  // namespace agent
