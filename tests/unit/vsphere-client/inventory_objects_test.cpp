#include "vsphere-client/inventory_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "decode_reply.h"
#include "tests/support/soap_replies.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using vsphere::MoRef;
using vsphere::VirtualMachine;

VirtualMachine only_vm(const std::string& body) {
  const std::vector<VirtualMachine> vms = decode_vms(body);
  EXPECT_THAT(vms, SizeIs(1));
  return vms.at(0);
}

VirtualMachine vm_with(const std::string& path, const std::string& value) {
  return only_vm(replies::response(
      "RetrievePropertiesEx",
      "<returnval><objects><obj type=\"VirtualMachine\">vm-5</obj><propSet><name>" + path +
          "</name>" + value + "</propSet></objects></returnval>"));
}

TEST(DecodeVirtualMachine, ReadsNamesReferencesAndWhatIsMissing) {
  const auto vms = decode_vms(replies::load("RetrievePropertiesEx-page"));
  ASSERT_THAT(vms, SizeIs(2));
  EXPECT_EQ(vms[0].name, "web%2f1");
  EXPECT_EQ(vms[0].host, (MoRef{"HostSystem", "host-9"}));
  EXPECT_FALSE(vms[0].disks.has_value());
  EXPECT_FALSE(vms[0].layout.has_value());
  ASSERT_THAT(vms[1].missing, SizeIs(1));
  EXPECT_EQ(vms[1].missing[0].fault.privilege, "System.Read");
}

TEST(DecodeVirtualMachine, ReadsATreeWithBranchesAndTwoRoots) {
  const VirtualMachine vm = only_vm(replies::load("RetrievePropertiesEx-branches"));
  ASSERT_THAT(vm.snapshots, SizeIs(5));
  std::vector<std::pair<std::string, int>> tree;
  for (const auto& node : vm.snapshots) tree.emplace_back(node.name, node.parent);
  EXPECT_THAT(tree, ElementsAre(Pair("first", -1), Pair("left", 0), Pair(" ", 1), Pair("right", 0),
                                Pair("second root", -1)));
  EXPECT_EQ(vm.current_snapshot, (MoRef{"VirtualMachineSnapshot", "snapshot-3"}));
  EXPECT_TRUE(vm.snapshots[2].quiesced);
  EXPECT_EQ(vm.snapshots[2].backup_manifest, "[ds] a/a-vss_manifests2.zip");
  EXPECT_EQ(vm.snapshots[3].id, 3);
  EXPECT_EQ(vm.snapshots[1].create_time - vm.snapshots[0].create_time, std::chrono::days{1});
}

TEST(DecodeVirtualMachine, ReadsTheSmallProperties) {
  const VirtualMachine vm = only_vm(replies::load("RetrievePropertiesEx-branches"));
  EXPECT_TRUE(vm.consolidation_needed);
  EXPECT_EQ(vm.question, "msg.uuid.moved: moved or copied?");
  EXPECT_THAT(vm.disabled_methods, ElementsAre("Destroy_Task", "CreateSnapshot_Task"));
  EXPECT_EQ(vm.managed_by, "com.vmware.vim.eam");
  EXPECT_THAT(vm.custom_values, ElementsAre(Pair(101, "daily")));
}

