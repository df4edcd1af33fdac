#include <algorithm>

#include "tests/simulator/control_test/desk.h"
#include "tests/simulator/services/read_cost.h"

namespace sim {
namespace {

using Services = Desk;
const std::string kCreate = "<name>s</name><memory>false</memory><quiesce>false</quiesce>";
const Ref kIndex{"SearchIndex", "SearchIndex"};

TEST_F(Services, CreateTakesArgumentsInAnyPrefix) {
  ask("CreateSnapshot_Task", vm_,
      "<v:name xmlns:v=\"urn:vim25\">n</v:name><v:description "
      "xmlns:v=\"urn:vim25\">d</v:description>"
      "<v:memory xmlns:v=\"urn:vim25\">0</v:memory><v:quiesce xmlns:v=\"urn:vim25\">1</v:quiesce>");
  step(60);
  ASSERT_EQ(world_.vms.at("vm-1").snapshots.size(), 1u);
  EXPECT_EQ(world_.vms.at("vm-1").snapshots[0].name, "n");
  EXPECT_EQ(world_.vms.at("vm-1").snapshots[0].description, "d");
}

TEST_F(Services, RequiredArgumentsAreAskedFor) {
  EXPECT_EQ(fault("CreateSnapshot_Task", vm_, "<name>n</name>"), "InvalidArgument");
  EXPECT_EQ(
      fault("CreateSnapshotEx_Task", vm_,
            "<name>n</name><memory>false</memory><quiesceSpec><timeout>3</timeout></quiesceSpec>"),
      "InvalidArgument");
}

TEST_F(Services, ASecondOperationIsRefusedWhileOneRuns) {
  ask("CreateSnapshot_Task", vm_, kCreate);
  EXPECT_EQ(fault("CreateSnapshot_Task", vm_, kCreate), "TaskInProgress");
}

TEST_F(Services, RenameNeedsSomethingToChange) {
  const Ref node{"VirtualMachineSnapshot", snapshot("vm-1", "s")};
  EXPECT_EQ(fault("RenameSnapshot", node), "InvalidArgument");
  ask("RenameSnapshot", node, "<description>told</description>");
  EXPECT_EQ(world_.vms.at("vm-1").snapshots[0].name, "s");
  EXPECT_EQ(world_.vms.at("vm-1").snapshots[0].description, "told");
}

TEST_F(Services, RemoveAllByAgeIsRefusedRatherThanRemovingTooMuch) {
  snapshot("vm-1", "s");
  EXPECT_EQ(fault("RemoveAllSnapshots_Task", vm_, "<spec><retentionDays>7</retentionDays></spec>"),
            "NotSupported");
  step(60);
  EXPECT_EQ(world_.vms.at("vm-1").snapshots.size(), 1u);
}

TEST_F(Services, ACloneCanLeaveOutADiskAndKeepItsCardUnplugged) {
  const auto arguments = [&](const std::string& changes) {
    return "<folder type=\"Folder\">" + world_.vms.at("vm-1").folder.value +
           "</folder><name>copy</name><spec><location/><template>false</template><config>" +
           changes + "</config><powerOn>false</powerOn></spec>";
  };
  const auto change = [](const std::string& operation, const std::string& device) {
    return "<deviceChange><operation>" + operation +
           "</operation><device xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" " + device +
           "</device></deviceChange>";
  };
  const std::string disk = "xsi:type=\"VirtualDisk\"><key>2000</key>";
  const std::string unplugged = "<connectable><startConnected>false</startConnected></connectable>";
  // What is not modelled is refused, and what is not there, too.
  EXPECT_EQ(fault("CloneVM_Task", vm_, arguments(change("edit", disk))), "NotSupported");
  EXPECT_EQ(fault("CloneVM_Task", vm_,
                  arguments(change("remove", "xsi:type=\"VirtualDisk\"><key>7</key>"))),
            "InvalidArgument");
  const std::string copied =
      ask("CloneVM_Task", vm_,
          arguments(change("remove", disk) +
                    change("edit", "xsi:type=\"VirtualVmxnet3\"><key>4000</key>" + unplugged)));
  step(10);
  const Vm& copy = world_.vms.at(task(copied).result_ref.value().value);
  EXPECT_TRUE(copy.disks.empty());
  EXPECT_FALSE(copy.network_connected);
  EXPECT_TRUE(world_.vms.at("vm-1").network_connected);
  EXPECT_EQ(world_.vms.at("vm-1").disks.size(), 1U);
}

TEST_F(Services, ALinkedCloneNeedsASnapshot) {
  const std::string head =
      "<folder type=\"Folder\">group-v1</folder><name>copy</name><spec><location>"
      "<diskMoveType>createNewChildDiskBacking</diskMoveType></location>"
      "<powerOn>false</powerOn><template>false</template>";
  EXPECT_EQ(fault("CloneVM_Task", vm_, head + "</spec>"), "InvalidArgument");
  const auto node = snapshot("vm-1", "s");
  const auto moid =
      ask("CloneVM_Task", vm_,
          head + "<snapshot type=\"VirtualMachineSnapshot\">" + node + "</snapshot></spec>");
  step(600);
  ASSERT_EQ(task(moid).state, TaskState::Success);
  EXPECT_EQ(world_.vms.at(task(moid).result_ref->value).name, "copy");
}

TEST_F(Services, AChangeThatIsNotModelledIsRefused) {
  EXPECT_EQ(fault("ReconfigVM_Task", vm_, "<spec><numCPUs>4</numCPUs></spec>"), "NotSupported");
  ask("ReconfigVM_Task", vm_, "<spec><annotation>note</annotation></spec>");
  step(60);
  EXPECT_EQ(world_.vms.at("vm-1").annotation, "note");
}

TEST_F(Services, ChangedAreasAreThoseWrittenSinceTheChangeId) {
  ask("ReconfigVM_Task", vm_, "<spec><changeTrackingEnabled>true</changeTrackingEnabled></spec>");
  step(60);
  snapshot("vm-1", "first");
  auto& vm = *world_.vm("vm-1");
  ASSERT_TRUE(vm.snapshots[0].change_ids.contains(2000));
  const auto since = vm.snapshots[0].change_ids[2000];
  vm.disks[0].changed.write(20, 4, 99);
  vm.disks[0].running->blocks.write(20, 4, 99);
  const auto second = snapshot("vm-1", "second");
  const auto query = [&](const std::string& id) {
    return ask("QueryChangedDiskAreas", vm_,
               "<snapshot type=\"VirtualMachineSnapshot\">" + second +
                   "</snapshot><deviceKey>2000"
                   "</deviceKey><startOffset>0</startOffset><changeId>" +
                   id + "</changeId>");
  };
  EXPECT_EQ(query(since),
            "<startOffset>0</startOffset><length>67108864</length><changedArea><start>"
            "20971520</start><length>4194304</length></changedArea>");
  EXPECT_NE(query("*").find("<start>0</start><length>10485760</length>"), std::string::npos);
  EXPECT_EQ(fault("QueryChangedDiskAreas", vm_,
                  "<snapshot type=\"VirtualMachineSnapshot\">" + second +
                      "</snapshot><deviceKey>2000"
                      "</deviceKey><startOffset>0</startOffset><changeId>52 00/1</changeId>"),
            "FileFault");
}

TEST_F(Services, TaskHistoryIsReadInPagesOldestFirst) {
  snapshot("vm-1", "a");
  snapshot("vm-2", "b");
  snapshot("vm-1", "c");
  const Ref manager{"TaskManager", "TaskManager"};
  const Ref history{
      "TaskHistoryCollector",
      ask("CreateCollectorForTasks", manager,
          "<filter><entity><entity type=\"VirtualMachine\">vm-1</entity><recursion>self"
          "</recursion></entity></filter>")};
  const auto first = ask("ReadNextTasks", history, "<maxCount>1</maxCount>");
  const auto rest = ask("ReadNextTasks", history, "<maxCount>10</maxCount>");
  EXPECT_NE(first.find("CreateSnapshot_Task"), std::string::npos);
  EXPECT_NE(rest.find("CreateSnapshot_Task"), std::string::npos);
  EXPECT_EQ((first + rest).find("vm-2"), std::string::npos);
  EXPECT_EQ(ask("ReadNextTasks", history, "<maxCount>10</maxCount>"), "");
  ask("DestroyCollector", history);
  EXPECT_EQ(fault("ReadNextTasks", history, "<maxCount>1</maxCount>"), "ManagedObjectNotFound");
}

TEST_F(Services, LoggedEventsCanBeReadBack) {
  const Ref manager{"EventManager", "EventManager"};
  ask("LogUserEvent", manager,
      "<entity type=\"VirtualMachine\">vm-1</entity><msg>hello there</msg>");
  const std::string of = "<filter><entity><entity type=\"";
  const auto seen =
      ask("QueryEvents", manager,
          of + "VirtualMachine\">vm-1</entity><recursion>self</recursion></entity></filter>");
  EXPECT_NE(seen.find("hello there"), std::string::npos);
  EXPECT_EQ(ask("QueryEvents", manager,
                of + "VirtualMachine\">vm-2</entity><recursion>self</recursion></entity></filter>"),
            "");
  EXPECT_NE(
      ask("QueryEvents", manager,
          of + "Datacenter\">datacenter-1</entity><recursion>all</recursion></entity></filter>")
          .find("hello there"),
      std::string::npos);
}

TEST_F(Services, CustomFieldsAreDefinedOnceAndSet) {
  const Ref manager{"CustomFieldsManager", "CustomFieldsManager"};
  EXPECT_NE(ask("AddCustomFieldDef", manager, "<name>backup</name><moType>VirtualMachine</moType>")
                .find("<key>101</key>"),
            std::string::npos);
  EXPECT_EQ(fault("AddCustomFieldDef", manager, "<name>backup</name>"), "DuplicateName");
  ask("SetField", manager,
      "<entity type=\"VirtualMachine\">vm-1</entity><key>101</key><value>x</value>");
  EXPECT_EQ(world_.vms.at("vm-1").custom_values.at(101), "x");
  ask("setCustomValue", vm_, "<key>backup</key><value>y</value>");
  EXPECT_EQ(world_.vms.at("vm-1").custom_values.at(101), "y");
  EXPECT_EQ(fault("SetField", manager,
                  "<entity type=\"VirtualMachine\">vm-1</entity><key>7</key><value>x</value>"),
            "InvalidArgument");
}

TEST_F(Services, SearchFindsByPathUuidAndFile) {
  EXPECT_EQ(ask("FindByInventoryPath", kIndex, "<inventoryPath>/DC/vm/web</inventoryPath>"),
            "vm-1");
  EXPECT_EQ(
      ask("FindByInventoryPath", kIndex, "<inventoryPath>DC/host/cluster/esx1</inventoryPath>"),
      "host-1");
  EXPECT_EQ(ask("FindByInventoryPath", kIndex, "<inventoryPath>DC/vm/nobody</inventoryPath>"), "");
  EXPECT_EQ(ask("FindByUuid", kIndex,
                "<uuid>5000-db</uuid><vmSearch>true</vmSearch><instanceUuid>true</instanceUuid>"),
            "vm-2");
  EXPECT_EQ(ask("FindByUuid", kIndex, "<uuid>5000-db</uuid><vmSearch>true</vmSearch>"), "");
  EXPECT_EQ(
      ask("FindByDatastorePath", kIndex,
          "<datacenter type=\"Datacenter\">datacenter-1</datacenter><path>[ds] db/db.vmx</path>"),
      "vm-2");
}

TEST_F(Services, ReadsCostMoreTheDeeperTheChain) {
  const auto probes = [&] {
    const Vm& vm = *world_.vm("vm-1");
    return expected_probes(world_, vm, vm.disks[0], world_.now());
  };
  EXPECT_DOUBLE_EQ(probes(), 1);
  snapshot("vm-1", "a");
  EXPECT_DOUBLE_EQ(probes(), 2);
  world_.vm("vm-1")->disks[0].running->blocks.write(0, 32, 5);  // half of 64 blocks
  EXPECT_DOUBLE_EQ(probes(), 1.5);
  auto& writes = world_.vm("vm-1")->writes;
  writes.pattern =
      WriteModel::Pattern::HotSet;  // hot set full; 40 of 90 cold percent: 1 + .1 * 5/9
  EXPECT_NEAR(probes(), 1 + 0.1 * 5 / 9, 1e-12);
}

TEST_F(Services, PerformanceComesAsCsvAndAsNumbers) {
  world_.vm("vm-1")->power = PowerState::On;
  const std::string spec =
      "<querySpec><entity type=\"VirtualMachine\">vm-1</entity><maxSample>3"
      "</maxSample><metricId><counterId>182</counterId><instance>*</instance>"
      "</metricId><intervalId>20</intervalId>";
  const Ref manager{"PerformanceManager", "PerfMgr"};
  const auto csv = ask("QueryPerf", manager, spec + "<format>csv</format></querySpec>");
  EXPECT_NE(csv.find("<sampleInfoCSV>20,2026-11-21T23:59:20Z,20,2026-11-21T23:59:40Z,20,"
                     "2026-11-22T00:00:00Z</sampleInfoCSV>"),
            std::string::npos);
  EXPECT_NE(csv.find("<instance>scsi0:0</instance></id><value>2,2,2</value>"), std::string::npos)
      << csv;
  const auto normal = ask("QueryPerf", manager, spec + "</querySpec>");
  EXPECT_NE(normal.find("<value>2</value><value>2</value><value>2</value>"), std::string::npos)
      << normal;
}

TEST_F(Services, PrivilegesAreGrantedByDefault) {
  const auto answer =
      ask("HasPrivilegeOnEntities", {"AuthorizationManager", "AuthorizationManager"},
          "<entity type=\"VirtualMachine\">vm-1</entity><sessionId>x</sessionId>"
          "<privId>VirtualMachine.State.RemoveSnapshot</privId>");
  EXPECT_NE(answer.find("<isGranted>true</isGranted>"), std::string::npos);
}

class DeniedRemoval : public Desk {
 protected:
  DeniedRemoval() : Desk({"VirtualMachine.State.RemoveSnapshot"}) {}
};

TEST_F(DeniedRemoval, IsToldAndEnforced) {
  const auto answer =
      ask("HasPrivilegeOnEntities", {"AuthorizationManager", "AuthorizationManager"},
          "<entity type=\"VirtualMachine\">vm-1</entity><sessionId>x</sessionId>"
          "<privId>VirtualMachine.State.RemoveSnapshot</privId>");
  EXPECT_NE(answer.find("<isGranted>false</isGranted>"), std::string::npos);
  const Ref node{"VirtualMachineSnapshot", snapshot("vm-1", "s")};
  EXPECT_EQ(fault("RemoveSnapshot_Task", node, "<removeChildren>false</removeChildren>"),
            "NoPermission");
}

}  // namespace
}  // namespace sim
