#include "policy/risk.h"

#include <gtest/gtest.h>

#include <limits>

namespace policy {
namespace {

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

Vm vm_with(DeltaKind kind, int depth, double probes) {
  Vm vm;
  Disk disk;
  disk.label = "Hard disk 1";
  disk.kind = kind;
  disk.depth = depth;
  disk.probes.best = probes;
  vm.disks.push_back(disk);
  return vm;
}

Vm vm_aged(std::chrono::hours age) {
  Vm vm;
  Snapshot snapshot;
  snapshot.created = kNow - age;
  vm.snapshots.push_back(snapshot);
  return vm;
}

TEST(Risk, IsOkWithoutDeltas) {
  const Risk risk = assess_risk(vm_with(DeltaKind::None, 0, 1), kNow);
  EXPECT_EQ(risk.level, RiskLevel::Ok);
  EXPECT_TRUE(risk.reasons.empty());
}

struct ProbeCase {
  const char* name;
  DeltaKind kind;
  double probes;
  RiskLevel expected;
};

class RiskOfProbes : public testing::TestWithParam<ProbeCase> {};

TEST_P(RiskOfProbes, FollowsTheThresholdsOfItsKind) {
  const Risk risk = assess_risk(vm_with(GetParam().kind, 3, GetParam().probes), kNow);
  EXPECT_EQ(risk.level, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RiskOfProbes,
    testing::Values(ProbeCase{"JustBelowWarn", DeltaKind::SeSparse, 3.999, RiskLevel::Ok},
                    ProbeCase{"AtWarn", DeltaKind::SeSparse, 4.0, RiskLevel::Warn},
                    ProbeCase{"JustBelowCritical", DeltaKind::VmfsSparse, 7.999, RiskLevel::Warn},
                    ProbeCase{"AtCritical", DeltaKind::VmfsSparse, 8.0, RiskLevel::Critical},
                    ProbeCase{"VsanHasMoreRoom", DeltaKind::VsanSparse, 7.999, RiskLevel::Ok},
                    ProbeCase{"VsanWarn", DeltaKind::VsanSparse, 8.0, RiskLevel::Warn},
                    ProbeCase{"VsanCritical", DeltaKind::VsanSparse, 16.0, RiskLevel::Critical},
                    ProbeCase{"NativeIsJudgedByDepthAlone", DeltaKind::Native, 30, RiskLevel::Ok},
                    ProbeCase{"UnknownIsJudgedLikeARedoLog", DeltaKind::Unknown, 8,
                              RiskLevel::Critical}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(Risk, CallsADepthOfTwentyFourCriticalWhateverTheKind) {
  EXPECT_EQ(assess_risk(vm_with(DeltaKind::Native, 23, 1), kNow).level, RiskLevel::Ok);
  const Risk risk = assess_risk(vm_with(DeltaKind::Native, 24, 1), kNow);
  EXPECT_EQ(risk.level, RiskLevel::Critical);
  ASSERT_EQ(risk.reasons.size(), 1u);
  EXPECT_EQ(risk.reasons.front().rule, "depth");
  EXPECT_NE(risk.reasons.front().text.find("24 deltas"), std::string::npos);
}

TEST(Risk, WarnsAtThreeDaysAndIsCriticalAtSeven) {
  using std::chrono::hours;
  EXPECT_EQ(assess_risk(vm_aged(hours(71)), kNow).level, RiskLevel::Ok);
  EXPECT_EQ(assess_risk(vm_aged(hours(72)), kNow).level, RiskLevel::Warn);
  EXPECT_EQ(assess_risk(vm_aged(hours(167)), kNow).level, RiskLevel::Warn);
  EXPECT_EQ(assess_risk(vm_aged(hours(168)), kNow).level, RiskLevel::Critical);
}

TEST(Risk, TakesASnapshotFromTheFutureAsNew) {
  EXPECT_EQ(assess_risk(vm_aged(std::chrono::hours(-500)), kNow).level, RiskLevel::Ok);
}

TEST(Risk, CallsMergeDebtCriticalAndPutsItBeforeWarnings) {
  Vm vm = vm_with(DeltaKind::SeSparse, 4, 4.5);
  vm.flags = {VmFlag::ConsolidationNeeded};
  const Risk risk = assess_risk(vm, kNow);
  EXPECT_EQ(risk.level, RiskLevel::Critical);
  ASSERT_EQ(risk.reasons.size(), 2u);
  EXPECT_EQ(risk.reasons[0].rule, "merge-debt");
  EXPECT_EQ(risk.reasons[1].rule, "probes");
}

TEST(Risk, ReportsEachFlagThatEndangersAChain) {
  for (const auto& [flag, rule, level] :
       {std::tuple{VmFlag::OrphanDeltas, "orphan-deltas", RiskLevel::Critical},
        std::tuple{VmFlag::CurrentSnapshotUnset, "current-unset", RiskLevel::Warn},
        std::tuple{VmFlag::FileInaccessible, "file-inaccessible", RiskLevel::Critical}}) {
    Vm vm;
    vm.flags = {flag};
    const Risk risk = assess_risk(vm, kNow);
    EXPECT_EQ(risk.level, level) << rule;
    ASSERT_EQ(risk.reasons.size(), 1u) << rule;
    EXPECT_EQ(risk.reasons.front().rule, rule);
  }
}

TEST(Risk, ScoresADeeperChainHigher) {
  const double shallow = assess_risk(vm_with(DeltaKind::SeSparse, 2, 2.9), kNow).score;
  const double deep = assess_risk(vm_with(DeltaKind::SeSparse, 3, 3.8), kNow).score;
  EXPECT_GT(deep, shallow);
  EXPECT_GT(shallow, assess_risk(vm_aged(std::chrono::hours(24 * 365)), kNow).score);
}

}  // namespace
}  // namespace policy
