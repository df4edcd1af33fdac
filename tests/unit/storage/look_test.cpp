// A look at one VM between two scans: shown at once, in its history from the next scan on.
#include "storage/sqlite.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Look : public testing::Test {
 protected:
  TempDir dir;
  Store store = Store::open(dir.file(), Access::ReadWrite);

  void look(const policy::Vm& vm) { store.update_vm(endpoint(), vm, at(1, 30)); }
  bool would_be_unread(ScanWriter& writer, const std::string& moid) {
    return writer.put_unchanged(moid, [](std::string_view, std::string_view) { return true; });
  }
};

TEST_F(Look, ShowsWhatItSawAtOnce) {
  scan(store, at(1), {make_vm(1, 2), make_vm(2, 2)});
  policy::Vm seen = make_vm(1, 3);
  seen.identity.name = seen.identity.raw_name = "renamed";
  seen.place.path = "/DC0/vm/elsewhere";
  look(seen);
  EXPECT_EQ(all_vms(store), (std::vector{seen, make_vm(2, 2)}));
  EXPECT_EQ(store.find_vms("/DC0/vm/elsewhere").size(), 1u);
  EXPECT_THAT(store.find_vms("web-1"), IsEmpty());
  Database db(dir.file(), Access::ReadOnly);
  EXPECT_EQ(db.number("SELECT depth FROM vm WHERE moid = 'vm-1'"), 3);
  EXPECT_EQ(db.number("SELECT count(*) FROM vm_state"), 2) << "the old text is gone";
}

TEST_F(Look, HasTheNextScanReadTheVmAgain) {
  {
    ScanWriter writer = store.begin_scan(endpoint(), at(1));
    writer.put(make_vm(1), {.digest = "d1", .notes = "n"});
    writer.put(make_vm(2), {.digest = "d2", .notes = "n"});
    writer.close(ScanOutcome::Complete, {}, at(1));
  }
  look(make_vm(1, 3));
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  EXPECT_FALSE(would_be_unread(writer, "vm-1"));
  EXPECT_TRUE(would_be_unread(writer, "vm-2"));
}

TEST_F(Look, IsInHistoryFromTheNextScanOnThoughThatSeesTheSame) {
  scan(store, at(1), {make_vm(1, 2)});
  look(make_vm(1, 3));
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2)) << "what the scan saw stays true";
  scan(store, at(2), {make_vm(1, 3)});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 3));
  scan(store, at(3), {make_vm(1, 3)});
  scan(store, at(4), {make_vm(1, 1)});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 3, 3, 1));
}

TEST_F(Look, ThatTheNextScanContradictsGivesWayToIt) {
  scan(store, at(1), {make_vm(1, 2)});
  look(make_vm(1, 3));
  scan(store, at(2), {make_vm(1, 5)});
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 5)});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 5));
}

TEST_F(Look, OfADiskThatCameAndOneThatWentIsInHistoryFromTheNextScanOn) {
  scan(store, at(1), {make_vm(1, 2)});
  policy::Vm seen = make_vm(1, 2);
  seen.disks[0].key = 2005;
  look(seen);
  scan(store, at(2), {seen});
  std::vector<std::string> samples;
  for (const DiskHistory& disk : store.history(seen.identity, policy::Time{})) {
    for (const Sample& s : disk.samples) {
      samples.push_back(std::to_string(disk.key) + "@" + policy::format_utc(s.time));
    }
  }
  EXPECT_THAT(samples, ElementsAre("2000@2026-03-01T01:00:00Z", "2001@2026-03-01T01:00:00Z",
                                   "2001@2026-03-01T02:00:00Z", "2005@2026-03-01T02:00:00Z"));
}

