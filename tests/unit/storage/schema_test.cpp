#include "storage/schema.h"

#include <fstream>

#include "storage/copies.h"
#include "storage/holds.h"
#include "storage/runs.h"
#include "storage/state_file.h"
#include "storage/vm_text.h"
#include "storage/watch.h"
#include "tests/unit/storage/fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> schema_of(Database& db) {
  std::vector<std::string> lines;
  Query q(db,
          "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema "
          "ORDER BY type, name");
  while (q.next()) lines.push_back(q.string(0));
  return lines;
}

class Migration : public testing::Test {
 protected:
  Database fresh(const std::string& name) {
    create_private(dir.file(name));
    return Database(dir.file(name), Access::ReadWrite);
  }
  TempDir dir;
};

TEST_F(Migration, FromEveryOlderVersionGivesTheSchemaOfANewFile) {
  Database whole = fresh("whole");
  migrate(whole, migrations());
  EXPECT_EQ(whole.number("PRAGMA user_version"), std::ssize(migrations()));
  EXPECT_EQ(whole.number("PRAGMA application_id"), kApplicationId);
  for (std::size_t from = 0; from <= migrations().size(); ++from) {
    Database old = fresh("from" + std::to_string(from));
    migrate(old, migrations().first(from));
    migrate(old, migrations());
    EXPECT_EQ(schema_of(old), schema_of(whole)) << "from version " << from;
  }
}

TEST_F(Migration, ThatFailsHalfwayLeavesTheOlderVersionWhole) {
  Database db = fresh("state.db");
  const std::vector<std::string> steps{
      "CREATE TABLE a (n); INSERT INTO a VALUES (1)",
      "CREATE TABLE b (n); UPDATE a SET n = 2; INSERT INTO nowhere "
      "VALUES (1)"};
  const Error error = error_of([&] { migrate(db, steps); });
  EXPECT_THAT(error.what(), HasSubstr("bring the schema from version 1 to 2"));
  EXPECT_EQ(db.number("PRAGMA user_version"), 1);
  EXPECT_EQ(db.number("SELECT n FROM a"), 1);
  EXPECT_EQ(schema_of(db).size(), 1u);
  const std::vector<std::string> repaired{steps[0], "CREATE TABLE b (n)"};
  migrate(db, repaired);
  EXPECT_EQ(db.number("PRAGMA user_version"), 2);
}

TEST_F(Migration, OfACurrentFileDoesNothing) {
  Database db = fresh("state.db");
  migrate(db, migrations());
  const auto before = db.number("PRAGMA schema_version");
  migrate(db, migrations());
  EXPECT_EQ(db.number("PRAGMA schema_version"), before);
}

/// A state as the version before the journal left it, with a scan of one VM.
class Version3 : public Migration {
 protected:
  void SetUp() override {
    Database db = fresh("state.db");
    migrate(db, migrations().first(3));
    std::string text;
    append_vm(text, make_vm(1));
    db.script(
        "INSERT INTO endpoint VALUES (1, 'uuid-of-prod', 'prod', '8', 'vCenter', 0); "
        "INSERT INTO scan VALUES (1, 1, 0, 60000000, 1, 1); "
        "INSERT INTO vm (id, endpoint, moid, instance_uuid, first_scan, state, name, "
        "raw_name, path, depth, probes, mark) VALUES (1, 1, 'vm-1', '50-1', 1, 1, 'web-1', "
        "'web-1', '/DC0/vm/prod/web-1', 2, 2.86, x'01')");
    db.run("INSERT INTO vm_state VALUES (1, ?1)", text);
  }
};

TEST_F(Version3, IsReadWithoutAJournal) {
  const Store store = Store::open(dir.file(), Access::ReadOnly);
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1)});
  EXPECT_EQ(store.last_scans().size(), 1u);
  Journal journal(store);
  EXPECT_EQ(journal.identity().agent, "");
  EXPECT_TRUE(journal.operations({}).empty() && journal.events("x").empty() &&
              journal.owned().empty());
  EXPECT_EQ(journal.check_audit().lines, 0u);
  EXPECT_FALSE(journal.check_audit().broken_at);
  journal.for_each_audit(1, [](const AuditLine&) { ADD_FAILURE() << "there is no line"; });
  const Holds holds(journal);
  EXPECT_TRUE(holds.pins().empty() && holds.pauses().empty() && holds.marks("u", "p").empty() &&
              holds.waiting().empty());
  const Runs runs(journal);
  EXPECT_TRUE(runs.runs(0).empty() && runs.last_of_policies().empty());
  EXPECT_TRUE(Copies(journal).copies().empty());
  const Watch watch(journal);
  EXPECT_TRUE(watch.doubts().empty() && watch.findings().empty() && watch.detached("u").empty() &&
              watch.merges("u").empty() && !watch.watermark("u"));
  EXPECT_EQ(error_of([&] { journal.operation("x"); }).kind(), ErrorKind::NotFound);
  EXPECT_EQ(error_of([&] { runs.run("x"); }).kind(), ErrorKind::NotFound);
  EXPECT_EQ(error_of([&] { journal.audit({}); }).kind(), ErrorKind::Unwritable);
  EXPECT_EQ(Database(dir.file(), Access::ReadOnly).number("PRAGMA user_version"), 3)
      << "reading migrates nothing";
}

