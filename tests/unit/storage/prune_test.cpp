// Old rows go from the journal, and nothing that says whose a snapshot is.
#include "storage/copies.h"
#include "storage/sqlite.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class PruneTest : public JournalTest {
 protected:
  /// Begun and ended at this hour; a Remove of what nobody owns, unless it is told otherwise.
  policy::Operation ended(const std::string& id, int hour, int vm = 1,
                          policy::OpKind kind = policy::OpKind::Remove) {
    policy::Operation o = make_operation(id, vm, kind);
    o.started = o.updated = at(hour);
    journal.begin(o, line("begin"));
    o = moved(o, policy::OpState::Done);
    journal.update(o, line("done"));
    return o;
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> found;
    for (const policy::Operation& one : journal.operations({})) found.push_back(one.id);
    return found;
  }
  Journal::Pruned prune(int hour, const std::set<std::string>& named = {}) {
    AuditEntry audit = line("");
    audit.action = "prune";
    return journal.prune(at(hour), named, audit);
  }
};

TEST_F(PruneTest, OldOnesGoWithTheirEventsAndNewerOnesStay) {
  ended("OLD1", 1);
  ended("OLD2", 2);
  ended("NEW", 5);
  const Journal::Pruned gone = prune(4);
  EXPECT_EQ(gone.operations, 2u);
  EXPECT_EQ(gone.events, 4u);
  EXPECT_THAT(ids(), ElementsAre("NEW"));
  EXPECT_EQ(journal.events("NEW").size(), 2u);
  Database db(dir.file(), Access::ReadOnly);
  EXPECT_EQ(db.number("SELECT count(*) FROM operation_event"), 2);
}

TEST_F(PruneTest, WhatMadeASnapshotThatIsOursStaysUntilItIsRemoved) {
  create("MADE", 1, "snapshot-5");
  EXPECT_FALSE(prune(9).any());
  policy::Operation remove = make_operation("GONE", 1, policy::OpKind::Remove);
  remove.snapshot = journal.operation("MADE").snapshot;
  journal.begin(remove, line("begin"));
  journal.update(moved(remove, policy::OpState::Done), line("done"));
  EXPECT_EQ(prune(9).operations, 2u);
  EXPECT_THAT(ids(), ElementsAre());
}

TEST_F(PruneTest, TheCloneThatAHelperOfOursWasMadeForStaysWithIt) {
  policy::Operation helper = make_operation("HELPER");
  helper.job = "CLONE";
  journal.begin(helper, line("begin"));
  journal.update(made(helper, "snapshot-5"), line("done"));
  ended("CLONE", 1, 1, policy::OpKind::Clone);
  ended("OTHER", 1, 1, policy::OpKind::Clone);
  EXPECT_EQ(prune(9).operations, 1u);
  EXPECT_THAT(ids(), UnorderedElementsAre("HELPER", "CLONE"));
}

TEST_F(PruneTest, WhatIsOpenStaysAndSoDoesWhatServesIt) {
  journal.begin(make_operation("OPEN"), line("begin"));
  EXPECT_FALSE(prune(9).any());
  EXPECT_THAT(ids(), ElementsAre("OPEN"));
}

TEST_F(PruneTest, WhatAMarkInSightNamesStaysWhateverBecameOfIt) {
  ended("NAMED", 1);
  ended("OTHER", 1);
  EXPECT_EQ(prune(9, {"NAMED"}).operations, 1u);
  EXPECT_THAT(ids(), ElementsAre("NAMED"));
}

TEST_F(PruneTest, ACopyThatStandsKeepsItsOperation) {
  ended("COPY", 1, 1, policy::OpKind::Clone);
  Copy copy{.op = "COPY", .source = subject()};
  copy.endpoint_uuid = "uuid-of-prod";
  copy.taken = at(1);
  Copies(journal).add(copy, line("copy"));
  EXPECT_EQ(prune(9).operations, 0u);
  copy.state = CopyState::Deleted;
  Copies(journal).update(copy, line("copy"));
  EXPECT_EQ(prune(9).operations, 1u);
}

TEST_F(PruneTest, TheAuditStaysWholeAndSaysWhatWent) {
  ended("OLD", 1);
  const std::size_t before = audit_lines().size();
  prune(4);
  ASSERT_EQ(audit_lines().size(), before + 1);
  EXPECT_THAT(audit_lines().back().entry.text, HasSubstr("1 operations with 2 events are gone"));
  EXPECT_FALSE(journal.check_audit().broken_at);
  prune(4);
  EXPECT_EQ(audit_lines().size(), before + 1) << "nothing went, so nothing is told";
}

TEST_F(PruneTest, OldOnesAreFoundAmongManyWithoutGoingByTheirPlace) {
  for (int i = 0; i < 40; ++i) ended("OP" + std::to_string(100 + i), 1 + i / 4);
  EXPECT_EQ(prune(6).operations, 20u);
  EXPECT_EQ(ids().size(), 20u);
  EXPECT_EQ(prune(6).operations, 0u);
}

}  // namespace
}  // namespace storage::test
