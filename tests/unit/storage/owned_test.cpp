// Which snapshots are ours: only what an operation of the journal, or `adopt`, says.
#include "storage/sqlite.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using policy::OpKind;
using policy::OpState;
using testing::ElementsAre;
using testing::IsEmpty;

class Owned : public JournalTest {
 protected:
  std::vector<std::string> moids(const std::string& endpoint_uuid = {}) const {
    std::vector<std::string> found;
    for (const auto& s : journal.owned(endpoint_uuid)) found.push_back(s.snapshot.moid);
    return found;
  }
  std::vector<std::string> reasons() {
    Database db(dir.file(), Access::ReadOnly);
    Query q(db, "SELECT disowned FROM owned_snapshot WHERE disowned IS NOT NULL ORDER BY number");
    std::vector<std::string> found;
    while (q.next()) found.push_back(q.string(0));
    return found;
  }
  /// An operation on a snapshot, begun and ended.
  void act(OpKind kind, const std::string& id, const policy::NodeImage& target, OpState end,
           const std::string& name = {}) {
    policy::Operation o = make_operation(id, 1, kind);
    o.snapshot = target;
    o.name = name;
    journal.begin(o, line("begin"));
    journal.update(moved(o, end), line("end"));
  }
};

TEST_F(Owned, IsWhatACreateMadeThatIsDone) {
  const policy::Operation done = create("OP1", 1, "snapshot-5");
  EXPECT_THAT(moids(), ElementsAre("snapshot-5"));
  const OwnedSnapshot s = journal.owned().at(0);
  EXPECT_EQ(s.endpoint_uuid, done.vm.endpoint_uuid);
  EXPECT_EQ(s.vm_moid, "vm-1");
  EXPECT_EQ(s.instance_uuid, "50-1");
  EXPECT_EQ(s.snapshot, done.snapshot);
  EXPECT_EQ(s.op, "OP1");
  EXPECT_EQ(s.policy, "daily");
  EXPECT_EQ(s.name, "daily-OP1");
  EXPECT_FALSE(s.helper);
  EXPECT_THAT(moids("uuid-of-prod"), ElementsAre("snapshot-5"));
  EXPECT_THAT(moids("uuid-of-dr"), IsEmpty());
}

TEST_F(Owned, CanBeReadForOneVm) {
  create("OP1", 1, "snapshot-5");
  create("OP2", 2, "snapshot-6");
  const auto of_second = journal.owned("uuid-of-prod", "vm-2");
  ASSERT_EQ(of_second.size(), 1u);
  EXPECT_EQ(of_second[0].snapshot.moid, "snapshot-6");
  EXPECT_THAT(journal.owned("uuid-of-dr", "vm-2"), IsEmpty());
  EXPECT_THAT(journal.owned("uuid-of-prod", "vm-3"), IsEmpty());
}

TEST_F(Owned, IsNotWhatACreateMadeThatEndedOtherwiseOrIsStillOpen) {
  int vm = 1;
  for (const OpState state : {OpState::Failed, OpState::Gone, OpState::Released, OpState::Result,
                              OpState::Unknown, OpState::NeedsOperator}) {
    policy::Operation o = make_operation("OP" + std::to_string(vm), vm);
    journal.begin(o, line("begin"));
    o.snapshot.moid = "snapshot-" + std::to_string(vm);
    journal.update(moved(o, state), line("end"));
    ++vm;
  }
  EXPECT_THAT(journal.owned(), IsEmpty());
}

TEST_F(Owned, IsAHelperWhenItServesAnotherOperation) {
  policy::Operation o = make_operation("OP1");
  o.job = "OP0";
  journal.begin(o, line("begin"));
  journal.update(made(o, "snapshot-5"), line("done"));
  EXPECT_TRUE(journal.owned().at(0).helper);
}

TEST_F(Owned, EndsWithARemovalThatIsDoneAndNotBefore) {
  const policy::NodeImage mine = create("OP1", 1, "snapshot-5").snapshot;
  act(OpKind::Remove, "OP2", mine, OpState::Failed);
  EXPECT_THAT(moids(), ElementsAre("snapshot-5"));
  policy::Operation o = make_operation("OP3", 1, OpKind::Remove);
  o.snapshot = mine;
  journal.begin(o, line("begin"));
  for (const OpState state : {OpState::Task, OpState::OffTree, OpState::MergePending}) {
    journal.update(moved(o, state), line("on its way"));
    EXPECT_THAT(moids(), ElementsAre("snapshot-5")) << policy::op_state_name(state);
  }
  journal.update(moved(o, OpState::Done), line("done"));
  EXPECT_THAT(moids(), IsEmpty());
  EXPECT_THAT(reasons(), ElementsAre("removed by operation OP3"));
}

TEST_F(Owned, SurvivesTheRemovalOfAnotherSnapshotThatHadItsMoid) {
  policy::NodeImage other = create("OP1", 1, "snapshot-5").snapshot;
  other.created -= hours(9);
  act(OpKind::Remove, "OP2", other, OpState::Done);
  EXPECT_THAT(moids(), ElementsAre("snapshot-5"));
}

TEST_F(Owned, HasTheNameThatWeGaveItLast) {
  const policy::NodeImage mine = create("OP1", 1, "snapshot-5").snapshot;
  act(OpKind::Rename, "OP2", mine, OpState::Failed, "other");
  EXPECT_EQ(journal.owned().at(0).name, "daily-OP1");
  act(OpKind::Rename, "OP3", mine, OpState::Done, "other");
  EXPECT_EQ(journal.owned().at(0).name, "other");
}

TEST_F(Owned, IsOneRowForAMoidThatAServerGaveTwice) {
  create("OP1", 1, "snapshot-5");
  create("OP2", 1, "snapshot-5");
  ASSERT_EQ(journal.owned().size(), 1u);
  EXPECT_EQ(journal.owned().at(0).op, "OP2");
  EXPECT_THAT(reasons(), ElementsAre("operation OP2 made another snapshot with this moid"));
}

TEST_F(Owned, CanBeGivenUpOnceWithAReason) {
  create("OP1", 1, "snapshot-5");
  const OwnedSnapshot s = journal.owned().at(0);
  journal.disown(s, "a person renamed it", line("released"));
  EXPECT_THAT(moids(), IsEmpty());
  EXPECT_THAT(reasons(), ElementsAre("a person renamed it"));
  journal.disown(s, "again", line("released"));
  EXPECT_THAT(reasons(), ElementsAre("a person renamed it"));
  EXPECT_EQ(audit_lines().size(), 3u)
      << "begin, done, released: nothing was written the second time";
}

TEST_F(Owned, AnOlderClaimGivenUpLateDoesNotEndTheNewerOne) {
  create("OP1", 1, "snapshot-5");
  const OwnedSnapshot older = journal.owned().at(0);
  create("OP2", 1, "snapshot-5");
  journal.disown(older, "late", line("released"));
  EXPECT_THAT(moids(), ElementsAre("snapshot-5"));
}

TEST_F(Owned, CanBeAdoptedUnderAnotherPolicyAndBack) {
  create("OP1", 1, "snapshot-5");
  OwnedSnapshot s = journal.owned().at(0);
  s.policy = "weekly";
  journal.adopt(s, line("adopt"));
  ASSERT_EQ(journal.owned().size(), 1u);
  EXPECT_EQ(journal.owned().at(0).policy, "weekly");
  journal.disown(s, "given up", line("released"));
  s.policy = "";
  journal.adopt(s, line("adopt"));
  EXPECT_EQ(journal.owned().at(0).policy, "");
}

}  // namespace
}  // namespace storage::test