TEST_F(Version3, GetsAJournalAndKeepsWhatItHad) {
  const Store reader = Store::open(dir.file(), Access::ReadOnly);
  const Journal read(reader);
  EXPECT_EQ(read.identity().epoch, 0);
  Store store = Store::open(dir.file(), Access::ReadWrite);
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1)});
  Journal journal(store);
  journal.audit({.text = "the first line"});
  EXPECT_EQ(read.identity().epoch, 1) << "a reader sees the journal once it is there";
  EXPECT_EQ(read.check_audit().lines, 1u);
  scan(store, at(2), {make_vm(1)});
  EXPECT_EQ(all_vms(store), std::vector{make_vm(1)});
}

TEST_F(Migration, OfAFileThatIsTooOldToReadSaysWhatToDo) {
  {
    Database db = fresh("state.db");
    migrate(db, migrations().first(2));
  }
  EXPECT_THAT(error_of([&] { Store::open(dir.file(), Access::ReadOnly); }).what(),
              HasSubstr("run `deltakeep scan` once"));
}

/// What an operator sees with the sqlite3 shell.
class Views : public testing::Test {
 protected:
  std::vector<std::string> lines(Sql sql) {
    std::vector<std::string> found;
    Query q(db, sql);
    while (q.next()) found.push_back(q.string(0));
    return found;
  }
  static policy::Vm odd_vm() {
    policy::Vm vm = make_vm(2, 1);
    vm.identity.name = "we\"ird\\\n\x01";
    return vm;
  }

  TempDir dir;
  void SetUp() override {
    scan(store, at(1), {make_vm(1, 2), odd_vm(), make_vm(3)});
    scan(store, at(2), {make_vm(1, 2), odd_vm()});
    // As in the shell: our own connections trust no schema, and use no view.
    db.run("PRAGMA trusted_schema = ON");
  }

  Store store = Store::open(dir.file(), Access::ReadWrite);
  Database db{dir.file(), Access::ReadOnly};
};

TEST_F(Views, ShowVmsInSightOnly) {
  EXPECT_THAT(lines("SELECT endpoint || '|' || name || '|' || depth || '|' || power || '|' || "
                    "tree_depth || '|' || cluster FROM vms ORDER BY vm"),
              ElementsAre("prod|web-1|2|on|2|C0", "prod|we\"ird\\\n\x01|1|on|1|C0"));
}

TEST_F(Views, ShowLayersNewestFirst) {
  EXPECT_THAT(lines("SELECT disk_key || '|' || place || '|' || file || '|' || bytes || '|' || "
                    "coalesce(snapshot, '-') FROM layers WHERE vm_name = 'web-1' "
                    "AND disk_label = 'Hard disk 2' ORDER BY place"),
              ElementsAre("2001|0|[ds] web-1/web-1-000002.vmdk|3000|snapshot-1-1",
                          "2001|1|[ds] web-1/web-1-000001.vmdk|2000|snapshot-1-0",
                          "2001|2|[ds] web-1/web-1-000000.vmdk|1000|-"));
}

TEST_F(Views, ShowSnapshotsWithTimesAPersonCanRead) {
  EXPECT_THAT(lines("SELECT name || '|' || created || '|' || coalesce(parent, '-') || '|' || "
                    "current || '|' || owner || '|' || bytes FROM snapshots "
                    "WHERE vm_name = 'web-1' ORDER BY id"),
              ElementsAre("deltakeep 0|2026-03-01T00:00:00Z|-|0|foreign|1000000",
                          "deltakeep 1|2026-03-01T01:00:00Z|snapshot-1-0|1|foreign|1000001"));
}

TEST_F(Views, ShowDisks) {
  EXPECT_THAT(lines("SELECT key || '|' || label || '|' || kind || '|' || depth || '|' || probes || "
                    "'|' || datastore FROM disks WHERE vm_name = 'web-1' ORDER BY key"),
              ElementsAre("2000|Hard disk 1|seSparse|2|2.86|datastore-1",
                          "2001|Hard disk 2|seSparse|2|2.86|datastore-1"));
}

TEST_F(Views, AreAllDescribed) {
  std::ifstream in(DELTAKEEP_SOURCE_DIR "/storage/SCHEMA.md");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  for (const std::string& name :
       lines("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")) {
    EXPECT_THAT(text, HasSubstr("`" + name + "`")) << "SCHEMA.md must tell what it is";
  }
}

}  // namespace
}  // namespace storage::test
