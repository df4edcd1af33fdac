#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/views_test/small_world.h"

namespace sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

pugi::xml_document parsed(const std::string& xml) {
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(xml.c_str())) << xml;
  return document;
}

std::vector<std::string> texts(const pugi::xml_document& document, const char* path) {
  std::vector<std::string> found;
  for (const pugi::xpath_node at : document.select_nodes(path))
    found.emplace_back(at.node().text().get());
  return found;
}

std::string fault_of(World& world, const Ref& object, const std::string& path) {
  try {
    static_cast<void>(property(world, object, path));
  } catch (const FaultReply& reply) {
    return reply.fault.type;
  }
  return "";
}

class VmViews : public testing::Test {
 protected:
  SmallWorld small;
  World& world = small.world;
};

TEST_F(VmViews, ANestedPathGivesTheSameAsTheWholeProperty) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 2);
  for (const std::string path :
       {"config.uuid", "config.files.vmPathName", "runtime.powerState", "summary.runtime.host",
        "summary.config.vmPathName", "summary.storage.committed", "config.hardware.memoryMB",
        "resourceConfig.memoryAllocation.shares.level", "snapshot.currentSnapshot"}) {
    const std::size_t dot = path.find('.');
    const std::optional<Value> whole = property(world, vm.ref, path.substr(0, dot));
    ASSERT_TRUE(whole);
    const Value* at = &*whole;
    for (std::size_t from = dot + 1; at != nullptr && from <= path.size();) {
      const std::size_t end = std::min(path.find('.', from), path.size());
      at = at->step(path.substr(from, end - from));
      from = end + 1;
    }
    ASSERT_NE(at, nullptr) << path;
    EXPECT_EQ(property(world, vm.ref, path), *at) << path;
  }
}

TEST_F(VmViews, ADiskIsReachedByItsKey) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 1);
  EXPECT_EQ(text_of(world, vm.ref, "config.hardware.device[2000].backing.fileName"),
            "[vmfs6] vm-21/vm-21-000001.vmdk");
  EXPECT_EQ(text_of(world, vm.ref, "config.hardware.device[2000].backing.parent.fileName"),
            "[vmfs6] vm-21/vm-21.vmdk");
  EXPECT_EQ(property(world, vm.ref, "config.hardware.device[2000].backing.parent.parent"),
            std::nullopt);
  EXPECT_EQ(property(world, vm.ref, "config.hardware.device[2001]"), std::nullopt);
}

TEST_F(VmViews, APathThatTheTypeDoesNotHaveIsAFaultAndOneThatIsUnsetIsNot) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 0);
  for (const char* path : {"nonsense", "config.nonsense", "runtime.powerstate", "snapshot.root",
                           "summary.config.nonsense", "conf"})
    EXPECT_EQ(fault_of(world, vm.ref, path), "InvalidProperty") << path;
  for (const char* path :
       {"snapshot", "snapshot.currentSnapshot", "config.managedBy", "config.managedBy.type",
        "runtime.question", "runtime.bootTime", "parentVApp"})
    EXPECT_EQ(property(world, vm.ref, path), std::nullopt) << path;
}

TEST_F(VmViews, AnObjectThatIsNotThereIsNotFound) {
  EXPECT_EQ(fault_of(world, {"VirtualMachine", "vm-99"}, "name"), "ManagedObjectNotFound");
  EXPECT_EQ(fault_of(world, {"VirtualMachineSnapshot", "snapshot-99"}, "config"),
            "ManagedObjectNotFound");
  EXPECT_EQ(fault_of(world, {"Task", "task-99"}, "info"), "ManagedObjectNotFound");
  EXPECT_EQ(fault_of(world, {"Nonsense", "x"}, "name"), "ManagedObjectNotFound");
}

