// Pins, pauses, marks and waits: what keeps deltakeep from acting, across restarts.
#include "storage/holds.h"

#include "tests/unit/storage/journal_fixture.h"

namespace storage::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HoldsTest : public JournalTest {
 protected:
  Holds holds{journal};

  static Pin pin(const std::string& snapshot, std::optional<policy::Time> until = {}) {
    return {.endpoint_uuid = "uuid-of-prod",
            .vm_moid = "vm-1",
            .instance_uuid = "50-1",
            .vm_name = "web-1",
            .snapshot = {.moid = snapshot, .id = 4, .created = at(1), .parent = "snapshot-1"},
            .snapshot_name = "daily",
            .reason = "audit",
            .actor = "ada",
            .since = at(2),
            .until = until};
  }
  static PauseRow pause(const std::string& kind, const std::string& what,
                        std::optional<policy::Time> until = {}) {
    return {.kind = kind,
            .what = what,
            .shown = what,
            .reason = "upgrade",
            .actor = "ada",
            .since = at(1),
            .until = until};
  }
  static std::vector<std::string> names(const std::vector<PauseRow>& rows) {
    std::vector<std::string> found;
    for (const auto& row : rows) found.push_back(row.kind + ":" + row.what);
    return found;
  }
  std::vector<std::string> subjects() const {
    std::vector<std::string> found;
    for (const auto& l : audit_lines()) found.push_back(l.entry.subject);
    return found;
  }
};

TEST_F(HoldsTest, APinIsKeptWholeUntilItIsRemoved) {
  const std::int64_t id = holds.pin(pin("snapshot-5", at(9)), line("pin"));
  const std::vector<Pin> pins = Holds(journal).pins();
  ASSERT_EQ(pins.size(), 1u);
  const Pin expected = pin("snapshot-5", at(9));
  EXPECT_EQ(pins[0].id, id);
  EXPECT_EQ(pins[0].endpoint_uuid, expected.endpoint_uuid);
  EXPECT_EQ(pins[0].vm_moid, expected.vm_moid);
  EXPECT_EQ(pins[0].instance_uuid, expected.instance_uuid);
  EXPECT_EQ(pins[0].vm_name, expected.vm_name);
  EXPECT_EQ(pins[0].snapshot, expected.snapshot);
  EXPECT_EQ(pins[0].snapshot_name, expected.snapshot_name);
  EXPECT_EQ(pins[0].reason, expected.reason);
  EXPECT_EQ(pins[0].actor, expected.actor);
  EXPECT_EQ(pins[0].since, expected.since);
  EXPECT_EQ(pins[0].until, expected.until);
  EXPECT_TRUE(holds.unpin(id, line("unpin")));
  EXPECT_FALSE(holds.unpin(id, line("unpin")));
  EXPECT_THAT(holds.pins(), IsEmpty());
  EXPECT_THAT(subjects(), ElementsAre("1", "1")) << "its id, though the caller could not know it";
}

TEST_F(HoldsTest, AnIdOfAPinIsNeverGivenTwice) {
  const std::int64_t first = holds.pin(pin("snapshot-5"), line("pin"));
  holds.unpin(first, line("unpin"));
  EXPECT_GT(holds.pin(pin("snapshot-6"), line("pin")), first);
}

TEST_F(HoldsTest, APinHoldsUntilItsEndAndStaysListed) {
  holds.pin(pin("snapshot-5", at(9)), line("pin"));
  holds.pin(pin(""), line("pin"));
  EXPECT_EQ(holds.pins(at(8)).size(), 2u);
  EXPECT_EQ(holds.pins(at(9)).size(), 1u) << "at its end it holds no more";
  EXPECT_EQ(holds.pins().size(), 2u);
}

TEST_F(HoldsTest, ThereIsOnePausePerScopeAndTheLastOneCounts) {
  holds.pause(pause("policy", "daily"), line("pause"));
  holds.pause(pause("vcenter", "daily"), line("pause"));
  holds.pause(pause("all", ""), line("pause"));
  holds.pause(pause("policy", "daily", at(5)), line("pause"));
  EXPECT_THAT(names(holds.pauses()), ElementsAre("all:", "policy:daily", "vcenter:daily"));
  const PauseRow row = holds.pauses().at(1);
  EXPECT_EQ(row.until, at(5));
  EXPECT_EQ(row.shown, "daily");
  EXPECT_EQ(row.reason, "upgrade");
  EXPECT_EQ(row.actor, "ada");
  EXPECT_EQ(row.since, at(1));
  EXPECT_TRUE(holds.resume("all", "", line("resume")));
  EXPECT_FALSE(holds.resume("all", "", line("resume")));
  EXPECT_THAT(subjects(),
              ElementsAre("policy daily", "vcenter daily", "all", "policy daily", "all"));
}

