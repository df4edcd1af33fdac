// A state that something else damaged: clear errors or whole answers, never a crash.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "storage/sqlite.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

class Damage : public testing::Test {
 protected:
  void SetUp() override {
    Store store = Store::open(dir.file(), Access::ReadWrite);
    for (int hour = 1; hour <= 3; ++hour) scan(store, at(hour), vms(hour));
    Journal journal(store);
    for (int vm = 1; vm <= 20; ++vm) {
      journal.begin(make_operation("OP" + std::to_string(vm), vm), line("begin"));
    }
  }
  static std::vector<policy::Vm> vms(int deltas) {
    std::vector<policy::Vm> made;
    for (int i = 100; i < 160; ++i) made.push_back(make_vm(i, deltas));
    return made;
  }
  std::string bytes() const {
    std::ifstream in(dir.file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void write(const std::string& text) const {
    std::ofstream(dir.file(), std::ios::binary | std::ios::trunc) << text;
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(dir.file() + suffix);
  }
  /// Reads and writes all there is; the kind of the error that came, if any.
  std::optional<ErrorKind> use() const {
    try {
      Store store = Store::open(dir.file(), Access::ReadWrite);
      for (const policy::Vm& vm : all_vms(store)) store.history(vm.identity, policy::Time{});
      store.find_vms("web-1");
      store.gone_vms();
      store.datastores();
      store.scans(100);
      Journal journal(store);
      if (journal.check_audit().broken_at) return ErrorKind::Corrupt;
      journal.operations({});
      for (const policy::Operation& o : journal.operations({.open_only = true})) {
        journal.events(o.id);
        journal.update(made(o, "snapshot-9"), line("done"));
      }
      journal.owned();
      scan(store, at(9), vms(4));
      store.thin_history(at(9) + days(40));
      return std::nullopt;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), AllOf(testing::StartsWith("cannot "), HasSubstr(dir.file())));
      return error.kind();
    }
  }

  TempDir dir;
};

TEST_F(Damage, OfARandomPageIsAnErrorOrHarmless) {
  const std::string whole = bytes();
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 100; ++round) {
    std::string damaged = whole;
    const std::size_t page = random() % (damaged.size() / 8192);
    const std::size_t length = round % 2 == 0 ? 8192 : 1 + random() % 64;
    const std::size_t from = page * 8192 + (length == 8192 ? 0 : random() % (8192 - length));
    for (std::size_t i = from; i < from + length; ++i) damaged[i] = static_cast<char>(random());
    write(damaged);
    if (use()) ++refused;
  }
  EXPECT_GT(refused, 40) << "a whole page of noise must not pass";
}

TEST_F(Damage, OfTheLengthIsAnError) {
  const std::string whole = bytes();
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{50}, std::size_t{100}, std::size_t{4096}, std::size_t{8192},
        std::size_t{20000}, whole.size() / 2, whole.size() - 8192, whole.size() - 1}) {
    write(whole.substr(0, size));
    const auto kind = use();
    ASSERT_TRUE(kind.has_value()) << size;
    EXPECT_THAT(*kind, AnyOf(ErrorKind::Corrupt, ErrorKind::NotOurs)) << size;
  }
}

TEST_F(Damage, OfOneVmSaysWhichAndLeavesTheOthers) {
  {
    Database db(dir.file(), Access::ReadWrite);
    db.run(
        "UPDATE vm_state SET text = substr(text, 1, 200) WHERE id = "
        "(SELECT state FROM vm WHERE moid = 'vm-105')");
  }
  const Store store = Store::open(dir.file(), Access::ReadOnly);
  int read = 0;
  const Error error = error_of([&] { store.for_each_vm({}, [&](const policy::Vm&) { ++read; }); });
  EXPECT_EQ(read, 5);
  EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("cannot read the VMs"), HasSubstr("VM 6 is damaged"),
                                  HasSubstr("restore")));
  EXPECT_EQ(store.find_vms("vm-106").size(), 1u);
}

TEST_F(Damage, OfOneVmIsHealedByTheNextScan) {
  {
    Database db(dir.file(), Access::ReadWrite);
    db.run("UPDATE vm_state SET text = 'x' WHERE id = 3");
  }
  Store store = Store::open(dir.file(), Access::ReadWrite);
  scan(store, at(4), vms(3));
  EXPECT_EQ(all_vms(store), vms(3));
}

/// Leaves a state whose last scans are in the -wal only, as after a power cut.
void die_with_log(const std::string& file, const std::vector<policy::Vm>& vms) {
  const pid_t child = fork();
  if (child == 0) {
    Store store = Store::open(file, Access::ReadWrite);
    scan(store, at(5), vms);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  ASSERT_GT(std::filesystem::file_size(file + "-wal"), 0u);
}

TEST_F(Damage, OfTheLogAnywhereLeavesAClosedScan) {
  die_with_log(dir.file(), vms(8));
  const std::string db = bytes();
  std::ifstream in(dir.file() + "-wal", std::ios::binary);
  const std::string log{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::mt19937 random(3);
  int newer = 0;
  for (int round = 0; round <= 60; ++round) {
    std::string damaged = log;
    if (round % 2 == 0) damaged.resize(random() % log.size());
    if (round % 2 == 1) damaged[random() % log.size()] ^= 0x40;
    if (round == 60) damaged = log;
    write(db);
    std::ofstream(dir.file() + "-wal", std::ios::binary) << damaged;
    const Store store = Store::open(dir.file(), Access::ReadWrite);
    const bool is_new = store.scans(10).size() == 4;
    newer += is_new ? 1 : 0;
    ASSERT_EQ(all_vms(store), vms(is_new ? 8 : 3)) << round;
  }
  EXPECT_GE(newer, 1) << "the whole log must be replayed";
}

TEST_F(Damage, ByDeletingTheLogLeavesAnErrorOrAClosedScan) {
  die_with_log(dir.file(), vms(8));
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(dir.file() + suffix);
  const Store store = Store::open(dir.file(), Access::ReadWrite);
  EXPECT_EQ(store.scans(10).size(), 3u);
  EXPECT_EQ(all_vms(store), vms(3));
}

}  // namespace
}  // namespace storage::test
