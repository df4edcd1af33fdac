// The chain of the audit: whatever somebody does to the file with SQL, the check names the line.
#include <sqlite3.h>

#include "storage/audit_chain.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kWithoutTriggers =
    "DROP TRIGGER IF EXISTS audit_is_not_changed; DROP TRIGGER IF EXISTS audit_is_not_deleted; "
    "DROP TRIGGER IF EXISTS audit_only_grows;";

class Audit : public JournalTest {
 protected:
  void SetUp() override {
    for (int n = 1; n <= 5; ++n) journal.audit(line("what was done, " + std::to_string(n)));
  }
  /// As with the sqlite3 shell; what it answers, "" for well done.
  std::string sql(const std::string& script) {
    sqlite3* db = nullptr;
    sqlite3_open(dir.file().c_str(), &db);
    const int code = sqlite3_exec(db, script.c_str(), nullptr, nullptr, nullptr);
    const std::string answer = code == SQLITE_OK ? "" : sqlite3_errmsg(db);
    sqlite3_close(db);
    return answer;
  }
  AuditCheck after(const std::string& script) {
    EXPECT_EQ(sql(kWithoutTriggers + script), "");
    return journal.check_audit();
  }
};

TEST_F(Audit, GivesItsLinesInOrderFromAnyNumberOn) {
  EXPECT_EQ(audit_lines().size(), 5u);
  std::vector<std::int64_t> numbers;
  journal.for_each_audit(4, [&](const AuditLine& l) {
    numbers.push_back(l.number);
    EXPECT_EQ(l.entry, line("what was done, " + std::to_string(l.number)));
  });
  EXPECT_THAT(numbers, ElementsAre(4, 5));
}

TEST_F(Audit, ThatNobodyTouchedIsWhole) {
  const AuditCheck check = journal.check_audit();
  EXPECT_EQ(check.lines, 5u);
  EXPECT_EQ(check.head, audit_lines().back().hash);
  EXPECT_FALSE(check.broken_at) << check.why;
  EXPECT_THAT(check.why, IsEmpty());
}

TEST_F(Audit, OfAFreshStateIsWholeAndEmpty) {
  const TempDir fresh;
  const AuditCheck check = Journal(Store::open(fresh.file(), Access::ReadWrite)).check_audit();
  EXPECT_EQ(check.lines, 0u);
  EXPECT_EQ(check.head, kAuditGenesis);
  EXPECT_FALSE(check.broken_at) << check.why;
}

// Made with Python's hashlib from the recipe in SCHEMA.md.
TEST_F(Audit, HashesByTheRecipeThatIsWrittenDown) {
  const AuditEntry entry{.time = policy::Time(std::chrono::microseconds(1772326800000000)),
                         .actor = "ada",
                         .action = "pin",
                         .endpoint = "prod",
                         .vm = "vm-1",
                         .snapshot = "",
                         .subject = "3",
                         .policy = "",
                         .text = "keep \xc3\xbc"};
  EXPECT_EQ(audit_hash(kAuditGenesis, 1, entry),
            "a83e8d41b6ca6a26a813d895d818486fed0254f55a9d6f7187ff4806b55e1cfc");
}

TEST_F(Audit, HasAnotherHashForFieldsThatAreDividedElsewhere) {
  AuditEntry a = line("x"), b = line("x");
  a.actor = "ada";
  a.action = "pin";
  b.actor = "adap";
  b.action = "in";
  EXPECT_NE(audit_hash("", 1, a), audit_hash("", 1, b));
}

