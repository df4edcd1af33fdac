// A copy of the state while it is in use.
#include <sys/stat.h>

#include <fstream>

#include "storage/sqlite.h"
#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Backup : public JournalTest {
 protected:
  void SetUp() override {
    scan(store, at(1), {make_vm(1), make_vm(2)});
    create("OP1", 1, "snapshot-5");
  }
  /// The copy holds what the state held at `SetUp`.
  void expect_whole(const std::string& file) {
    const Store copy = Store::open(file, Access::ReadWrite);
    EXPECT_EQ(all_vms(copy), (std::vector{make_vm(1), make_vm(2)}));
    EXPECT_EQ(copy.mark_key(), store.mark_key());
    const Journal copied(copy);
    EXPECT_EQ(copied.operation("OP1"), journal.operation("OP1"));
    EXPECT_EQ(copied.owned().size(), 1u);
    EXPECT_EQ(copied.identity().agent, journal.identity().agent);
    const AuditCheck check = copied.check_audit();
    EXPECT_FALSE(check.broken_at) << check.why;
    EXPECT_EQ(check.lines, 2u);
  }
};

TEST_F(Backup, OpensAndItsAuditIsWhole) {
  store.backup(dir.file("copy.db"));
  expect_whole(dir.file("copy.db"));
  EXPECT_EQ(all_vms(Store::open(dir.file("copy.db"), Access::ReadOnly)).size(), 2u);
}

TEST_F(Backup, CanBeReadWithoutHavingBeenWrittenTo) {
  store.backup(dir.file("copy.db"));
  const Store copy = Store::open(dir.file("copy.db"), Access::ReadOnly);
  EXPECT_EQ(Journal(copy).check_audit().lines, 2u);
}

TEST_F(Backup, IsForItsOwnerOnlyWhateverTheUmask) {
  const mode_t old = umask(0);
  store.backup(dir.file("copy.db"));
  umask(old);
  struct stat found {};
  ASSERT_EQ(stat(dir.file("copy.db").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
}

TEST_F(Backup, WorksWhileAScanIsOpenAndAnotherConnectionWrites) {
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1, 5));
  writer.commit_page();
  Database other(dir.file(), Access::ReadWrite);
  const Transaction holds(other, TransactionKind::Write, "hold the lock");
  store.backup(dir.file("copy.db"));
  expect_whole(dir.file("copy.db"));
}

TEST_F(Backup, OfAStateOpenedForReadingWorks) {
  Store::open(dir.file(), Access::ReadOnly).backup(dir.file("copy.db"));
  expect_whole(dir.file("copy.db"));
}

TEST_F(Backup, OverwritesNothing) {
  std::ofstream(dir.file("precious")) << "precious";
  std::filesystem::create_symlink(dir.file("nowhere"), dir.file("link"));
  for (const char* name : {"precious", "link", "state.db"}) {
    const Error error = error_of([&] { store.backup(dir.file(name)); });
    EXPECT_EQ(error.kind(), ErrorKind::Unwritable);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(dir.file(name)), HasSubstr("nothing is overwritten")));
  }
  EXPECT_EQ(std::filesystem::file_size(dir.file("precious")), 8u);
  EXPECT_FALSE(std::filesystem::exists(dir.file("nowhere")));
  EXPECT_EQ(error_of([&] { store.backup(dir.file("no/such/dir")); }).kind(), ErrorKind::Unwritable);
}

TEST_F(Backup, ThatFailsAtAnyWriteLeavesNoFile) {
  FaultVfs vfs;
  // Connections made before do not see the faults: a store of its own.
  const Store faulty = Store::open(dir.file(), Access::ReadOnly);
  int sites = 0;
  for (int n = 1; n < 500; ++n) {
    vfs.arm(Fault::NoSpace, n);
    bool failed = false;
    try {
      faulty.backup(dir.file("copy.db"));
    } catch (const Error& error) {
      failed = true;
      EXPECT_EQ(error.kind(), ErrorKind::Unwritable) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(dir.file("copy.db")));
    }
    const bool struck = vfs.struck();
    vfs.disarm();
    if (!struck) break;
    ++sites;
    ASSERT_TRUE(failed) << n;
    ASSERT_FALSE(std::filesystem::exists(dir.file("copy.db"))) << n;
  }
  EXPECT_GT(sites, 5);
  expect_whole(dir.file("copy.db"));
}

}  // namespace
}  // namespace storage::test
