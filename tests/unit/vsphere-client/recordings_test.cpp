// What real servers sent. The recordings are not part of the tree; without them these tests skip.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "decode_reply.h"
#include "read_reply.h"
#include "tests/support/fake_transport.h"
#include "tests/support/soap_replies.h"
#include "vsphere-client/xml_read.h"

namespace {

namespace fs = std::filesystem;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using vsphere::MoRef;
using vsphere::ObjectView;
using vsphere::VirtualMachine;

class Recordings : public testing::Test {
 protected:
  void SetUp() override {
    const auto found = replies::recordings();
    if (!found) GTEST_SKIP() << "no recordings at hand; set DELTAKEEP_RECORDINGS to their folder";
    folder = *found;
  }
  bool has(const std::string& path) const { return fs::exists(folder / path); }
  std::string load(const std::string& path) const { return replies::load_file(folder / path); }

  fs::path folder;
};

/// "067-RetrievePropertiesExResponse" was a call of RetrievePropertiesEx; "" for other files.
std::string operation_of(const fs::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t dash = stem.find('-');
  constexpr std::string_view kTail = "Response";
  if (dash != 3 || stem.size() < 5 + kTail.size() ||
      stem.substr(stem.size() - kTail.size()) != kTail)
    return {};
  return stem.substr(dash + 1, stem.size() - dash - 1 - kTail.size());
}

TEST_F(Recordings, PassTheGateWhole) {
  std::size_t replies = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string operation = operation_of(entry.path());
    if (operation.empty()) continue;
    const std::string body = replies::load_file(entry.path());
    const ReadReply read = read_reply(operation, "objects", body);
    EXPECT_EQ(read.error, "") << entry.path();
    EXPECT_EQ(
        read_reply(operation, "objects", body, std::vector<std::size_t>(body.size() / 1000, 1000)),
        read)
        << entry.path();
    ++replies;
  }
  EXPECT_GT(replies, 100u);
}

TEST_F(Recordings, FaultsAreNamedByTheirRealType) {
  const auto fault_of = [this](const std::string& path) {
    vsphere::SoapReader reader("Call", "", {});
    try {
      reader.feed(500, load(path));
      reader.finish(500, "text/xml");
    } catch (const vsphere::Error& error) {
      return error.fault().value_or(vsphere::Fault{});
    }
    return vsphere::Fault{};
  };
  EXPECT_EQ(fault_of("pyvmomi/basic_connection_bad_password/001-Fault-for-Login.xml").type,
            "InvalidLogin");
  const vsphere::Fault prefixed = fault_of(
      "manageiq-history/inventory__collector__classic@0dc6ec1c/"
      "017-Fault-for-PbmRetrieveContent.xml");
  EXPECT_EQ(prefixed.type, "InvalidRequest");
  EXPECT_THAT(prefixed.message, HasSubstr("profileIds"));
}

TEST_F(Recordings, AVersionFileWithAnInternalLabelGivesARealVersion) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() != "000-vimServiceVersions.xml") continue;
    const std::string version = vsphere::negotiate_version(replies::load_file(entry.path()));
    EXPECT_THAT((std::set<std::string>{"6.0", "6.5", "6.7", "6.7.1", "8.0.2.0"}),
                testing::Contains(version))
        << entry.path();
  }
}

TEST_F(Recordings, ServiceContentOfSeveralVersionsOpensASession) {
  for (const char* path :
       {"manageiq/infra_manager__refresher/000-RetrieveServiceContentResponse.xml",
        "pyvmomi/basic_container_view/001-RetrieveServiceContentResponse.xml"}) {
    FakeTransport net;
    net.answer("vimServiceVersions.xml", replies::load("vimServiceVersions"));
    net.answer("RetrieveServiceContent", load(path));
    net.answer("Login", load(fs::path(path).parent_path().string() + "/002-LoginResponse.xml"));
    net.answer("Logout", replies::load("Logout"));
    vsphere::Session session(net, [] { return vsphere::Credentials{"u", "p"}; });
    session.open();
    EXPECT_TRUE(session.content().is_vcenter) << path;
    EXPECT_EQ(session.content().instance_uuid.size(), 36u) << path;
    EXPECT_EQ(session.content().task_manager.value, "TaskManager") << path;
    EXPECT_NE(session.user(), "") << path;
  }
}