TEST_F(Look, WinsOverWhatAnOpenScanReadBefore) {
  scan(store, at(1), {make_vm(1, 2), make_vm(2, 2)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1, 4));
  writer.put(make_vm(2, 4));
  writer.commit_page();
  look(make_vm(1, 3));
  EXPECT_EQ(writer.close(ScanOutcome::Complete, {}, at(2)).vms, 2u);
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 3), make_vm(2, 4)}));
  EXPECT_EQ(Database(dir.file(), Access::ReadOnly).number("SELECT count(*) FROM vm_state"), 2);
  scan(store, at(3), {make_vm(1, 3), make_vm(2, 4)});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 2, 3));
  EXPECT_THAT(depths(store, make_vm(2).identity), ElementsAre(2, 4, 4));
}

TEST_F(Look, WinsOverWhatAnOpenScanPutsLaterFromAnOlderReply) {
  scan(store, at(1), {make_vm(1, 2)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1, 2));  // in memory still
  look(make_vm(1, 3));
  writer.commit_page();
  writer.put(make_vm(1, 2));
  writer.close(ScanOutcome::Complete, {}, at(2));
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 3)});
  EXPECT_THAT(store.gone_vms(), IsEmpty());
  scan(store, at(3), {make_vm(1, 1)});
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 1)}) << "the next scan began after it";
}

TEST_F(Look, AtAVmThatTheOpenScanDoesNotFindKeepsItFromBeingGone) {
  scan(store, at(1), {make_vm(1), make_vm(2)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  look(make_vm(1, 3));
  std::vector<std::string> absent;
  for (const auto& identity : writer.absent()) absent.push_back(identity.name);
  EXPECT_THAT(absent, ElementsAre("web-2"));
  writer.close(ScanOutcome::Complete, {}, at(2));
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 3)});
  scan(store, at(3), {});
  EXPECT_EQ(gone_names(store).size(), 2u) << "the next scan began after it";
}

TEST_F(Look, BeforeAScanThatWasDroppedDoesNotWinOverTheNext) {
  scan(store, at(1), {make_vm(1, 2)});
  {
    ScanWriter dropped = store.begin_scan(endpoint(), at(2));
    look(make_vm(1, 3));
  }
  scan(store, at(3), {make_vm(1, 5)});
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 5)});
}

TEST_F(Look, AtAVmThatTheLastPartialScanMissedIsNotStale) {
  scan(store, at(1), {make_vm(1, 2)});
  scan(store, at(2), {}, ScanOutcome::Partial);
  ASSERT_TRUE(all_vms(store).at(0).stale);
  look(make_vm(1, 3));
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 3)});
  scan(store, at(3), {make_vm(1, 3)});
  EXPECT_THAT(depths(store, make_vm(1).identity), ElementsAre(2, 3));
}

TEST_F(Look, AtAVmThatNoScanKnowsStoresNothing) {
  look(make_vm(1));
  scan(store, at(1), {make_vm(1)});
  policy::Vm other = make_vm(1, 4);
  other.identity.instance_uuid = "50-another";
  look(other);
  look(make_vm(7));
  store.update_vm(endpoint("dr"), make_vm(1, 4), at(1));
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1)});
  scan(store, at(2), {});
  look(make_vm(1, 4));
  EXPECT_THAT(all_vms(store), IsEmpty()) << "what is gone comes back by a scan only";
}

TEST_F(Look, LearnsAnInstanceUuidAndKeepsOneThatItCannotSee) {
  policy::Vm nameless = make_vm(1);
  nameless.identity.instance_uuid = "";
  scan(store, at(1), {nameless});
  look(make_vm(1, 3));
  look([] {
    policy::Vm vm = make_vm(1, 4);
    vm.identity.instance_uuid = "";
    return vm;
  }());
  Database db(dir.file(), Access::ReadOnly);
  Query q(db, "SELECT instance_uuid FROM vm");
  ASSERT_TRUE(q.next());
  EXPECT_EQ(q.text(0), "50-1");
}

TEST_F(Look, NeedsAStateOpenedForWriting) {
  scan(store, at(1), {make_vm(1)});
  Store reader = Store::open(dir.file(), Access::ReadOnly);
  EXPECT_EQ(error_of([&] { reader.update_vm(endpoint(), make_vm(1), at(1)); }).kind(),
            ErrorKind::Unwritable);
}

}  // namespace
}  // namespace storage::test
