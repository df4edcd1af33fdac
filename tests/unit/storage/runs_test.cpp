// Runs, and the copies that runs and commands made.
#include "storage/runs.h"

#include "storage/copies.h"
#include "storage/sqlite.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Run run(const std::string& id, policy::Time started = at(1)) {
  return {.id = id,
          .kind = "run",
          .policies = {"daily", "we\"ekly"},
          .actor = "ada",
          .ticket = "T-1",
          .started = started,
          .ended = {},
          .outcome = RunOutcome::Running,
          .plan = R"({"steps":[]})",
          .report = {}};
}

Run ended(Run r, RunOutcome outcome = RunOutcome::Partial) {
  r.ended = r.started + minutes(9);
  r.outcome = outcome;
  r.report = R"({"done":1})";
  return r;
}

void expect_same(const Run& a, const Run& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.policies, b.policies);
  EXPECT_EQ(a.actor, b.actor);
  EXPECT_EQ(a.ticket, b.ticket);
  EXPECT_EQ(a.started, b.started);
  EXPECT_EQ(a.ended, b.ended);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.plan, b.plan);
  EXPECT_EQ(a.report, b.report);
}

class RunsTest : public JournalTest {
 protected:
  Runs runs{journal};
};

TEST_F(RunsTest, ARunIsKeptWithItsPlanFromItsBeginning) {
  runs.begin(run("R1"), line("begin"));
  expect_same(runs.run("R1"), run("R1"));
  EXPECT_EQ(error_of([&] { runs.begin(run("R1"), line("x")); }).kind(), ErrorKind::Conflict);
}

TEST_F(RunsTest, ARunEndsOnceWithEveryOutcome) {
  for (const RunOutcome outcome : {RunOutcome::Ok, RunOutcome::Partial, RunOutcome::Failed,
                                   RunOutcome::Refused, RunOutcome::Interrupted}) {
    const storage::Run r = run("R" + std::to_string(static_cast<int>(outcome)));
    runs.begin(r, line("begin"));
    runs.end(ended(r, outcome), line("end"));
    expect_same(runs.run(r.id), ended(r, outcome));
    EXPECT_EQ(error_of([&] { runs.end(ended(r), line("x")); }).kind(), ErrorKind::Conflict);
  }
  EXPECT_EQ(error_of([&] { runs.end(ended(run("R9")), line("x")); }).kind(), ErrorKind::Conflict);
  runs.begin(run("R9"), line("begin"));
  EXPECT_EQ(error_of([&] { runs.end(run("R9"), line("x")); }).kind(), ErrorKind::Failed);
}

TEST_F(RunsTest, AreListedNewestFirstWithoutTheirTexts) {
  for (const char* id : {"R1", "R2", "R3"}) runs.begin(run(id), line("begin"));
  std::vector<std::string> ids;
  for (const storage::Run& r : runs.runs(2)) {
    ids.push_back(r.id);
    EXPECT_THAT(r.plan, IsEmpty());
    EXPECT_THAT(r.policies, ElementsAre("daily", "we\"ekly"));
  }
  EXPECT_THAT(ids, ElementsAre("R3", "R2"));
  EXPECT_EQ(runs.runs(0).size(), 3u);
}

TEST_F(RunsTest, AreFoundByTheBeginningOfTheirId) {
  for (const char* id : {"RA1", "RA2", "RB"}) runs.begin(run(id), line("begin"));
  EXPECT_EQ(runs.run("RB").id, "RB");
  EXPECT_EQ(error_of([&] { runs.run("RA"); }).kind(), ErrorKind::Ambiguous);
  const Error none = error_of([&] { runs.run("X"); });
  EXPECT_EQ(none.kind(), ErrorKind::NotFound);
  EXPECT_THAT(none.what(), HasSubstr("deltakeep runs"));
}

TEST_F(RunsTest, ThatNeverEndedAreInterruptedAtTheNextStart) {
  runs.begin(run("R1"), line("begin"));
  runs.begin(run("R2"), line("begin"));
  runs.end(ended(run("R1")), line("end"));
  const std::vector<storage::Run> abandoned = runs.close_abandoned(at(5), line("interrupted"));
  ASSERT_EQ(abandoned.size(), 1u);
  EXPECT_EQ(abandoned[0].id, "R2");
  EXPECT_EQ(runs.run("R2").outcome, RunOutcome::Interrupted);
  EXPECT_EQ(runs.run("R2").ended, at(5));
  EXPECT_EQ(runs.run("R1").outcome, RunOutcome::Partial);
  EXPECT_EQ(audit_lines().back().entry.subject, "R2");
  EXPECT_THAT(runs.close_abandoned(at(6), line("x")), IsEmpty());
  EXPECT_EQ(audit_lines().size(), 4u);
}

TEST_F(RunsTest, KeepWhenAPolicyRanLast) {
  runs.note_policy_run({.policy = "weekly", .scheduled = at(1), .started = at(1, 5)});
  runs.note_policy_run({.policy = "daily", .scheduled = at(1), .started = at(1, 5)});
  runs.note_policy_run({.policy = "daily", .scheduled = at(2), .started = at(2, 1)});
  const auto last = runs.last_of_policies();
  ASSERT_EQ(last.size(), 2u);
  EXPECT_EQ(last[0].policy, "daily");
  EXPECT_EQ(last[0].scheduled, at(2));
  EXPECT_EQ(last[0].started, at(2, 1));
}