TEST_F(Recordings, AnApplianceOfThirteenSeSparseDisks) {
  const std::string at = "pyvmomi-history/test_json_vm_explode_type@f64d5834/0";
  const VirtualMachine vm = merged_vm({load(at + "54-RetrievePropertiesExResponse.xml"),
                                       load(at + "56-RetrievePropertiesExResponse.xml"),
                                       load(at + "62-RetrievePropertiesExResponse.xml"),
                                       load(at + "67-RetrievePropertiesExResponse.xml")});
  EXPECT_EQ(vm.ref, (MoRef{"VirtualMachine", "vm-22"}));
  ASSERT_THAT(vm.disks.value(), SizeIs(13));
  for (const vsphere::VirtualDisk& disk : *vm.disks) {
    ASSERT_THAT(disk.backings, SizeIs(2)) << disk.key;
    EXPECT_EQ(disk.backings[0].delta_disk_format, "seSparseFormat");
    EXPECT_EQ(disk.backings[0].delta_grain_kib, 4u);
    EXPECT_EQ(disk.backings[1].delta_disk_format, "");
    EXPECT_THAT(disk.backings[0].file_name, HasSubstr("-000001.vmdk"));
    EXPECT_THAT(disk.backings,
                Each(Field(&vsphere::DiskBacking::class_name, "VirtualDiskFlatVer2BackingInfo")));
    EXPECT_GT(disk.capacity_bytes, 0u);
  }
  ASSERT_THAT(vm.layout.value().disks, SizeIs(13));
  for (const vsphere::LayoutDisk& disk : vm.layout->disks) {
    EXPECT_THAT(disk.chain, ElementsAre(SizeIs(2), SizeIs(2))) << disk.key;
  }
  ASSERT_THAT(vm.layout->snapshots, SizeIs(1));
  EXPECT_EQ(vm.layout->snapshots[0].memory_key, -1);
  ASSERT_THAT(vm.snapshots, SizeIs(1));
  EXPECT_EQ(vm.snapshots[0].name, "VM Snapshot 10%252f24%252f2018, 8:42:44 AM");
  EXPECT_EQ(vsphere::unescape_name(vm.snapshots[0].name), "VM Snapshot 10%2f24%2f2018, 8:42:44 AM");
  EXPECT_EQ(vm.snapshots[0].state, "poweredOff");
  EXPECT_EQ(vm.current_snapshot->value, "snapshot-126");
  EXPECT_EQ(vm.power_state, "poweredOn");
  EXPECT_FALSE(vm.consolidation_needed);
}

TEST_F(Recordings, APageOfAHundredAndItsContinuation) {
  const std::string at = "manageiq-history/inventory__collector__classic@0dc6ec1c/00";
  std::set<MoRef> objects;
  const auto note = [&](const ObjectView& view) { objects.insert(view.object); };
  for_each_object(load(at + "3-RetrievePropertiesExResponse.xml"), note);
  EXPECT_THAT(objects, SizeIs(100));
  for_each_object(load(at + "4-ContinueRetrievePropertiesExResponse.xml"), note,
                  "ContinueRetrievePropertiesEx");
  EXPECT_THAT(objects, SizeIs(121));
}

/// Plays the pages to an update stream; each object that entered, and how often.
std::map<MoRef, int> entered(const std::vector<std::string>& pages) {
  FakeTransport net;
  net.answer("vimServiceVersions.xml", replies::load("vimServiceVersions"));
  for (const char* reply : {"RetrieveServiceContent", "Login"})
    net.answer(reply, replies::load(reply));
  net.answer("CreatePropertyCollector",
             replies::reference("CreatePropertyCollector", "PropertyCollector", "pc"));
  net.answer("CreateContainerView",
             replies::reference("CreateContainerView", "ContainerView", "view"));
  net.answer("CreateFilter", replies::reference("CreateFilter", "PropertyFilter", "filter"));
  for (const std::string& page : pages) net.answer("WaitForUpdatesEx", page);
  for (const char* call :
       {"DestroyPropertyFilter", "DestroyPropertyCollector", "DestroyView", "Logout"}) {
    net.answer(call, replies::response(call, ""));
  }
  std::map<MoRef, int> out;
  {
    vsphere::Session session(net, [] { return vsphere::Credentials{"u", "p"}; });
    session.open();
    const std::vector<vsphere::PropertySpec> specs = {{"ManagedEntity", {"name"}}};
    vsphere::UpdateStream stream(session, session.content().root_folder, specs);
    stream.next(std::chrono::seconds{1}, [&](const vsphere::ObjectUpdate& update) {
      EXPECT_EQ(update.kind, vsphere::UpdateKind::Enter);
      ++out[update.object];
    });
  }
  EXPECT_EQ(net.left_over(), "");
  return out;
}

TEST_F(Recordings, ATruncatedUpdateIsReadToItsEndEachObjectOnce) {
  const std::string at = "manageiq/infra_manager__refresher/00";
  const auto objects = entered(
      {load(at + "4-WaitForUpdatesExResponse.xml"), load(at + "5-WaitForUpdatesExResponse.xml")});
  EXPECT_THAT(objects, SizeIs(122));
  for (const auto& [object, times] : objects) EXPECT_EQ(times, 1) << object.value;
}