TEST_F(VmViews, BackingsTellTheirDeltaFormatByForm) {
  struct {
    LayerForm form;
    std::string format, variant, grain;
  } const cases[] = {{LayerForm::VmfsSparse, "redoLogFormat", "vmfsSparseVariant", ""},
                     {LayerForm::VsanSparse, "redoLogFormat", "vsanSparseVariant", ""},
                     {LayerForm::SeSparse, "seSparseFormat", "", "4"},
                     {LayerForm::Native, "nativeFormat", "", ""}};
  int number = 20;
  for (const auto& each : cases) {
    const Vm& vm = small.add_vm("vm-" + std::to_string(++number), each.form, 1);
    const auto xml = parsed(xml_of(world, vm.ref, "config.hardware.device[2000].backing"));
    const auto at = [&](const char* name) {
      return std::string(xml.document_element().child(name).text().get());
    };
    EXPECT_EQ(at("deltaDiskFormat"), each.format);
    EXPECT_EQ(at("deltaDiskFormatVariant"), each.variant);
    EXPECT_EQ(at("deltaGrainSize"), each.grain);
    const auto parent = xml.document_element().child("parent");
    EXPECT_TRUE(parent);
    EXPECT_FALSE(parent.child("deltaDiskFormat")) << "a base has none";
    EXPECT_FALSE(parent.attribute("xsi:type"));
    EXPECT_FALSE(parent.child("split"));
  }
}

TEST_F(VmViews, ChainsInLayoutExGoFromTheBaseToTheLeafWithDescriptorAndExtent) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 2);
  const auto xml = parsed(xml_of(world, vm.ref, "layoutEx"));
  std::vector<std::string> names;
  for (const auto& key : texts(xml, "/val/disk/chain/fileKey")) {
    const std::string path = "/val/file[key='" + key + "']/name";
    names.push_back(texts(xml, path.c_str()).at(0));
  }
  EXPECT_THAT(
      names,
      ElementsAre("[vmfs6] vm-21/vm-21.vmdk", "[vmfs6] vm-21/vm-21-flat.vmdk",
                  "[vmfs6] vm-21/vm-21-000001.vmdk", "[vmfs6] vm-21/vm-21-000001-sesparse.vmdk",
                  "[vmfs6] vm-21/vm-21-000002.vmdk", "[vmfs6] vm-21/vm-21-000002-sesparse.vmdk"));
  EXPECT_EQ(texts(xml, "/val/snapshot[1]/disk/chain").size(), 1U);
  EXPECT_EQ(texts(xml, "/val/snapshot[2]/disk/chain").size(), 2U);
  EXPECT_THAT(texts(xml, "/val/snapshot[1]/memoryKey"), ElementsAre("-1"));
  EXPECT_THAT(texts(xml, "/val/snapshot[2]/memoryKey"), Not(ElementsAre("-1")));
}

TEST_F(VmViews, AnObjectStoreHasNoExtentsAndNamesItsObjects) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::VsanSparse, 1);
  const auto xml = parsed(xml_of(world, vm.ref, "layoutEx"));
  EXPECT_EQ(texts(xml, "/val/disk/chain/fileKey").size(), 2U);
  EXPECT_THAT(texts(xml, "/val/file[type='diskDescriptor']/backingObjectId"),
              ElementsAre("d8741e65-0", "d8741e65-1"));
  EXPECT_TRUE(texts(xml, "/val/file[type='diskExtent']").empty());
}

TEST_F(VmViews, ADeltaOfVmfsSparseGrowsBySixteenMebibytes) {
  Vm& vm = small.add_vm("vm-21", LayerForm::VmfsSparse, 1);
  const auto size = [&] {
    const auto xml = parsed(xml_of(world, vm.ref, "layoutEx"));
    return texts(xml, "/val/file[contains(name,'-delta.vmdk')]/size").at(0);
  };
  EXPECT_EQ(size(), std::to_string(16 << 20));
  vm.disks[0].running->blocks.write(100, 16, 7);
  EXPECT_EQ(size(), std::to_string(16 << 20)) << "sizes are as of the timestamp";
  world.refresh_layout(vm);
  EXPECT_EQ(size(), std::to_string(32 << 20));
}

