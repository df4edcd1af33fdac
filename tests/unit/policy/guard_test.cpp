// Each guard is asked in a situation in which all others let the act pass, so that a guard that is
// taken out of the table, or always passes, fails its own test.
#include "policy/guard.h"

#include <gtest/gtest.h>

#include "policy/guard_waits.h"
#include "policy/thresholds.h"

namespace policy {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
constexpr std::uint64_t kGiB = 1ULL << 30U;

/// A healthy VM with two snapshots of ours, about which everything is known.
struct Scene {
  Scene() {
    vm.identity.endpoint = "prod";
    vm.identity.moid = "vm-1";
    vm.identity.name = "web";
    vm.place.host = "host-1";
    vm.place.datastores = {"ds-1"};
    vm.state.connection = Connection::Connected;
    vm.snapshots = {snapshot("s1", hours(48)), snapshot("s2", hours(24))};
    vm.snapshots[1].parent = "s1";
    vm.snapshots[1].current = true;
    Disk disk;
    disk.label = "Hard disk 1";
    disk.datastore = "ds-1";
    disk.kind = DeltaKind::SeSparse;
    disk.depth = 2;
    disk.layers = {layer("web-2.vmdk", 1, "s2"), layer("web-1.vmdk", 1, "s1"),
                   layer("web.vmdk", 9, nullptr)};
    vm.disks = {disk};
    vm.depth = vm.tree_depth = 2;
    datastore.endpoint = "prod";
    datastore.moid = "ds-1";
    datastore.name = "fast";
    datastore.capacity_bytes = 100 * kGiB;
    datastore.free_bytes = 50 * kGiB;
    endpoint.armed = true;
    endpoint.scan_complete = true;
    endpoint.shrunken = EndpointFacts::Shrunken{.before = 100, .gone = 0};
    endpoint.clock_skew = seconds(1);
    endpoint.clock_step = seconds(0);
    endpoint.rolled_back = false;
    endpoint.database_restored = false;
    policy.armed = true;
    policy.name = "daily";
    facts.unfinished = "";
    facts.tasks.emplace();
    facts.host = HostState::Ready;
    facts.shared.emplace();
    facts.read = kNow;
  }

  static Layer layer(const char* file, std::uint64_t gib, const char* snapshot) {
    Layer one;
    one.file = file;
    one.bytes = gib * kGiB;
    if (snapshot != nullptr) one.snapshot = snapshot;
    return one;
  }

  static Snapshot snapshot(const char* moid, std::chrono::microseconds age) {
    Snapshot one;
    one.moid = one.name = moid;
    one.owner = Owner::Ours;
    one.policy = "daily";
    one.on_current_path = true;
    one.created = kNow - age;
    return one;
  }

  GuardInput input() const {
    datastores = {datastore_known ? &datastore : nullptr};
    return {vm, kNow, endpoint, policy, facts, datastores};
  }

  std::string create(Moment moment = Moment::Plan, Act act = Act::Create) const {
    return text(refusals(input(), act, moment, forced));
  }
  std::string remove(Moment moment = Moment::Plan) const {
    return text(refusals(input(), Act::Remove, moment, forced));
  }
  std::string remove_snapshot(std::size_t index, Moment moment = Moment::Plan) const {
    return text(removal_refusals(input(), vm.snapshots[index], moment, forced));
  }

  /// "rule:verdict" of each, so that a test sees all that was said.
  static std::string text(const std::vector<Refusal>& refusals) {
    std::string all;
    for (const Refusal& one : refusals) {
      all += (all.empty() ? "" : " ") + one.rule + ":" + verdict_name(one.verdict);
      EXPECT_FALSE(one.text.empty()) << one.rule;
      if (one.verdict != Verdict::NotLookedAt && !one.text.starts_with("not known")) {
        EXPECT_FALSE(one.evidence.empty()) << one.rule;
      }
    }
    return all;
  }

