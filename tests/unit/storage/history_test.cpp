#include <limits>

#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class History : public testing::Test {
 protected:
  std::vector<Sample> samples(const policy::Vm& vm, policy::Time since = policy::Time{}) {
    const auto history = store.history(vm.identity, since);
    return history.empty() ? std::vector<Sample>{} : history.front().samples;
  }

  TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
};

TEST_F(History, HoldsWhatTheDiskShowed) {
  policy::Vm vm = make_vm(1, 2);
  vm.disks[0].inherited = 3;
  vm.disks[0].orphans = 1;
  scan(store, at(1), {vm});
  const auto history = store.history(vm.identity, policy::Time{});
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].key, 2000);
  EXPECT_EQ(history[1].label, "Hard disk 2");
  EXPECT_EQ(history[0].capacity_bytes, std::uint64_t{40} << 30);
  const Sample expected{.time = at(1),
                        .depth = 2,
                        .inherited = 3,
                        .orphans = 1,
                        .probes = 1 + 0.93 * 2,
                        .delta_bytes = 3000 + 2000,
                        .running_bytes = 3000,
                        .max_depth = 2};
  EXPECT_THAT(history[0].samples, ElementsAre(expected));
}

TEST_F(History, HasOneSamplePerScanThoughUnchangedOnesStoreNothing) {
  for (int hour = 1; hour <= 5; ++hour) scan(store, at(hour), {make_vm(1, hour < 4 ? 2 : 3)});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 2, 2, 3, 3));
  EXPECT_EQ(samples(make_vm(1))[2].time, at(3));
}

TEST_F(History, BeginsAtTheTimeAskedForWithWhatHeldThen) {
  for (int hour = 1; hour <= 5; ++hour) scan(store, at(hour), {make_vm(1, 2)});
  EXPECT_EQ(samples(make_vm(1), at(3)).size(), 3u) << "inclusive";
  EXPECT_EQ(samples(make_vm(1), at(3)).front().time, at(3));
  EXPECT_THAT(samples(make_vm(1), at(5, 1)), IsEmpty());
}

TEST_F(History, OfAnUnknownVmOrEndpointIsEmpty) {
  scan(store, at(1), {make_vm(1)});
  EXPECT_THAT(store.history(make_vm(2).identity, policy::Time{}), IsEmpty());
  EXPECT_THAT(store.history(make_vm(1, 2, "no-such").identity, policy::Time{}), IsEmpty());
}

TEST_F(History, HasAGapWhileTheHostIsNotConnected) {
  policy::Vm stale = make_vm(1, 2);
  stale.stale = true;
  scan(store, at(1), {make_vm(1, 2)});
  scan(store, at(2), {stale});
  scan(store, at(3), {make_vm(1, 2)});
  ASSERT_EQ(samples(make_vm(1)).size(), 2u);
  EXPECT_EQ(samples(make_vm(1))[1].time, at(3));
}

TEST_F(History, TakesNoSizesFromALayoutThatIsUnknown) {
  policy::Vm blind = make_vm(1, 2);
  blind.flags = {policy::VmFlag::LayoutUnknown};
  for (policy::Disk& disk : blind.disks) disk.layers.clear();
  scan(store, at(1), {make_vm(1, 2)});
  scan(store, at(2), {blind});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2));
}

TEST_F(History, KeepsADiskThatWasRemovedAndOneThatWasAdded) {
  policy::Vm vm = make_vm(1, 1);
  const policy::Disk second = vm.disks[1];
  vm.disks.pop_back();
  scan(store, at(1), {make_vm(1, 1)});
  scan(store, at(2), {vm});
  vm.disks.push_back(second);
  vm.disks[1].key = 2005;
  vm.disks[1].label = "Hard disk 6";
  scan(store, at(3), {vm});
  const auto history = store.history(vm.identity, policy::Time{});
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].samples.size(), 3u);
  EXPECT_EQ(history[1].samples.size(), 1u) << "key 2001 left after the first scan";
  EXPECT_EQ(history[2].label, "Hard disk 6");
  EXPECT_EQ(history[2].samples.size(), 1u);
}

TEST_F(History, TellsTheLatestLabelAndCapacity) {
  policy::Vm vm = make_vm(1, 1);
  scan(store, at(1), {vm});
  vm.disks[0].capacity_bytes *= 2;
  vm.disks[0].label = "data";
  scan(store, at(2), {vm});
  const auto history = store.history(vm.identity, policy::Time{});
  EXPECT_EQ(history[0].label, "data");
  EXPECT_EQ(history[0].capacity_bytes, std::uint64_t{80} << 30);
}

TEST_F(History, ReadsOldestFirstThoughTheClockWasSetBack) {
  scan(store, at(5), {make_vm(1, 1)});
  scan(store, at(2), {make_vm(1, 2)});
  scan(store, at(3), {make_vm(1, 3)});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 3, 1));
}

TEST_F(History, HoldsSizesOfAnyMagnitude) {
  policy::Vm vm = make_vm(1, 1);
  vm.disks[0].layers[0].bytes = std::numeric_limits<std::uint64_t>::max();
  vm.disks[0].probes.best = 1.0 / 3;
  scan(store, at(1), {vm});
  EXPECT_EQ(samples(vm)[0].running_bytes, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(samples(vm)[0].probes, 1.0 / 3);
  EXPECT_EQ(all_vms(store), std::vector{vm});
}

}  // namespace
}  // namespace storage::test