TEST_F(RunsTest, ThatAreOldLoseTheirTextsAndNothingElse) {
  runs.begin(run("R1", at(1)), line("begin"));
  runs.end(ended(run("R1", at(1))), line("end"));
  runs.begin(run("R2", at(1)), line("begin"));  // old, but it has not ended
  runs.begin(run("R3", at(5)), line("begin"));
  runs.end(ended(run("R3", at(5))), line("end"));
  const Journal::Pruned gone = journal.prune(at(5), {}, line("prune"));
  EXPECT_EQ(gone.runs, 1u);
  EXPECT_EQ(gone.operations, 0u);
  storage::Run pruned = ended(run("R1", at(1)));
  pruned.plan = pruned.report = "";
  expect_same(runs.run("R1"), pruned);
  expect_same(runs.run("R2"), run("R2", at(1)));
  expect_same(runs.run("R3"), ended(run("R3", at(5))));
}

TEST_F(RunsTest, NameTheRowThatIsDamaged) {
  runs.begin(run("R1"), line("begin"));
  Database db(dir.file(), Access::ReadWrite);
  for (const char* sql : {"UPDATE run SET policies = '[\"a'", "UPDATE run SET outcome = '?'"}) {
    db.script(sql);
    const Error error = error_of([&] { runs.runs(0); });
    EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
    EXPECT_THAT(error.what(), HasSubstr("the row of run R1 is damaged"));
  }
}

class CopiesTest : public JournalTest {
 protected:
  Copies copies{journal};

  static Copy copy(const std::string& op, const std::string& endpoint_uuid = "uuid-of-prod") {
    return {.op = op,
            .kind = "clone",
            .source = subject(),
            .policy = "weekly",
            .taken = at(1),
            .verified = {},
            .image = {.name = "web-1_2026",
                      .folder = "group-v3",
                      .datastore = "datastore-2",
                      .host = "",
                      .pool = "resgroup-1",
                      .path = "/DC0/vm/copies",
                      .linked = false,
                      .as_template = true,
                      .moid = "vm-90",
                      .instance_uuid = "50-90",
                      .change_version = "v1",
                      .bytes = 12345},
            .endpoint_uuid = endpoint_uuid,
            .mac = "abcdef",
            .state = CopyState::Made,
            .why = ""};
  }
};

TEST_F(CopiesTest, AreKeptWholeAndByWhereTheyLive) {
  copies.add(copy("OP1"), line("copy"));
  copies.add(copy("OP2", "uuid-of-dr"), line("copy"));
  EXPECT_THAT(copies.copies(), ElementsAre(copy("OP1"), copy("OP2", "uuid-of-dr")));
  EXPECT_THAT(copies.copies("uuid-of-dr"), ElementsAre(copy("OP2", "uuid-of-dr")));
  EXPECT_EQ(error_of([&] { copies.add(copy("OP1"), line("x")); }).kind(), ErrorKind::Conflict);
}

TEST_F(CopiesTest, ChangeAsAWhole) {
  copies.add(copy("OP1"), line("copy"));
  Copy changed = copy("OP1");
  changed.verified = at(3);
  changed.policy = "";
  changed.image.bytes = 99;
  changed.state = CopyState::Lost;
  changed.why = "not found";
  copies.update(changed, line("lost"));
  EXPECT_THAT(copies.copies(), ElementsAre(changed));
  copies.update(copy("OP1"), line("found again"));
  EXPECT_THAT(copies.copies(), ElementsAre(copy("OP1"))) << "what was lost may be found";
  EXPECT_EQ(error_of([&] { copies.update(copy("OP9"), line("x")); }).kind(), ErrorKind::NotFound);
}

TEST_F(CopiesTest, AreReleasedOrDeletedForEver) {
  for (const CopyState last : {CopyState::Released, CopyState::Deleted}) {
    Copy c = copy("OP" + std::to_string(static_cast<int>(last)));
    copies.add(c, line("copy"));
    c.state = last;
    copies.update(c, line("end"));
    for (const CopyState other :
         {CopyState::Made, CopyState::Released, CopyState::Deleted, CopyState::Lost}) {
      if (other == last) continue;
      Copy again = c;
      again.state = other;
      const Error error = error_of([&] { copies.update(again, line("x")); });
      EXPECT_EQ(error.kind(), ErrorKind::Conflict);
      EXPECT_THAT(error.what(), AllOf(HasSubstr(c.op), HasSubstr("for good")));
    }
    c.why = "said more clearly";
    copies.update(c, line("why"));
    EXPECT_EQ(copies.copies().back(), c);
  }
}

TEST_F(CopiesTest, NameTheRowThatIsDamaged) {
  copies.add(copy("OP1"), line("copy"));
  Database db(dir.file(), Access::ReadWrite);
  for (const char* sql : {"UPDATE copy SET image = '[]'", "UPDATE copy SET state = 'x'"}) {
    db.script(sql);
    const Error error = error_of([&] { copies.copies(); });
    EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
    EXPECT_THAT(error.what(), HasSubstr("the copy of operation OP1 is damaged"));
  }
}

}  // namespace
}  // namespace storage::test
