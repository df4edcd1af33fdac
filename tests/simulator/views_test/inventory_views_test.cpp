#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/views_test/small_world.h"

namespace sim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

class InventoryViews : public testing::Test {
 protected:
  std::vector<std::string> refs(const Ref& object, const std::string& path) {
    std::vector<std::string> moids;
    const std::optional<Value> value = property(world, object, path);
    EXPECT_TRUE(value) << path;
    if (value)
      for (const Value& item : value->items()) moids.push_back(item.as_ref().value);
    return moids;
  }

  SmallWorld small;
  World& world = small.world;
};

TEST_F(InventoryViews, EveryPropertyOfEveryTypeCanBeWrittenInEveryVersion) {
  Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 2);
  vm.question = Question{"q", "text"};
  vm.managed_by_key = "com.vmware.vim.eam";
  vm.annotation = "note";
  vm.custom_values[1] = "x";
  world.fields = {{1, "f", "VirtualMachine"}};
  world.events.push_back({1, 1, "VmPoweredOnEvent", SmallWorld::options().start, "u", "t", vm.ref});
  Task& task = world.tasks["task-1"];
  task.ref = {"Task", "task-1"};
  task.entity = vm.ref;
  task.state = TaskState::Error;
  task.error = FaultValue{"TaskInProgress", "busy", {}, {{"task", {"Task", "task-0"}}}, {}};
  std::vector<Ref> all{vm.ref,
                       vm.snapshots[0].ref,
                       small.host,
                       small.cluster,
                       small.pool,
                       {"Datacenter", "datacenter-2"},
                       {"Network", "network-2"},
                       task.ref,
                       {"HostDatastoreBrowser", "datastoreBrowser-datastore-11"}};
  for (const auto& [moid, folder] : world.folders) all.push_back(folder.ref);
  for (const auto& [moid, datastore] : world.datastores) all.push_back(datastore.ref);
  for (const char* type : {"ServiceInstance", "TaskManager", "EventManager", "PerformanceManager",
                           "AuthorizationManager", "CustomFieldsManager", "SessionManager",
                           "OptionManager", "ViewManager", "PropertyCollector"})
    all.push_back({type, type});
  for (const Ref& object : all) {
    const std::vector<std::string> names = properties_of(object.type);
    EXPECT_FALSE(names.empty()) << object.type;
    std::size_t set = 0;
    for (const std::string& name : names)
      for (const char* version : {"6.7", "7.0.3.0", "8.0.2.0", "9.0.0.0"})
        EXPECT_NO_THROW(set += xml_of(world, object, name, version).size())
            << object.type << " " << name;
    EXPECT_GT(set, 0U) << object.type;
  }
}

TEST_F(InventoryViews, PropertyNamesAreUniqueAndThoseOfARecordedVmAreThere) {
  const auto names = properties_of("VirtualMachine");
  EXPECT_TRUE(std::ranges::adjacent_find(names) == names.end());
  EXPECT_THAT(names, IsSupersetOf({"alarmActionsEnabled",
                                   "availableField",
                                   "capability",
                                   "config",
                                   "configIssue",
                                   "configStatus",
                                   "customValue",
                                   "datastore",
                                   "declaredAlarmState",
                                   "disabledMethod",
                                   "effectiveRole",
                                   "environmentBrowser",
                                   "guest",
                                   "guestHeartbeatStatus",
                                   "layout",
                                   "layoutEx",
                                   "name",
                                   "network",
                                   "overallStatus",
                                   "parent",
                                   "permission",
                                   "recentTask",
                                   "resourceConfig",
                                   "resourcePool",
                                   "rootSnapshot",
                                   "runtime",
                                   "snapshot",
                                   "storage",
                                   "summary",
                                   "tag",
                                   "triggeredAlarmState",
                                   "value"}));
}

