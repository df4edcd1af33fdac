#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "storage/sqlite.h"
#include "storage/state_file.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

void raw_sql(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
}

mode_t mode_of(const std::string& file) {
  struct stat found {};
  return stat(file.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

void write_file(const std::string& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

class Open : public testing::Test {
 protected:
  Error refused(Access access = Access::ReadWrite) {
    return error_of([&] { Store::open(dir.file(), access); });
  }
  /// Creates a state and closes it again.
  void create() {
    Store store = Store::open(dir.file(), Access::ReadWrite);
    scan(store, at(1), {make_vm(1)});
  }

  TempDir dir;
};

TEST_F(Open, CreatesFilesThatOnlyTheOwnerCanReadWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const TempDir fresh;
    const mode_t old = umask(mask);
    {
      Store store = Store::open(fresh.file(), Access::ReadWrite);
      scan(store, at(1), {make_vm(1)});
      for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
        EXPECT_EQ(mode_of(fresh.file() + suffix), 0600u) << suffix << " under umask " << mask;
      }
    }
    umask(old);
  }
}

TEST_F(Open, FindsWhatWasStoredBefore) {
  create();
  EXPECT_EQ(all_vms(Store::open(dir.file(), Access::ReadWrite)), std::vector{make_vm(1)});
  EXPECT_EQ(all_vms(Store::open(dir.file(), Access::ReadOnly)), std::vector{make_vm(1)});
}

TEST_F(Open, LeavesNoHalfMadeFileBehind) {
  create();
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("state.db", "state.db-wal", "state.db-shm",
                                                   "state.db.lock"));
}

TEST_F(Open, ForReadingNeverCreates) {
  const Error error = refused(Access::ReadOnly);
  EXPECT_EQ(error.kind(), ErrorKind::Missing);
  EXPECT_THAT(error.what(), AllOf(HasSubstr(dir.file()), HasSubstr("deltakeep scan")));
  EXPECT_FALSE(exists(dir.file()));
}

TEST_F(Open, NeedsADirectoryThatExists) {
  const std::string file = dir.file("no/such/state.db");
  EXPECT_EQ(error_of([&] { Store::open(file, Access::ReadWrite); }).kind(), ErrorKind::Unwritable);
  EXPECT_EQ(error_of([&] { Store::open(file, Access::ReadOnly); }).kind(), ErrorKind::Missing);
}

TEST_F(Open, RefusesASecondWriterAndNamesTheFirst) {
  const Store first = Store::open(dir.file(), Access::ReadWrite);
  const Error error = refused();
  EXPECT_EQ(error.kind(), ErrorKind::Locked);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("process " + std::to_string(getpid()) + " holds"),
                                  HasSubstr(dir.file())));
}

TEST_F(Open, LetsReadersInWhileAWriterScans) {
  Store writer = Store::open(dir.file(), Access::ReadWrite);
  scan(writer, at(1), {make_vm(1, 1)});
  ScanWriter open = writer.begin_scan(endpoint(), at(2));
  open.put(make_vm(1, 5));
  open.commit_page();
  const Store reader = Store::open(dir.file(), Access::ReadOnly);
  EXPECT_EQ(all_vms(reader), std::vector{make_vm(1, 1)});
  open.close(ScanOutcome::Complete, {}, at(2));
  EXPECT_EQ(all_vms(reader), std::vector{make_vm(1, 5)});
}

TEST_F(Open, ALockDiesWithItsHolder) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Store store = Store::open(dir.file(), Access::ReadWrite);
    scan(store, at(1), {make_vm(1)});
    _exit(0);  // no destructor runs, the lock file keeps our pid
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(all_vms(Store::open(dir.file(), Access::ReadWrite)), std::vector{make_vm(1)});
}

TEST_F(Open, ForReadingRefusesToWrite) {
  create();
  Store reader = Store::open(dir.file(), Access::ReadOnly);
  EXPECT_EQ(error_of([&] { reader.begin_scan(endpoint(), at(1)); }).kind(), ErrorKind::Unwritable);
  EXPECT_EQ(error_of([&] { reader.thin_history(at(1)); }).kind(), ErrorKind::Unwritable);
}

