// What is compared between two looks at a server.
#include "storage/watch.h"

#include "storage/sqlite.h"
#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WatchTest : public JournalTest {
 protected:
  Watch watch{journal};

  static policy::Finding finding(const std::string& rule) {
    return {.severity = policy::RiskLevel::Critical,
            .rule = rule,
            .subject = {.endpoint = "prod", .moid = "vm-1", .name = "web-1", .disk = "Hard disk 1"},
            .text = "depth 30",
            .evidence = {{"depth", "30"}},
            .since = at(1),
            .warn_since = at(0),
            .critical_since = {}};
  }
  static std::vector<std::string> rules(const std::vector<policy::Finding>& findings) {
    std::vector<std::string> found;
    for (const auto& f : findings) found.push_back(f.rule);
    return found;
  }
  std::vector<std::string> detached() const {
    std::vector<std::string> found;
    for (const auto& d : watch.detached("u")) {
      found.push_back(d.vm_moid + " " + d.snapshot_moid + " " + policy::format_utc(d.since));
    }
    return found;
  }
  /// Pages written to the log since it was emptied: nothing, when nothing was worth a write.
  template <class Action>
  std::uintmax_t written_by(Action action) {
    Database db(dir.file(), Access::ReadWrite);
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    action();
    return std::filesystem::file_size(dir.file() + "-wal");
  }
};

TEST_F(WatchTest, AWatermarkIsWhatWasSetLast) {
  EXPECT_FALSE(watch.watermark("u"));
  Watermark mark{.endpoint_uuid = "u",
                 .vm = 100,
                 .snapshot = 5000,
                 .event_chain = 1 << 30,
                 .server_time = at(1),
                 .our_time = at(2)};
  watch.set_watermark(mark);
  EXPECT_EQ(watch.watermark("u"), mark);
  mark.vm = 7;
  watch.set_watermark(mark);
  EXPECT_EQ(watch.watermark("u"), mark) << "lower too: comparing is the caller's";
  EXPECT_FALSE(watch.watermark("other"));
}

TEST_F(WatchTest, ADoubtStandsFromItsFirstTimeUntilItIsSettled) {
  watch.doubt({.endpoint_uuid = "u", .kind = "rolled-back", .text = "first", .since = at(1)},
              line("doubt"));
  watch.doubt({.endpoint_uuid = "u", .kind = "rolled-back", .text = "again", .since = at(2)},
              line("doubt"));
  watch.doubt({.endpoint_uuid = "u", .kind = "clock-step", .text = "other", .since = at(3)},
              line("doubt"));
  ASSERT_EQ(watch.doubts().size(), 2u);
  EXPECT_EQ(watch.doubts().at(1).kind, "rolled-back");
  EXPECT_EQ(watch.doubts().at(1).text, "first");
  EXPECT_EQ(watch.doubts().at(1).since, at(1));
  EXPECT_TRUE(watch.settle_doubt("u", "rolled-back", line("settled")));
  EXPECT_FALSE(watch.settle_doubt("u", "rolled-back", line("settled")));
  EXPECT_EQ(watch.doubts().size(), 1u);
  EXPECT_EQ(audit_lines().size(), 3u);
}

TEST_F(WatchTest, FindingsAreReplacedAllTogetherInOrder) {
  watch.set_findings({finding("z"), finding("a")});
  EXPECT_THAT(rules(watch.findings()), ElementsAre("z", "a"));
  const policy::Finding f = watch.findings().at(0);
  const policy::Finding expected = finding("z");
  EXPECT_EQ(f.severity, expected.severity);
  EXPECT_TRUE(policy::same_subject(f.subject, expected.subject));
  EXPECT_EQ(f.subject.name, expected.subject.name);
  EXPECT_EQ(f.text, expected.text);
  EXPECT_EQ(f.evidence, expected.evidence);
  EXPECT_EQ(f.since, expected.since);
  EXPECT_EQ(f.warn_since, expected.warn_since);
  EXPECT_EQ(f.critical_since, expected.critical_since);
  watch.set_findings({finding("b")});
  EXPECT_THAT(rules(watch.findings()), ElementsAre("b"));
  watch.set_findings({});
  EXPECT_THAT(watch.findings(), IsEmpty());
}

TEST_F(WatchTest, TheSameFindingsAgainAreNoWrite) {
  watch.set_findings({finding("z"), finding("a")});
  EXPECT_EQ(written_by([&] { watch.set_findings({finding("z"), finding("a")}); }), 0u);
  auto changed = finding("a");
  changed.text = "depth 31";
  EXPECT_GT(written_by([&] { watch.set_findings({finding("z"), changed}); }), 0u);
  EXPECT_EQ(watch.findings().at(1).text, "depth 31");
}

TEST_F(WatchTest, NamesTheFindingThatIsDamaged) {
  watch.set_findings({finding("depth")});
  Database(dir.file(), Access::ReadWrite).script("UPDATE finding SET evidence = '['");
  const Error error = error_of([&] { watch.findings(); });
  EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
  EXPECT_THAT(error.what(), HasSubstr("the row of finding depth on web-1 is damaged"));
}

TEST_F(WatchTest, ADetachedSnapshotKeepsItsTimeWhileItStaysSo) {
  watch.set_detached("u", "vm-1", {"s-2", "s-1", "s-2"}, at(1));
  watch.set_detached("u", "vm-2", {"s-9"}, at(1));
  watch.set_detached("u", "vm-1", {"s-3", "s-2"}, at(2));
  EXPECT_THAT(detached(),
              ElementsAre("vm-1 s-2 2026-03-01T01:00:00Z", "vm-1 s-3 2026-03-01T02:00:00Z",
                          "vm-2 s-9 2026-03-01T01:00:00Z"));
  EXPECT_EQ(written_by([&] { watch.set_detached("u", "vm-1", {"s-2", "s-3"}, at(3)); }), 0u);
  watch.set_detached("u", "vm-1", {}, at(3));
  EXPECT_EQ(detached().size(), 1u);
}

TEST_F(WatchTest, TwentyMergesOfAVmOnADatastoreAreKept) {
  const auto merge = [](const std::string& vm, const std::string& datastore, int n) {
    return MergeMeasure{.endpoint_uuid = "u",
                        .vm_moid = vm,
                        .datastore = datastore,
                        .at = at(0, n),
                        .bytes = std::uint64_t{1} << 40,
                        .took = std::chrono::seconds(n)};
  };
  watch.add_merge(merge("vm-2", "ds-1", 1));
  watch.add_merge(merge("vm-1", "ds-2", 2));
  for (int n = 3; n < 33; ++n) watch.add_merge(merge("vm-1", "ds-1", n));
  const auto found = watch.merges("u");
  ASSERT_EQ(found.size(), 22u) << "20 and those of the other VM and the other datastore";
  EXPECT_EQ(found.front().at, at(0, 32)) << "newest first";
  EXPECT_EQ(found.front().took, std::chrono::seconds(32));
  EXPECT_EQ(found.front().bytes, std::uint64_t{1} << 40);
  EXPECT_EQ(found.at(19).at, at(0, 13));
  EXPECT_EQ(found.back().vm_moid, "vm-2");
  EXPECT_THAT(watch.merges("other"), IsEmpty());
}

}  // namespace
}  // namespace storage::test
