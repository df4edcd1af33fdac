// What the files under tests/configs/valid mean, value by value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "agent/config/config.h"

namespace agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

ConfigResult parse_valid(const char* name) {
  std::ifstream in(std::string(DELTAKEEP_SOURCE_DIR) + "/tests/configs/valid/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  ConfigResult result = parse_config(text.str(), name, {});
  EXPECT_TRUE(result.problems.empty());
  return result;
}

TEST(ReferenceConfig, ReadsTheAgentTheVcenterAndTheLimits) {
  const Config config = parse_valid("reference.toml").config;
  EXPECT_EQ(config.source, "reference.toml");
  EXPECT_EQ(config.state, "/var/lib/deltakeep/state.db");
  EXPECT_EQ(config.timezone, "Europe/Berlin");
  EXPECT_EQ(config.listen, "127.0.0.1:9872");
  ASSERT_EQ(config.vcenters.size(), 1u);
  const VcenterConfig& vcenter = config.vcenters.front();
  EXPECT_EQ(vcenter.name, "prod");
  EXPECT_EQ(vcenter.mode, Mode::Act);
  EXPECT_EQ(vcenter.url, "https://vcenter.example.com/sdk");
  EXPECT_EQ(vcenter.username, "svc-deltakeep@vsphere.local");
  EXPECT_EQ(vcenter.password_file, "/etc/deltakeep/prod.pass");
  EXPECT_EQ(vcenter.ca_file, "/etc/deltakeep/ca.pem");
  EXPECT_FALSE(vcenter.insecure);
  EXPECT_EQ(config.limits.per_vcenter, 16);
  EXPECT_EQ(config.limits.per_host, 4);
  EXPECT_EQ(config.limits.per_datastore, 2);
}

TEST(ReferenceConfig, ReadsThePolicies) {
  const Config config = parse_valid("reference.toml").config;
  ASSERT_EQ(config.policies.size(), 2u);
  const PolicyConfig& daily = config.policies[0];
  EXPECT_TRUE(daily.apply);
  EXPECT_THAT(daily.select.folder, ElementsAre("/DC0/vm/prod"));
  EXPECT_THAT(daily.select.tag, ElementsAre("backup:daily"));
  EXPECT_THAT(daily.exclude.name, ElementsAre("*-test"));
  EXPECT_EQ(daily.schedule, "0 2 * * *");
  EXPECT_EQ(daily.timezone, "Europe/Berlin") << "the agent's is every policy's default";
  EXPECT_EQ(daily.jitter, 10min);
  EXPECT_EQ(daily.quiesce, "try");
  EXPECT_THAT(daily.keep.counts, ElementsAre(Pair("last", KeepCount{0, 2})));
  EXPECT_EQ(daily.max_age, (CalendarSpan{.hours = 96}));
  EXPECT_EQ(daily.cap.depth, 4);
  EXPECT_EQ(daily.warn.probes, 4.0);
  EXPECT_EQ(daily.warn.age, 96h);
  EXPECT_EQ(daily.warn.size_bytes, 20ull << 30);
  EXPECT_EQ(daily.critical.age, 168h);
  EXPECT_EQ(daily.min_keep, 1);
  const PolicyConfig& copy = config.policies[1];
  EXPECT_EQ(copy.method, "clone");
  EXPECT_FALSE(copy.apply);
  ASSERT_TRUE(copy.clone);
  EXPECT_EQ(copy.clone->datastore, "backup-ds");
  EXPECT_EQ(copy.clone->folder, "/DC0/vm/backups");
  EXPECT_TRUE(copy.clone->delete_old);
}

TEST(ReferenceConfig, ReadsTheAlert) {
  const Config config = parse_valid("reference.toml").config;
  ASSERT_EQ(config.alerts.size(), 1u);
  EXPECT_EQ(config.alerts[0].type, "webhook");
  EXPECT_EQ(config.alerts[0].url, "https://hooks.example.com/x");
  EXPECT_EQ(config.alerts[0].secret_file, "/etc/deltakeep/hook.key");
}

TEST(EveryKey, OfTheAgentAndTheVcenterIsRead) {
  const Config config = parse_valid("every-key.toml").config;
  EXPECT_EQ(config.state, "/srv/state.db");
  EXPECT_EQ(config.keep_journal, std::chrono::hours(52 * 7 * 24));
  EXPECT_EQ(config.token_file, "/etc/token");
  EXPECT_EQ(config.tls_cert, "/etc/crt");
  EXPECT_EQ(config.tls_key, "/etc/key");
  EXPECT_EQ(config.limits.per_host, 256);
  const VcenterConfig& vcenter = config.vcenters.front();
  EXPECT_EQ(vcenter.url, "https://vc.example.com:8443/sdk");
  EXPECT_TRUE(vcenter.allow_esxi_delete);
  EXPECT_THAT(vcenter.thumbprints,
              ElementsAre("00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
                          "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEE00"));
}

TEST(EveryKey, OfAPolicyIsRead) {
  const PolicyConfig policy = parse_valid("every-key.toml").config.policies.front();
  EXPECT_EQ(policy.renamed_from, "everything");
  EXPECT_EQ(policy.timezone, "America/Argentina/Buenos_Aires");
  EXPECT_EQ(policy.jitter, 90min);
  EXPECT_THAT(policy.blackout, ElementsAre("fri 16:00-20:00", "sat,sun 00:00-24:00"));
  EXPECT_THAT(policy.window, ElementsAre("mon-fri 22:00-06:00"));
  EXPECT_EQ(policy.misfire, "skip-after 4h");
  EXPECT_EQ(policy.quiesce, "never");
  EXPECT_TRUE(policy.memory);
  EXPECT_EQ(policy.min_keep, 2);
  EXPECT_EQ(policy.max_age, (CalendarSpan{1, 2, 3, 4, 5}));
  EXPECT_EQ(policy.detached, (CalendarSpan{.days = 14}));
  EXPECT_EQ(policy.defer, (CalendarSpan{.hours = 4}));
  EXPECT_EQ(policy.max_removals, 24);
  EXPECT_EQ(policy.cap.depth, 5);
  EXPECT_EQ(policy.cap.count, 6);
  EXPECT_EQ(policy.cap.size_bytes, (3ull << 40) / 2);
  EXPECT_EQ(policy.cap.min_free_share, 0.1);
  EXPECT_FALSE(policy.cap.min_free_bytes);
  EXPECT_EQ(policy.cap.probes, 6.0);
  EXPECT_EQ(policy.warn.depth, 4);
  EXPECT_EQ(policy.critical.depth, 8);
  EXPECT_EQ(policy.critical.size_bytes, (41ull << 30) / 2);
}

TEST(EveryKey, OfASelectionIsRead) {
  const PolicyConfig policy = parse_valid("every-key.toml").config.policies.front();
  EXPECT_THAT(policy.select.folder, ElementsAre("/DC0/vm/a", "/DC0/vm/b"));
  EXPECT_THAT(policy.select.cluster, ElementsAre("c1"));
  EXPECT_THAT(policy.select.datastore, ElementsAre("ds1"));
  EXPECT_THAT(policy.select.vcenter, ElementsAre("prod"));
  EXPECT_THAT(policy.select.attribute,
              ElementsAre(Pair("Owner", "ops"), Pair("Owner", "dba"), Pair("Stage", "prod")));
  EXPECT_THAT(policy.exclude.tag, ElementsAre("backup:none"));
  EXPECT_FALSE(policy.select.empty());
  EXPECT_TRUE(Selector{}.empty());
}

TEST(EveryKey, OfTheKeepRulesIsRead) {
  const KeepConfig keep = parse_valid("every-key.toml").config.policies.front().keep;
  EXPECT_THAT(keep.counts,
              ElementsAre(Pair("daily", KeepCount{2, 8}), Pair("hourly", KeepCount{0, {}}),
                          Pair("last", KeepCount{0, 3}), Pair("monthly", KeepCount{0, 1}),
                          Pair("quarterly", KeepCount{0, 1}), Pair("weekly", KeepCount{0, 4}),
                          Pair("yearly", KeepCount{0, 1})));
  EXPECT_EQ(keep.within.size(), 7u);
  EXPECT_EQ(keep.within.at("within"), (CalendarSpan{.hours = 48}));
  EXPECT_EQ(keep.within.at("within_weekly"), (CalendarSpan{.months = 1}));
  EXPECT_EQ(keep.within.at("within_yearly"), (CalendarSpan{.years = 2}));
  EXPECT_TRUE(keep.oldest);
}

TEST(EveryKey, OfCopiesAndAlertsIsRead) {
  const Config config = parse_valid("every-key.toml").config;
  const PolicyConfig& copies = config.policies[1];
  EXPECT_EQ(copies.cap.min_free_bytes, 100'000'000'000u);
  EXPECT_EQ(copies.timezone, "Etc/GMT-3");
  EXPECT_TRUE(copies.clone->partial && copies.clone->allow_vtpm);
  EXPECT_EQ(copies.clone->host, "h");
  EXPECT_EQ(copies.clone->pool, "p");
  const PolicyConfig& scratch = config.policies[2];
  EXPECT_TRUE(scratch.allow_remove_all);
  EXPECT_EQ(scratch.min_keep, 0);
  EXPECT_EQ(scratch.keep.counts.at("last"), (KeepCount{0, 0}));
  EXPECT_EQ(config.alerts[0].other.at("to"), "b@example.com,c@example.com");
  EXPECT_EQ(config.alerts[0].other.at("server"), "smtp.example.com:587");
  EXPECT_EQ(config.alerts[1].other.at("facility"), "daemon");
}

TEST(StandIns, MayBeReachedWithoutTls) {
  const Config config = parse_valid("stand-ins.toml").config;
  EXPECT_EQ(config.vcenters[0].url, "http://127.0.0.1:8989/sdk");
  EXPECT_EQ(config.vcenters[1].url, "http://[::1]:8989/sdk");
  EXPECT_EQ(config.vcenters[2].url, "http://localhost:8990/sdk");
}

TEST(SmallestConfig, ObservesWithDefaults) {
  const Config config = parse_valid("smallest.toml").config;
  EXPECT_EQ(config.vcenters[0].mode, Mode::Observe);
  EXPECT_EQ(config.state, "/var/lib/deltakeep/state.db");
  EXPECT_EQ(config.timezone, "UTC");
  EXPECT_TRUE(config.listen.empty());
}

}  // namespace
}  // namespace agent