TEST(DecodeVirtualMachine, ReadsDisksOfEveryClassAndKeepsUnknownOnesByName) {
  const VirtualMachine vm = only_vm(replies::load("RetrievePropertiesEx-disks"));
  ASSERT_TRUE(vm.disks.has_value());
  std::vector<std::string> classes;
  for (const auto& disk : *vm.disks) classes.push_back(disk.backings.at(0).class_name);
  EXPECT_THAT(
      classes,
      ElementsAre("VirtualDiskFlatVer2BackingInfo", "VirtualDiskRawDiskMappingVer1BackingInfo",
                  "VirtualDiskLocalPMemBackingInfo", "VirtualDiskSparseVer2BackingInfo",
                  "VirtualDiskFutureBackingInfo"));
  const auto& disks = *vm.disks;
  EXPECT_EQ(disks[0].label, "Hard disk 1");
  EXPECT_EQ(disks[0].capacity_bytes, 1500u);
  EXPECT_EQ(disks[1].capacity_bytes, 2048u);
  EXPECT_EQ(disks[1].backings[0].compatibility_mode, "physicalMode");
  EXPECT_EQ(disks[1].backings[0].sharing, "sharingMultiWriter");
  EXPECT_EQ(disks[1].backings[0].disk_mode, "independent_persistent");
  EXPECT_EQ(disks[3].backings[0].change_id, "52 c9/5");
  EXPECT_EQ(disks[4].backings[0].file_name, "[ds] a/f.vmdk");
}

TEST(DecodeVirtualMachine, FollowsParentsWhichInheritTheClass) {
  const VirtualMachine vm = only_vm(replies::load("RetrievePropertiesEx-disks"));
  const auto& chain = vm.disks.value().at(0).backings;
  std::vector<std::string> files;
  for (const auto& backing : chain) {
    files.push_back(backing.file_name);
    EXPECT_EQ(backing.class_name, "VirtualDiskFlatVer2BackingInfo");
  }
  EXPECT_THAT(files, ElementsAre("[ds] a/a-000002.vmdk", "[ds] a/a-000001.vmdk", "[ds] a/a.vmdk"));
  EXPECT_EQ(chain[0].delta_disk_format, "seSparseFormat");
  EXPECT_EQ(chain[0].delta_grain_kib, 4u);
  EXPECT_EQ(chain[0].uuid, "6000C29a");
  EXPECT_EQ(chain[0].datastore, (MoRef{"Datastore", "datastore-5"}));
  EXPECT_EQ(chain[2].delta_disk_format, "");
  EXPECT_EQ(chain[2].delta_grain_kib, std::nullopt);
}

TEST(DecodeVirtualMachine, ReadsTypesUnderAnotherPrefix) {
  const VirtualMachine vm = only_vm(replies::load("RetrievePropertiesEx-other-prefix"));
  EXPECT_EQ(vm.host, (MoRef{"HostSystem", "host-1"}));
  ASSERT_THAT(vm.disks.value(), SizeIs(1));
  EXPECT_EQ(vm.disks->at(0).backings.at(0).class_name, "VirtualDiskFlatVer2BackingInfo");
}

