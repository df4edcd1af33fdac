// The journal: what it keeps of an operation, what it refuses, and that it never waits for a scan.
#include <thread>

#include "storage/sqlite.h"
#include "tests/unit/storage/fault_vfs.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using policy::OpKind;
using policy::OpState;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> ids(const std::vector<policy::Operation>& operations) {
  std::vector<std::string> found;
  for (const auto& o : operations) found.push_back(o.id);
  return found;
}

TEST_F(JournalTest, KeepsAnOperationAsItWasBegun) {
  const policy::Operation o = make_operation("OP1");
  journal.begin(o, line("begin"));
  EXPECT_EQ(journal.operation("OP1"), o);
}

TEST_F(JournalTest, KeepsEveryFieldOfAnUpdate) {
  journal.begin(make_operation("OP1"), line("begin"));
  policy::Operation o = moved(make_operation("OP1"), OpState::Unknown, "the answer was lost");
  o.kind = OpKind::Clone;
  o.run = "RUN2";
  o.actor = "ada";
  o.job = "OP0";
  o.attempt = 2;
  o.sent = at(1, 1);
  o.task = "task-7";
  o.task_key = "key-7";
  o.progress = 42;
  o.snapshot = {.moid = "snapshot-9", .id = 9, .created = at(0, 30), .parent = "snapshot-1"};
  o.memory = o.quiesced = o.layers_verified = true;
  o.clone = {.name = "copy",
             .folder = "group-v3",
             .datastore = "datastore-1",
             .host = "host-1",
             .pool = "resgroup-1",
             .path = "/DC0/vm/copies",
             .linked = true,
             .as_template = true,
             .moid = "vm-90",
             .instance_uuid = "50-90",
             .change_version = "2026",
             .bytes = std::uint64_t{1} << 63};
  o.settling = o.before;
  o.settling->helper = o.settling->consolidation_needed = true;
  o.settling->power = policy::Power::Suspended;
  o.next_look = at(2);
  o.fault = "TaskInProgress";
  o.evidence = {{"task", "task-7"}, {"key", ""}};
  o.forced = {"depth", "helper"};
  journal.update(o, line("update"));
  EXPECT_EQ(journal.operation("OP1"), o);
}

TEST_F(JournalTest, RefusesASecondOpenOperationOnAVmAndNamesTheFirst) {
  journal.begin(make_operation("OP1", 1, OpKind::Remove), line("begin"));
  const Error error = error_of([&] { journal.begin(make_operation("OP2"), line("begin")); });
  EXPECT_EQ(error.kind(), ErrorKind::Conflict);
  EXPECT_THAT(error.what(),
              AllOf(HasSubstr("cannot begin create OP2 on web-1 in " + dir.file()),
                    HasSubstr("remove OP1 on web-1"), HasSubstr("2026-03-01T01:00:00Z"),
                    HasSubstr("intent"), HasSubstr("deltakeep resolve OP1")));
  EXPECT_THAT(ids(journal.operations({})), ElementsAre("OP1"));
  EXPECT_EQ(audit_lines().size(), 1u) << "a refusal leaves no line behind";
}

TEST_F(JournalTest, KnowsAVmThatChangedItsMoidByItsInstanceUuid) {
  journal.begin(make_operation("OP1"), line("begin"));
  policy::Operation moved_vm = make_operation("OP2");
  moved_vm.vm.moid = "vm-99";
  EXPECT_EQ(error_of([&] { journal.begin(moved_vm, line("begin")); }).kind(), ErrorKind::Conflict);
  policy::Operation elsewhere = make_operation("OP3");
  elsewhere.vm.endpoint_uuid = "uuid-of-dr";
  journal.begin(elsewhere, line("begin"));
  EXPECT_EQ(journal.operations({.open_only = true}).size(), 2u);
}

TEST_F(JournalTest, TakesVmsWithoutInstanceUuidForDifferentOnes) {
  for (const int vm : {1, 2}) {
    policy::Operation o = make_operation("OP" + std::to_string(vm), vm);
    o.vm.instance_uuid = "";
    journal.begin(o, line("begin"));
  }
  EXPECT_EQ(journal.operations({.open_only = true}).size(), 2u);
}

