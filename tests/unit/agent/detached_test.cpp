// Since when a snapshot is off the current path: without a break, or counted anew.
#include "agent/act/execute/detached.h"

#include "owned_state.h"

namespace agent {
namespace {

using std::chrono::hours;
using test::kNow;

class DetachedTest : public test::OwnedState {
 protected:
  DetachedTest() : watch(journal) {
    vm.state.connection = policy::Connection::Connected;
    policy::Snapshot branch = vm.snapshots.front();
    branch.moid = "snapshot-10";
    branch.current = branch.on_current_path = false;
    vm.snapshots.push_back(branch);
  }

  /// A scan that reads the VM as it is, an hour after the one before.
  void scan() {
    time += hours(1);
    DetachedLook look(watch, kEndpoint);
    look.see(vm);
    look.store(watch, time);
  }
  std::map<std::string, policy::Time> noted() const {
    std::map<std::string, policy::Time> found;
    for (const auto& one : watch.detached(kEndpoint)) {
      EXPECT_EQ(one.vm_moid, "vm-1");
      found[one.snapshot_moid] = one.since;
    }
    return found;
  }
  using Noted = std::map<std::string, policy::Time>;

  storage::Watch watch;
  policy::Time time = kNow;
};

TEST_F(DetachedTest, ItIsSinceTheFirstScanThatSawIt) {
  scan();
  EXPECT_EQ(noted(), (Noted{{"snapshot-10", kNow + hours(1)}}));
  scan();
  scan();
  EXPECT_EQ(noted(), (Noted{{"snapshot-10", kNow + hours(1)}}));
}

TEST_F(DetachedTest, AnotherOneIsCountedFromItsOwnFirstScan) {
  scan();
  vm.snapshots.push_back(vm.snapshots.back());
  vm.snapshots.back().moid = "snapshot-11";
  scan();
  EXPECT_EQ(noted(), (Noted{{"snapshot-10", kNow + hours(1)}, {"snapshot-11", kNow + hours(2)}}));
}

TEST_F(DetachedTest, OneThatWasBackOnThePathIsCountedAnew) {
  scan();
  vm.snapshots.back().on_current_path = true;
  scan();
  EXPECT_EQ(noted(), Noted{});
  vm.snapshots.back().on_current_path = false;
  scan();
  EXPECT_EQ(noted(), (Noted{{"snapshot-10", kNow + hours(3)}}));
}

TEST_F(DetachedTest, ATreeWithoutACurrentSnapshotTellsOfNone) {
  scan();
  vm.snapshots.front().current = vm.snapshots.front().on_current_path = false;
  scan();
  EXPECT_EQ(noted(), Noted{}) << "what is detached there, and from what, nobody knows";
}

TEST_F(DetachedTest, AVmThatCannotBeReachedKeepsWhatWasNoted) {
  scan();
  vm.state.connection = policy::Connection::Disconnected;
  vm.snapshots.pop_back();
  scan();
  EXPECT_EQ(noted(), (Noted{{"snapshot-10", kNow + hours(1)}}));
}

}  // namespace
}  // namespace agent