TEST(DecodeVirtualMachine, ReadsALayoutWithItsChains) {
  const VirtualMachine vm = vm_with(
      "layoutEx",
      "<val xsi:type=\"VirtualMachineFileLayoutEx\"><file><key>4</key><name>[d] "
      "a.vmdk</name><type>diskExtent"
      "</type><size>5000000000</size><accessible>false</accessible></file><file><key>9</key></"
      "file><disk>"
      "<key>2000</key><chain><fileKey>4</fileKey><fileKey>9</fileKey></chain><chain><fileKey>11</"
      "fileKey></chain>"
      "</disk><snapshot><key "
      "type=\"VirtualMachineSnapshot\">snapshot-1</key><dataKey>12</dataKey><memoryKey>13"
      "</memoryKey><disk><key>2000</key><chain><fileKey>4</fileKey></chain></disk></snapshot>"
      "<timestamp>2026-11-22T00:00:00Z</timestamp></val>");
  const vsphere::LayoutEx layout = vm.layout.value();
  EXPECT_EQ(layout.files.at(0).size, 5'000'000'000u);
  EXPECT_EQ(layout.files.at(0).accessible, false);
  EXPECT_EQ(layout.files.at(1).accessible, std::nullopt);
  EXPECT_THAT(layout.disks.at(0).chain, ElementsAre(ElementsAre(4, 9), ElementsAre(11)));
  EXPECT_EQ(layout.snapshots.at(0).key.value, "snapshot-1");
  EXPECT_EQ(layout.snapshots.at(0).memory_key, 13);
  EXPECT_TRUE(layout.timestamp.has_value());
}

TEST(DecodeVirtualMachine, RefusesAScalarThatIsNone) {
  for (const auto& [path, value] :
       {std::pair{"config.template", "<val>maybe</val>"},
        {"snapshot", "<val><rootSnapshotList><id>x</id></rootSnapshotList></val>"},
        {"layoutEx", "<val><file><size>-1</size></file></val>"},
        {"layoutEx", "<val><timestamp>now</timestamp></val>"},
        {"config.hardware.device",
         "<val><VirtualDevice xsi:type=\"VirtualDisk\"><key/></VirtualDevice></val>"}}) {
    try {
      vm_with(path, value);
      ADD_FAILURE() << path;
    } catch (const vsphere::Error& error) {
      EXPECT_EQ(error.kind(), vsphere::ErrorKind::Protocol);
      EXPECT_THAT(error.what(),
                  HasSubstr(std::string("reading ") + path + " of VirtualMachine vm-5"));
    }
  }
}

TEST(DecodeVirtualMachine, AsksForEachPathOnceAndReadsInAnyOrder) {
  const std::vector<std::string> paths = vsphere::virtual_machine_paths();
  EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), paths.size());
  const VirtualMachine vm = only_vm(replies::response(
      "RetrievePropertiesEx",
      "<returnval><objects><obj type=\"VirtualMachine\">vm-5</obj>"
      "<propSet><name>runtime.powerState</name><val>poweredOn</val></propSet>"
      "<propSet><name>neverAskedFor</name><val>x</val></propSet>"
      "<propSet><name>name</name><val>n</val></propSet>"
      "<propSet><name>config.uuid</name><val>u</val></propSet></objects></returnval>"));
  EXPECT_EQ(vm.name + vm.bios_uuid + vm.power_state, "nupoweredOn");
}

TEST(DecodeDatastore, ReadsSizesKindAndCapability) {
  std::vector<vsphere::Datastore> stores;
  for_each_object(
      replies::response(
          "RetrievePropertiesEx",
          "<returnval><objects><obj "
          "type=\"Datastore\">datastore-1</obj><propSet><name>capability</name>"
          "<val><directoryHierarchySupported>true</directoryHierarchySupported>"
          "<nativeSnapshotSupported>false</nativeSnapshotSupported><seSparseSupported>true"
          "</seSparseSupported></val></propSet><propSet><name>summary</name><val><name>ds</name>"
          "<url>u</url><capacity>100</capacity><freeSpace>40</freeSpace><accessible>false</"
          "accessible>"
          "<type>VMFS</type></val></propSet></objects></returnval>"),
      [&](const vsphere::ObjectView& view) { stores.push_back(vsphere::decode_datastore(view)); });
  ASSERT_THAT(stores, SizeIs(1));
  EXPECT_EQ(stores[0].name, "ds");
  EXPECT_EQ(stores[0].type, "VMFS");
  EXPECT_EQ(stores[0].capacity, 100u);
  EXPECT_EQ(stores[0].free_space, 40u);
  EXPECT_FALSE(stores[0].accessible);
  EXPECT_EQ(stores[0].native_snapshot, false);
  EXPECT_EQ(stores[0].se_sparse, true);
  EXPECT_EQ(stores[0].vsan_sparse, std::nullopt);
}

TEST(UnescapeName, UndoesOneLevelOfThreeEscapes) {
  EXPECT_EQ(vsphere::unescape_name("a%2fb%2Fc%5cd%5C%25"), "a/b/c\\d\\%");
  EXPECT_EQ(vsphere::unescape_name("10%252f24"), "10%2f24");
  EXPECT_EQ(vsphere::unescape_name("100%"), "100%");
  EXPECT_EQ(vsphere::unescape_name("%2"), "%2");
  EXPECT_EQ(vsphere::unescape_name("%41%00%0a"), "%41%00%0a");
}

}  // namespace
