#include "tests/simulator/control_test/desk.h"

namespace sim {
namespace {

using nlohmann::json;

class ControlTest : public Desk {
 protected:
  void rule(const json& then, const std::string& method) {
    control("PUT", "/control/faults", json::array({{{"method", method}, {"then", then}}}));
  }
  json vm_state() { return control("GET", "/control/state?vm=vm-1"); }
  const std::string create_ = "<name>s</name><memory>false</memory><quiesce>false</quiesce>";
};

TEST_F(ControlTest, StepMovesTheClockByExactlySoMuch) {
  EXPECT_EQ(control("GET", "/control/time")["time"], "2026-11-22T00:00:00Z");
  EXPECT_EQ(control("POST", "/control/step?seconds=90.5")["time"], "2026-11-22T00:01:30.5Z");
  EXPECT_EQ(control("GET", "/control/time")["time"], "2026-11-22T00:01:30.5Z");
}

TEST_F(ControlTest, WrongRequestsAreRefusedWithAReason) {
  EXPECT_NE(control("POST", "/control/step", {}, 400)["error"].get<std::string>().find("seconds"),
            std::string::npos);
  control("POST", "/control/step?seconds=-1", {}, 400);
  control("POST", "/control/step?seconds=1x", {}, 400);
  control("GET", "/control/state?vm=vm-99", {}, 400);
  control("POST", "/control/touch", {{"act", "dance"}}, 400);
  control("POST", "/control/touch",
          {{"act", "delete"}, {"snapshot", "snapshot-99"}, {"vm", "vm-1"}}, 400);
  control("GET", "/control/nothing", {}, 404);
}

TEST_F(ControlTest, StateTellsChainsTreesAndContents) {
  const auto before = vm_state();
  const auto moid = snapshot("vm-1", "s");
  const auto after = vm_state();
  EXPECT_EQ(before["disks"][0]["chain"].size(), 1u);
  ASSERT_EQ(after["disks"][0]["chain"].size(), 2u);
  EXPECT_EQ(after["disks"][0]["chain"][1]["file"], "[ds] web/web.vmdk");
  EXPECT_EQ(after["disks"][0]["chain"][1]["allocated_blocks"], 10);
  EXPECT_EQ(after["snapshots"][0]["moid"], moid);
  EXPECT_EQ(after["current_snapshot"], moid);
  EXPECT_EQ(after["snapshots"][0]["contents"]["2000"], before["disks"][0]["contents"]);
  const auto all = control("GET", "/control/state");
  EXPECT_EQ(all["vms"].size(), 2u);
  EXPECT_NE(all["vms"][0]["disks"][0]["contents"], all["vms"][1]["disks"][0]["contents"]);
}

TEST_F(ControlTest, TasksAreToldWithTheirTimesWhenTheServerShowsThemNoMore) {
  const auto task = ask("CreateSnapshot_Task", vm_, create_);
  control("POST", "/control/step?seconds=7200");
  EXPECT_TRUE(control("GET", "/control/state")["tasks"].empty());
  const auto tasks = control("GET", "/control/tasks")["tasks"];
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0]["moid"], task);
  EXPECT_EQ(tasks[0]["queued"], "2026-11-22T00:00:00Z");
  EXPECT_GT(tasks[0]["completed"], tasks[0]["queued"]);
}

TEST_F(ControlTest, LogHoldsEveryRequestInOrderWithItsResult) {
  const auto task = ask("CreateSnapshot_Task", vm_, create_);
  fault("RemoveSnapshot_Task", {"VirtualMachineSnapshot", "snapshot-99"},
        "<removeChildren>false</removeChildren>");
  const auto log = control("GET", "/control/log");
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0]["method"], "Login");
  EXPECT_EQ(log[1]["method"], "CreateSnapshot_Task");
  EXPECT_EQ(log[1]["vm"], "vm-1");
  EXPECT_EQ(log[1]["result"], task);
  EXPECT_TRUE(log[1]["executed"]);
  EXPECT_EQ(log[2]["fault"], "ManagedObjectNotFound");
  EXPECT_LT(log[1]["number"], log[2]["number"]);
  EXPECT_EQ(control("GET", "/control/log?since=2").size(), 1u);
  EXPECT_EQ(log.dump().find("swordfish"), std::string::npos);
}

TEST_F(ControlTest, AFaultRuleAnswersInsteadOfTheService) {
  rule({{"fault", {{"type", "TaskInProgress"}, {"refs", {{"task", {"Task", "task-7"}}}}}}},
       "CreateSnapshot_Task");
  EXPECT_EQ(fault("CreateSnapshot_Task", vm_, create_), "TaskInProgress");
  step(60);
  EXPECT_TRUE(vm_state()["snapshots"].empty());
  EXPECT_FALSE(control("GET", "/control/log").back()["executed"]);
}

TEST_F(ControlTest, ADroppedAnswerStillExecutes) {
  rule({{"drop_after", true}}, "CreateSnapshot_Task");
  EXPECT_TRUE(soap("CreateSnapshot_Task", vm_, create_).drop);
  step(60);
  EXPECT_EQ(vm_state()["snapshots"].size(), 1u);
}