TEST_F(JournalTest, TheSchemaItselfRefusesTwoOpenOperationsOnAVm) {
  journal.begin(make_operation("OP1"), line("begin"));
  Database db(dir.file(), Access::ReadWrite);
  db.run("CREATE TEMP TABLE two AS SELECT * FROM operation");
  db.run("UPDATE two SET number = 2, id = 'OP2', vm_moid = 'vm-other'");
  EXPECT_THAT(error_of([&] { db.run("INSERT INTO operation SELECT * FROM two"); }).what(),
              HasSubstr("UNIQUE constraint failed: operation.endpoint_uuid, operation.instance"));
  db.run("UPDATE two SET vm_moid = 'vm-1', instance_uuid = ''");
  EXPECT_THAT(error_of([&] { db.run("INSERT INTO operation SELECT * FROM two"); }).what(),
              HasSubstr("UNIQUE constraint failed: operation.endpoint_uuid, operation.vm_moid"));
  db.run("UPDATE two SET over = 1");
  db.run("INSERT INTO operation SELECT * FROM two");
}

TEST_F(JournalTest, LetsTheNextOneBeginWhenTheLastIsOver) {
  for (const OpState end : {OpState::Done, OpState::Failed, OpState::Gone, OpState::Released}) {
    const std::string id = std::string("OP-") + policy::op_state_name(end);
    journal.begin(make_operation(id, 1, OpKind::Consolidate), line("begin"));
    journal.update(moved(make_operation(id, 1, OpKind::Consolidate), end), line("end"));
  }
  EXPECT_THAT(journal.operations({.open_only = true}), IsEmpty());
  for (const OpState state : {OpState::Unknown, OpState::NeedsOperator, OpState::MergePending}) {
    const std::string id = std::string("OP-") + policy::op_state_name(state);
    const int vm = 10 + static_cast<int>(state);
    journal.begin(make_operation(id, vm), line("begin"));
    journal.update(moved(make_operation(id, vm), state), line("stuck"));
    EXPECT_EQ(error_of([&] { journal.begin(make_operation("OP9", vm), line("x")); }).kind(),
              ErrorKind::Conflict)
        << policy::op_state_name(state);
  }
}

TEST_F(JournalTest, RefusesToChangeWhatIsOverOrWasNeverBegun) {
  create("OP1", 1, "snapshot-5");
  const Error over =
      error_of([&] { journal.update(moved(make_operation("OP1"), OpState::Task), line("again")); });
  EXPECT_EQ(over.kind(), ErrorKind::Conflict);
  EXPECT_THAT(over.what(), AllOf(HasSubstr("create OP1 on web-1"), HasSubstr("is over")));
  EXPECT_EQ(error_of([&] { journal.update(make_operation("OP7"), line("x")); }).kind(),
            ErrorKind::Conflict);
  EXPECT_EQ(journal.operation("OP1").state, OpState::Done);
  EXPECT_EQ(audit_lines().size(), 2u);
}

TEST_F(JournalTest, RefusesAnIdTwiceAndAnOperationThatDoesNotBeginAsAnIntent) {
  create("OP1", 1, "snapshot-5");
  EXPECT_EQ(error_of([&] { journal.begin(make_operation("OP1"), line("x")); }).kind(),
            ErrorKind::Conflict);
  policy::Operation nameless = make_operation("OP2");
  nameless.vm.endpoint_uuid = "";
  for (const policy::Operation& o : {moved(make_operation("OP2"), OpState::Task), nameless}) {
    EXPECT_EQ(error_of([&] { journal.begin(o, line("x")); }).kind(), ErrorKind::Failed);
  }
}

