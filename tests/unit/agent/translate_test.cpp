#include <gtest/gtest.h>

#include "agent/translate/vm_seen.h"

namespace agent {
namespace {

vsphere::Entity entity(const char* type, const char* moid, const char* name, const char* parent) {
  return {.ref = {type, moid}, .name = name, .parent = {"", parent}, .missing = {}};
}

Surroundings paper_surroundings() {
  Surroundings surroundings({"Folder", "group-d1"});
  surroundings.add(entity("Datacenter", "datacenter-2", "DC%2f0", "group-d1"));
  surroundings.add(entity("Folder", "group-v3", "vm", "datacenter-2"));
  surroundings.add(entity("Folder", "group-v4", "prod", "group-v3"));
  surroundings.add(entity("ClusterComputeResource", "domain-c7", "Cluster A", "group-h5"));
  surroundings.add(entity("HostSystem", "host-9", "esx1", "domain-c7"));
  return surroundings;
}

TEST(Surroundings, TellsThePathWithNamesDecodedOnce) {
  EXPECT_EQ(paper_surroundings().path_of({"Folder", "group-v4"}, "web-01"), "/DC/0/vm/prod/web-01");
}

TEST(Surroundings, MarksAnAncestorThatMayNotBeSeen) {
  Surroundings surroundings({"Folder", "group-d1"});
  surroundings.add(entity("Folder", "group-v4", "prod", "group-v3"));
  EXPECT_EQ(surroundings.path_of({"Folder", "group-v4"}, "web"), "/?/prod/web");
  EXPECT_EQ(surroundings.path_of({}, "web"), "/?/web");
}

TEST(Surroundings, EndsOnACycle) {
  Surroundings surroundings({"Folder", "group-d1"});
  surroundings.add(entity("Folder", "a", "A", "b"));
  surroundings.add(entity("Folder", "b", "B", "a"));
  EXPECT_EQ(surroundings.path_of({"Folder", "a"}, "web"), "/?/B/A/web");
}

TEST(Surroundings, FindsTheClusterOfAHost) {
  EXPECT_EQ(paper_surroundings().cluster_of({"HostSystem", "host-9"}), "Cluster A");
  EXPECT_EQ(paper_surroundings().cluster_of({"HostSystem", "host-77"}), "");
}

vsphere::VirtualMachine wire_vm() {
  vsphere::VirtualMachine vm;
  vm.ref = {"VirtualMachine", "vm-7"};
  vm.name = "a%252fb";
  vm.parent = {"Folder", "group-v4"};
  vm.host = {"HostSystem", "host-9"};
  vm.connection_state = "connected";
  vm.power_state = "poweredOn";
  vm.disabled_methods = {"b", "a", "b"};
  vm.datastores = {{"Datastore", "datastore-2"}, {"Datastore", "datastore-1"}};
  vm.custom_values = {{101, "gold"}, {102, "x"}};
  return vm;
}

TEST(Translate, DecodesTheNameOnceAndKeepsTheRawOne) {
  const policy::VmSeen seen = vm_seen(wire_vm(), {.endpoint = "prod"});
  EXPECT_EQ(seen.identity.name, "a%2fb");
  EXPECT_EQ(seen.identity.raw_name, "a%252fb");
  EXPECT_EQ(seen.identity.endpoint, "prod");
}

TEST(Translate, PlacesTheVmAmongFoldersAttributesAndTags) {
  const Surroundings surroundings = paper_surroundings();
  const std::map<int, std::string> fields{{101, "tier"}};
  const std::map<std::string, std::vector<std::string>> tags{{"vm-7", {"backup:daily"}}};
  const policy::VmSeen seen = vm_seen(wire_vm(), {.endpoint = "prod",
                                                  .surroundings = &surroundings,
                                                  .attribute_names = &fields,
                                                  .tags = &tags});
  EXPECT_EQ(seen.place.path, "/DC/0/vm/prod/a%2fb");
  EXPECT_EQ(seen.place.cluster, "Cluster A");
  EXPECT_EQ(seen.place.tags, std::vector<std::string>{"backup:daily"});
  EXPECT_EQ(seen.place.attributes.at("tier"), "gold");
  EXPECT_EQ(seen.place.attributes.at("102"), "x") << "a field without a name keeps its key";
  EXPECT_EQ(seen.place.datastores, (std::vector<std::string>{"datastore-1", "datastore-2"}));
}

TEST(Translate, SortsDisabledMethodsAndDropsRepeats) {
  EXPECT_EQ(vm_seen(wire_vm(), {.endpoint = "p"}).state.disabled_methods,
            (std::vector<std::string>{"a", "b"}));
}

TEST(Translate, TakesAnUnknownServerWordAsUnknown) {
  vsphere::VirtualMachine vm = wire_vm();
  vm.connection_state = "levitating";
  vm.power_state = "";
  const policy::VmSeen seen = vm_seen(vm, {.endpoint = "p"});
  EXPECT_EQ(seen.state.connection, policy::Connection::Unknown);
  EXPECT_EQ(seen.state.power, policy::Power::Unknown);
}

TEST(Translate, ClaimsNoTreeWhenTheTreeWasRefused) {
  vsphere::VirtualMachine vm = wire_vm();
  EXPECT_TRUE(vm_seen(vm, {.endpoint = "p"}).snapshots_known);
  vm.missing.push_back({.path = "snapshot", .fault = {.type = "NoPermission", .message = "no"}});
  const policy::VmSeen seen = vm_seen(vm, {.endpoint = "p"});
  EXPECT_FALSE(seen.snapshots_known);
  EXPECT_EQ(seen.state.unreadable, std::vector<std::string>{"snapshot"});
}

TEST(Translate, FlattensTheTreeWithParentsByMoid) {
  vsphere::VirtualMachine vm = wire_vm();
  vm.snapshots = {
      {.snapshot = {"VirtualMachineSnapshot", "snapshot-1"}, .name = "10%252f24"},
      {.snapshot = {"VirtualMachineSnapshot", "snapshot-2"}, .name = "x", .parent = 0},
      {.snapshot = {"VirtualMachineSnapshot", "snapshot-3"}, .name = "y", .parent = 99}};
  vm.current_snapshot = vsphere::MoRef{"VirtualMachineSnapshot", "snapshot-2"};
  const policy::VmSeen seen = vm_seen(vm, {.endpoint = "p"});
  ASSERT_EQ(seen.snapshots.size(), 3u);
  EXPECT_EQ(seen.snapshots[0].name, "10%2f24");
  EXPECT_EQ(seen.snapshots[0].raw_name, "10%252f24");
  EXPECT_FALSE(seen.snapshots[0].parent);
  EXPECT_EQ(seen.snapshots[1].parent, "snapshot-1");
  EXPECT_FALSE(seen.snapshots[2].parent) << "an index out of range is no parent";
  EXPECT_EQ(seen.current_snapshot, "snapshot-2");
}

TEST(Translate, TellsConfigNotDeliveredFromNoDisks) {
  vsphere::VirtualMachine vm = wire_vm();
  EXPECT_FALSE(vm_seen(vm, {.endpoint = "p"}).devices_known);
  vm.disks.emplace();
  EXPECT_TRUE(vm_seen(vm, {.endpoint = "p"}).devices_known);
}

struct BackingCase {
  const char* name;
  const char* class_name;
  const char* compatibility;
  policy::BackingKind expected;
};

class TranslateBacking : public testing::TestWithParam<BackingCase> {};

TEST_P(TranslateBacking, KnowsTheClass) {
  vsphere::VirtualMachine vm = wire_vm();
  vsphere::DiskBacking backing;
  backing.class_name = GetParam().class_name;
  backing.compatibility_mode = GetParam().compatibility;
  backing.sharing = "sharingMultiWriter";
  backing.delta_grain_kib = 4;
  vm.disks = {vsphere::VirtualDisk{.key = 2000, .backings = {backing}}};
  const policy::VmSeen seen = vm_seen(vm, {.endpoint = "p"});
  ASSERT_EQ(seen.disks.size(), 1u);
  EXPECT_EQ(seen.disks[0].backing, GetParam().expected);
  EXPECT_TRUE(seen.disks[0].multi_writer);
  EXPECT_EQ(seen.disks[0].backings[0].grain_bytes, 4096u);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TranslateBacking,
    testing::Values(
        BackingCase{"Flat", "VirtualDiskFlatVer2BackingInfo", "", policy::BackingKind::Flat},
        BackingCase{"SeSparse", "VirtualDiskSeSparseBackingInfo", "",
                    policy::BackingKind::SeSparse},
        BackingCase{"Sparse", "VirtualDiskSparseVer2BackingInfo", "", policy::BackingKind::Sparse},
        BackingCase{"PhysicalRdm", "VirtualDiskRawDiskMappingVer1BackingInfo", "physicalMode",
                    policy::BackingKind::RdmPhysical},
        BackingCase{"VirtualRdm", "VirtualDiskRawDiskMappingVer1BackingInfo", "virtualMode",
                    policy::BackingKind::RdmVirtual},
        BackingCase{"RawDisk", "VirtualDiskRawDiskVer2BackingInfo", "",
                    policy::BackingKind::RawDisk},
        BackingCase{"PMem", "VirtualDiskLocalPMemBackingInfo", "", policy::BackingKind::PMem},
        BackingCase{"Newcomer", "VirtualDiskHologramBackingInfo", "",
                    policy::BackingKind::Unknown}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(Translate, LowersTheDatastoreTypeAndKeepsCapabilities) {
  vsphere::Datastore wire;
  wire.ref = {"Datastore", "datastore-1"};
  wire.name = "a%2fb";
  wire.type = "VMFS";
  wire.capacity = 10;
  wire.free_space = 4;
  wire.se_sparse = true;
  const policy::Datastore seen = datastore_seen(wire, "prod");
  EXPECT_EQ(seen.type, "vmfs");
  EXPECT_EQ(seen.name, "a/b");
  EXPECT_EQ(seen.se_sparse, true);
  EXPECT_FALSE(seen.native_snapshots);
}

TEST(Translate, GivesAnEsxiHostItsHardwareUuid) {
  vsphere::ServiceContent content;
  content.is_vcenter = false;
  const policy::Endpoint host = endpoint_seen("esx", content, "8.0.1.0", "hardware");
  EXPECT_EQ(host.uuid, "hardware");
  EXPECT_TRUE(host.is_host);
  content.instance_uuid = "instance";
  EXPECT_EQ(endpoint_seen("vc", content, "8.0.1.0", "").uuid, "instance");
}

}  // namespace
}  // namespace agent