TEST_F(InventoryViews, ClientsCanWalkFromTheRootToAVmAndBack) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 0);
  EXPECT_THAT(refs(world.root_folder, "childEntity"), ElementsAre("datacenter-2"));
  const Ref datacenter{"Datacenter", "datacenter-2"};
  const Ref folder{"Folder", text_of(world, datacenter, "vmFolder")};
  EXPECT_THAT(refs(folder, "childEntity"), ElementsAre("vm-21"));
  EXPECT_EQ(text_of(world, vm.ref, "parent"), folder.value);
  EXPECT_EQ(text_of(world, folder, "parent"), "datacenter-2");
  EXPECT_EQ(property(world, world.root_folder, "parent"), std::nullopt);
  const Ref hosts{"Folder", text_of(world, datacenter, "hostFolder")};
  EXPECT_THAT(refs(hosts, "childEntity"), ElementsAre("domain-c7"));
  EXPECT_THAT(refs(small.cluster, "host"), ElementsAre("host-9"));
  EXPECT_THAT(refs(small.host, "vm"), ElementsAre("vm-21"));
  EXPECT_THAT(refs(small.pool, "vm"), ElementsAre("vm-21"));
  EXPECT_EQ(text_of(world, small.cluster, "resourcePool"), "resgroup-8");
  const Ref stores{"Folder", text_of(world, datacenter, "datastoreFolder")};
  EXPECT_THAT(refs(stores, "childEntity"), Contains("datastore-11"));
  EXPECT_THAT(refs(vm.ref, "datastore"), ElementsAre("datastore-11"));
  EXPECT_THAT(refs(small.vmfs, "vm"), ElementsAre("vm-21"));
  EXPECT_TRUE(refs(small.vsan, "vm").empty());
}

TEST_F(InventoryViews, FoldersSayWhatTheyMayHold) {
  const auto types = [&](const std::string& moid) {
    return xml_of(world, {"Folder", moid}, "childType");
  };
  EXPECT_THAT(types("group-d1"), HasSubstr("Datacenter"));
  EXPECT_THAT(types("group-v3"), HasSubstr("VirtualMachine"));
  EXPECT_THAT(types("group-h4"), HasSubstr("ComputeResource"));
  EXPECT_THAT(types("group-s5"), HasSubstr("StoragePod"));
  EXPECT_THAT(types("group-n6"), HasSubstr("Network"));
}

TEST_F(InventoryViews, DatastoresTellTheirKindByInfoAndCapability) {
  const auto info = [&](const std::string& moid) {
    return xml_of(world, {"Datastore", moid}, "info");
  };
  EXPECT_THAT(info("datastore-11"), HasSubstr("xsi:type=\"VmfsDatastoreInfo\""));
  EXPECT_THAT(info("datastore-11"), HasSubstr("<majorVersion>6</majorVersion>"));
  EXPECT_THAT(info("datastore-12"), HasSubstr("xsi:type=\"VsanDatastoreInfo\""));
  EXPECT_THAT(info("datastore-13"), HasSubstr("xsi:type=\"NasDatastoreInfo\""));
  EXPECT_THAT(info("datastore-14"), HasSubstr("xsi:type=\"VvolDatastoreInfo\""));
  EXPECT_EQ(text_of(world, small.vmfs, "capability.vmfsSparseSupported"), "false");
  world.datastores["datastore-11"].vmfs_major = 5;
  EXPECT_EQ(text_of(world, small.vmfs, "capability.vmfsSparseSupported"), "true");
  EXPECT_EQ(text_of(world, small.vsan, "capability.vsanSparseSupported"), "true");
  EXPECT_EQ(text_of(world, small.vsan, "summary.type"), "vsan");
}

TEST_F(InventoryViews, FreeSpaceFallsByWhatAVmStores) {
  const auto free = [&] { return std::stoull(text_of(world, small.vmfs, "summary.freeSpace")); };
  const std::uint64_t before = free();
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 1);
  std::uint64_t stored = vm.snapshots[0].memory_bytes;
  for (const Layer* layer : World::chain(vm.disks[0].running)) stored += world.stored_bytes(*layer);
  EXPECT_EQ(before - free(), stored);
}

