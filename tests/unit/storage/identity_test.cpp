#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

policy::Vm with(policy::Vm vm, const std::string& moid, const std::string& uuid) {
  vm.identity.moid = moid;
  vm.identity.instance_uuid = uuid;
  return vm;
}

class Identity : public testing::Test {
 protected:
  std::vector<int> depths_of(const std::string& moid, const std::string& uuid) {
    return depths(store, with(make_vm(1), moid, uuid).identity);
  }

  TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
};

TEST_F(Identity, FollowsTheInstanceUuidToAnotherMoid) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {with(make_vm(1, 2), "vm-77", "U")});
  EXPECT_THAT(depths_of("vm-77", "U"), ElementsAre(1, 2));
  EXPECT_THAT(gone_names(store), IsEmpty());
  EXPECT_EQ(all_vms(store).size(), 1u);
  scan(store, at(3), {with(make_vm(1, 3), "vm-77", "U")});
  EXPECT_THAT(depths_of("vm-77", "U"), ElementsAre(1, 2, 3)) << "and stays joined";
}

TEST_F(Identity, FollowsAVmThatComesBackLaterUnderAnotherMoid) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {});
  EXPECT_THAT(gone_names(store), ElementsAre("web-1"));
  scan(store, at(3), {with(make_vm(1, 4), "vm-5", "U")}, ScanOutcome::Partial);
  EXPECT_THAT(gone_names(store), IsEmpty());
  EXPECT_THAT(depths_of("vm-5", "U"), ElementsAre(1, 4));
}

TEST_F(Identity, FollowsAVmThatComesBackUnderItsOldMoid) {
  scan(store, at(1), {make_vm(1, 1)});
  scan(store, at(2), {});
  scan(store, at(3), {make_vm(1, 1)});
  EXPECT_THAT(gone_names(store), IsEmpty());
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 1)});
  const auto history = store.history(make_vm(1).identity, policy::Time{});
  ASSERT_EQ(history.size(), 2u);
  ASSERT_EQ(history[0].samples.size(), 2u) << "none for the scan that did not see it";
  EXPECT_EQ(history[0].samples[0].time, at(1));
  EXPECT_EQ(history[0].samples[1].time, at(3));
}

TEST_F(Identity, WaitsForACompleteScanBeforeItJoinsAVmThatMayStillBeThere) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {with(make_vm(1, 2), "vm-2", "U")}, ScanOutcome::Partial);
  EXPECT_EQ(all_vms(store).size(), 2u);
  scan(store, at(3), {with(make_vm(1, 3), "vm-2", "U")});
  EXPECT_EQ(all_vms(store).size(), 1u);
  EXPECT_THAT(depths_of("vm-2", "U"), ElementsAre(1, 2, 3));
}

TEST_F(Identity, KeepsACopyApartFromItsOriginal) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {with(make_vm(1, 2), "vm-1", "U"), with(make_vm(1, 8), "vm-2", "U")});
  EXPECT_THAT(depths_of("vm-1", "U"), ElementsAre(1, 2));
  EXPECT_THAT(depths_of("vm-2", "U"), ElementsAre(8));
  // The original goes: the copy was there beside it, so it is not the original come back.
  scan(store, at(3), {with(make_vm(1, 8), "vm-2", "U")});
  EXPECT_THAT(depths_of("vm-2", "U"), ElementsAre(8, 8));
  EXPECT_EQ(store.gone_vms().size(), 1u);
}

TEST_F(Identity, KeepsACopyApartWhicheverIsPutFirst) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {with(make_vm(1, 8), "vm-2", "U"), with(make_vm(1, 2), "vm-1", "U")});
  EXPECT_THAT(depths_of("vm-1", "U"), ElementsAre(1, 2));
  EXPECT_THAT(depths_of("vm-2", "U"), ElementsAre(8));
}

TEST_F(Identity, JoinsNeitherOfTwoNewVmsWithTheUuidOfOneThatIsGone) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {with(make_vm(1, 2), "vm-2", "U"), with(make_vm(1, 3), "vm-3", "U")});
  EXPECT_THAT(depths_of("vm-2", "U"), ElementsAre(2));
  EXPECT_THAT(depths_of("vm-3", "U"), ElementsAre(3));
  EXPECT_EQ(store.gone_vms().size(), 1u);
}

TEST_F(Identity, TakesAMoidWithAnotherInstanceUuidForAnotherVm) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {with(make_vm(1, 5), "vm-1", "V")});
  EXPECT_THAT(depths_of("vm-1", "V"), ElementsAre(5));
  EXPECT_THAT(depths_of("vm-1", "U"), ElementsAre(1));
  ASSERT_EQ(store.gone_vms().size(), 1u);
  EXPECT_EQ(store.gone_vms()[0].identity.instance_uuid, "U");
}

TEST_F(Identity, SwapsTwoVmsWhoseMoidsWereSwapped) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U"), with(make_vm(2, 4), "vm-2", "V")});
  scan(store, at(2), {with(make_vm(1, 1), "vm-2", "U"), with(make_vm(2, 4), "vm-1", "V")});
  EXPECT_THAT(depths_of("vm-2", "U"), ElementsAre(1, 1));
  EXPECT_THAT(depths_of("vm-1", "V"), ElementsAre(4, 4));
  EXPECT_THAT(gone_names(store), IsEmpty());
}

TEST_F(Identity, KeepsTheHistoryOfAVmWhoseUuidIsNotDeliveredForAWhile) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {with(make_vm(1, 2), "vm-1", "")});
  scan(store, at(3), {with(make_vm(1, 3), "vm-1", "U")});
  EXPECT_THAT(depths_of("vm-1", "U"), ElementsAre(1, 2, 3));
  EXPECT_EQ(all_vms(store).size(), 1u);
  EXPECT_THAT(gone_names(store), IsEmpty());
}

TEST_F(Identity, KeepsVmsWithoutAnyUuidApartByMoid) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", ""), with(make_vm(2, 2), "vm-2", "")});
  scan(store, at(2), {with(make_vm(1, 3), "vm-1", ""), with(make_vm(3, 4), "vm-3", "")});
  EXPECT_THAT(depths_of("vm-1", ""), ElementsAre(1, 3));
  EXPECT_THAT(depths_of("vm-3", ""), ElementsAre(4));
  EXPECT_THAT(gone_names(store), ElementsAre("web-2"));
}

TEST_F(Identity, IsApartPerEndpoint) {
  scan(store, at(1), {make_vm(1, 1, "a")}, ScanOutcome::Complete, endpoint("a"));
  scan(store, at(2), {make_vm(1, 7, "b")}, ScanOutcome::Complete, endpoint("b"));
  EXPECT_THAT(depths(store, make_vm(1, 1, "a").identity), ElementsAre(1));
  EXPECT_THAT(depths(store, make_vm(1, 1, "b").identity), ElementsAre(7));
}

TEST_F(Identity, ReadsHistoryByAMoidThatWasReplaced) {
  scan(store, at(1), {with(make_vm(1, 1), "vm-1", "U")});
  scan(store, at(2), {with(make_vm(1, 2), "vm-2", "U")});
  EXPECT_THAT(depths_of("vm-1", "U"), ElementsAre(1, 2)) << "its only VM with this uuid";
  EXPECT_THAT(depths_of("vm-9", "W"), IsEmpty());
}

}  // namespace
}  // namespace storage::test