TEST_F(Recordings, SevenUpdatePagesGive653ObjectsOnceEach) {
  const std::string at = "manageiq-history/inventory__collector@596c8015/0";
  if (!has(at + "04-WaitForUpdatesExResponse.xml")) {
    GTEST_SKIP() << "this copy of the recordings lacks inventory__collector@596c8015";
  }
  std::vector<std::string> pages;
  for (const char* page : {"04", "05", "06", "07", "08", "09", "10"}) {
    pages.push_back(load(at + page + "-WaitForUpdatesExResponse.xml"));
  }
  const auto objects = entered(pages);
  EXPECT_THAT(objects, SizeIs(653));
  for (const auto& [object, times] : objects) EXPECT_EQ(times, 1) << object.value;
}

/// The objects of a `govc object.save` file, in the envelope that they once came in.
std::string wrapped(const std::string& object_content) {
  std::string body = object_content;
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"<ObjectContent>", "<objects>"},
        {"</ObjectContent>", "</objects>"}}) {
    for (std::size_t at = 0; (at = body.find(from, at)) != std::string::npos;)
      body.replace(at, from.size(), to);
  }
  return replies::response("RetrievePropertiesEx", "<returnval>" + body + "</returnval>");
}

VirtualMachine saved_vm(const std::string& object_content) {
  VirtualMachine vm;
  for_each_object(wrapped(object_content), [&](const ObjectView& view) {
    vm = vsphere::decode_virtual_machine(narrowed(view, vsphere::virtual_machine_paths()));
  });
  return vm;
}

TEST_F(Recordings, AVmWithSixSnapshotsInARow) {
  const VirtualMachine vm =
      saved_vm(load("nri-vsphere/SDDC-Datacenter/0089-VirtualMachine-vm-1003.xml"));
  EXPECT_EQ(vm.name, "test-snap");
  EXPECT_EQ(vm.connection_state, "connected");
  EXPECT_EQ(vm.host, (MoRef{"HostSystem", "host-14"}));
  EXPECT_FALSE(vm.instance_uuid.empty());
  EXPECT_THAT(vm.vm_path_name, HasSubstr(".vmx"));
  EXPECT_FALSE(vm.disabled_methods.empty());
  EXPECT_THAT(vm.datastores, SizeIs(1));
  ASSERT_THAT(vm.snapshots, SizeIs(6));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(vm.snapshots[i].parent, static_cast<int>(i) - 1);
    EXPECT_EQ(vm.snapshots[i].id, static_cast<int>(i) + 4);
  }
  EXPECT_EQ(vm.current_snapshot, vm.snapshots[5].snapshot);
  ASSERT_THAT(vm.disks.value(), SizeIs(1));
  const auto& chain = vm.disks->at(0).backings;
  ASSERT_THAT(chain, SizeIs(7));
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ(chain[i].delta_disk_format_variant, "vsanSparseVariant") << i;
  EXPECT_EQ(chain[6].delta_disk_format_variant, "");
  EXPECT_THAT(chain,
              Each(Field(&vsphere::DiskBacking::class_name, "VirtualDiskFlatVer2BackingInfo")));
  ASSERT_THAT(vm.layout.value().disks, SizeIs(1));
  EXPECT_THAT(vm.layout->disks[0].chain, SizeIs(7));
  EXPECT_THAT(vm.layout->snapshots, SizeIs(6));
}

TEST_F(Recordings, EverySavedVmAndDatastoreDecodes) {
  std::size_t vms = 0;
  std::size_t datastores = 0;
  for (const char* part : {"nri-vsphere/SDDC-Datacenter", "glouton"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder / part)) {
      const std::string name = entry.path().filename().string();
      if (name.find("-VirtualMachine-") != std::string::npos) {
        EXPECT_NE(saved_vm(replies::load_file(entry.path())).ref.value, "") << entry.path();
        ++vms;
      } else if (name.find("-Datastore-") != std::string::npos) {
        for_each_object(wrapped(replies::load_file(entry.path())), [&](const ObjectView& view) {
          const vsphere::Datastore store =
              vsphere::decode_datastore(narrowed(view, vsphere::datastore_paths()));
          EXPECT_GT(store.capacity, 0u) << entry.path();
          EXPECT_NE(store.type, "") << entry.path();
        });
        ++datastores;
      }
    }
  }
  EXPECT_GT(vms, 7u);
  EXPECT_GT(datastores, 1u);
}

TEST_F(Recordings, AnExpiredSessionIsNotTakenForEmptyProperties) {
  std::string body = load("govmomi/not_authenticated_fault.xml");
  body.erase(0, body.find("?>") + 2);
  std::size_t objects = 0;
  vsphere::ObjectView view;
  vsphere::SoapReader reader("RetrieveProperties", "returnval", [&](pugi::xml_node item) {
    vsphere::read_object_content(item, view);
    EXPECT_THROW(vsphere::check_not_expired(view.object, view.missing), vsphere::Error);
    ++objects;
  });
  reader.feed(200, replies::envelope(body));
  reader.finish(200, "text/xml");
  EXPECT_EQ(objects, 1u);
}

}  // namespace