TEST_F(InventoryViews, ADisconnectedHostSaysSo) {
  EXPECT_EQ(text_of(world, small.host, "runtime.connectionState"), "connected");
  world.hosts["host-9"].connected = false;
  EXPECT_EQ(text_of(world, small.host, "runtime.connectionState"), "notResponding");
  EXPECT_EQ(text_of(world, small.host, "summary.runtime.connectionState"), "notResponding");
  EXPECT_EQ(text_of(world, small.host, "hardware.systemInfo.uuid"),
            "ec020c62-b583-adc6-cb92-080000000000");
  EXPECT_EQ(text_of(world, small.host, "config.product.apiVersion"), "8.0.2.0");
}

TEST_F(InventoryViews, ATaskShowsProgressOnlyWhileItRunsAndItsFaultWhenItFailed) {
  Task& task = world.tasks["task-1"];
  task.ref = {"Task", "task-1"};
  task.name = "RemoveSnapshot_Task";
  task.progress = 40;
  task.user = "VSPHERE.LOCAL\\backup";
  EXPECT_EQ(property(world, task.ref, "info.progress"), std::nullopt);
  task.state = TaskState::Running;
  EXPECT_EQ(text_of(world, task.ref, "info.progress"), "40");
  EXPECT_EQ(property(world, task.ref, "info.error"), std::nullopt);
  task.state = TaskState::Error;
  task.error = FaultValue{
      "GenericVmConfigFault", "msg", {{"reason", "locked"}}, {}, {{"msg.x", "deep cause"}}};
  const std::string info = xml_of(world, task.ref, "info");
  EXPECT_THAT(info, HasSubstr("xsi:type=\"GenericVmConfigFault\""));
  EXPECT_THAT(info, HasSubstr("<reason>locked</reason>"));
  EXPECT_THAT(info, HasSubstr("deep cause"));
  EXPECT_THAT(info, HasSubstr("<reason xsi:type=\"TaskReasonUser\">"));
  EXPECT_THAT(info, Not(HasSubstr("<progress>")));
}

TEST_F(InventoryViews, AnEstimateIsTheResultOfItsTask) {
  Task& task = world.tasks["task-1"];
  task.ref = {"Task", "task-1"};
  task.state = TaskState::Success;
  task.result_storage = {{small.vmfs, 2048}};
  EXPECT_THAT(xml_of(world, task.ref, "info.result"),
              HasSubstr("<freeSpaceRequiredInKb>2048</freeSpaceRequiredInKb>"));
}

TEST_F(InventoryViews, AHostOfItsOwnHasNoCustomFieldsAndNoInstanceUuid) {
  const Ref instance{"ServiceInstance", "ServiceInstance"};
  EXPECT_EQ(text_of(world, instance, "content.about.apiType"), "VirtualCenter");
  EXPECT_EQ(text_of(world, instance, "content.customFieldsManager"), "CustomFieldsManager");
  WorldOptions options = SmallWorld::options();
  options.is_host = true;
  World esx(options);
  EXPECT_EQ(text_of(esx, instance, "content.about.apiType"), "HostAgent");
  EXPECT_EQ(text_of(esx, instance, "content.propertyCollector"), "ha-property-collector");
  EXPECT_EQ(property(esx, instance, "content.customFieldsManager"), std::nullopt);
  EXPECT_EQ(property(esx, instance, "content.about.instanceUuid"), std::nullopt);
}

TEST(Types, DeriveAsTheSchemaSays) {
  EXPECT_TRUE(derives_from("VirtualMachine", "ManagedEntity"));
  EXPECT_TRUE(derives_from("ClusterComputeResource", "ComputeResource"));
  EXPECT_TRUE(derives_from("ClusterComputeResource", "ManagedEntity"));
  EXPECT_TRUE(derives_from("Folder", "Folder"));
  EXPECT_FALSE(derives_from("ComputeResource", "ClusterComputeResource"));
  EXPECT_FALSE(derives_from("Task", "ManagedEntity"));
}

}  // namespace
}  // namespace sim