TEST_F(JournalTest, AnUpdateMayNotMoveAnOperationToAVmThatHasOne) {
  journal.begin(make_operation("OP1", 1), line("begin"));
  journal.begin(make_operation("OP2", 2), line("begin"));
  policy::Operation stray = make_operation("OP2", 1);
  EXPECT_THAT(error_of([&] { journal.update(stray, line("x")); }).what(), HasSubstr("OP1"));
  EXPECT_EQ(journal.operation("OP2").vm.moid, "vm-2");
}

TEST_F(JournalTest, KeepsAnEventOfEachChangeOfStateAttemptOrReason) {
  policy::Operation o = make_operation("OP1");
  journal.begin(o, line("begin"));
  o.attempt = 1;
  o.updated = at(1, 1);
  journal.update(o, line("sent"));
  o.task = "task-1";  // nothing that an event is about
  journal.update(o, line("more of it"));
  o = moved(o, OpState::Task);
  journal.update(o, line("task"));
  o.why = "waits for others";
  o.evidence = {{"others", "2"}};
  journal.update(o, line("why"));
  std::vector<std::string> seen;
  for (const auto& e : journal.events("OP1")) {
    seen.push_back(std::string(policy::op_state_name(e.state)) + " " + std::to_string(e.attempt) +
                   " " + e.why + " " + e.evidence.at(0).key);
  }
  EXPECT_THAT(seen, ElementsAre("intent 0  depth", "intent 1  depth", "task 1  depth",
                                "task 1 waits for others others"));
  EXPECT_EQ(journal.events("OP1").at(1).time, at(1, 1));
  EXPECT_THAT(journal.events("OP"), IsEmpty()) << "events want the whole id";
  EXPECT_EQ(audit_lines().size(), 5u) << "the audit has a line for each";
}

TEST_F(JournalTest, NotesProgressWithoutEventOrAudit) {
  journal.begin(make_operation("OP1"), line("begin"));
  journal.note_progress("OP1", 55, at(3));
  EXPECT_EQ(journal.operation("OP1").progress, 55);
  EXPECT_EQ(journal.operation("OP1").updated, at(3));
  EXPECT_EQ(journal.events("OP1").size(), 1u);
  EXPECT_EQ(audit_lines().size(), 1u);
  journal.update(moved(make_operation("OP1"), OpState::Failed), line("end"));
  journal.note_progress("OP1", 99, at(4));
  EXPECT_EQ(journal.operation("OP1").progress, -1) << "what is over stays";
}

TEST_F(JournalTest, FindsAnOperationByTheBeginningOfItsId) {
  for (int i = 0; i < 5; ++i) {
    journal.begin(make_operation("01AB" + std::to_string(i), i), line("begin"));
  }
  journal.begin(make_operation("01AB", 9), line("begin"));
  EXPECT_EQ(journal.operation("01AB3").id, "01AB3");
  EXPECT_EQ(journal.operation("01AB").id, "01AB") << "a whole id is never ambiguous";
  const Error several = error_of([&] { journal.operation("01A"); });
  EXPECT_EQ(several.kind(), ErrorKind::Ambiguous);
  EXPECT_THAT(several.what(),
              HasSubstr("6 operations begin with \"01A\" (01AB, 01AB0, 01AB1, ..."));
  for (const char* none : {"", "02", "01AB33", "01ab"}) {
    const Error error = error_of([&] { journal.operation(none); });
    EXPECT_EQ(error.kind(), ErrorKind::NotFound) << none;
    EXPECT_THAT(error.what(), HasSubstr("deltakeep ops")) << none;
  }
}