  Vm vm;
  Datastore datastore;
  EndpointFacts endpoint;
  PolicyFacts policy;
  VmFacts facts;
  std::set<std::string> forced;
  bool datastore_known = true;
  mutable std::vector<const Datastore*> datastores;
};

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

TEST(RemovalGuard, HoldsWhatRetentionNeverAsksFor) {
  Scene scene;
  scene.vm.snapshots[0].owner = Owner::Foreign;
  EXPECT_EQ(scene.remove_snapshot(0), "foreign-snapshot:refused");
  scene = Scene();
  scene.vm.snapshots[0].pinned = true;
  EXPECT_EQ(scene.remove_snapshot(0), "pinned:refused");
  scene = Scene();
  scene.vm.snapshots[0].state = SnapshotState::InProgress;
  EXPECT_EQ(scene.remove_snapshot(0), "in-progress:refused");
}

TEST(RemovalGuard, HoldsTheLastGoodOne) {
  Scene scene;
  EXPECT_EQ(scene.remove_snapshot(1), "last-good:refused");
  scene.policy.allow_remove_all = true;
  EXPECT_EQ(scene.remove_snapshot(1), "");
  scene = Scene();
  scene.vm.snapshots[1].state = SnapshotState::Partial;
  EXPECT_EQ(scene.remove_snapshot(0), "last-good:refused") << "the newer one is not complete";
  EXPECT_EQ(scene.remove_snapshot(1), "");
  scene = Scene();
  scene.vm.snapshots[1].owner = Owner::Foreign;
  EXPECT_EQ(scene.remove_snapshot(0), "last-good:refused") << "the newer one is not ours";
}

TEST(RemovalGuard, GoesByTheTreeForWhatIsNewerAndNotByTheClocks) {
  Scene scene;
  scene.vm.snapshots[1].created = scene.vm.snapshots[0].created - hours(1);  // its clock was behind
  EXPECT_EQ(scene.remove_snapshot(0), "") << "its child is newer whatever the clock said";
  EXPECT_EQ(scene.remove_snapshot(1), "last-good:refused");
  Snapshot detached = Scene::snapshot("s3", hours(1));
  detached.parent = "s1";
  detached.on_current_path = false;
  scene.vm.snapshots.push_back(detached);
  EXPECT_EQ(scene.remove_snapshot(1), "last-good:refused") << "the guest does not stand on s3";
  EXPECT_EQ(scene.remove_snapshot(2), "") << "what the guest stands on is good";
  scene.vm.snapshots[0].state = scene.vm.snapshots[1].state = SnapshotState::Partial;
  EXPECT_EQ(scene.remove_snapshot(2), "last-good:refused");
}

TEST(RemovalGuard, TakesASnapshotOfAServerWhoseClockIsAheadForANewOne) {
  Scene scene;
  scene.vm.snapshots[1].created = kNow + std::chrono::minutes(5);
  EXPECT_EQ(scene.remove_snapshot(0), "");
  scene.vm.snapshots[1].created = kNow + std::chrono::minutes(5) + std::chrono::seconds(1);
  EXPECT_EQ(scene.remove_snapshot(0), "last-good:refused") << "it is from the future";
}

TEST(RemovalGuard, CountsOnlyGoodOnesOfTheSamePolicy) {
  Scene scene;
  scene.vm.snapshots[1].policy = "weekly";
  EXPECT_EQ(scene.remove_snapshot(0), "last-good:refused");
  scene.vm.snapshots[0].policy = "nightly";
  scene.vm.snapshots[1].policy = "daily";
  EXPECT_EQ(scene.remove_snapshot(0), "last-good:refused");
  scene.policy.renamed_from = "nightly";
  EXPECT_EQ(scene.remove_snapshot(0), "") << "one policy under two names";
  scene.vm.snapshots[1].leftover = true;
  EXPECT_EQ(scene.remove_snapshot(0), "last-good:refused") << "a helper is no recovery point";
  EXPECT_EQ(scene.remove_snapshot(1), "");
}

TEST(RemovalGuard, HoldsAForkForGood) {
  Scene scene;
  Snapshot branch = Scene::snapshot("s3", hours(1));
  branch.parent = "s1";
  branch.on_current_path = false;
  scene.vm.snapshots.push_back(branch);
  scene.forced = {"fork"};
  EXPECT_EQ(scene.remove_snapshot(0), "fork:refused");
  const auto found = removal_refusals(scene.input(), scene.vm.snapshots[0], Moment::Plan);
  EXPECT_EQ(found.at(0).evidence, (std::vector<Evidence>{{"child", "s2"}, {"child", "s3"}}));
  scene = Scene();
  scene.vm.snapshots[0].current = true;  // reverted to: s2 and the running point stand on it
  scene.vm.snapshots[1].current = scene.vm.snapshots[1].on_current_path = false;
  scene.policy.allow_remove_all = true;
  EXPECT_EQ(scene.remove_snapshot(0), "fork:refused");
  EXPECT_EQ(scene.remove_snapshot(1), "");
}

TEST(RemovalGuard, HoldsWhatALinkedCloneStandsOn) {
  Scene scene;
  scene.facts.shared = {{.file = "web-1.vmdk", .other_moid = "vm-9", .stands_on = true}};
  EXPECT_EQ(scene.remove_snapshot(0), "shared-files:refused") << "its own delta";
  scene.policy.allow_remove_all = true;
  EXPECT_EQ(scene.remove_snapshot(1), "shared-files:refused") << "it merges into the shared one";
  scene.facts.shared->front().file = "web.vmdk";
  EXPECT_EQ(scene.remove_snapshot(0), "shared-files:refused");
  EXPECT_EQ(scene.remove_snapshot(1), "") << "two layers up";
  scene.vm.disks.front().layers.front().snapshot.reset();
  EXPECT_EQ(scene.remove_snapshot(1), "shared-files:refused") << "nobody knows which files it has";
}

TEST(RemovalGuard, WantsSpaceForTheMerge) {
  Scene scene;
  scene.datastore.free_bytes = kGiB;
  EXPECT_EQ(scene.remove_snapshot(0), "");
  scene.datastore.free_bytes = kGiB - 1;
  EXPECT_EQ(scene.remove_snapshot(0), "merge-space:refused");
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

TEST(SharedFiles, FindsTheVmThatStandsOnAnothersLayers) {
  Scene scene;
  Vm clone = scene.vm;
  clone.identity.moid = "vm-2";
  clone.identity.name = "clone";
  clone.disks.front().layers = {Scene::layer("clone.vmdk", 1, nullptr),
                                scene.vm.disks.front().layers[1], scene.vm.disks.front().layers[2]};
  clone.disks.front().layers[1].inherited = true;
  clone.disks.front().layers[2].inherited = true;
  std::vector<Vm> vms{scene.vm, clone};
  const auto of_parent = SharedFiles(vms).of(vms[0]);
  ASSERT_EQ(of_parent.size(), 2U);
  EXPECT_EQ(of_parent[0], (SharedFile{.file = "web-1.vmdk",
                                      .other_moid = "vm-2",
                                      .other_name = "clone",
                                      .stands_on = true,
                                      .is_ours = true}));
  const auto of_clone = SharedFiles(vms).of(vms[1]);
  ASSERT_EQ(of_clone.size(), 2U);
  EXPECT_FALSE(of_clone[0].is_ours);
  vms[1].place.datastores = {"ds-2"};
  EXPECT_TRUE(SharedFiles(vms).of(vms[0]).empty()) << "two datastores of one name";
  vms[1].place.datastores = {"ds-1"};
  vms[1].identity.endpoint = "test";
  EXPECT_TRUE(SharedFiles(vms).of(vms[0]).empty()) << "another vCenter";
}

}  // namespace
}  // namespace policy
