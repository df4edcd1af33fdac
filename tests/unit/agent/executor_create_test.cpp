// A create, whatever comes between: one snapshot or none, and never one more.
#include "policy/marker.h"
#include "tests/unit/agent/executor_world.h"

namespace agent::test {
namespace {

using policy::OpState;
using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

class ACreate : public ExecutorWorld {};

TEST_F(ACreate, MakesASnapshotThatIsOursWithThreeRoundTrips) {
  const StepResult result = one("web", create());
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_EQ(result.operation->state, OpState::Done);
  EXPECT_TRUE(result.operation->layers_verified);
  EXPECT_EQ(round_trips(), 3U) << "guard, call, verification";
  ASSERT_THAT(vm("web").snapshots, SizeIs(1));
  ASSERT_THAT(owned(), SizeIs(1));
  EXPECT_EQ(owned()[0].snapshot.moid, vm("web").snapshots[0].ref.value);
  const auto found = policy::find_marker(vm("web").snapshots[0].description);
  ASSERT_TRUE(found);
  EXPECT_TRUE(key.verifies(*found));
  // The state knows it before any scan.
  const auto stored = store.find_vms("web");
  ASSERT_THAT(stored, SizeIs(1));
  ASSERT_THAT(stored[0].snapshots, SizeIs(1));
  EXPECT_EQ(stored[0].snapshots[0].owner, policy::Owner::Ours);
}

TEST_F(ACreate, MakesExactlyOneSnapshotWhenTheAnswerIsLost) {
  rules({{{"method", "CreateSnapshotEx_Task"}, {"then", {{"drop_after", true}}}}});
  const StepResult result = one("web", create());
  EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_THAT(vm("web").snapshots, SizeIs(1));
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 1U);
  EXPECT_EQ(result.operation->attempt, 1);
}

TEST_F(ACreate, MakesNothingAndSaysSoWhenTheCallNeverArrived) {
  rules({{{"method", "CreateSnapshotEx_Task"}, {"then", {{"drop_before", true}}}}});
  const StepResult result = one("web", create());
  EXPECT_EQ(result.end, StepEnd::Failed) << result.text;
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 1U);
  EXPECT_TRUE(vm("web").snapshots.empty());
  EXPECT_TRUE(open_operations().empty());
}

TEST_F(ACreate, DecidesAnewWhenTheSessionExpiredBetweenGuardAndCall) {
  rules({{{"method", "CreateSnapshotEx_Task"},
          {"times", 1},
          {"then", {{"fault", {{"type", "NotAuthenticated"}}}}}}});
  const StepResult result = one("web", create());
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_EQ(result.operation->attempt, 2);
  EXPECT_THAT(vm("web").snapshots, SizeIs(1));
  EXPECT_EQ(calls("Login"), 1U);
}

TEST_F(ACreate, TakesASnapshotWithoutQuiescingWhenTheGuestDoesNotComeToRest) {
  rules({{{"method", "CreateSnapshotEx_Task"},
          {"times", 1},
          {"then", {{"task_error", {{"type", "ApplicationQuiesceFault"}}}}}}});
  JobStep step = create();
  step.quiesce = Quiesce::Try;
  const StepResult result = one("web", step);
  ASSERT_EQ(result.end, StepEnd::Done) << result.text;
  EXPECT_EQ(result.operation->attempt, 2);
  EXPECT_FALSE(result.operation->quiesced);
  EXPECT_THAT(result.operation->evidence, Contains(policy::Evidence{"consistency", "crash"}));
  ASSERT_THAT(vm("web").snapshots, SizeIs(1));
  EXPECT_THAT(vm("web").snapshots[0].description, HasSubstr("crash-consistent"));
  EXPECT_EQ(policy::find_marker(vm("web").snapshots[0].description)->marker.attempt, 2);
}

TEST_F(ACreate, SaysWhichGuardStoppedTheSecondAttempt) {
  rules({{{"method", "CreateSnapshotEx_Task"},
          {"times", 1},
          {"then", {{"task_error", {{"type", "ApplicationQuiesceFault"}}}}}}});
  changed = [this](const policy::Operation& operation) {
    if (operation.state == OpState::Task) endpoint_facts.armed = false;
  };
  JobStep step = create();
  step.quiesce = Quiesce::Try;
  const StepResult result = one("web", step);
  EXPECT_EQ(result.end, StepEnd::Failed);
  EXPECT_THAT(result.text, HasSubstr("ApplicationQuiesceFault"));
  EXPECT_THAT(result.text, HasSubstr("no other attempt: "));
  EXPECT_EQ(calls("CreateSnapshotEx_Task"), 1U);
}

TEST_F(ACreate, FailsARequiredQuiesceRatherThanGiveWay) {
  rules({{{"method", "CreateSnapshotEx_Task"},
          {"times", 1},
          {"then", {{"task_error", {{"type", "FilesystemQuiesceFault"}}}}}}});
  JobStep step = create();
  step.quiesce = Quiesce::Require;
  const StepResult result = one("web", step);
  EXPECT_EQ(result.end, StepEnd::Failed) << result.text;
  EXPECT_EQ(result.operation->fault, "FilesystemQuiesceFault");
  EXPECT_TRUE(vm("web").snapshots.empty());
}

TEST_F(ACreate, AsksAWindowsGuestForACopyThatCutsNobodysLogs) {
  vm("web").guest_id = "windows2019srv_64Guest";
  vm("db").guest_id = "debian11_64Guest";
  JobStep step = create();
  step.quiesce = Quiesce::Try;
  for (const char* name : {"web", "db"}) {
    const StepResult result = one(name, step);
    ASSERT_EQ(result.end, StepEnd::Done) << result.text;
    ASSERT_THAT(vm(name).snapshots, SizeIs(1));
    EXPECT_TRUE(vm(name).snapshots[0].quiesced);
  }
  constexpr int kVssCopy = 5;
  EXPECT_EQ(vm("web").snapshots[0].vss_backup_type, kVssCopy);
  EXPECT_EQ(vm("db").snapshots[0].vss_backup_type, std::nullopt) << "it has no VSS";
}

}  // namespace
}  // namespace agent::test