TEST_F(JournalTest, ListsOperationsNewestFirstByWhateverIsAsked) {
  for (int i = 1; i <= 6; ++i) {
    policy::Operation o = make_operation("OP" + std::to_string(i), i % 3);
    o.vm.endpoint_uuid = i % 2 == 0 ? "even" : "odd";
    o.run = i <= 3 ? "RUN1" : "RUN2";
    o.policy = i == 5 ? "weekly" : "daily";
    o.started = at(i);
    journal.begin(o, line("begin"));
    if (i == 4) journal.update(moved(o, OpState::Failed), line("end"));
  }
  const auto list = [&](const OperationFilter& f) { return ids(journal.operations(f)); };
  EXPECT_THAT(list({}), ElementsAre("OP6", "OP5", "OP4", "OP3", "OP2", "OP1"));
  EXPECT_THAT(list({.limit = 2}), ElementsAre("OP6", "OP5"));
  EXPECT_THAT(list({.endpoint_uuid = "even"}), ElementsAre("OP6", "OP4", "OP2"));
  EXPECT_THAT(list({.vm_moid = "vm-1"}), ElementsAre("OP4", "OP1"));
  EXPECT_THAT(list({.endpoint_uuid = "even", .vm_moid = "vm-1"}), ElementsAre("OP4"));
  EXPECT_THAT(list({.run = "RUN1"}), ElementsAre("OP3", "OP2", "OP1"));
  EXPECT_THAT(list({.endpoint_uuid = "odd", .vm_moid = "vm-2", .run = "RUN2"}), ElementsAre("OP5"));
  EXPECT_THAT(list({.run = "RUN2", .policy = "weekly"}), ElementsAre("OP5"));
  EXPECT_THAT(list({.policy = "weekly"}), ElementsAre("OP5"));
  EXPECT_THAT(list({.state = OpState::Failed}), ElementsAre("OP4"));
  EXPECT_THAT(list({.run = "RUN2", .open_only = true}), ElementsAre("OP6", "OP5"));
  EXPECT_THAT(list({.open_only = true, .since = at(3)}), ElementsAre("OP6", "OP5", "OP3"));
  EXPECT_THAT(list({.since = at(6), .limit = 5}), ElementsAre("OP6"));
}

TEST_F(JournalTest, HasAnIdentityThatStaysAndAnEpochThatRises) {
  const AgentIdentity mine = journal.identity();
  EXPECT_THAT(mine.agent, testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_EQ(mine.epoch, 1);
  EXPECT_EQ(journal.raise_epoch(line("restored")).epoch, 2);
  EXPECT_EQ(Journal(store).identity().agent, mine.agent);
  EXPECT_EQ(Journal(store).identity().epoch, 2);
  const TempDir other;
  EXPECT_NE(Journal(Store::open(other.file(), Access::ReadWrite)).identity().agent, mine.agent);
  journal.begin(make_operation("OP1"), line("begin"));
  EXPECT_EQ(Database(dir.file(), Access::ReadOnly).number("SELECT epoch FROM operation"), 2);
}

TEST_F(JournalTest, ASecondJournalOnTheFileSeesAndKeepsTheSameRules) {
  Journal second(store);
  journal.begin(make_operation("OP1"), line("begin"));
  EXPECT_EQ(error_of([&] { second.begin(make_operation("OP2"), line("x")); }).kind(),
            ErrorKind::Conflict);
  second.update(moved(make_operation("OP1"), OpState::Failed), line("end"));
  journal.begin(make_operation("OP2"), line("begin"));
  EXPECT_FALSE(journal.check_audit().broken_at) << "one chain, whoever writes";
  EXPECT_EQ(second.check_audit().lines, 3u);
}

TEST_F(JournalTest, BeginsWhileAScanIsOpenAndDoesNotDisturbIt) {
  scan(store, at(1), {make_vm(1, 1)});
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1, 4));
  writer.commit_page();
  journal.begin(make_operation("OP1"), line("begin"));
  EXPECT_EQ(journal.operation("OP1").state, OpState::Intent);
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1, 1)}) << "the scan stays invisible";
  writer.put(make_vm(2, 1));
  writer.close(ScanOutcome::Complete, {}, at(2));
  EXPECT_EQ(all_vms(store), (std::vector{make_vm(1, 4), make_vm(2, 1)}));
}