TEST_F(Open, RefusesAStateOfANewerVersion) {
  create();
  raw_sql(dir.file(), "PRAGMA user_version = 1000");
  for (const Access access : {Access::ReadOnly, Access::ReadWrite}) {
    const Error error = refused(access);
    EXPECT_EQ(error.kind(), ErrorKind::Newer);
    EXPECT_THAT(error.what(), HasSubstr("schema 1000"));
  }
}

TEST_F(Open, RefusesADatabaseOfAnotherProgramAndLeavesItAsItIs) {
  raw_sql(dir.file(), "PRAGMA application_id = 7; CREATE TABLE theirs (n)");
  std::filesystem::permissions(dir.file(), std::filesystem::perms(0600));
  const auto size = std::filesystem::file_size(dir.file());
  EXPECT_EQ(refused().kind(), ErrorKind::NotOurs);
  EXPECT_EQ(std::filesystem::file_size(dir.file()), size);
  EXPECT_FALSE(exists(dir.file() + "-wal")) << "not even its journal mode is changed";
}

TEST_F(Open, RefusesAFileThatIsNoDatabase) {
  write_file(dir.file(), "[[vcenter]]\nname = \"prod\"\n" + std::string(4096, '#'));
  std::filesystem::permissions(dir.file(), std::filesystem::perms(0600));
  for (const Access access : {Access::ReadOnly, Access::ReadWrite}) {
    EXPECT_EQ(refused(access).kind(), ErrorKind::NotOurs);
  }
}