TEST_F(ControlTest, ADroppedRequestDoesNotExecute) {
  rule({{"drop_before", true}}, "CreateSnapshot_Task");
  EXPECT_TRUE(soap("CreateSnapshot_Task", vm_, create_).drop);
  step(60);
  EXPECT_TRUE(vm_state()["snapshots"].empty());
}

TEST_F(ControlTest, A503PageIsNoXml) {
  rule({{"http_503", true}}, "CreateSnapshot_Task");
  const auto reply = soap("CreateSnapshot_Task", vm_, create_);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.content_type, "text/html");
}

TEST_F(ControlTest, ATaskErrorEndsTheTaskWithNothingDone) {
  rule({{"task_error", {{"type", "FileLocked"}, {"fields", {{"file", "x"}}}}}},
       "CreateSnapshot_Task");
  const auto moid = ask("CreateSnapshot_Task", vm_, create_);
  step(60);
  EXPECT_EQ(task(moid).state, TaskState::Error);
  ASSERT_TRUE(task(moid).error.has_value());
  EXPECT_EQ(task(moid).error->type, "FileLocked");
  EXPECT_TRUE(vm_state()["snapshots"].empty());
}

TEST_F(ControlTest, ADelayedTaskRunsSoMuchLonger) {
  rule({{"task_delay", 600}}, "CreateSnapshot_Task");
  const auto moid = ask("CreateSnapshot_Task", vm_, create_);
  step(590);
  EXPECT_EQ(task(moid).state, TaskState::Running);
  step(60);
  EXPECT_EQ(task(moid).state, TaskState::Success);
}

TEST_F(ControlTest, ConsolidationDebtLeavesDeltasAndRaisesTheFlagLater) {
  const auto moid = snapshot("vm-1", "s");
  rule({{"consolidation_debt", true}, {"flag_lag", 300}}, "RemoveSnapshot_Task");
  ask("RemoveSnapshot_Task", {"VirtualMachineSnapshot", moid},
      "<removeChildren>false</removeChildren>");
  step(120);
  EXPECT_TRUE(vm_state()["snapshots"].empty());
  EXPECT_EQ(vm_state()["disks"][0]["chain"].size(), 2u);
  EXPECT_FALSE(vm_state()["consolidation_needed"]);
  step(600);
  EXPECT_TRUE(vm_state()["consolidation_needed"]);
}

TEST_F(ControlTest, ALockHoldsForItsTime) {
  const auto moid = snapshot("vm-1", "s");
  rule({{"lock", true}, {"seconds", 60}}, "RefreshStorageInfo");
  ask("RefreshStorageInfo", vm_);
  EXPECT_FALSE(control("GET", "/control/state")["locked_files"].empty());
  step(61);
  EXPECT_TRUE(control("GET", "/control/state")["locked_files"].empty());
}

TEST_F(ControlTest, ADisconnectedHostComesBack) {
  rule({{"disconnect_host", true}, {"seconds", 60}}, "RefreshStorageInfo");
  ask("RefreshStorageInfo", vm_);
  EXPECT_FALSE(control("GET", "/control/state")["hosts"][0]["connected"]);
  step(61);
  EXPECT_TRUE(control("GET", "/control/state")["hosts"][0]["connected"]);
}

TEST_F(ControlTest, ARestartEndsSessionsAndCountsUp) {
  rule({{"restart", true}}, "RefreshStorageInfo");
  ask("RefreshStorageInfo", vm_);
  EXPECT_EQ(control("GET", "/control/state")["boots"], 2);
  EXPECT_EQ(fault("RefreshStorageInfo", vm_), "NotAuthenticated");
}

TEST_F(ControlTest, SomeoneElseCreatesRenamesAndDeletes) {
  const auto made =
      control("POST", "/control/touch",
              {{"act", "create"}, {"vm", "vm-1"}, {"name", "theirs"}, {"user", "CORP\\eve"}});
  step(60);
  const auto& done = task(made["task"].get<std::string>());
  EXPECT_EQ(done.user, "CORP\\eve");
  const auto moid = done.result_ref->value;
  control("POST", "/control/touch", {{"act", "rename"}, {"snapshot", moid}, {"name", "renamed"}});
  EXPECT_EQ(vm_state()["snapshots"][0]["name"], "renamed");
  control("POST", "/control/touch", {{"act", "delete"}, {"snapshot", moid}});
  step(60);
  EXPECT_TRUE(vm_state()["snapshots"].empty());
}

TEST_F(ControlTest, RulesCountWhatTheySawAndFired) {
  control("POST", "/control/faults",
          json::array(
              {{{"method", "RefreshStorageInfo"}, {"nth", 2}, {"then", {{"drop_before", true}}}}}));
  ask("RefreshStorageInfo", vm_);
  EXPECT_TRUE(soap("RefreshStorageInfo", vm_, "").drop);
  const auto counts = control("GET", "/control/faults")["rules"][0];
  EXPECT_EQ(counts["seen"], 2);
  EXPECT_EQ(counts["fired"], 1);
  control("DELETE", "/control/faults");
  ask("RefreshStorageInfo", vm_);
}

}  // namespace
}  // namespace sim