TEST_F(JournalTest, WhatBeganIsInACopyOfTheFileMadeRightAfter) {
  ScanWriter writer = store.begin_scan(endpoint(), at(2));
  writer.put(make_vm(1, 4));
  writer.commit_page();
  journal.begin(make_operation("OP1"), line("begin"));
  const TempDir copy;  // as a power cut leaves it: the file and its log, nothing that is in memory
  std::filesystem::copy_file(dir.file(), copy.file());
  std::filesystem::copy_file(dir.file() + "-wal", copy.file() + "-wal");
  const Store copied = Store::open(copy.file(), Access::ReadWrite);
  EXPECT_EQ(Journal(copied).operation("OP1"), make_operation("OP1"));
  EXPECT_FALSE(Journal(copied).check_audit().broken_at);
}

TEST_F(JournalTest, WorksBesideAThreadThatScans) {
  std::jthread scanning([&] {
    for (int n = 0; n < 20; ++n) scan(store, at(1, n), {make_vm(1, n % 5), make_vm(2, n % 3)});
  });
  for (int n = 0; n < 40; ++n) {
    const std::string id = "OP" + std::to_string(n);
    journal.begin(make_operation(id), line("begin"));
    journal.update(moved(make_operation(id), OpState::Failed), line("end"));
  }
  scanning.join();
  EXPECT_EQ(journal.operations({}).size(), 40u);
  EXPECT_EQ(store.scans(100).size(), 20u);
  EXPECT_EQ(journal.check_audit().lines, 80u);
}

TEST_F(JournalTest, NamesTheRowThatIsDamaged) {
  journal.begin(make_operation("OP1", 1), line("begin"));
  journal.begin(make_operation("OP2", 2), line("begin"));
  Database db(dir.file(), Access::ReadWrite);
  for (const char* sql : {"UPDATE operation SET before = '[1,2' WHERE id = 'OP1'",
                          "UPDATE operation SET before = '' WHERE id = 'OP1'",
                          "UPDATE operation SET state = 'dreaming' WHERE id = 'OP1'",
                          "UPDATE operation SET kind = '' WHERE id = 'OP1'",
                          "UPDATE operation SET evidence = '[1]' WHERE id = 'OP1'"}) {
    db.script(sql);
    const Error error = error_of([&] { journal.operations({}); });
    EXPECT_EQ(error.kind(), ErrorKind::Corrupt) << sql;
    EXPECT_THAT(error.what(), AllOf(HasSubstr("the row of operation OP1 is damaged"),
                                    HasSubstr("restore"), HasSubstr(dir.file())));
  }
  EXPECT_EQ(journal.operation("OP2"), make_operation("OP2", 2)) << "the others can be read";
  db.script("UPDATE operation_event SET state = 'x'");
  EXPECT_THAT(error_of([&] { journal.events("OP2"); }).what(),
              HasSubstr("an event of operation OP2 is damaged"));
}

TEST_F(JournalTest, OfAStateOpenedForReadingReadsAndRefusesEveryWrite) {
  journal.begin(make_operation("OP1"), line("begin"));
  const Store reader = Store::open(dir.file(), Access::ReadOnly);
  Journal read(reader);
  EXPECT_EQ(read.operation("OP1"), make_operation("OP1"));
  const OwnedSnapshot none{};
  const std::vector<std::function<void()>> writes{
      [&] { read.begin(make_operation("OP2", 2), line("x")); },
      [&] { read.update(make_operation("OP1"), line("x")); },
      [&] { read.note_progress("OP1", 1, at(1)); },
      [&] { read.adopt(none, line("x")); },
      [&] { read.disown(none, "x", line("x")); },
      [&] { read.raise_epoch(line("x")); },
      [&] { read.audit(line("x")); }};
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const Error error = error_of(writes[i]);
    EXPECT_EQ(error.kind(), ErrorKind::Unwritable) << i;
    EXPECT_THAT(error.what(), HasSubstr("opened for reading")) << i;
  }
}

TEST_F(JournalTest, NoticesThatItsFileWasReplaced) {
  std::filesystem::rename(dir.file(), dir.file("moved"));
  EXPECT_THAT(error_of([&] { journal.begin(make_operation("OP1"), line("x")); }).what(),
              HasSubstr("moved, deleted or replaced"));
}

}  // namespace
}  // namespace storage::test
