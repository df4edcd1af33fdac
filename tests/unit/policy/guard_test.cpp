// Each guard is asked in a situation in which all others let the act pass, so that a guard that is
// taken out of the table, or always passes, fails its own test.
#include "policy/guard.h"

#include <gtest/gtest.h>

#include "guard_scene.h"
#include "policy/guard_waits.h"
#include "policy/thresholds.h"

namespace policy {
namespace {

using guarded::kGiB;
using guarded::kNow;
using guarded::Scene;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Guard, LetsAHealthyVmPass) {
  const Scene scene;
  EXPECT_EQ(scene.create(), "");
  EXPECT_EQ(scene.create(Moment::Call), "");
  EXPECT_EQ(scene.create(Moment::Call, Act::Clone), "");
  EXPECT_EQ(scene.remove(Moment::Call), "");
  EXPECT_EQ(scene.remove_snapshot(0, Moment::Call), "");
}

TEST(Guard, HoldsWhatIsNotArmed) {
  Scene scene;
  scene.endpoint.armed = false;
  EXPECT_EQ(scene.create(), "observe-mode:held");
  EXPECT_EQ(scene.remove(), "observe-mode:held");
  EXPECT_FALSE(stops(refusals(scene.input(), Act::Create, Moment::Plan)));
  EXPECT_EQ(scene.remove(Moment::Call), "observe-mode:refused");
  scene = Scene();
  scene.policy.armed = false;
  EXPECT_EQ(scene.create(), "policy-not-armed:held");
  EXPECT_EQ(scene.create(Moment::Call), "policy-not-armed:refused");
}

TEST(Guard, HoldsWhatIsPausedUntilThePauseEnds) {
  for (const int who : {0, 1, 2}) {
    Scene scene;
    auto& pause = who == 0   ? scene.endpoint.paused
                  : who == 1 ? scene.policy.paused
                             : scene.facts.paused;
    pause = Pause{.scope = "vm web", .until = kNow + hours(1), .reason = "migration"};
    EXPECT_EQ(scene.create(), "paused:held");
    EXPECT_EQ(scene.remove(Moment::Call), "paused:refused");
    pause->until = kNow;
    EXPECT_EQ(scene.create(), "");
    pause->until.reset();
    EXPECT_EQ(scene.create(), "paused:held") << "a pause without an end";
  }
}

TEST(Guard, DoubtsWhatTheScanDidNotReach) {
  Scene scene;
  scene.vm.stale = true;
  EXPECT_EQ(scene.create(), "vm-not-seen:refused");
  EXPECT_EQ(scene.remove(), "vm-not-seen:refused");
  scene = Scene();
  scene.vm.state.connection = Connection::Disconnected;
  EXPECT_EQ(scene.create(), "host-unreachable:refused");
  EXPECT_EQ(scene.remove(), "host-unreachable:refused");
  scene = Scene();
  scene.vm.state.unreadable = {"snapshot"};
  EXPECT_EQ(scene.create(), "unreadable:refused");
  EXPECT_EQ(scene.remove(), "unreadable:refused");
}

TEST(Guard, RemovesNothingAfterAPartialScan) {
  Scene scene;
  scene.endpoint.scan_complete = false;
  scene.endpoint.gaps = {"a page broke off"};
  EXPECT_EQ(scene.create(), "");
  EXPECT_EQ(scene.remove(), "scan-partial:refused");
  scene.forced = {"scan-partial"};
  EXPECT_EQ(scene.remove(), "");
}

TEST(Guard, RemovesNothingWhenTheInventoryHasShrunk) {
  const auto gone = [](std::uint64_t before, std::uint64_t count) {
    Scene scene;
    scene.endpoint.shrunken = EndpointFacts::Shrunken{.before = before, .gone = count};
    EXPECT_EQ(scene.create(), "");
    return scene.remove();
  };
  EXPECT_EQ(gone(1000, 5), "");
  EXPECT_EQ(gone(1000, 6), "inventory-shrunken:refused") << "more than five";
  EXPECT_EQ(gone(10, 2), "inventory-shrunken:refused") << "more than a tenth";
  EXPECT_EQ(gone(3, 1), "") << "one VM that was deleted";
}

TEST(Guard, RemovesNothingWhileClocksDisagree) {
  Scene scene;
  scene.endpoint.clock_skew = -seconds(301);
  EXPECT_EQ(scene.create(), "");
  EXPECT_EQ(scene.remove(), "clock-jump:refused");
  scene.endpoint.clock_skew = seconds(300);
  EXPECT_EQ(scene.remove(), "");
  scene.endpoint.clock_step = minutes(11);
  EXPECT_EQ(scene.remove(), "clock-jump:refused");
  scene.endpoint.clock_skew.reset();
  EXPECT_EQ(scene.remove(), "clock-jump:refused") << "one bad clock is enough";
}

TEST(Guard, RemovesNothingAfterSomethingWasRestored) {
  Scene scene;
  scene.endpoint.rolled_back = true;
  EXPECT_EQ(scene.create(), "vcenter-rollback:refused");
  EXPECT_EQ(scene.remove(), "vcenter-rollback:refused");
  scene = Scene();
  scene.endpoint.database_restored = true;
  EXPECT_EQ(scene.create(), "");
  EXPECT_EQ(scene.remove(), "database-restored:refused");
}

TEST(Guard, RemovesOnAHostOnlyWhereThatIsAllowed) {
  Scene scene;
  scene.endpoint.is_host = true;
  scene.endpoint.managed_by = "";
  EXPECT_EQ(scene.create(), "");
  EXPECT_EQ(scene.remove(), "esxi-delete:refused");
  scene.endpoint.allow_esxi_delete = true;
  EXPECT_EQ(scene.remove(), "");
  scene.endpoint.managed_by = "10.0.0.1";
  EXPECT_EQ(scene.remove(), "esxi-delete:refused") << "allowed, but a vCenter manages the host";
}

TEST(Guard, WaitsForOurOwnUnfinishedWork) {
  Scene scene;
  scene.facts.unfinished = "op-7";
  EXPECT_EQ(scene.create(), "unfinished-operation:refused");
  EXPECT_EQ(scene.remove(), "unfinished-operation:refused");
}

TEST(Guard, StacksNothingOnAMergeThatIsNotDone) {
  Scene scene;
  scene.vm.snapshots.back().helper = true;
  EXPECT_EQ(scene.create(), "helper-snapshot:refused");
  EXPECT_EQ(scene.remove(), "helper-snapshot:refused");
  scene = Scene();
  scene.vm.state.consolidation_needed = true;
  EXPECT_EQ(scene.create(), "merge-debt:refused");
  EXPECT_EQ(scene.remove(), "merge-debt:refused");
  scene.forced = {"merge-debt", "helper-snapshot"};
  EXPECT_EQ(scene.create(), "merge-debt:refused") << "not for an operator to override";
  scene = Scene();
  scene.vm.disks.front().orphans = 1;
  EXPECT_EQ(scene.create(), "orphan-deltas:refused");
  EXPECT_EQ(scene.remove(), "") << "removals go on, or the chain would only grow";
}

TEST(Guard, TouchesNoChainThatIsInDoubt) {
  Scene scene;
  scene.vm.flags = {VmFlag::CurrentSnapshotUnset};
  EXPECT_EQ(scene.create(), "tree-in-doubt:refused");
  EXPECT_EQ(scene.remove(), "tree-in-doubt:refused");
  scene.vm.flags = {VmFlag::FileInaccessible};
  EXPECT_EQ(scene.create(), "broken-chain:refused");
  EXPECT_EQ(scene.remove(), "broken-chain:refused");
  scene = Scene();
  scene.vm.state.question = "I copied it";
  EXPECT_EQ(scene.create(), "question-pending:refused");
  EXPECT_EQ(scene.remove(), "question-pending:refused");
}

TEST(Guard, HeedsTheMethodsThatAreDisabled) {
  Scene scene;
  scene.vm.state.disabled_methods = {"CreateSnapshot_Task"};
  EXPECT_EQ(scene.create(), "method-disabled:refused");
  EXPECT_EQ(scene.remove(), "");
  scene.vm.state.disabled_methods = {"RemoveSnapshot_Task"};
  EXPECT_EQ(scene.create(), "");
  EXPECT_EQ(scene.remove(), "method-disabled:refused");
  scene.vm.state.disabled_methods = {"CloneVM_Task"};
  EXPECT_EQ(scene.create(), "");
  EXPECT_EQ(scene.create(Moment::Plan, Act::Clone), "method-disabled:refused");
}

TEST(Guard, EndsAChainBeforeVsphereDoes) {
  Scene scene;
  scene.vm.disks.front().depth = 27;
  EXPECT_EQ(scene.create(), "");
  scene.vm.disks.front().inherited = 1;
  EXPECT_EQ(scene.create(), "depth-limit:refused") << "a parent's layers are opened too";
  EXPECT_EQ(scene.remove(), "");
  scene.forced = {"depth-limit"};
  EXPECT_EQ(scene.create(), "");
  scene.vm.disks.front().depth = 31;
  EXPECT_EQ(scene.create(), "depth-limit:refused") << "31 is the server's own end";
  scene = Scene();
  scene.vm.tree_depth = 28;
  EXPECT_EQ(scene.create(), "depth-limit:refused");
}

TEST(Guard, LeavesSpaceOnEachDatastore) {
  Scene scene;
  scene.datastore.free_bytes = 10 * kGiB;
  EXPECT_EQ(scene.create(), "");
  scene.datastore.free_bytes = 10 * kGiB - 1;
  EXPECT_EQ(scene.create(), "free-space:refused") << "a tenth of 100 GiB";
  scene.policy.min_free_bytes = kGiB;
  EXPECT_EQ(scene.create(), "");
  scene.vm.disks.front().layers.front().bytes = 5 * kGiB;
  EXPECT_EQ(scene.create(), "free-space:refused") << "twice the largest delta";
  scene.forced = {"free-space"};
  EXPECT_EQ(scene.create(), "");
  scene = Scene();
  scene.datastore.accessible = false;
  EXPECT_EQ(scene.create(), "free-space:refused");
  scene.datastore_known = false;
  EXPECT_EQ(scene.create(), "free-space:not-looked-at");
}

TEST(Guard, SkipsWhatHasNoSnapshots) {
  const auto with = [](VmFlag flag, Act act = Act::Create) {
    Scene scene;
    scene.vm.flags = {flag};
    return scene.create(Moment::Plan, act);
  };
  EXPECT_EQ(with(VmFlag::RdmPhysical), "unsupported:skipped");
  EXPECT_EQ(with(VmFlag::SharedDisk), "unsupported:skipped");
  EXPECT_EQ(with(VmFlag::IndependentDisk), "") << "a snapshot leaves it out";
  EXPECT_EQ(with(VmFlag::IndependentDisk, Act::Clone), "unsupported:skipped");
  EXPECT_EQ(with(VmFlag::RdmVirtual, Act::Clone), "unsupported:skipped");
  Scene scene;
  scene.vm.state.is_template = true;
  EXPECT_EQ(scene.create(), "unsupported:skipped");
  EXPECT_EQ(scene.remove(), "");
  scene = Scene();
  scene.vm.state.fault_tolerant = true;
  EXPECT_EQ(scene.create(), "unsupported:skipped");
  scene = Scene();
  scene.vm.flags = {VmFlag::IndependentDisk};
  scene.policy.partial = true;
  EXPECT_EQ(scene.create(Moment::Plan, Act::Clone), "");
  scene.policy.memory = true;
  EXPECT_EQ(scene.create(), "unsupported:skipped");
}

TEST(Guard, WaitsForATaskOfOthersAndThenRefuses) {
  Scene scene;
  scene.facts.tasks = {"RelocateVM_Task"};
  EXPECT_EQ(scene.create(), "foreign-task:waits");
  EXPECT_EQ(scene.remove(), "foreign-task:waits");
  scene.facts.waiting_since = kNow - hours(4);
  EXPECT_EQ(scene.create(), "foreign-task:refused");
  scene.policy.defer = hours(5);
  EXPECT_EQ(scene.create(), "foreign-task:waits");
  const auto found = refusals(scene.input(), Act::Create, Moment::Plan);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].until, kNow + hours(1));
}

