// What the executor is made of that needs no server: names, the ladder, failpoints, tasks as read.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "agent/act/execute/failpoint.h"
#include "agent/act/execute/intent.h"
#include "agent/act/execute/ladder.h"
#include "agent/translate/task_seen.h"
#include "tests/unit/agent/executor_world.h"

namespace agent::test {
namespace {

using policy::OpKind;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

TEST(AnOperationId, SortsByTimeAndIsNeverGivenTwice) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(new_id(kNow));
  EXPECT_THAT(ids, SizeIs(100));
  EXPECT_LT(*ids.rbegin(), new_id(kNow + std::chrono::seconds{1}));
  for (const std::string& id : ids) EXPECT_THAT(id, SizeIs(26));
}

TEST(ACloneName, IsCutAtACharacterWhereItIsTooLong) {
  EXPECT_EQ(clone_name("web", kNow), "web_2026-11-22T02-00-00Z");
  std::string long_name(58, 'a');
  for (const char* end : {"\u00fc", "a\u00fc", "\u00fc\u00fc\u00fc"}) {
    const std::string name = clone_name(long_name + end, kNow);
    EXPECT_LE(name.size(), 80U);
    const std::string before = name.substr(0, name.find('_'));
    EXPECT_TRUE((long_name + end).starts_with(before));
    EXPECT_NE(static_cast<unsigned char>(before.back()) & 0xC0U, 0xC0U) << "half a character";
  }
}

TEST(TheLadder, AsksOnlyAGuestThatRunsAndGivesWayOnceToTry) {
  EXPECT_TRUE(asks_for_quiesce(Quiesce::Try, policy::Power::On, false));
  EXPECT_FALSE(asks_for_quiesce(Quiesce::Require, policy::Power::Off, false));
  EXPECT_FALSE(asks_for_quiesce(Quiesce::Try, policy::Power::On, true));
  policy::Operation failed;
  failed.quiesced = true;
  failed.fault = "GenericVmConfigFault";
  const std::string notes = "msg.snapshot.error-QUIESCINGERROR: the guest did not answer";
  EXPECT_TRUE(tries_without(Quiesce::Try, failed, notes));
  EXPECT_FALSE(tries_without(Quiesce::Require, failed, notes));
  EXPECT_FALSE(tries_without(Quiesce::Try, failed, "disk full"));
  failed.quiesced = false;
  EXPECT_FALSE(tries_without(Quiesce::Try, failed, notes));
}

#ifdef DELTAKEEP_FAILPOINTS
TEST(Failpoints, HaveNamesOfTheirOwn) {
  const std::vector<std::string> names = failpoint_names();
  EXPECT_THAT(std::set<std::string>(names.begin(), names.end()), SizeIs(names.size()));
  EXPECT_THAT(names, IsSupersetOf({"create.after-intent", "rename.after-done", "run.planned"}));
  EXPECT_THAT(names, Not(Contains("rename.after-task")));
}

TEST(FailpointsDeathTest, KillWhereTheEnvironmentSaysAtTheTimeThatItSays) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";  // in a process that has passed none yet
  setenv("DELTAKEEP_FAILPOINT", "remove.after-call:2", 1);
  const auto pass = [] {
    failpoint(OpKind::Create, Boundary::AfterCall);
    failpoint(OpKind::Remove, Boundary::AfterCall);
    std::fputs("once", stderr);
    failpoint(OpKind::Remove, Boundary::AfterCall);
  };
  EXPECT_EXIT(pass(), testing::KilledBySignal(SIGKILL), "once");
  unsetenv("DELTAKEEP_FAILPOINT");
}
#endif

TEST(ATask, IsKnownByEitherOfItsNames) {
  vsphere::TaskInfo info;
  info.ref = {.type = "Task", .value = "task-1"};
  info.name = "CreateSnapshot";
  EXPECT_EQ(task_seen(info).kind, OpKind::Create);
  EXPECT_TRUE(task_seen(info).known_kind);
  info.name = "";
  info.description_id = "vm.Snapshot.remove";
  EXPECT_EQ(task_seen(info).kind, OpKind::Remove);
  info.description_id = "VirtualMachine.migrate";
  EXPECT_FALSE(task_seen(info).known_kind);
  EXPECT_EQ(task_seen(info).state, policy::TaskState::Unknown);
  info.error = vsphere::Fault{.type = "GenericVmConfigFault",
                              .message = "it failed",
                              .privilege = {},
                              .object = {},
                              .causes = {},
                              .notes = {"msg.snapshot.error-QUIESCINGERROR: guest"}};
  EXPECT_THAT(task_seen(info).fault_text, HasSubstr("QUIESCINGERROR"));
}

}  // namespace
}  // namespace agent::test
