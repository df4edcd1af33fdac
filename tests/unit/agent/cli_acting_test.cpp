// Command lines of what changes something: what is asked for, and what is refused before anything
// is opened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/cli/request.h"
#include "agent/error.h"

namespace agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Words = std::vector<std::string>;

template <typename Request>
Request asked(const Words& words) {
  return std::get<Request>(parse_command_line(words).command);
}

std::string complaint(const Words& words) {
  try {
    parse_command_line(words);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::Usage);
    return error.what();
  }
  return "accepted";
}

TEST(ActingCommandLine, ReadsRunsAndWhatTheyAreOf) {
  const auto due = asked<RunRequest>({"run"});
  EXPECT_TRUE(due.policies.empty() && !due.all && !due.retention_only && !due.dry_run);
  const auto two = asked<RunRequest>(
      {"run", "--policy", "a", "--policy", "b", "--dry-run", "--force", "free-space"});
  EXPECT_THAT(two.policies, ElementsAre("a", "b"));
  EXPECT_THAT(two.force, ElementsAre("free-space"));
  EXPECT_TRUE(two.dry_run);
  const auto approved = asked<RunRequest>({"run", "--plan", "p.json", "--ticket", "CHG-1"});
  EXPECT_EQ(approved.plan, "p.json");
  EXPECT_EQ(approved.ticket, "CHG-1");
  const auto enforce = asked<RunRequest>({"enforce"});
  EXPECT_TRUE(enforce.retention_only && enforce.all);
  EXPECT_FALSE(asked<RunRequest>({"enforce", "--policy", "a"}).all);
}

TEST(ActingCommandLine, RefusesRunsThatContradictThemselves) {
  EXPECT_THAT(complaint({"run", "--all", "--policy", "a"}), HasSubstr("exclude each other"));
  EXPECT_THAT(complaint({"run", "--plan", "p"}), HasSubstr("needs --ticket"));
  EXPECT_THAT(complaint({"run", "--ticket", "t"}), HasSubstr("goes with --plan"));
}

TEST(ActingCommandLine, ReadsEachOperationOnASnapshot) {
  using Act = SnapshotRequest::Act;
  const auto create = asked<SnapshotRequest>(
      {"snapshot", "create", "web", "--name", "n", "--description", "d", "--memory", "--quiesce",
       "require", "--vcenter", "prod", "--force", "depth-limit"});
  EXPECT_EQ(create.act, Act::Create);
  EXPECT_EQ(create.vm + create.name + create.description + create.quiesce, "webndrequire");
  EXPECT_TRUE(create.memory);
  EXPECT_EQ(create.vcenter, "prod");
  const auto rename = asked<SnapshotRequest>({"snapshot", "rename", "web", "s", "--name", "t"});
  EXPECT_EQ(rename.act, Act::Rename);
  EXPECT_EQ(rename.snapshot + rename.name, "st");
  const auto revert =
      asked<SnapshotRequest>({"snapshot", "revert", "web", "current", "--safety-snapshot",
                              "--keep-off", "--confirm", "web"});
  EXPECT_EQ(revert.act, Act::Revert);
  EXPECT_TRUE(revert.safety && revert.suppress_power_on && !revert.yes);
  EXPECT_EQ(revert.confirm, "web");
  EXPECT_EQ(asked<SnapshotRequest>({"snapshot", "remove", "web", "s"}).act, Act::Remove);
  EXPECT_EQ(asked<SnapshotRequest>({"snapshot", "consolidate", "web"}).act, Act::Consolidate);
}

TEST(ActingCommandLine, RefusesOperationsThatLackWhatTheyNeed) {
  EXPECT_THAT(complaint({"snapshot", "remove", "web"}), HasSubstr("needs SNAPSHOT"));
  EXPECT_THAT(complaint({"snapshot", "rename", "web", "s"}), HasSubstr("--name is needed"));
  EXPECT_THAT(complaint({"snapshot", "create", "web", "--quiesce", "yes"}),
              HasSubstr("try, require or never"));
  EXPECT_THAT(complaint({"clone", "web"}), HasSubstr("--to is needed"));
  EXPECT_THAT(complaint({"snapshot"}), HasSubstr("create, rename, revert, remove, consolidate"));
  // There is no word for removing more than one.
  EXPECT_THAT(complaint({"snapshot", "remove", "web", "s", "--children"}),
              HasSubstr("unknown option"));
}

TEST(ActingCommandLine, ReadsClonesHoldsAndAdoptions) {
  const auto clone = asked<CloneRequest>({"clone", "web", "--to", "x", "--snapshot", "s",
                                          "--linked", "--datastore", "d", "--folder", "f", "--host",
                                          "h", "--pool", "p", "--template"});
  EXPECT_EQ(clone.to + clone.snapshot + clone.datastore + clone.folder + clone.host + clone.pool,
            "xsdfhp");
  EXPECT_TRUE(clone.linked && clone.as_template && !clone.partial && !clone.allow_vtpm);
  const auto pin = asked<PinRequest>({"pin", "add", "web", "s", "--reason", "r", "--until", "7d"});
  EXPECT_EQ(pin.act, PinRequest::Act::Add);
  EXPECT_EQ(pin.vm + pin.snapshot + pin.reason + pin.until, "websr7d");
  EXPECT_EQ(asked<PinRequest>({"pin", "remove", "3"}).id, 3);
  EXPECT_THAT(complaint({"pin", "remove", "three"}), HasSubstr("pin list"));
  EXPECT_THAT(complaint({"pin", "add", "web"}), HasSubstr("--reason is needed"));
  EXPECT_EQ(asked<PauseRequest>({"pause", "--vm", "web", "--reason", "r"}).vm, "web");
  EXPECT_THAT(complaint({"pause", "--policy", "p", "--vm", "v", "--reason", "r"}),
              HasSubstr("excludes"));
  EXPECT_TRUE(asked<PauseRequest>({"resume"}).resume);
  EXPECT_THAT(complaint({"resume", "--accept", "restored"}), HasSubstr("needs --vcenter"));
  EXPECT_EQ(asked<AdoptRequest>({"adopt", "web", "s", "--policy", "p"}).policy, "p");
}

TEST(ActingCommandLine, ReadsTheRecord) {
  EXPECT_TRUE(asked<OpsRequest>({"ops", "--open"}).open);
  EXPECT_EQ(asked<OpsRequest>({"ops", "01JD"}).id, "01JD");
  EXPECT_EQ(asked<RunsRequest>({"runs", "--limit", "3"}).limit, 3);
  const auto resolve = asked<ResolveRequest>({"resolve", "01JD", "--as", "done", "--reason", "r"});
  EXPECT_EQ(resolve.op + resolve.as + resolve.reason, "01JDdoner");
  EXPECT_THAT(complaint({"resolve", "01JD", "--as", "gone", "--reason", "r"}),
              HasSubstr("done or failed"));
  EXPECT_THAT(complaint({"resolve", "01JD", "--as", "done"}), HasSubstr("needs --reason"));
  EXPECT_TRUE(asked<AuditRequest>({"audit", "verify"}).verify);
  EXPECT_FALSE(asked<AuditRequest>({"audit", "export"}).verify);
}

}  // namespace
}  // namespace agent
