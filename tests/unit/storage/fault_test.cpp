// A disk that fails or a process that dies at every single place where a state is written.
#include <filesystem>

#include "storage/sqlite.h"
#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr int kVms = 12;

std::vector<policy::Vm> generation(int depth) {
  std::vector<policy::Vm> vms;
  for (int i = 10; i < 10 + kVms; ++i) vms.push_back(make_vm(i, depth));
  return vms;
}

/// A second scan that changes each VM, loses one and finds one, in pages of 4.
void rescan(Store& store) {
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  const std::vector<policy::Vm> vms = generation(3);
  for (std::size_t i = 1; i < vms.size(); ++i) {
    writer.put(vms[i]);
    if (i % 4 == 0) writer.commit_page();
  }
  writer.put(make_vm(99, 3));
  writer.close(ScanOutcome::Complete, {}, at(2));
}

std::vector<policy::Vm> after_rescan() {
  std::vector<policy::Vm> vms = generation(3);
  vms.erase(vms.begin());
  vms.push_back(make_vm(99, 3));
  return vms;
}

/// A state with one scan in it, copied: making one anew for each of hundreds of faults takes longer
/// than the rest.
void put_scanned_state(const std::string& file) {
  static const TempDir made;
  static const bool once = [] {
    Store store = Store::open(made.file(), Access::ReadWrite);
    scan(store, at(1), generation(1));
    return true;
  }();
  ASSERT_TRUE(once);
  std::filesystem::copy_file(made.file(), file);
}

/// Old or new, whole, and in every part that a read can show.
void expect_one_of_both(const std::string& file, const std::string& when) {
  const Store store = Store::open(file, Access::ReadOnly);
  const bool is_new = store.scans(10).size() == 2;
  ASSERT_EQ(all_vms(store), is_new ? after_rescan() : generation(1)) << when;
  ASSERT_EQ(gone_names(store).size(), is_new ? 1u : 0u) << when;
  ASSERT_EQ(depths(store, make_vm(20).identity), is_new ? (std::vector{1, 3}) : std::vector{1})
      << when;
  ASSERT_EQ(depths(store, make_vm(99).identity), is_new ? std::vector{3} : std::vector<int>{})
      << when;
  Database db(file, Access::ReadOnly);
  Query check(db, "PRAGMA integrity_check");
  ASSERT_TRUE(check.next());
  ASSERT_EQ(check.text(0), "ok") << when;
}

class Faults : public testing::Test {
 protected:
  FaultVfs vfs;

  /// Runs a rescan that meets the fault at its n-th operation, for every n until none is left.
  void sweep(Fault fault, int* sites, ErrorKind kind) {
    for (int n = 1;; ++n) {
      const TempDir dir;
      put_scanned_state(dir.file());
      Store store = Store::open(dir.file(), Access::ReadWrite);
      const std::string when = "operation " + std::to_string(n);
      vfs.arm(fault, n);
      bool failed = false;
      try {
        rescan(store);
      } catch (const Error& error) {
        failed = true;
        ASSERT_EQ(error.kind(), kind) << when << ": " << error.what();
        ASSERT_THAT(error.what(), HasSubstr(dir.file())) << when;
        ASSERT_THAT(error.what(), testing::StartsWith("cannot ")) << when;
      }
      const bool struck = vfs.struck();
      vfs.disarm();
      if (!struck) {
        *sites = n - 1;
        return;
      }
      // A checkpoint that fails after a commit is no failure of the commit: it is made up later.
      if (failed) {
        ASSERT_NO_FATAL_FAILURE(expect_one_of_both(dir.file(), when));
      }
      rescan(store);
      ASSERT_EQ(all_vms(store), after_rescan()) << when << ": the same store works on";
    }
  }
};

TEST_F(Faults, AFullDiskIsAnErrorThatLeavesTheLastScan) {
  int sites = 0;
  sweep(Fault::NoSpace, &sites, ErrorKind::Unwritable);
  EXPECT_GT(sites, 20) << "the sweep met too few writes to mean anything";
}

TEST_F(Faults, AWriteErrorIsAnErrorThatLeavesTheLastScan) {
  int sites = 0;
  sweep(Fault::WriteError, &sites, ErrorKind::Failed);
  EXPECT_GT(sites, 20);
}

TEST_F(Faults, ASyncErrorIsAnErrorThatLeavesOneOfBothScans) {
  int sites = 0;
  sweep(Fault::SyncError, &sites, ErrorKind::Failed);
  EXPECT_GE(sites, 1);
}