TEST_F(VmViews, SizesAreRefreshedAfterHalfAnHour) {
  Vm& vm = small.add_vm("vm-21", LayerForm::VmfsSparse, 1);
  const std::string before = xml_of(world, vm.ref, "layoutEx.timestamp");
  world.step(std::chrono::minutes(29));
  EXPECT_EQ(xml_of(world, vm.ref, "layoutEx.timestamp"), before);
  world.step(std::chrono::minutes(2));
  EXPECT_NE(xml_of(world, vm.ref, "layoutEx.timestamp"), before);
}

TEST_F(VmViews, StorageAddsUpTheFilesOfLayoutEx) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 3);
  const auto xml = parsed(xml_of(world, vm.ref, "layoutEx"));
  std::int64_t total = 0;
  for (const auto& size : texts(xml, "/val/file/size")) total += std::stoll(size);
  EXPECT_EQ(text_of(world, vm.ref, "summary.storage.committed"), std::to_string(total));
  EXPECT_THAT(xml_of(world, vm.ref, "storage"),
              HasSubstr("<committed>" + std::to_string(total) + "</committed>"));
}

TEST_F(VmViews, ALinkedCloneSharesWhatLiesInAnothersFolder) {
  Vm& owner = small.add_vm("vm-21", LayerForm::SeSparse, 1);
  Vm& clone = small.add_vm("vm-22", LayerForm::SeSparse, 1);
  clone.disks[0].running->parent = owner.snapshots[0].frozen.at(2000);
  clone.snapshots.clear();
  clone.current_snapshot.reset();
  world.recount();
  const auto xml = parsed(xml_of(world, clone.ref, "layoutEx"));
  EXPECT_THAT(texts(xml, "/val/file[contains(name,'vm-21-flat')]/uniqueSize"), ElementsAre("0"));
  EXPECT_THAT(texts(xml, "/val/file[contains(name,'vm-22-000001-sesparse')]/uniqueSize"),
              Not(ElementsAre("0")));
}

TEST_F(VmViews, ATreeKeepsBranchesInOrderWithTheirRoots) {
  Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 4);
  vm.snapshots[2].parent = vm.snapshots[0].ref;  // 1 has the children 2 and 3
  vm.snapshots[3].parent.reset();                // 4 is a second root
  const auto xml = parsed(xml_of(world, vm.ref, "snapshot"));
  EXPECT_THAT(texts(xml, "/val/rootSnapshotList/id"), ElementsAre("1", "4"));
  EXPECT_THAT(texts(xml, "/val/rootSnapshotList[1]/childSnapshotList/id"), ElementsAre("2", "3"));
  EXPECT_STREQ(xml.select_node("/val/rootSnapshotList[1]/*[last()]").node().name(),
               "replaySupported");
  EXPECT_THAT(xml_of(world, vm.snapshots[0].ref, "childSnapshot"),
              HasSubstr(vm.snapshots[2].ref.value));
  EXPECT_THAT(xml_of(world, vm.ref, "rootSnapshot"), HasSubstr(vm.snapshots[3].ref.value));
}

TEST_F(VmViews, ADeepTreeIsWrittenWhole) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 31);
  const std::string xml = xml_of(world, vm.ref, "snapshot");
  EXPECT_EQ(parsed(xml).select_nodes("//childSnapshotList").size(), 30U);
}

TEST_F(VmViews, ASnapshotShowsTheFrozenDiskWithItsChangeId) {
  Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 2);
  vm.snapshots[1].change_ids[2000] = "52 de c0 d9/7";
  const Ref snapshot = vm.snapshots[1].ref;
  EXPECT_EQ(text_of(world, snapshot, "config.hardware.device[2000].backing.fileName"),
            "[vmfs6] vm-21/vm-21-000001.vmdk");
  EXPECT_EQ(text_of(world, snapshot, "config.hardware.device[2000].backing.changeId"),
            "52 de c0 d9/7");
  EXPECT_EQ(property(world, vm.ref, "config.hardware.device[2000].backing.changeId"), std::nullopt);
  EXPECT_EQ(text_of(world, snapshot, "vm"), "vm-21");
}

