#include "policy/findings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace policy {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
constexpr std::uint64_t kGiB = 1ULL << 30U;

const auto kAllSeen = [](const Subject&) { return true; };

Vm vm_with(double probes, DeltaKind kind = DeltaKind::SeSparse) {
  Vm vm;
  vm.identity.endpoint = "prod";
  vm.identity.moid = "vm-1";
  Disk disk;
  disk.label = "Hard disk 1";
  disk.kind = kind;
  disk.depth = 1;
  disk.capacity_bytes = 100 * kGiB;
  disk.probes.best = probes;
  disk.layers.resize(2);
  disk.layers[0].bytes = 30 * kGiB;
  disk.layers[1].bytes = 80 * kGiB;
  vm.disks = {disk};
  return vm;
}

void add_snapshot(Vm& vm, hours age, Owner owner = Owner::Ours) {
  Snapshot snapshot;
  snapshot.moid = snapshot.name = "s" + std::to_string(vm.snapshots.size());
  snapshot.owner = owner;
  snapshot.created = kNow - age;
  vm.snapshots.push_back(snapshot);
}

RiskLevel level(const std::vector<Condition>& conditions, const std::string& rule) {
  RiskLevel worst = RiskLevel::Ok;
  for (const Condition& one : conditions) {
    if (one.rule == rule) worst = std::max(worst, one.level());
  }
  return worst;
}

TEST(Thresholds, OfAPolicyGoOverTheDefaultsOfTheKind) {
  const ThresholdPair plain = thresholds_of(DeltaKind::SeSparse);
  EXPECT_EQ(plain.warn.probes, 4);
  EXPECT_EQ(plain.critical.probes, 8);
  EXPECT_EQ(plain.critical.depth, 24);
  EXPECT_FALSE(plain.warn.size_bytes);
  EXPECT_EQ(thresholds_of(DeltaKind::VsanSparse).critical.probes, 16);
  ThresholdPair own;
  own.warn.probes = 10;
  own.critical.age = hours(24);
  const ThresholdPair both = thresholds_of(DeltaKind::SeSparse, own);
  EXPECT_EQ(both.warn.probes, 10);
  EXPECT_EQ(both.critical.probes, 10) << "never below the warning";
  EXPECT_EQ(both.critical.age, hours(24));
  EXPECT_EQ(both.warn.age, hours(24)) << "never above what is critical";
  EXPECT_FALSE(thresholds_of(DeltaKind::Native, own).warn.probes) << "judged by depth alone";
}

TEST(Conditions, MeasureSizeOnlyWhereAPolicySaysFromWhenOn) {
  const Vm vm = vm_with(1);
  EXPECT_EQ(level(vm_conditions(vm, kNow), "size"), RiskLevel::Ok);
  ThresholdPair policy;
  policy.warn.size_bytes = 30 * kGiB;
  EXPECT_EQ(level(vm_conditions(vm, kNow, policy), "size"), RiskLevel::Warn) << "deltas, no base";
  policy.warn.size_bytes = 30 * kGiB + 1;
  EXPECT_EQ(level(vm_conditions(vm, kNow, policy), "size"), RiskLevel::Ok);
  policy.critical.size_share = 0.3;
  EXPECT_EQ(level(vm_conditions(vm, kNow, policy), "size-share"), RiskLevel::Critical);
  policy.critical.size_share = 0.31;
  EXPECT_EQ(level(vm_conditions(vm, kNow, policy), "size-share"), RiskLevel::Ok);
}

TEST(Conditions, NameThePoliciesWhoseSnapshotsNobodyKeepsAnyMore) {
  Vm vm = vm_with(1);
  add_snapshot(vm, hours(3));
  add_snapshot(vm, hours(2));
  vm.snapshots[0].policy = "nightly";
  EXPECT_EQ(level(vm_conditions(vm, kNow), "orphaned-policy"), RiskLevel::Ok) << "nobody asked";
  FindingFacts facts;
  facts.policies = {"daily", "nightly"};
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, facts), "orphaned-policy"), RiskLevel::Ok);
  facts.policies = {"daily"};
  const auto conditions = vm_conditions(vm, kNow, {}, facts);
  EXPECT_EQ(level(conditions, "orphaned-policy"), RiskLevel::Warn);
  EXPECT_NE(conditions.back().text.find("\"nightly\""), std::string::npos)
      << "of two, one is meant";
  EXPECT_NE(conditions.back().text.find("1 snapshots"), std::string::npos);
}

