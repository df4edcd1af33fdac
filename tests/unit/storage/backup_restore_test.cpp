// Whether a state is whole, putting a copy in its place, and writing beside one that is in use.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "storage/backup.h"
#include "storage/holds.h"
#include "storage/sqlite.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A state that has one snapshot of ours in its copy, and two by now.
class Restore : public testing::Test {
 protected:
  Restore() {
    Store store = Store::open(dir.file(), Access::ReadWrite);
    scan(store, at(1), {make_vm(1), make_vm(2)});
    Journal journal(store);
    create(journal, "OP1", 1, "snapshot-5");
    store.backup(copy);
    create(journal, "OP2", 2, "snapshot-6");
  }
  static void create(Journal& journal, const std::string& id, int vm, const std::string& moid) {
    journal.begin(make_operation(id, vm), line("begin"));
    journal.update(made(make_operation(id, vm), moid), line("done"));
  }
  Restored restore(const std::function<void()>& before_swap = {}) {
    return restore_state(
        copy, dir.file(),
        {.endpoint_uuid = {}, .kind = "restored", .text = "of a copy", .since = at(9)},
        line("restored"), before_swap);
  }
  std::vector<std::string> owned() {
    const Store store = Store::open(dir.file(), Access::ReadOnly);
    std::vector<std::string> ops;
    for (const OwnedSnapshot& one : Journal(store).owned()) ops.push_back(one.op);
    return ops;
  }

  TempDir dir;
  std::string copy = dir.file("copy.db");
};

TEST_F(Restore, PutsTheCopyThereUnderTheNextEpochAndRaisesADoubt) {
  const Restored done = restore();
  EXPECT_EQ(done.identity.epoch, 2);
  EXPECT_THAT(done.endpoints, ElementsAre("prod"));
  EXPECT_THAT(owned(), ElementsAre("OP1"));
  const Store store = Store::open(dir.file(), Access::ReadWrite);
  Journal journal(store);
  EXPECT_EQ(journal.identity().epoch, 2);
  const std::vector<Doubt> doubts = Watch(journal).doubts();
  ASSERT_EQ(doubts.size(), 1u);
  EXPECT_EQ(doubts[0].endpoint_uuid, "uuid-of-prod");
  EXPECT_EQ(doubts[0].kind, "restored");
  EXPECT_FALSE(journal.check_audit().broken_at);
}

TEST_F(Restore, KeepsTheStateThatStoodThereWhole) {
  const Restored done = restore();
  EXPECT_EQ(done.replaced, dir.file("state.db.replaced-1"));
  const StateCheck old = check_state(done.replaced);
  EXPECT_TRUE(old.whole());
  EXPECT_EQ(old.owned, 2u);
  EXPECT_EQ(restore().replaced, dir.file("state.db.replaced-2"));
  EXPECT_EQ(check_state(copy).owned, 1u) << "the copy can be used again";
}

TEST_F(Restore, RaisesTheEpochAboveThatOfTheStateItReplaces) {
  EXPECT_EQ(restore().identity.epoch, 2);
  EXPECT_EQ(restore().identity.epoch, 3);
}