TEST_F(VmViews, ASnapshotKeepsDisksThatWereRemovedAndLacksThoseAddedSince) {
  Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 1);
  Disk added = vm.disks[0];
  added.key = 2001;
  vm.disks[0] = added;
  const auto xml = parsed(xml_of(world, vm.snapshots[0].ref, "config.hardware.device"));
  EXPECT_THAT(texts(xml, "/val/VirtualDevice[@*='VirtualDisk']/key"), ElementsAre("2000"));
}

TEST_F(VmViews, RawMappingsAndIndependentDisksSaySo) {
  Vm& vm = small.add_vm("vm-21", LayerForm::Flat, 0);
  vm.disks[0].kind = DiskKind::RdmPhysical;
  Disk independent = vm.disks[0];
  independent.key = 2001;
  independent.kind = DiskKind::IndependentNonpersistent;
  vm.disks.push_back(independent);
  const std::string raw = xml_of(world, vm.ref, "config.hardware.device[2000].backing");
  EXPECT_THAT(raw, HasSubstr("VirtualDiskRawDiskMappingVer1BackingInfo"));
  EXPECT_THAT(raw, HasSubstr("<compatibilityMode>physicalMode</compatibilityMode>"));
  EXPECT_EQ(text_of(world, vm.ref, "config.hardware.device[2001].backing.diskMode"),
            "independent_nonpersistent");
  EXPECT_THAT(xml_of(world, vm.ref, "layoutEx"), HasSubstr("vm-21-rdmp.vmdk"));
}

TEST_F(VmViews, AnInaccessibleVmHasNoConfiguration) {
  Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 1);
  vm.connection = ConnectionState::Inaccessible;
  for (const char* path : {"config", "config.uuid", "layoutEx", "storage", "summary.storage"})
    EXPECT_EQ(property(world, vm.ref, path), std::nullopt) << path;
  EXPECT_EQ(text_of(world, vm.ref, "runtime.connectionState"), "inaccessible");
  EXPECT_EQ(fault_of(world, vm.ref, "config.nonsense"), "InvalidProperty");
}

TEST_F(VmViews, NamesStayAsTheyAreOnTheWire) {
  Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 1);
  vm.name = "a%2fb & <c>";
  EXPECT_EQ(text_of(world, vm.ref, "name"), "a%2fb & <c>");
  EXPECT_THAT(xml_of(world, vm.ref, "name"), HasSubstr("a%2fb &amp; &lt;c"));
}

TEST_F(VmViews, ATemplateHasNoPoolAndAQuestionIsShown) {
  Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 0);
  vm.question = Question{"msg.hbacommon.outofspace", "There is no more space"};
  EXPECT_EQ(text_of(world, vm.ref, "runtime.question.id"), "msg.hbacommon.outofspace");
  EXPECT_EQ(text_of(world, vm.ref, "resourcePool"), "resgroup-8");
  vm.is_template = true;
  EXPECT_EQ(property(world, vm.ref, "resourcePool"), std::nullopt);
  EXPECT_EQ(text_of(world, vm.ref, "config.template"), "true");
}

TEST_F(VmViews, CustomValuesAndFieldsMatchByKey) {
  Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 0);
  world.fields = {{101, "backup", "VirtualMachine"}, {102, "rack", "HostSystem"}, {103, "all", ""}};
  vm.custom_values[101] = "daily";
  const auto values = parsed(xml_of(world, vm.ref, "customValue"));
  EXPECT_THAT(texts(values, "/val/CustomFieldValue[@*='CustomFieldStringValue']/value"),
              ElementsAre("daily"));
  const auto fields = parsed(xml_of(world, vm.ref, "availableField"));
  EXPECT_THAT(texts(fields, "/val/CustomFieldDef/name"), ElementsAre("backup", "all"));
}

TEST_F(VmViews, FieldsNewerThanTheAskedVersionAreLeftOut) {
  const Vm& vm = small.add_vm("vm-21", LayerForm::SeSparse, 0);
  EXPECT_THAT(xml_of(world, vm.ref, "summary", "8.0.2.0"), HasSubstr("<hwVersion>"));
  EXPECT_THAT(xml_of(world, vm.ref, "summary", "6.7"), Not(HasSubstr("<hwVersion>")));
}

}  // namespace
}  // namespace sim