TEST_F(Open, RefusesAnEmptyFileInsteadOfBeginningAnew) {
  write_file(dir.file(), "");
  std::filesystem::permissions(dir.file(), std::filesystem::perms(0600));
  EXPECT_EQ(refused().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(refused(Access::ReadOnly).what(), HasSubstr("the file is empty"));
}

TEST_F(Open, RefusesADirectoryAndASymbolicLinkAndASecondName) {
  std::filesystem::create_directory(dir.file());
  EXPECT_EQ(refused().kind(), ErrorKind::NotOurs);
  std::filesystem::remove(dir.file());

  { const Store real = Store::open(dir.file("real.db"), Access::ReadWrite); }
  std::filesystem::create_symlink(dir.file("real.db"), dir.file());
  EXPECT_THAT(refused().what(), HasSubstr("symbolic link"));
  EXPECT_THAT(all_vms(Store::open(dir.file(), Access::ReadOnly)), IsEmpty()) << "reading may";
  std::filesystem::remove(dir.file());

  std::filesystem::create_hard_link(dir.file("real.db"), dir.file());
  EXPECT_THAT(refused().what(), HasSubstr("hard link"));
}

TEST_F(Open, DoesNotFollowALockThatIsASymbolicLink) {
  write_file(dir.file("victim"), "precious");
  std::filesystem::create_symlink(dir.file("victim"), dir.file() + ".lock");
  EXPECT_EQ(refused().kind(), ErrorKind::Unwritable);
  EXPECT_EQ(std::filesystem::file_size(dir.file("victim")), 8u);
}

TEST_F(Open, RefusesAStateThatOthersCanWrite) {
  create();
  std::filesystem::permissions(dir.file(), std::filesystem::perms(0660));
  EXPECT_THAT(refused().what(), HasSubstr("chmod go-w"));
  std::filesystem::permissions(dir.file(), std::filesystem::perms(0640));
  EXPECT_EQ(all_vms(Store::open(dir.file(), Access::ReadWrite)).size(), 1u);
}

TEST_F(Open, RefusesFilesystemsOnWhichWalIsUnsafe) {
  for (const std::uint32_t magic :
       {0x6969u, 0xFF534D42u, 0xFE534D42u, 0x65735546u, 0x01021997u, 0x00C36400u}) {
    const auto probe = [&](const std::string&) { return std::optional(magic); };
    const Error error = error_of([&] { check_place(dir.file(), Access::ReadWrite, probe); });
    EXPECT_EQ(error.kind(), ErrorKind::NetworkFs) << magic;
    EXPECT_THAT(error.what(), AllOf(HasSubstr("local disk"), HasSubstr(dir.path().string())));
  }
  for (const std::uint32_t magic : {0xEF53u, 0x58465342u, 0x9123683Eu, 0x01021994u, 0x2FC12FC1u,
                                    0x794C7630u}) {  // ext4, xfs, btrfs, tmpfs, zfs, overlayfs
    check_place(dir.file(), Access::ReadWrite, [&](const std::string&) { return magic; });
  }
}

TEST_F(Open, SeesTheFilesystemItIsOn) {
  EXPECT_TRUE(filesystem_magic(dir.path().string()).has_value());
  EXPECT_FALSE(filesystem_magic(dir.file("no-such")).has_value());
}

TEST_F(Open, RefusesToReplayALogWhoseStateIsGone) {
  {
    Store store = Store::open(dir.file(), Access::ReadWrite);
    scan(store, at(1), {make_vm(1)});
    std::filesystem::copy_file(dir.file() + "-wal", dir.file("saved"));
  }
  std::filesystem::remove(dir.file());
  std::filesystem::rename(dir.file("saved"), dir.file() + "-wal");
  const Error error = refused();
  EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
  EXPECT_THAT(error.what(), HasSubstr("-wal is there without it"));
}

TEST_F(Open, NoticesThatItsFileWasReplaced) {
  Store store = Store::open(dir.file(), Access::ReadWrite);
  scan(store, at(1), {make_vm(1)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  std::filesystem::rename(dir.file(), dir.file("moved"));
  EXPECT_THAT(error_of([&] { writer.close(ScanOutcome::Complete, {}, at(2)); }).what(),
              HasSubstr("moved, deleted or replaced"));
  std::filesystem::rename(dir.file("moved"), dir.file());
  EXPECT_EQ(writer.close(ScanOutcome::Complete, {}, at(2)).vms, 0u) << "and can be tried again";
}

TEST_F(Open, SaysWhoIsBusyInsteadOfWaitingForEver) {
  create();
  Database one(dir.file(), Access::ReadWrite);
  Database two(dir.file(), Access::ReadWrite, std::chrono::milliseconds(0));
  Transaction holds(one, TransactionKind::Write, "hold the lock");
  const Error error =
      error_of([&] { Transaction(two, TransactionKind::Write, "close the scan of prod"); });
  EXPECT_EQ(error.kind(), ErrorKind::Locked);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("cannot close the scan of prod in " + dir.file()),
                                  HasSubstr("another program")));
}

/// Runs `look` in a child that is nobody, so that modes mean something even for a root test run.
std::string as_nobody(const std::function<std::string()>& look) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    std::string answer;
    if (geteuid() == 0 && setuid(65534) != 0) answer = "no setuid";
    try {
      if (answer.empty()) answer = look();
    } catch (const Error& error) {
      answer = std::string(kind_name(error.kind())) + ": " + error.what();
    }
    const bool told = write(ends[1], answer.data(), answer.size()) >= 0;
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  std::string answer(4096, '\0');
  const ssize_t size = read(ends[0], answer.data(), answer.size());
  close(ends[0]);
  waitpid(child, nullptr, 0);
  answer.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return answer;
}

class OpenReadOnlyDirectory : public Open {
 protected:
  void SetUp() override {
    create();
    using std::filesystem::perms;
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::permissions(dir.file() + suffix, perms(0444));
    }
    std::filesystem::permissions(dir.path(), perms(0555));
  }
  void TearDown() override {
    std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  }
  std::string read() {
    return as_nobody([&] {
      const auto vms = all_vms(Store::open(dir.file(), Access::ReadOnly));
      return vms == std::vector{make_vm(1)} ? "ok" : "other VMs";
    });
  }
};

TEST_F(OpenReadOnlyDirectory, CanBeReadBecauseTheLogFilesStay) { EXPECT_EQ(read(), "ok"); }

TEST_F(OpenReadOnlyDirectory, SaysWhyNotWhenTheLogFilesAreGone) {
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(dir.file() + suffix);
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0555));
  EXPECT_THAT(read(), AllOf(HasSubstr("unwritable: "), HasSubstr("copy the file")));
}

TEST_F(OpenReadOnlyDirectory, RefusesAWriterClearly) {
  EXPECT_THAT(as_nobody([&] {
                Store::open(dir.file(), Access::ReadWrite);
                return std::string("opened");
              }),
              HasSubstr("unwritable: "));
}

}  // namespace
}  // namespace storage::test