TEST_F(Audit, ShowsAnEditOfAnyField) {
  const std::vector<std::string> edits{"time = time + 1", "actor = 'eve'",     "action = ''",
                                       "endpoint = 'dr'", "vm = vm || 'x'",    "snapshot = 'other'",
                                       "subject = '7'",   "policy = 'weekly'", "text = 'nothing'",
                                       "previous = hash", "hash = previous",   "text = x'00'"};
  for (const std::string& edit : edits) {
    const TempDir apart;
    Store other = Store::open(apart.file(), Access::ReadWrite);
    Journal chain(other);
    for (int n = 1; n <= 4; ++n) chain.audit(line("line " + std::to_string(n)));
    sqlite3* db = nullptr;
    sqlite3_open(apart.file().c_str(), &db);
    const std::string script =
        std::string(kWithoutTriggers) + "UPDATE audit SET " + edit + " WHERE number = 3";
    ASSERT_EQ(sqlite3_exec(db, script.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
    EXPECT_EQ(chain.check_audit().broken_at, 3) << edit;
    EXPECT_EQ(chain.check_audit().lines, 4u);
  }
}

TEST_F(Audit, ShowsAnEditWhoseHashWasMadeAnewByTheLineThatFollows) {
  AuditEntry forged = line("nothing of note");
  const std::string hash = audit_hash(audit_lines().at(1).hash, 3, forged);
  const AuditCheck check =
      after("UPDATE audit SET text = 'nothing of note', hash = '" + hash + "' WHERE number = 3");
  EXPECT_EQ(check.broken_at, 4);
  EXPECT_THAT(check.why, HasSubstr("line 4 is not the one that was written after line 3"));
}

TEST_F(Audit, ShowsALineTakenOutOfTheMiddle) {
  const AuditCheck check = after("DELETE FROM audit WHERE number = 3");
  EXPECT_EQ(check.broken_at, 3);
  EXPECT_THAT(check.why, AllOf(HasSubstr("line 3 is missing"), HasSubstr("line 4 follows")));
}

TEST_F(Audit, ShowsALineTakenOutThoughTheOthersCloseUp) {
  EXPECT_EQ(after("DELETE FROM audit WHERE number = 3; "
                  "UPDATE audit SET number = number - 1 WHERE number > 3;")
                .broken_at,
            3);
}

TEST_F(Audit, ShowsTheFirstLineTakenOut) {
  EXPECT_EQ(after("DELETE FROM audit WHERE number = 1").broken_at, 1);
}

TEST_F(Audit, ShowsALinePutIn) {
  EXPECT_EQ(after("UPDATE audit SET number = -number WHERE number > 2; "
                  "UPDATE audit SET number = 1 - number WHERE number < 0; "
                  "INSERT INTO audit SELECT 3, time, 'eve', action, endpoint, vm, snapshot, "
                  "subject, policy, text, previous, hash FROM audit WHERE number = 2;")
                .broken_at,
            3);
}

TEST_F(Audit, ShowsLinesThatChangedPlaces) {
  EXPECT_EQ(after("UPDATE audit SET number = 100 WHERE number = 2; "
                  "UPDATE audit SET number = 2 WHERE number = 3; "
                  "UPDATE audit SET number = 3 WHERE number = 100;")
                .broken_at,
            2);
}

TEST_F(Audit, ShowsLinesTakenOffItsEnd) {
  const AuditCheck check = after("DELETE FROM audit WHERE number > 3");
  EXPECT_EQ(check.broken_at, 4);
  EXPECT_THAT(check.why, HasSubstr("lines 4 to 5 are missing at the end"));
  EXPECT_EQ(check.lines, 3u);
}

TEST_F(Audit, ShowsThatAllOfItWasTakenOut) {
  EXPECT_EQ(after("DELETE FROM audit").broken_at, 1);
  EXPECT_EQ(after("DELETE FROM audit_head").broken_at, 1);
}

TEST_F(Audit, ShowsALineAddedBehindItsEnd) {
  const std::string hash = audit_hash(audit_lines().back().hash, 6, line("forged"));
  const AuditCheck check = after(
      "INSERT INTO audit SELECT 6, time, actor, action, endpoint, vm, snapshot, subject, policy, "
      "'forged', hash, '" +
      hash + "' FROM audit WHERE number = 5;");
  EXPECT_EQ(check.broken_at, 6);
}

TEST_F(Audit, ShowsThatItsLastLineIsAnother) {
  const std::string hash = audit_hash(audit_lines().at(3).hash, 5, line("forged"));
  EXPECT_EQ(
      after("UPDATE audit SET text = 'forged', hash = '" + hash + "' WHERE number = 5").broken_at,
      5);
}

// What no chain within the file can show: so the head is to be kept elsewhere, see SCHEMA.md.
TEST_F(Audit, CutAtItsEndTogetherWithTheHeadDiffersFromAHeadThatWasKept) {
  const std::string kept = journal.check_audit().head;
  const AuditCheck check = after(
      "DELETE FROM audit WHERE number > 3; "
      "UPDATE audit_head SET lines = 3, hash = (SELECT hash FROM audit WHERE number = 3);");
  EXPECT_FALSE(check.broken_at);
  EXPECT_NE(check.head, kept);
}

TEST_F(Audit, RefusesToBeChangedByAccident) {
  EXPECT_THAT(sql("UPDATE audit SET text = '' WHERE number = 1"), HasSubstr("never changed"));
  EXPECT_THAT(sql("DELETE FROM audit WHERE number = 5"), HasSubstr("never deleted"));
  EXPECT_THAT(sql("REPLACE INTO audit SELECT number, 0, actor, action, endpoint, vm, snapshot, "
                  "subject, policy, text, previous, hash FROM audit WHERE number = 2"),
              HasSubstr("only added at its end"));
  EXPECT_FALSE(journal.check_audit().broken_at);
}

TEST_F(Audit, GoesOnAfterItWasTamperedWithAndStillShowsIt) {
  for (const char* script :
       {"DELETE FROM audit WHERE number > 3", "UPDATE audit_head SET lines = 1"}) {
    const AuditCheck before = after(script);
    journal.begin(make_operation("OP" + std::to_string(audit_lines().size())), line("begin"));
    journal.update(moved(make_operation("OP" + std::to_string(audit_lines().size() - 1)),
                         policy::OpState::Failed),
                   line("end"));
    EXPECT_TRUE(before.broken_at);
    EXPECT_TRUE(journal.check_audit().broken_at) << script;
  }
}

}  // namespace
}  // namespace storage::test
