// What clients change besides snapshots: disks, folders, names, and what is on the inventory.
#include "tests/simulator/control_test/desk.h"

namespace sim {
namespace {

using ChangesTest = Desk;
const Ref kIndex{"SearchIndex", "SearchIndex"};

std::string disk_spec(const std::string& operations, const std::string& disk) {
  return "<spec><deviceChange>" + operations +
         "<device xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"VirtualDisk\">" +
         disk + "</device></deviceChange></spec>";
}

std::string new_disk_spec(const std::string& more, const std::string& mode = "persistent") {
  return disk_spec("<operation>add</operation><fileOperation>create</fileOperation>",
                   "<key>-1</key><backing i:type=\"VirtualDiskFlatVer2BackingInfo\">"
                   "<fileName>[ds]</fileName><diskMode>" +
                       mode + "</diskMode><thinProvisioned>true</thinProvisioned></backing>" +
                       more);
}

TEST_F(ChangesTest, DisksComeGrowAndGoByReconfiguration) {
  const std::string size = "<capacityInKB>32768</capacityInKB>";
  ask("ReconfigVM_Task", vm_, new_disk_spec("<controllerKey>1000</controllerKey>" + size));
  step(60);
  const auto& disks = world_.vms.at("vm-1").disks;
  ASSERT_EQ(disks.size(), 2u);
  EXPECT_EQ(disks[1].capacity_bytes, 32 * kMib);
  EXPECT_EQ(disks[1].running->file, "[ds] web/web_1.vmdk");
  EXPECT_TRUE(disks[1].running->thin);
  const std::string edit = "<operation>edit</operation>",
                    larger = "<key>2001</key><capacityInBytes>67108864</capacityInBytes>";
  ask("ReconfigVM_Task", vm_, disk_spec(edit, larger));
  step(60);
  EXPECT_EQ(disks[1].capacity_bytes, 64 * kMib);
  const auto refused = [&](const std::string& spec) {
    const auto moid = ask("ReconfigVM_Task", vm_, spec);
    step(60);
    return task(moid).error ? task(moid).error->type : "done";
  };
  EXPECT_EQ(refused(disk_spec(edit, "<key>2001</key>" + size)), "InvalidDeviceOperation")
      << "disks do not shrink";
  EXPECT_EQ(refused(new_disk_spec("<controllerKey>1003</controllerKey>" + size)),
            "InvalidController");
  EXPECT_EQ(refused(new_disk_spec("<controllerKey>1000</controllerKey><unitNumber>7</unitNumber>" +
                                  size)),
            "InvalidDeviceSpec");
  EXPECT_EQ(refused(disk_spec("<operation>remove</operation>", "<key>2009</key>")),
            "InvalidDeviceSpec");
  snapshot("vm-1", "s");
  EXPECT_EQ(refused(disk_spec(edit, "<key>2001</key><capacityInBytes>134217728</capacityInBytes>")),
            "InvalidDeviceOperation")
      << "nor do they grow under a snapshot";
  EXPECT_EQ(refused(disk_spec("<operation>remove</operation><fileOperation>destroy</fileOperation>",
                              "<key>2001</key>")),
            "done");
  EXPECT_EQ(disks.size(), 1u);
}

TEST_F(ChangesTest, DeviceChangesThatAreNotModelledAreRefused) {
  const std::string add = "<operation>add</operation>";
  EXPECT_EQ(fault("ReconfigVM_Task", vm_,
                  "<spec><deviceChange>" + add +
                      "<device xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "
                      "i:type=\"VirtualVmxnet3\"><key>-1</key></device></deviceChange></spec>"),
            "NotSupported");
  EXPECT_EQ(fault("ReconfigVM_Task", vm_,
                  disk_spec(add,
                            "<key>-1</key><capacityInKB>32768</capacityInKB>"
                            "<controllerKey>1000</controllerKey>")),
            "NotSupported")
      << "a file that is there already";
  const std::string size = "<controllerKey>1000</controllerKey><capacityInKB>32768</capacityInKB>";
  EXPECT_EQ(fault("ReconfigVM_Task", vm_, new_disk_spec(size, "undoable")), "NotSupported");
  EXPECT_EQ(fault("ReconfigVM_Task", vm_, new_disk_spec("<controllerKey>1000</controllerKey>")),
            "InvalidArgument");
  EXPECT_EQ(world_.vms.at("vm-1").disks.size(), 1u);
}

TEST_F(ChangesTest, FoldersAreMadeAndVmsMovedIntoThem) {
  const Ref top{"Folder", "group-v1"};
  const Ref made{"Folder", ask("CreateFolder", top, "<name>prod</name>")};
  EXPECT_EQ(fault("CreateFolder", top, "<name>prod</name>"), "DuplicateName");
  EXPECT_EQ(fault("CreateFolder", top, "<name></name>"), "InvalidName");
  const auto move = [&](const Ref& into, const std::string& type, const std::string& moid) {
    const auto its_task =
        ask("MoveIntoFolder_Task", into, "<list type=\"" + type + "\">" + moid + "</list>");
    step(60);
    return task(its_task).error ? task(its_task).error->type : "done";
  };
  EXPECT_EQ(move(made, "VirtualMachine", "vm-1"), "done");
  EXPECT_EQ(ask("FindByInventoryPath", kIndex, "<inventoryPath>DC/vm/prod/web</inventoryPath>"),
            "vm-1");
  EXPECT_EQ(move(made, "Folder", made.value), "InvalidFolder") << "into itself";
  EXPECT_EQ(move({"Folder", "group-h1"}, "VirtualMachine", "vm-1"), "InvalidFolder")
      << "VMs are no hosts";
  EXPECT_EQ(move(made, "Folder", top.value), "InvalidFolder") << "a datacenter's own stays";
  const auto rename = [&](const Ref& entity, const std::string& name) {
    const auto its_task = ask("Rename_Task", entity, "<newName>" + name + "</newName>");
    step(60);
    return task(its_task).error ? task(its_task).error->type : "done";
  };
  EXPECT_EQ(rename({"VirtualMachine", "vm-2"}, "web"), "done") << "another folder";
  EXPECT_EQ(move(made, "VirtualMachine", "vm-2"), "DuplicateName");
  EXPECT_EQ(rename(made, "production"), "done");
  EXPECT_EQ(world_.folders.at(made.value).name, "production");
  EXPECT_EQ(rename({"VirtualMachine", "vm-2"}, "production"), "DuplicateName");
  EXPECT_EQ(fault("Rename_Task", {"Datastore", "datastore-1"}, "<newName>x</newName>"),
            "NotSupported");
}

TEST_F(ChangesTest, UnregisteringLeavesTheFiles) {
  const Datastore& store = world_.datastores.at("datastore-1");
  const auto free = world_.free_bytes(store);
  EXPECT_EQ(fault("ResetVM_Task", {"VirtualMachine", "vm-9"}), "ManagedObjectNotFound");
  const auto moid = ask("ResetVM_Task", vm_);
  step(60);
  EXPECT_EQ(task(moid).error.value().type, "InvalidPowerState") << "it is off";
  ask("PowerOnVM_Task", vm_);
  step(60);
  EXPECT_EQ(fault("UnregisterVM", vm_), "InvalidPowerState");
  const auto again = ask("ResetVM_Task", vm_);
  step(60);
  EXPECT_EQ(task(again).state, TaskState::Success);
  ask("PowerOffVM_Task", vm_);
  step(60);
  ask("UnregisterVM", vm_);
  EXPECT_FALSE(world_.vms.contains("vm-1"));
  EXPECT_EQ(world_.free_bytes(store), free);
  world_.recount();
  EXPECT_EQ(world_.free_bytes(store), free) << "nobody's files count when all is counted anew";
}

TEST_F(ChangesTest, PermissionsAreTheRootFoldersAndInherited) {
  const Ref manager{"AuthorizationManager", "AuthorizationManager"};
  const std::string vm = "<entity type=\"VirtualMachine\">vm-1</entity>";
  EXPECT_EQ(ask("RetrieveEntityPermissions", manager, vm + "<inherited>false</inherited>"), "");
  const auto all = ask("RetrieveEntityPermissions", manager, vm + "<inherited>true</inherited>");
  EXPECT_NE(all.find("<principal>VSPHERE.LOCAL\\Administrators</principal><group>true</group>"
                     "<roleId>-1</roleId><propagate>true</propagate>"),
            std::string::npos)
      << all;
  EXPECT_EQ(ask("RetrieveEntityPermissions", manager,
                "<entity type=\"Folder\">group-d1</entity><inherited>false</inherited>"),
            all);
}

}  // namespace
}  // namespace sim
