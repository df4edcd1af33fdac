// The second look at the one snapshot that is to go: each guard of it fails its own test when it is
// taken out.
#include "guard_scene.h"
#include "policy/shared_files.h"

namespace policy {
namespace {

using guarded::kGiB;
using guarded::kNow;
using guarded::Scene;
using std::chrono::hours;

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

// No tree with a fork may pass for a straight one: then nobody would look.
TEST(StraightTree, IsOneLineWhoseLastIsCurrentOrNone) {
  Scene scene;
  EXPECT_TRUE(is_straight(scene.vm));
  scene.vm.snapshots[1].current = false;
  EXPECT_TRUE(is_straight(scene.vm)) << "no running point stands on it";
  scene.vm.snapshots[0].current = true;
  EXPECT_FALSE(is_straight(scene.vm)) << "s2 and the running point stand on s1";
  scene = Scene();
  scene.vm.snapshots.push_back(Scene::snapshot("s3", hours(1)));
  scene.vm.snapshots[2].parent = "s2";
  EXPECT_FALSE(is_straight(scene.vm)) << "s3 and the running point stand on s2";
  scene.vm.snapshots[1].current = false;
  EXPECT_TRUE(is_straight(scene.vm));
  scene.vm.snapshots[2].parent = "s1";
  EXPECT_FALSE(is_straight(scene.vm)) << "s2 and s3 stand on s1";
  scene.vm.snapshots[2].parent.reset();
  EXPECT_FALSE(is_straight(scene.vm)) << "a second root";
  scene.vm.snapshots[2].parent = "s2";
  std::swap(scene.vm.snapshots[0], scene.vm.snapshots[2]);
  EXPECT_FALSE(is_straight(scene.vm)) << "not the order of a server";
  scene.vm.snapshots.clear();
  EXPECT_TRUE(is_straight(scene.vm));
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