TEST_F(HoldsTest, APauseThatRanOutStaysUntilItIsForgottenOnce) {
  holds.pause(pause("policy", "daily", at(5)), line("pause"));
  holds.pause(pause("policy", "weekly", at(6)), line("pause"));
  holds.pause(pause("all", ""), line("pause"));
  EXPECT_THAT(names(holds.forget_expired(at(5), line("ran out"))), ElementsAre("policy:daily"));
  EXPECT_THAT(names(holds.forget_expired(at(5), line("ran out"))), IsEmpty());
  EXPECT_THAT(names(holds.pauses()), ElementsAre("all:", "policy:weekly"));
  EXPECT_EQ(audit_lines().size(), 4u);
}

TEST_F(HoldsTest, AMarkKeepsItsTimeAndRunWhenItIsMadeAgain) {
  const policy::NodeImage node{.moid = "snapshot-5", .id = 5, .created = at(1), .parent = "s-1"};
  policy::NodeImage reparented = node;
  reparented.parent = "";
  holds.mark("u", "vm-1", node, {.at = at(2), .run = "R1"}, line("mark"));
  holds.mark("u", "vm-1", reparented, {.at = at(3), .run = "R2"}, line("mark"));
  const policy::Marks marks = holds.marks("u", "prod");
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks.at({"prod", "vm-1", "snapshot-5"}).at, at(2));
  EXPECT_EQ(marks.at({"prod", "vm-1", "snapshot-5"}).run, "R1");
  EXPECT_EQ(audit_lines().size(), 1u) << "nothing was decided the second time";
  EXPECT_THAT(holds.marks("other", "dr"), IsEmpty());
}

TEST_F(HoldsTest, AMarkDoesNotPassOnToAnotherSnapshotWithItsMoid) {
  policy::NodeImage node{.moid = "snapshot-5", .id = 5, .created = at(1), .parent = ""};
  holds.mark("u", "vm-1", node, {.at = at(2), .run = "R1"}, line("mark"));
  node.created = at(4);
  holds.mark("u", "vm-1", node, {.at = at(5), .run = "R2"}, line("mark"));
  EXPECT_EQ(holds.marks("u", "prod").at({"prod", "vm-1", "snapshot-5"}).at, at(5));
}

TEST_F(HoldsTest, AMarkCanBeTakenBack) {
  const policy::NodeImage node{.moid = "snapshot-5", .id = 5, .created = at(1), .parent = ""};
  holds.mark("u", "vm-1", node, {.at = at(2), .run = "R1"}, line("mark"));
  holds.unmark("u", "vm-1", "snapshot-6", line("unmark"));
  EXPECT_EQ(holds.marks("u", "prod").size(), 1u);
  holds.unmark("u", "vm-1", "snapshot-5", line("unmark"));
  EXPECT_THAT(holds.marks("u", "prod"), IsEmpty());
  EXPECT_EQ(audit_lines().size(), 2u);
}

TEST_F(HoldsTest, AWaitKeepsItsBeginningUntilItStops) {
  const Waiting waits{
      .endpoint_uuid = "u", .vm_moid = "vm-1", .policy = "daily", .act = "create", .since = at(1)};
  Waiting later = waits;
  later.since = at(3);
  EXPECT_EQ(holds.wait(waits), at(1));
  EXPECT_EQ(holds.wait(later), at(1));
  later.act = "remove";
  EXPECT_EQ(holds.wait(later), at(3));
  later.since = at(2);
  EXPECT_EQ(holds.wait(later), at(2)) << "somebody knows of an earlier beginning";
  ASSERT_EQ(holds.waiting().size(), 2u);
  EXPECT_EQ(holds.waiting().at(0).act, "create");
  EXPECT_EQ(holds.waiting().at(0).since, at(1));
  holds.stop_waiting("u", "vm-1", "daily", "create");
  EXPECT_EQ(holds.wait({.endpoint_uuid = "u",
                        .vm_moid = "vm-1",
                        .policy = "daily",
                        .act = "create",
                        .since = at(8)}),
            at(8));
}

}  // namespace
}  // namespace storage::test