TEST_F(Faults, AReadErrorIsAnErrorAndTheStateStays) {
  const TempDir dir;
  {
    Store store = Store::open(dir.file(), Access::ReadWrite);
    scan(store, at(1), generation(1));
  }
  int errors = 0;
  for (int n = 1;; ++n) {
    vfs.arm(Fault::ReadError, n);
    try {
      EXPECT_EQ(all_vms(Store::open(dir.file(), Access::ReadOnly)), generation(1)) << n;
    } catch (const Error& error) {
      ++errors;
      EXPECT_THAT(error.what(), HasSubstr(dir.file())) << n;
    }
    if (!vfs.struck()) break;
  }
  vfs.disarm();
  EXPECT_GT(errors, 3);
  EXPECT_EQ(all_vms(Store::open(dir.file(), Access::ReadOnly)), generation(1));
}

TEST_F(Faults, AFullDiskWhileCreatingLeavesNoFile) {
  int sites = 0;
  for (int n = 1;; ++n) {
    const TempDir dir;
    vfs.arm(Fault::NoSpace, n);
    bool failed = false;
    try {
      Store::open(dir.file(), Access::ReadWrite);
    } catch (const Error& error) {
      failed = true;
      EXPECT_EQ(error.kind(), ErrorKind::Unwritable) << n << error.what();
    }
    const bool struck = vfs.struck();
    vfs.disarm();
    if (!struck) break;
    ++sites;
    Store store = Store::open(dir.file(), Access::ReadWrite);
    scan(store, at(1), {make_vm(1)});
    EXPECT_EQ(all_vms(store), std::vector{make_vm(1)}) << n << (failed ? " failed" : " went on");
  }
  EXPECT_GT(sites, 3);
}

class Crash : public testing::Test {
 protected:
  FaultVfs vfs;

  int sweep(Fault fault) {
    for (int n = 1;; ++n) {
      const TempDir dir;
      put_scanned_state(dir.file());
      const bool died = killed(vfs, fault, n, [&] {
        Store store = Store::open(dir.file(), Access::ReadWrite);
        rescan(store);
      });
      if (!died) return n - 1;
      expect_one_of_both(dir.file(), "killed at write " + std::to_string(n));
      if (HasFatalFailure()) return -1;
      Store store = Store::open(dir.file(), Access::ReadWrite);
      rescan(store);
      EXPECT_EQ(all_vms(store), after_rescan()) << n;
      EXPECT_LE(store.scans(10).size(), 3u) << "what was left behind is no scan";
      Database db(dir.file(), Access::ReadOnly);
      EXPECT_EQ(db.number("SELECT count(*) FROM staged"), 0) << n;
      EXPECT_EQ(db.number("SELECT count(*) FROM scan WHERE finished IS NULL"), 0) << n;
      EXPECT_EQ(db.number("SELECT count(*) FROM vm_state"), kVms + 1) << n;
      EXPECT_EQ(db.number("SELECT count(*) FROM vm"), kVms + 1) << n;
      if (HasFailure()) return -1;
    }
  }
};

TEST_F(Crash, AtAnyWriteLeavesTheOldOrTheNewStateAndNoLeftovers) {
  EXPECT_GT(sweep(Fault::Kill), 20);
}

TEST_F(Crash, InTheMiddleOfAnyWriteLeavesTheOldOrTheNewState) {
  EXPECT_GT(sweep(Fault::KillTorn), 20);
}

TEST_F(Crash, WhileCreatingLeavesNothingThatBlocksTheNextStart) {
  int sites = 0;
  for (int n = 1;; ++n) {
    const TempDir dir;
    if (!killed(vfs, Fault::Kill, n, [&] { Store::open(dir.file(), Access::ReadWrite); })) break;
    ++sites;
    Store store = Store::open(dir.file(), Access::ReadWrite);
    scan(store, at(1), {make_vm(1)});
    EXPECT_EQ(all_vms(store), std::vector{make_vm(1)}) << n;
  }
  EXPECT_GT(sites, 3);
}

TEST_F(Crash, WhileThinningLeavesTheOldOrTheNewHistory) {
  std::vector<int> before;
  std::vector<int> after;
  int sites = 0;
  for (int n = 1;; ++n) {
    const TempDir dir;
    {
      Store store = Store::open(dir.file(), Access::ReadWrite);
      for (int i = 0; i < 6; ++i) scan(store, at(1, i * 20), {make_vm(1, i), make_vm(2, 9 - i)});
      before = depths(store, make_vm(1).identity);
    }
    const bool died = killed(vfs, Fault::Kill, n, [&] {
      Store::open(dir.file(), Access::ReadWrite).thin_history(at(1) + days(3));
    });
    Store store = Store::open(dir.file(), Access::ReadWrite);
    const auto found = depths(store, make_vm(1).identity);
    store.thin_history(at(1) + days(3));
    after = depths(store, make_vm(1).identity);
    EXPECT_THAT(found, AnyOf(before, after)) << n;
    if (!died) break;
    ++sites;
  }
  EXPECT_EQ(before.size(), 6u);
  EXPECT_EQ(after, (std::vector{2, 5}));
  EXPECT_GT(sites, 3);
}

}  // namespace
}  // namespace storage::test