TEST(Conditions, NameForeignSnapshotsOnlyWhereAPolicyIsHinderedByThem) {
  Vm vm = vm_with(1);
  add_snapshot(vm, hours(80), Owner::Foreign);
  EXPECT_EQ(level(vm_conditions(vm, kNow), "foreign-snapshot"), RiskLevel::Ok);
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, {.selected = true}), "foreign-snapshot"),
            RiskLevel::Warn);
  vm.snapshots.front().owner = Owner::Ours;
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, {.selected = true}), "foreign-snapshot"),
            RiskLevel::Ok);
}

TEST(Conditions, FindAPinThatWasForgotten) {
  Vm vm = vm_with(1);
  add_snapshot(vm, hours(24 * 30));
  EXPECT_EQ(level(vm_conditions(vm, kNow), "long-held-pin"), RiskLevel::Ok);
  vm.snapshots.front().pinned = true;
  EXPECT_EQ(level(vm_conditions(vm, kNow), "long-held-pin"), RiskLevel::Warn);
  vm.snapshots.front().created += hours(1);
  EXPECT_EQ(level(vm_conditions(vm, kNow), "long-held-pin"), RiskLevel::Ok);
}

TEST(Conditions, MissABackupThatIsOverdue) {
  Vm vm = vm_with(1);
  const FindingFacts daily{.selected = true, .backup_interval = hours(24), .newest_copy = {}};
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, daily), "missed-backup"), RiskLevel::Warn)
      << "none at all";
  add_snapshot(vm, hours(29));
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, daily), "missed-backup"), RiskLevel::Ok);
  vm.snapshots.front().created -= hours(1);
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, daily), "missed-backup"), RiskLevel::Warn);
  vm.snapshots.front().created -= hours(24);
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, daily), "missed-backup"), RiskLevel::Critical);
  FindingFacts copied = daily;
  copied.newest_copy = kNow - hours(1);
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, copied), "missed-backup"), RiskLevel::Ok);
  vm.snapshots.front().created = kNow - hours(1);
  vm.snapshots.front().owner = Owner::Foreign;
  EXPECT_EQ(level(vm_conditions(vm, kNow, {}, daily), "missed-backup"), RiskLevel::Warn)
      << "a snapshot of others is no backup of ours";
}

TEST(Conditions, SeeADatastoreThatIsFullOrWillBe) {
  Datastore datastore;
  datastore.name = "fast";
  datastore.capacity_bytes = 100 * kGiB;
  datastore.free_bytes = 11 * kGiB;
  EXPECT_EQ(level(datastore_conditions(datastore, kNow), "datastore-full"), RiskLevel::Ok);
  datastore.free_bytes = 9 * kGiB;
  EXPECT_EQ(level(datastore_conditions(datastore, kNow), "datastore-full"), RiskLevel::Warn);
  datastore.free_bytes = 4 * kGiB;
  EXPECT_EQ(level(datastore_conditions(datastore, kNow), "datastore-full"), RiskLevel::Critical);
  const auto fills = [&](hours left) {
    return level(datastore_conditions(datastore, kNow, kNow + left), "datastore-fills");
  };
  EXPECT_EQ(fills(hours(169)), RiskLevel::Ok);
  EXPECT_EQ(fills(hours(168)), RiskLevel::Warn);
  EXPECT_EQ(fills(hours(72)), RiskLevel::Critical);
  EXPECT_EQ(fills(hours(-5)), RiskLevel::Critical);
}

/// Looks at one VM again and again and says what was found.
class Watch {
 public:
  std::string look(double probes, minutes later = minutes(30)) {
    now_ += later;
    findings_ = settle_findings(findings_, vm_conditions(vm_with(probes), now_), kAllSeen, now_);
    return told();
  }
  std::string told() const {
    std::string text;
    for (const Finding& one : findings_) {
      text += (text.empty() ? "" : " ") + one.rule + ":" + risk_name(one.severity);
    }
    return text;
  }
  std::vector<Finding> findings_;
  Time now_ = kNow;
};

TEST(Findings, AreToldOnceTheyHaveHeldForAnHour) {
  Watch watch;
  EXPECT_EQ(watch.look(5), "probes:ok") << "noticed, not yet told";
  EXPECT_EQ(watch.look(5), "probes:ok");
  EXPECT_EQ(watch.look(5), "probes:warn");
  EXPECT_EQ(watch.findings_.front().since, kNow + minutes(30));
  EXPECT_FALSE(watch.findings_.front().text.empty());
}

