// A disk that fails or a process that dies at every place where the journal is written.
#include "storage/holds.h"
#include "storage/runs.h"
#include "storage/sqlite.h"
#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using policy::OpState;
using testing::AnyOf;
using testing::HasSubstr;

constexpr int kSteps = 5;

/// A backup run in five changes, of which each writes one line of the audit.
void run_all(Journal& journal, int from = 0) {
  const policy::Operation o = make_operation("OP1");
  const std::vector<std::function<void()>> steps{
      [&] {
        Run run;
        run.id = "R1";
        run.plan = std::string(20000, 'p');
        Runs(journal).begin(run, line("run"));
      },
      [&] { journal.begin(o, line("begin")); },
      [&] { journal.update(moved(o, OpState::Task, "sent"), line("task")); },
      [&] { journal.update(made(o, "snapshot-5"), line("done")); },
      [&] { Holds(journal).pause({.kind = "all", .reason = "enough"}, line("pause")); }};
  for (std::size_t i = static_cast<std::size_t>(from); i < steps.size(); ++i) steps[i]();
}

/// How many of the steps are there; fails the test unless those are there whole and no other is.
int steps_there(const std::string& file, const std::string& when) {
  const Store store = Store::open(file, Access::ReadOnly);
  Journal journal(store);
  const AuditCheck audit = journal.check_audit();
  EXPECT_FALSE(audit.broken_at) << when << ": " << audit.why;
  const int n = static_cast<int>(audit.lines);
  EXPECT_EQ(Runs(journal).runs(0).size(), n >= 1 ? 1u : 0u) << when;
  const auto operations = journal.operations({});
  EXPECT_EQ(operations.size(), n >= 2 ? 1u : 0u) << when;
  if (!operations.empty()) {
    const OpState expected = n == 2 ? OpState::Intent : n == 3 ? OpState::Task : OpState::Done;
    EXPECT_EQ(operations[0].state, expected) << when;
  }
  EXPECT_EQ(journal.events("OP1").size(), static_cast<unsigned>(std::clamp(n - 1, 0, 3))) << when;
  EXPECT_EQ(journal.owned().size(), n >= 4 ? 1u : 0u) << when;
  EXPECT_EQ(Holds(journal).pauses().size(), n >= 5 ? 1u : 0u) << when;
  Database db(file, Access::ReadOnly);
  Query check(db, "PRAGMA quick_check");
  EXPECT_TRUE(check.next());
  EXPECT_EQ(check.text(0), "ok") << when;
  return n;
}

/// An empty state, copied: making one anew for each of hundreds of faults takes longer than the
/// rest.
void put_fresh_state(const std::string& file) {
  static const TempDir made;
  static const bool once = (Store::open(made.file(), Access::ReadWrite), true);
  ASSERT_TRUE(once);
  std::filesystem::copy_file(made.file(), file);
}

class JournalFaults : public testing::Test {
 protected:
  FaultVfs vfs;

  /// Meets the fault at its n-th operation, for every n until none is left; gives how many.
  int sweep(Fault fault, ErrorKind kind) {
    for (int n = 1;; ++n) {
      const TempDir dir;
      put_fresh_state(dir.file());
      const Store store = Store::open(dir.file(), Access::ReadWrite);
      Journal journal(store);
      const std::string when = "operation " + std::to_string(n);
      vfs.arm(fault, n);
      try {
        run_all(journal);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind) << when << ": " << error.what();
        EXPECT_THAT(error.what(), HasSubstr(dir.file())) << when;
      }
      const bool struck = vfs.struck();
      vfs.disarm();
      if (!struck) return n - 1;
      const int there = steps_there(dir.file(), when);
      if (!HasFailure()) run_all(journal, there);
      EXPECT_EQ(steps_there(dir.file(), when + ", and then the rest"), kSteps);
      if (HasFailure()) return -1;
    }
  }

  int sweep_kills(Fault fault) {
    for (int n = 1;; ++n) {
      const TempDir dir;
      put_fresh_state(dir.file());
      const bool died = killed(vfs, fault, n, [&] {
        const Store store = Store::open(dir.file(), Access::ReadWrite);
        Journal journal(store);
        run_all(journal);
      });
      const std::string when = "killed at write " + std::to_string(n);
      const int there = steps_there(dir.file(), when);
      if (!died) {
        EXPECT_EQ(there, kSteps);
        return n - 1;
      }
      const Store store = Store::open(dir.file(), Access::ReadWrite);
      Journal journal(store);
      run_all(journal, there);
      EXPECT_EQ(steps_there(dir.file(), when + ", and then the rest"), kSteps);
      if (HasFailure()) return -1;
    }
  }
};

TEST_F(JournalFaults, AFullDiskIsAnErrorAndNothingOfTheChangeIsThere) {
  EXPECT_GT(sweep(Fault::NoSpace, ErrorKind::Unwritable), 10);
}

TEST_F(JournalFaults, AWriteErrorIsAnErrorAndNothingOfTheChangeIsThere) {
  EXPECT_GT(sweep(Fault::WriteError, ErrorKind::Failed), 10);
}

TEST_F(JournalFaults, EveryChangeIsSyncedAndAFailedSyncIsAnError) {
  EXPECT_GE(sweep(Fault::SyncError, ErrorKind::Failed), kSteps) << "one sync per change at least";
}

TEST_F(JournalFaults, AProcessThatDiesAtAnyWriteLeavesWholeChanges) {
  EXPECT_GT(sweep_kills(Fault::Kill), 10 + kSteps);
}

TEST_F(JournalFaults, AProcessThatDiesInTheMiddleOfAnyWriteLeavesWholeChanges) {
  EXPECT_GT(sweep_kills(Fault::KillTorn), 10);
}

TEST_F(JournalFaults, ABeginThatFailedLeavesTheVmFree) {
  const TempDir dir;
  const Store store = Store::open(dir.file(), Access::ReadWrite);
  Journal journal(store);
  vfs.arm(Fault::NoSpace, 1);
  EXPECT_EQ(error_of([&] { journal.begin(make_operation("OP1"), line("begin")); }).kind(),
            ErrorKind::Unwritable);
  vfs.disarm();
  journal.begin(make_operation("OP2"), line("begin"));
  EXPECT_EQ(journal.operations({}).size(), 1u);
}

TEST_F(JournalFaults, ProgressIsNotWaitedFor) {
  const TempDir dir;
  const Store store = Store::open(dir.file(), Access::ReadWrite);
  Journal journal(store);
  journal.begin(make_operation("OP1"), line("begin"));
  vfs.arm(Fault::SyncError, 1);
  journal.note_progress("OP1", 10, at(2));
  EXPECT_FALSE(vfs.struck()) << "no sync for a number that the next look brings again";
  EXPECT_THROW(journal.update(moved(make_operation("OP1"), OpState::Task), line("x")), Error);
  vfs.disarm();
}

}  // namespace
}  // namespace storage::test