TEST(Guard, TellsSinceWhenAnActIsPutOffForOthers) {
  Scene scene;
  EXPECT_FALSE(put_off_since(refusals(scene.input(), Act::Create, Moment::Plan), kNow));
  scene.facts.tasks = {"RelocateVM_Task"};
  EXPECT_EQ(put_off_since(refusals(scene.input(), Act::Create, Moment::Plan), kNow), kNow);
  scene.facts.waiting_since = kNow - hours(5);
  EXPECT_EQ(put_off_since(refusals(scene.input(), Act::Remove, Moment::Plan), kNow),
            kNow - hours(5))
      << "refused by now, and waiting all the same";
  scene.facts.tasks = std::vector<std::string>{};
  scene.vm.state.consolidation_needed = true;
  EXPECT_FALSE(put_off_since(refusals(scene.input(), Act::Create, Moment::Plan), kNow))
      << "that is no matter of waiting";
}

TEST(Guard, WaitsWhileAnotherProductHasAYoungOrAKnownSnapshot) {
  Scene scene;
  scene.vm.snapshots.push_back(Scene::snapshot("before patch", hours(3)));
  scene.vm.snapshots.back().owner = Owner::Foreign;
  EXPECT_EQ(scene.create(), "other-product:waits");
  EXPECT_EQ(scene.remove(), "other-product:waits");
  scene.vm.snapshots.back().created = kNow - hours(4);
  EXPECT_EQ(scene.create(), "") << "a person's snapshot, not a backup that runs";
  scene.vm.snapshots.back().name = "Veeam Backup Temporary Snapshot";
  EXPECT_EQ(scene.create(), "other-product:refused");
  scene.vm.snapshots.back().created = kNow - hours(2);
  EXPECT_EQ(scene.create(), "other-product:waits");
  scene.vm.snapshots.back().owner = Owner::Ours;
  EXPECT_EQ(scene.create(), "");
}

