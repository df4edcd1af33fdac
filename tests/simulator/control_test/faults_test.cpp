// Each kind of fault on demand, seen as a client sees it.
#include "tests/simulator/control_test/desk.h"

namespace sim {
namespace {

using nlohmann::json;

class FaultsTest : public Desk {
 protected:
  void rule(const json& then, const std::string& method) {
    control("PUT", "/control/faults", json::array({{{"method", method}, {"then", then}}}));
  }
  json vm_state() { return control("GET", "/control/state?vm=vm-1"); }
  std::string read(const Ref& object, const std::string& path) {
    return soap("RetrievePropertiesEx", {"PropertyCollector", "propertyCollector"},
                "<specSet><propSet><type>" + object.type + "</type><pathSet>" + path +
                    "</pathSet></propSet><objectSet><obj type=\"" + object.type + "\">" +
                    object.value + "</obj></objectSet></specSet><options/>")
        .body;
  }
  void login() {
    cookie_.clear();
    ask("Login", {"SessionManager", "SessionManager"},
        "<userName>administrator@vsphere.local</userName><password>swordfish</password>");
    cookie_ = sessions_.list().back()->cookie;
  }
  const std::string create_ = "<name>s</name><memory>false</memory><quiesce>false</quiesce>";
  const std::string whole_ = "<removeChildren>false</removeChildren>";
};

TEST_F(FaultsTest, ARefusedCallDisarmsWhatItsTaskWasToSuffer) {
  rule({{"task_error", "FileLocked"}, {"task_delay", 600}}, "CreateSnapshot_Task");
  const auto nameless = "<name></name><memory>false</memory><quiesce>false</quiesce>";
  EXPECT_EQ(fault("CreateSnapshot_Task", vm_, nameless), "InvalidName");
  control("DELETE", "/control/faults");
  const auto moid = ask("CreateSnapshot_Task", vm_, create_);
  step(60);
  EXPECT_EQ(task(moid).state, TaskState::Success);
}

TEST_F(FaultsTest, ADroppedRequestDisarmsToo) {
  rule({{"task_error", "FileLocked"}, {"drop_before", true}}, "CreateSnapshot_Task");
  EXPECT_TRUE(soap("CreateSnapshot_Task", vm_, create_).drop);
  control("DELETE", "/control/faults");
  EXPECT_FALSE(snapshot("vm-1", "s").empty());
}

TEST_F(FaultsTest, AnErrorMayComeAfterTheWork) {
  rule({{"task_error", {{"type", "Timedout"}, {"after_executing", true}}}}, "CreateSnapshot_Task");
  const auto moid = ask("CreateSnapshot_Task", vm_, create_);
  step(60);
  EXPECT_EQ(task(moid).error.value().type, "Timedout");
  EXPECT_EQ(vm_state()["snapshots"].size(), 1U);
}

TEST_F(FaultsTest, AFaultCarriesItsCauseAndMessages) {
  rule({{"task_error",
         {{"type", "ApplicationQuiesceFault"},
          {"message", "quiescing failed"},
          {"notes", {{"msg.snapshot.error-QUIESCINGERROR", "VSS is busy"}}},
          {"cause", {{"type", "GenericVmConfigFault"}, {"fields", {{"reason", "writer"}}}}}}}},
       "CreateSnapshot_Task");
  const auto moid = ask("CreateSnapshot_Task", vm_, create_);
  step(60);
  const auto told = read({"Task", moid}, "info");
  EXPECT_NE(told.find("<fault xsi:type=\"ApplicationQuiesceFault\"><faultCause><fault "
                      "xsi:type=\"GenericVmConfigFault\"><reason>writer</reason></fault>"
                      "<localizedMessage>Fault on demand: GenericVmConfigFault</localizedMessage>"
                      "</faultCause><faultMessage><key>msg.snapshot.error-QUIESCINGERROR</key>"
                      "<message>VSS is busy</message></faultMessage></fault>"),
            std::string::npos)
      << told;
}

TEST_F(FaultsTest, AFieldOfAFaultMayBeAFault) {
  world_.vms.at("vm-1").disks[0].kind = DiskKind::RdmPhysical;
  const auto moid = ask("CreateSnapshot_Task", vm_, create_);
  step(60);
  const auto told = read({"Task", moid}, "info.error");
  EXPECT_NE(
      told.find("<fault><fault xsi:type=\"RawDiskNotSupported\"><device>Hard disk 1</device>"),
      std::string::npos)
      << told;
  EXPECT_NE(told.find("<key>msg.snapshot.incompatible</key>"), std::string::npos);
}

TEST_F(FaultsTest, FieldsThatAFaultDoesNotHaveAreRefused) {
  const auto refused = [&](const json& value) {
    return control("PUT", "/control/faults", json::array({{{"then", {{"fault", value}}}}}), 400)
        .at("error")
        .get<std::string>();
  };
  EXPECT_NE(refused({{"type", "FileLocked"}, {"fields", {{"path", "x"}}}})
                .find("FileLocked has no field \"path\""),
            std::string::npos);
  EXPECT_NE(
      refused({{"type", "TaskInProgress"}, {"nested", {{"why", "NotFound"}}}}).find("\"why\""),
      std::string::npos);
}

TEST_F(FaultsTest, HalfAReplyIsSentAndTheWorkIsDone) {
  rule({{"close_mid_reply", true}}, "CreateSnapshot_Task");
  const auto reply = soap("CreateSnapshot_Task", vm_, create_);
  EXPECT_EQ(reply.cut_after, reply.body.size() / 2);
  step(60);
  EXPECT_EQ(vm_state()["snapshots"].size(), 1U);
}

TEST_F(FaultsTest, GarbageComesInsteadOfTheWorkOrAfterIt) {
  rule({{"garbage", "before"}}, "CreateSnapshot_Task");
  EXPECT_EQ(soap("CreateSnapshot_Task", vm_, create_).body.find("task-"), std::string::npos);
  step(60);
  EXPECT_TRUE(vm_state()["snapshots"].empty());
  rule({{"garbage", "after"}}, "CreateSnapshot_Task");
  EXPECT_EQ(soap("CreateSnapshot_Task", vm_, create_).body.find("task-"), std::string::npos);
  step(60);
  EXPECT_EQ(vm_state()["snapshots"].size(), 1U);
}

TEST_F(FaultsTest, ARedirectAndASlowDripAreOfTheWire) {
  rule({{"redirect", "https://elsewhere/sdk"}}, "RefreshStorageInfo");
  const auto moved = soap("RefreshStorageInfo", vm_, "");
  EXPECT_EQ(moved.status, 302);
  EXPECT_EQ(moved.headers.at(0).second, "https://elsewhere/sdk");
  rule({{"slow_drip", 10}}, "RefreshStorageInfo");
  EXPECT_EQ(soap("RefreshStorageInfo", vm_, "").bytes_per_second, 10U);
}

TEST_F(FaultsTest, ALockedFileFailsATaskUntilItIsFree) {
  rule({{"lock", true}, {"seconds", 600}}, "CreateSnapshot_Task");
  const auto failed = ask("CreateSnapshot_Task", vm_, create_);
  step(60);
  EXPECT_EQ(task(failed).error.value().type, "FileLocked");
  control("DELETE", "/control/faults");
  step(600);
  EXPECT_FALSE(snapshot("vm-1", "s").empty());
}

TEST_F(FaultsTest, ADisconnectedHostRefusesCallsUntilItIsBack) {
  rule({{"disconnect_host", true}, {"seconds", 60}}, "RefreshStorageInfo");
  ask("RefreshStorageInfo", vm_);
  EXPECT_NE(read(vm_, "runtime.connectionState").find(">disconnected<"), std::string::npos);
  EXPECT_EQ(fault("CreateSnapshot_Task", vm_, create_), "HostNotConnected");
  step(61);
  EXPECT_NE(read(vm_, "runtime.connectionState").find(">connected<"), std::string::npos);
  EXPECT_FALSE(snapshot("vm-1", "s").empty());
}

TEST_F(FaultsTest, ARestartLosesSessionsAndTasksButNotTheirWork) {
  const auto moid = snapshot("vm-1", "s");
  step(1);
  rule({{"restart", true}}, "RemoveSnapshot_Task");
  const auto removal = ask("RemoveSnapshot_Task", {"VirtualMachineSnapshot", moid}, whole_);
  EXPECT_EQ(fault("RefreshStorageInfo", vm_), "NotAuthenticated");
  login();
  EXPECT_EQ(read({"Task", removal}, "info").find("<state>"), std::string::npos);
  step(120);
  EXPECT_TRUE(vm_state()["snapshots"].empty());
  EXPECT_EQ(vm_state()["disks"][0]["chain"].size(), 1U);
}

TEST_F(FaultsTest, TheFlagOfADebtIsSeenLate) {
  const auto moid = snapshot("vm-1", "s");
  rule({{"consolidation_debt", true}, {"flag_lag", 300}}, "RemoveSnapshot_Task");
  ask("RemoveSnapshot_Task", {"VirtualMachineSnapshot", moid}, whole_);
  step(120);
  const auto flag = [&] { return read(vm_, "runtime.consolidationNeeded"); };
  EXPECT_NE(flag().find(">false<"), std::string::npos) << flag();
  step(300);
  EXPECT_NE(flag().find(">true<"), std::string::npos) << flag();
}

TEST_F(FaultsTest, ARolledBackVCenterGivesANumberToAnotherSnapshot) {
  const auto old = snapshot("vm-1", "kept");
  step(3600);
  const auto lost = snapshot("vm-1", "lost"), last = snapshot("vm-2", "last");
  rule({{"rollback", 1800}}, "RefreshStorageInfo");
  ask("RefreshStorageInfo", vm_);
  const auto state = control("GET", "/control/state");
  EXPECT_EQ(state["vms"][0]["snapshots"][0]["moid"], old);
  EXPECT_EQ(state["vms"][0]["snapshots"].size(), 2U);
  EXPECT_EQ(state["vms"].size(), 2U) << "older VMs stay";
  control("DELETE", "/control/faults");
  step(60);
  const auto next = snapshot("vm-2", "next");
  EXPECT_TRUE(next == lost || next == last || next > last) << next;
  EXPECT_EQ(control("GET", "/control/state?vm=vm-2")["snapshots"].size(), 2U);
}

TEST_F(FaultsTest, BootAndSuspensionHaveTheirTimes) {
  EXPECT_EQ(read(vm_, "runtime.bootTime").find("<propSet>"), std::string::npos) << "it is off";
  ask("PowerOnVM_Task", vm_);
  step(60);
  EXPECT_NE(read(vm_, "runtime.bootTime").find(">2026-11-22T00:00:00"), std::string::npos);
  EXPECT_EQ(read(vm_, "runtime.suspendTime").find("<propSet>"), std::string::npos);
}

TEST_F(FaultsTest, OtherWaysToLogInAreNotSupported) {
  EXPECT_EQ(fault("LoginByToken", {"SessionManager", "SessionManager"}), "NotSupported");
  EXPECT_EQ(fault("LoginExtensionByCertificate", {"SessionManager", "SessionManager"},
                  "<extensionKey>k</extensionKey>"),
            "NotSupported");
}

TEST_F(FaultsTest, ACollectorListsItsFilters) {
  const Ref collector{"PropertyCollector", "propertyCollector"};
  EXPECT_EQ(read(collector, "filter").find("PropertyFilter"), std::string::npos);
  const auto filter = ask("CreateFilter", collector,
                          "<spec><propSet><type>VirtualMachine</type><pathSet>name</pathSet>"
                          "</propSet><objectSet><obj type=\"VirtualMachine\">vm-1</obj>"
                          "</objectSet></spec><partialUpdates>false</partialUpdates>");
  EXPECT_NE(read(collector, "filter").find(filter), std::string::npos);
  ask("DestroyPropertyFilter", {"PropertyFilter", filter});
  EXPECT_EQ(read(collector, "filter").find("PropertyFilter\""), std::string::npos);
}

}  // namespace
}  // namespace sim