TEST(Findings, ForgetWhatWasOverBeforeTheHour) {
  Watch watch;
  watch.look(5);
  EXPECT_EQ(watch.look(3.9), "") << "nothing was told, so nothing has to clear";
  watch.look(5);
  EXPECT_EQ(watch.look(5), "probes:ok") << "the hour begins anew";
}

TEST(Findings, EndOnlyBelowNineTenthsOfTheThreshold) {
  Watch watch;
  watch.look(5);
  EXPECT_EQ(watch.look(5, minutes(60)), "probes:warn");
  EXPECT_EQ(watch.look(3.9), "probes:warn");
  EXPECT_EQ(watch.look(3.6), "probes:warn");
  EXPECT_EQ(watch.look(3.59), "");
}

TEST(Findings, GetWorseAfterAnHourAndBetterAtOnce) {
  Watch watch;
  watch.look(5);
  watch.look(9, minutes(60));
  EXPECT_EQ(watch.told(), "probes:warn") << "critical for the first time";
  EXPECT_EQ(watch.look(9, minutes(60)), "probes:critical");
  EXPECT_EQ(watch.look(7.3), "probes:critical");
  EXPECT_EQ(watch.look(7.1), "probes:warn");
  EXPECT_EQ(watch.findings_.front().since, kNow + minutes(30)) << "the warning was never over";
}

TEST(Findings, StayAsTheyWereWhereNobodyLooked) {
  Watch watch;
  watch.look(5);
  watch.look(5, minutes(60));
  const auto nobody = [](const Subject&) { return false; };
  const auto after = settle_findings(watch.findings_, {}, nobody, watch.now_ + hours(24));
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after.front().severity, RiskLevel::Warn);
  EXPECT_TRUE(settle_findings(watch.findings_, {}, kAllSeen, watch.now_).empty());
}

TEST(Findings, TellDisksOfOneVmApart) {
  Vm vm = vm_with(5);
  vm.disks.push_back(vm.disks.front());
  vm.disks.back().label = "Hard disk 2";
  vm.disks.back().probes.best = 9;
  auto found = settle_findings({}, vm_conditions(vm, kNow), kAllSeen, kNow);
  found = settle_findings(found, vm_conditions(vm, kNow + hours(1)), kAllSeen, kNow + hours(1));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].subject.disk, "Hard disk 2") << "worst first";
  EXPECT_EQ(found[0].severity, RiskLevel::Critical);
  EXPECT_EQ(found[1].severity, RiskLevel::Warn);
}

TEST(Findings, OfANoticeAreToldAtOnceAndEndWhenItIsSeenNoMore) {
  const Subject vm{"prod", "vm-1", "web-1", {}};
  const auto moved = notice_conditions(vm, {{.rule = "moved", .text = "it moved"}});
  const auto found = settle_findings({}, moved, kAllSeen, kNow);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, RiskLevel::Warn);
  EXPECT_EQ(found[0].since, kNow);
  EXPECT_EQ(settle_findings(found, moved, kAllSeen, kNow + hours(2))[0].since, kNow);
  EXPECT_TRUE(settle_findings(found, {}, kAllSeen, kNow + hours(2)).empty());
}

TEST(Findings, OfSeveralNoticesOfOneRuleAreOne) {
  const Subject vm{"prod", "vm-1", "web-1", {}};
  const auto conditions = notice_conditions(
      vm, {{.rule = "mark-gone", .text = "s1", .evidence = {{"snapshot", "1"}}},
           {.rule = "rolled-back", .text = "it was", .level = RiskLevel::Critical},
           {.rule = "mark-gone", .text = "s2", .evidence = {{"snapshot", "2"}}}});
  const auto found = settle_findings({}, conditions, kAllSeen, kNow);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].rule, "rolled-back");
  EXPECT_EQ(found[0].severity, RiskLevel::Critical);
  EXPECT_EQ(found[1].text, "s1 (and 1 more)");
  EXPECT_EQ(found[1].evidence.size(), 2U);
}

TEST(Findings, TellOfAnActThatWaitsForLongerThanItsPolicyDefers) {
  const PutOff put_off{.policy = "daily", .act = "create", .since = kNow, .defer = hours(4)};
  EXPECT_FALSE(waits_too_long(put_off, kNow + hours(4) - minutes(1)));
  const auto notice = waits_too_long(put_off, kNow + hours(4));
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->rule, "waits-too-long");
  EXPECT_NE(notice->text.find("create of policy daily"), std::string::npos) << notice->text;
}

}  // namespace
}  // namespace policy