TEST(Guard, KnowsTheNamesOfBackupProducts) {
  const auto known = [](const char* name) {
    Snapshot snapshot;
    snapshot.name = name;
    return known_backup_name(snapshot);
  };
  EXPECT_TRUE(known("VEEAM BACKUP TEMPORARY SNAPSHOT"));
  EXPECT_TRUE(known("x _vcb-backup_ y"));
  EXPECT_TRUE(known("NBU_SNAPSHOT web 1"));
  EXPECT_TRUE(known("__GX_BACKUP__"));
  EXPECT_FALSE(known("GX_BACKU"));
  EXPECT_FALSE(known(""));
}

TEST(Guard, WaitsWhileADiskIsAttachedElsewhere) {
  Scene scene;
  scene.facts.shared = {{.file = "web-1.vmdk", .other_moid = "vm-9", .other_name = "proxy"}};
  EXPECT_EQ(scene.create(), "disk-attached-elsewhere:waits");
  EXPECT_EQ(scene.remove(), "disk-attached-elsewhere:waits");
  scene.facts.shared->front().stands_on = true;
  EXPECT_EQ(scene.create(), "") << "a linked clone does not hinder";
  scene.facts.shared->front() = {
      .file = "p.vmdk", .other_moid = "vm-9", .other_name = "parent", .is_ours = false};
  EXPECT_EQ(scene.create(), "") << "this VM is the linked clone";
}