TEST_F(Restore, IsForItsOwnerOnlyAndHasOneName) {
  restore();
  struct stat found {};
  ASSERT_EQ(stat(dir.file().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
  EXPECT_EQ(found.st_nlink, 1u);
  EXPECT_FALSE(exists(dir.path() / "state.db.new"));
}

TEST_F(Restore, IsRefusedWhileTheStateIsWrittenOrRead) {
  {
    const Store writes = Store::open(dir.file(), Access::ReadWrite);
    EXPECT_EQ(error_of([&] { restore(); }).kind(), ErrorKind::Locked);
  }
  Database reads(dir.file(), Access::ReadOnly, std::chrono::milliseconds(0));
  Transaction read(reads, TransactionKind::Read, "read");
  ASSERT_EQ(reads.number("SELECT count(*) FROM owned_snapshot"), 2);
  EXPECT_EQ(error_of([&] { restore(); }).kind(), ErrorKind::Locked);
  EXPECT_THAT(owned(), ElementsAre("OP1", "OP2"));
}

TEST_F(Restore, RefusesADamagedCopyAndLeavesTheStateAlone) {
  {
    std::fstream file(copy, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(8192 * 3 + 8);
    file << std::string(4000, '\x7f');
  }
  const Error error = error_of([&] { restore(); });
  EXPECT_EQ(error.kind(), ErrorKind::Corrupt) << error.what();
  EXPECT_THAT(owned(), ElementsAre("OP1", "OP2"));
  EXPECT_FALSE(exists(dir.path() / "state.db.new"));
}

TEST_F(Restore, RefusesACopyWhoseAuditIsBroken) {
  Database(copy, Access::ReadWrite)
      .script("DROP TRIGGER audit_is_not_changed; UPDATE audit SET text = 'else' WHERE number = 1");
  const Error error = error_of([&] { restore(); });
  EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
  EXPECT_THAT(error.what(), HasSubstr("audit is broken"));
  EXPECT_THAT(owned(), ElementsAre("OP1", "OP2"));
}

TEST_F(Restore, RefusesWhatIsNoState) {
  std::ofstream(dir.file("copy.db"), std::ios::trunc) << "not a database, whatever its name says";
  EXPECT_EQ(error_of([&] { restore(); }).kind(), ErrorKind::NotOurs);
  std::filesystem::remove(copy);
  EXPECT_THAT(error_of([&] { restore(); }).what(), HasSubstr("nothing was changed"));
  EXPECT_THAT(owned(), ElementsAre("OP1", "OP2"));
}

TEST_F(Restore, TakesThePlaceOfADamagedStateAndOfNone) {
  std::filesystem::resize_file(dir.file(), 5000);
  std::ofstream(dir.file() + "-wal", std::ios::trunc) << "whatever";
  const Restored done = restore();
  EXPECT_EQ(std::filesystem::file_size(done.replaced), 5000u);
  EXPECT_THAT(owned(), ElementsAre("OP1"));
  std::filesystem::remove(dir.file());
  EXPECT_EQ(restore().replaced, "");
  EXPECT_THAT(owned(), ElementsAre("OP1"));
}

TEST_F(Restore, CallsUnderTheLockBeforeItSwaps) {
  bool called = false;
  restore([&] {
    called = true;
    EXPECT_EQ(error_of([&] { Store::open(dir.file(), Access::ReadWrite); }).kind(),
              ErrorKind::Locked);
  });
  EXPECT_TRUE(called);
  EXPECT_THROW(restore([] { throw std::runtime_error("no key"); }), std::runtime_error);
  EXPECT_FALSE(exists(dir.path() / "state.db.new"));
}

TEST_F(Restore, ACheckCountsAndFindsNothingWrong) {
  const StateCheck check = check_state(dir.file());
  EXPECT_TRUE(check.whole());
  EXPECT_EQ(check.vms, 2u);
  EXPECT_EQ(check.operations, 2u);
  EXPECT_EQ(check.open_operations, 0u);
  EXPECT_EQ(check.owned, 2u);
  EXPECT_EQ(check.audit.lines, 4u);
  EXPECT_EQ(check.identity.epoch, 1);
}

TEST_F(Restore, ACheckTellsOfDamageRatherThanFailing) {
  Database(copy, Access::ReadWrite)
      .script("DROP TRIGGER audit_is_not_deleted; DELETE FROM audit WHERE number = 2");
  EXPECT_EQ(check_state(copy).audit.broken_at, 2);
  EXPECT_THAT(check_state(copy).damage, IsEmpty());
  {
    std::fstream file(copy, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(8192 * 3 + 8);
    file << std::string(4000, '\x7f');
  }
  EXPECT_THAT(check_state(copy).damage, Not(IsEmpty()));
}

class Beside : public JournalTest {
 protected:
  PauseRow pause{.kind = "all",
                 .what = {},
                 .shown = "everything",
                 .reason = "storage move",
                 .actor = "ada",
                 .since = at(2),
                 .until = {}};
};

TEST_F(Beside, AnotherWritesWhileTheStateIsHeldForWriting) {
  const auto beside = Store::open_beside(dir.file());
  ASSERT_TRUE(beside);
  Journal theirs(*beside);
  Holds(theirs).pause(pause, line("pause"));
  EXPECT_EQ(Holds(journal).pauses().size(), 1u);
  create("OP1", 1, "snapshot-5");
  theirs.audit(line("more"));
  EXPECT_FALSE(journal.check_audit().broken_at);
  EXPECT_EQ(error_of([&] { Store::open(dir.file(), Access::ReadWrite); }).kind(),
            ErrorKind::Locked);
}

TEST_F(Beside, ThereIsNoneWithoutAStateOrWithAnOlderOne) {
  EXPECT_FALSE(Store::open_beside(dir.file("none.db")));
  store.backup(dir.file("copy.db"));
  Database(dir.file("copy.db"), Access::ReadWrite).script("PRAGMA user_version = 3");
  EXPECT_FALSE(Store::open_beside(dir.file("copy.db")));
}

TEST_F(Beside, AStateThatWasReplacedMeanwhileIsNotWrittenTo) {
  const auto beside = Store::open_beside(dir.file());
  ASSERT_TRUE(beside);
  Journal theirs(*beside);
  std::filesystem::rename(dir.file(), dir.file("moved.db"));
  EXPECT_THAT(error_of([&] { Holds(theirs).pause(pause, line("pause")); }).what(),
              HasSubstr("replaced while it was open"));
}

}  // namespace
}  // namespace storage::test
