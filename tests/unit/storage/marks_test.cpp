// A VM that is put unread must leave the state as if it had been read and put.
#include "storage/sqlite.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;

const ScanWriter::SameVm kYes = [](std::string_view, std::string_view) { return true; };

VmMark mark(int number) {
  return {.digest = "digest " + std::to_string(number),
          .notes = std::string("notes\0of ", 9) + std::to_string(number)};
}

class Marks : public testing::Test {
 protected:
  /// Each VM with its mark, in a scan that closes.
  void scan_marked(policy::Time time, const std::vector<policy::Vm>& vms) {
    ScanWriter writer = store.begin_scan(endpoint(), time);
    int number = 0;
    for (const policy::Vm& vm : vms) writer.put(vm, mark(++number));
    writer.close(ScanOutcome::Complete, {}, time);
  }

  TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);
};

TEST_F(Marks, AreShownAsTheyWerePutByTheScanBefore) {
  scan_marked(at(1), {make_vm(1), make_vm(2)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  std::string digest;
  std::string notes;
  EXPECT_TRUE(writer.put_unchanged("vm-2", [&](std::string_view a, std::string_view b) {
    digest = a;
    notes = b;
    return true;
  }));
  EXPECT_EQ(digest, mark(2).digest);
  EXPECT_EQ(notes, mark(2).notes);
}

TEST_F(Marks, LetAVmBePutUnreadWithAllThatFollows) {
  scan_marked(at(1), {make_vm(1), make_vm(2)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  EXPECT_TRUE(writer.put_unchanged("vm-1", kYes));
  EXPECT_EQ(writer.absent().size(), 1u) << "only the other one";
  EXPECT_TRUE(writer.put_unchanged("vm-2", kYes));
  EXPECT_EQ(writer.close(ScanOutcome::Complete, {}, at(2)).vms, 2u);
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1), make_vm(2)}));
  EXPECT_TRUE(store.gone_vms().empty());
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 2)) << "a sample of each scan";
}

TEST_F(Marks, PutNothingWhenTheCallerSeesADifference) {
  scan_marked(at(1), {make_vm(1)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  EXPECT_FALSE(
      writer.put_unchanged("vm-1", [](std::string_view, std::string_view) { return false; }));
  EXPECT_EQ(writer.close(ScanOutcome::Complete, {}, at(2)).vms, 0u);
  EXPECT_EQ(gone_names(store), std::vector<std::string>{"web-1"});
}

TEST_F(Marks, AreNotAskedForUnknownUnmarkedGoneOrUnreachedVms) {
  scan(store, at(1), {make_vm(1), make_vm(2), make_vm(3)});  // without marks
  scan_marked(at(2), {make_vm(2), make_vm(3)});
  scan(store, at(3), {make_vm(2)}, ScanOutcome::Partial);  // takes the mark of 2, misses 3
  ScanWriter writer = store.begin_scan(endpoint(), at(4));
  for (const char* moid : {"vm-1", "vm-2", "vm-3", "vm-4", ""}) {
    EXPECT_FALSE(writer.put_unchanged(moid, kYes)) << moid;
  }
}

TEST_F(Marks, AreOfOneEndpointOnly) {
  scan_marked(at(1), {make_vm(1)});
  ScanWriter writer = store.begin_scan(endpoint("other"), at(2));
  EXPECT_FALSE(writer.put_unchanged("vm-1", kYes));
}

TEST_F(Marks, DoNotHoldForAVmThatThisScanPutAlready) {
  scan_marked(at(1), {make_vm(1, 1)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1, 5), mark(5));
  EXPECT_FALSE(writer.put_unchanged("vm-1", kYes)) << "in the page";
  writer.commit_page();
  EXPECT_FALSE(writer.put_unchanged("vm-1", kYes)) << "staged";
  writer.close(ScanOutcome::Complete, {}, at(2));
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 5)});
}

TEST_F(Marks, OfADiscardedPageAreForgotten) {
  scan_marked(at(1), {make_vm(1), make_vm(2)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  EXPECT_TRUE(writer.put_unchanged("vm-1", kYes));
  writer.commit_page();
  EXPECT_TRUE(writer.put_unchanged("vm-2", kYes));
  writer.discard_page();
  EXPECT_EQ(writer.close(ScanOutcome::Partial, {"broke off"}, at(2)).vms, 1u);
  EXPECT_FALSE(all_vms(store)[0].stale);
  EXPECT_TRUE(all_vms(store)[1].stale);
}

TEST_F(Marks, AreRenewedWhereOnlyTheyChanged) {
  scan_marked(at(1), {make_vm(1)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1), mark(7));
  writer.close(ScanOutcome::Complete, {}, at(2));
  ScanWriter next = store.begin_scan(endpoint(), at(3));
  EXPECT_TRUE(next.put_unchanged("vm-1", [](std::string_view digest, std::string_view notes) {
    return digest == mark(7).digest && notes == mark(7).notes;
  }));
}

TEST_F(Marks, OfAScanThatNeverClosedAreNotKept) {
  scan_marked(at(1), {make_vm(1, 1)});
  {
    ScanWriter writer = store.begin_scan(endpoint(), at(2));
    writer.put(make_vm(1, 5), mark(5));
    writer.commit_page();
  }
  ScanWriter next = store.begin_scan(endpoint(), at(3));
  EXPECT_TRUE(next.put_unchanged(
      "vm-1", [](std::string_view digest, std::string_view) { return digest == mark(1).digest; }));
}

TEST_F(Marks, FollowAVmThatCameBackUnderAnotherMoid) {
  scan_marked(at(1), {make_vm(1)});
  policy::Vm moved = make_vm(1);
  moved.identity.moid = "vm-77";
  scan_marked(at(2), {moved});
  ScanWriter writer = store.begin_scan(endpoint(), at(3));
  EXPECT_FALSE(writer.put_unchanged("vm-1", kYes));
  EXPECT_TRUE(writer.put_unchanged("vm-77", kYes));
  writer.close(ScanOutcome::Complete, {}, at(3));
  EXPECT_THAT(depths(store, moved.identity), ElementsAre(2, 2, 2));
}

TEST_F(Marks, HaveAKeyOfTheFileOwn) {
  const TempDir other;
  EXPECT_EQ(store.mark_key().size(), 16u);
  EXPECT_EQ(store.mark_key(), Store::open(dir.file(), Access::ReadOnly).mark_key());
  EXPECT_NE(store.mark_key(), Store::open(other.file(), Access::ReadWrite).mark_key());
}

}  // namespace
}  // namespace storage::test