TEST(Guard, WaitsWhileTheHostGoesIntoMaintenance) {
  Scene scene;
  scene.facts.host = HostState::EnteringMaintenance;
  EXPECT_EQ(scene.create(), "host-maintenance:waits");
  EXPECT_EQ(scene.remove(), "host-maintenance:waits");
}

TEST(Guard, NamesWhatNobodyLookedAtAndLetsNoCallThrough) {
  Scene scene;
  scene.endpoint = EndpointFacts{};
  scene.facts = VmFacts{};
  const std::string planned = scene.remove();
  for (const char* rule : {"observe-mode", "scan-partial", "inventory-shrunken", "clock-jump",
                           "vcenter-rollback", "database-restored", "unfinished-operation",
                           "foreign-task", "disk-attached-elsewhere", "host-maintenance"}) {
    EXPECT_NE(planned.find(std::string(rule) + ":not-looked-at"), std::string::npos) << rule;
    EXPECT_NE(scene.remove(Moment::Call).find(std::string(rule) + ":refused"), std::string::npos)
        << rule;
  }
  EXPECT_FALSE(stops(refusals(scene.input(), Act::Remove, Moment::Plan)));
  EXPECT_TRUE(stops(refusals(scene.input(), Act::Remove, Moment::Call)));
  EXPECT_EQ(scene.remove_snapshot(0), "shared-files:not-looked-at");
}

TEST(Guard, WantsToHaveReadTheVmRightBeforeTheCall) {
  Scene scene;
  scene.facts.read = kNow - seconds(5);
  EXPECT_EQ(scene.remove(Moment::Call), "");
  scene.facts.read = kNow - seconds(6);
  EXPECT_EQ(scene.remove(Moment::Call), "not-fresh:refused");
  EXPECT_EQ(scene.remove(), "") << "a plan may be made from an older look";
  scene.facts.read = kNow + seconds(1);
  EXPECT_EQ(scene.create(Moment::Call), "not-fresh:refused") << "from the future: a clock jumped";
  scene.facts.read.reset();
  EXPECT_EQ(scene.create(Moment::Call), "not-fresh:refused");
}

}  // namespace
}  // namespace policy
