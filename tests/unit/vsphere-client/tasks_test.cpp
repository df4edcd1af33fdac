// Tasks from the stream, one by one and from the history; and reads of one VM before and after a
// change.
#include "vsphere-client/tasks.h"

#include "session_fixture.h"
#include "vsphere-client/clone_source.h"
#include "vsphere-client/look.h"
#include "vsphere-client/task_history.h"

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using vsphere::Error;
using vsphere::ErrorKind;
using vsphere::MoRef;
using vsphere::TaskInfo;
using vsphere::TaskState;
using vsphere::TaskUpdate;
using vsphere::UpdateKind;

const MoRef kRecentTask{"Task", "task-1"};
const MoRef kMachine{"VirtualMachine", "vm-1"};
const vsphere::Time kTwoInTheMorning =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 2h;

class TasksTest : public SessionFixture {
 protected:
  void SetUp() override { open(); }
  void script_build() {
    reference("CreatePropertyCollector", "PropertyCollector", "session[a]pc");
    reference("CreateFilter", "PropertyFilter", "session[a]filter");
  }
  void script_end() {
    done("DestroyPropertyFilter");
    done("DestroyPropertyCollector");
  }
  void next(vsphere::TaskStream& stream) {
    stream.next(
        30s, [this](const TaskUpdate& update) { seen.push_back(update); }, [this] { ++resyncs; });
  }
  void objects(const std::string& inside) {
    net.answer("RetrievePropertiesEx",
               replies::response("RetrievePropertiesEx", "<returnval>" + inside + "</returnval>"));
  }
  void is_gone(const MoRef& ref) {
    net.answer(
        "RetrievePropertiesEx",
        replies::envelope("<soapenv:Fault><faultstring>gone</faultstring><detail><x "
                          "xsi:type=\"ManagedObjectNotFound\"><obj type=\"" +
                          ref.type + "\">" + ref.value + "</obj></x></detail></soapenv:Fault>"),
        500);
  }
  static std::string object(const MoRef& ref, const std::string& properties) {
    return "<objects><obj type=\"" + ref.type + "\">" + ref.value + "</obj>" + properties +
           "</objects>";
  }
  static std::string property(const std::string& path, const std::string& value,
                              const std::string& type = "xsd:string") {
    return "<propSet><name>" + path + "</name><val xsi:type=\"" + type + "\">" + value +
           "</val></propSet>";
  }

  std::vector<TaskUpdate> seen;
  int resyncs = 0;
};

TEST_F(TasksTest, OneFilterFollowsTheRecentTasksOfTheServer) {
  script_build();
  vsphere::TaskStream stream(session);
  EXPECT_THAT(net.sent.back().body,
              HasSubstr("<propSet><type>Task</type><all>false</all><pathSet>info</pathSet>"
                        "</propSet><objectSet><obj type=\"TaskManager\">TaskManager</obj>"
                        "<skip>true</skip><selectSet xsi:type=\"TraversalSpec\">"
                        "<name>members</name><type>TaskManager</type><path>recentTask</path>"
                        "<skip>false</skip></selectSet></objectSet></spec>"));
  EXPECT_EQ(net.count("CreateContainerView"), 0u);
  script_end();
}

TEST_F(TasksTest, AreDecodedWhateverTheyHold) {
  script_build();
  vsphere::TaskStream stream(session);
  reply("WaitForUpdatesEx-tasks");
  next(stream);
  ASSERT_EQ(seen.size(), 5u);
  const TaskInfo& running = seen[0].info;
  EXPECT_EQ(seen[0].kind, UpdateKind::Enter);
  EXPECT_EQ(running.ref, kRecentTask);
  EXPECT_EQ(running.key, "task-1");
  EXPECT_EQ(running.name, "RemoveSnapshot_Task");
  EXPECT_EQ(running.description_id, "vm.Snapshot.remove");
  EXPECT_EQ(running.entity, kMachine);
  EXPECT_EQ(running.entity_name, "web%2f1");
  EXPECT_EQ(running.state, TaskState::Running);
  EXPECT_EQ(running.progress, 31);
  EXPECT_TRUE(running.cancelable);
  EXPECT_EQ(running.user, "VSPHERE.LOCAL\\svc");
  EXPECT_EQ(running.queue_time, kTwoInTheMorning);
  EXPECT_EQ(running.start_time, kTwoInTheMorning + 1500ms);
  EXPECT_EQ(running.complete_time, std::nullopt);
  EXPECT_EQ(running.event_chain_id, 77);
  EXPECT_EQ(running.activation_id, "act-1");
  EXPECT_FALSE(running.over());
  EXPECT_EQ(seen[1].info.result, (MoRef{"VirtualMachine", "vm-9"}));
  EXPECT_EQ(seen[1].info.user, "");
  EXPECT_TRUE(seen[1].info.over());
  const TaskInfo& failed = seen[2].info;
  EXPECT_EQ(failed.ref.value, "task-3");
  EXPECT_EQ(failed.error.value().type, "ApplicationQuiesceFault");
  EXPECT_TRUE(failed.cancelled);
  EXPECT_EQ(failed.progress, std::nullopt);
  EXPECT_EQ(failed.queue_time, std::nullopt);
  EXPECT_EQ(failed.event_chain_id, std::nullopt);
  EXPECT_EQ(seen[3].info.state, TaskState::Unknown);
  EXPECT_FALSE(seen[3].info.over());
  EXPECT_EQ(seen[3].info.result, std::nullopt);
  EXPECT_THAT(seen[3].info.space_needed,
              ElementsAre(vsphere::SpaceRequirement{{"Datastore", "datastore-3"}, 2u << 20}));
  EXPECT_EQ(seen[4].info.ref.value, "task-5");
  EXPECT_EQ(seen[4].missing.at(0).fault.type, "NoPermission");
  script_end();
}

TEST_F(TasksTest, AreAllToldAgainAfterANewLogin) {
  script_build();
  vsphere::TaskStream stream(session);
  reply("WaitForUpdatesEx-tasks");
  next(stream);
  EXPECT_EQ(resyncs, 0);
  fault("WaitForUpdatesEx", "NotAuthenticated");
  reply("Login");
  script_build();
  reply("WaitForUpdatesEx-tasks");
  next(stream);
  EXPECT_EQ(resyncs, 1);
  EXPECT_EQ(seen.size(), 10u);
  script_end();
}

TEST_F(TasksTest, ThatDropOutAreReadSingly) {
  objects(
      object(kRecentTask, property("info", "<key>task-1</key><state>success</state>", "TaskInfo")));
  EXPECT_EQ(vsphere::fetch_task(session, kRecentTask).value().state, TaskState::Success);
  is_gone(kRecentTask);
  EXPECT_EQ(vsphere::fetch_task(session, kRecentTask), std::nullopt);
}

TEST_F(TasksTest, ThatMayNotBeReadAreNoLostOnes) {
  objects(object(kRecentTask,
                 "<missingSet><path>info</path><fault><fault xsi:type=\"NoPermission\"/></fault>"
                 "</missingSet>"));
  EXPECT_THROW(vsphere::fetch_task(session, kRecentTask), Error);
}

std::string task_items(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += "<returnval><key>task-" + std::to_string(i) + "</key><task type=\"Task\">task-" +
           std::to_string(i) + "</task><state>success</state></returnval>";
  }
  return out;
}

TEST_F(TasksTest, OfTheHistoryAreReadInPagesAndTheCollectorIsDestroyed) {
  reference("CreateCollectorForTasks", "TaskHistoryCollector", "session[a]tc");
  net.answer("ReadNextTasks", replies::response("ReadNextTasks", task_items(2)));
  net.answer("ReadNextTasks", replies::response("ReadNextTasks", task_items(1)));
  done("ReadNextTasks");
  done("DestroyCollector");
  vsphere::TaskHistoryFilter filter{kMachine, "svc", kTwoInTheMorning, kTwoInTheMorning + 1min};
  filter.page_tasks = 2;
  const auto history = vsphere::fetch_task_history(session, filter).value();
  EXPECT_EQ(history.tasks.size(), 3u);
  EXPECT_EQ(history.tasks[1].ref.value, "task-1");
  EXPECT_TRUE(history.complete);
  EXPECT_THAT(net.sent[3].body,
              HasSubstr("<filter><entity><entity type=\"VirtualMachine\">vm-1</entity>"
                        "<recursion>self</recursion></entity><time>"
                        "<timeType>queuedTime</timeType>"
                        "<beginTime>2026-11-22T02:00:00.000000Z</beginTime>"
                        "<endTime>2026-11-22T02:01:00.000000Z</endTime></time><userName>"
                        "<systemUser>false</systemUser><userList>svc</userList></userName>"
                        "</filter>"));
}

TEST_F(TasksTest, OfTheHistoryAreBoundedAndSaySo) {
  reference("CreateCollectorForTasks", "TaskHistoryCollector", "session[a]tc");
  net.answer("ReadNextTasks", replies::response("ReadNextTasks", task_items(3)));
  done("DestroyCollector");
  vsphere::TaskHistoryFilter filter;
  filter.most_tasks = 2;
  const auto history = vsphere::fetch_task_history(session, filter).value();
  EXPECT_EQ(history.tasks.size(), 2u);
  EXPECT_FALSE(history.complete);
  EXPECT_THAT(net.sent[4].body, HasSubstr("<maxCount>3</maxCount>"));
}

TEST_F(TasksTest, OfTheHistoryAreAskedForAgainInANewSession) {
  reference("CreateCollectorForTasks", "TaskHistoryCollector", "session[a]tc");
  fault("ReadNextTasks", "NotAuthenticated");
  reply("Login");
  reference("CreateCollectorForTasks", "TaskHistoryCollector", "session[b]tc");
  done("ReadNextTasks");
  done("DestroyCollector");
  EXPECT_TRUE(vsphere::fetch_task_history(session, {}).value().tasks.empty());
}

TEST_F(TasksTest, OfTheHistoryAreNotKnownWhereTheServerHasNoSuchMethod) {
  fault("CreateCollectorForTasks", "MethodNotFound");
  EXPECT_EQ(vsphere::fetch_task_history(session, {}), std::nullopt);
  fault("CreateCollectorForTasks", "NoPermission");
  EXPECT_THROW(vsphere::fetch_task_history(session, {}), Error);
}

TEST_F(TasksTest, ALookTakesOneRoundTrip) {
  const MoRef store{"Datastore", "datastore-3"};
  const MoRef host{"HostSystem", "host-4"};
  const MoRef gone{"Datastore", "datastore-9"};
  const std::string tasks = "<ManagedObjectReference type=\"Task\">task-1</ManagedObjectReference>";
  objects(object(kMachine, property("name", "web") + property("recentTask", tasks)) +
          object(store, property("summary",
                                 "<capacity>10</capacity><freeSpace>4</freeSpace>"
                                 "<accessible>false</accessible>")) +
          object(host, property("runtime.connectionState", "connected") +
                           property("runtime.inMaintenanceMode", "true", "xsd:boolean")));
  const vsphere::Look seen_now = vsphere::look(session, {kMachine, {store, gone}, host});
  EXPECT_EQ(net.sent.size(), 4u);
  EXPECT_EQ(seen_now.vm.value().name, "web");
  EXPECT_THAT(seen_now.recent_tasks, ElementsAre(kRecentTask));
  ASSERT_EQ(seen_now.datastores.size(), 1u);
  EXPECT_EQ(seen_now.datastores[0].free_space, 4u);
  EXPECT_FALSE(seen_now.datastores[0].accessible);
  EXPECT_EQ(seen_now.host.value().connection_state, "connected");
  EXPECT_EQ(seen_now.host->in_maintenance, true);
  EXPECT_THAT(seen_now.gone, ElementsAre(gone));
}

TEST_F(TasksTest, ALookAsksOnlyForWhatIsNamed) {
  objects(object(kMachine, property("name", "web")));
  EXPECT_EQ(vsphere::look(session, {kMachine, {}, {}}).host, std::nullopt);
  EXPECT_THAT(net.sent.back().body, Not(HasSubstr("HostSystem")));
  EXPECT_THAT(net.sent.back().body, Not(HasSubstr("<type>Datastore</type>")));
}

constexpr const char* kHardware =
    "<VirtualDevice xsi:type=\"VirtualVmxnet3\"><key>4000</key><deviceInfo><label>Network adapter "
    "1</label></deviceInfo><backing xsi:type=\"VirtualEthernetCardNetworkBackingInfo\">"
    "<deviceName>VM Network</deviceName><network type=\"Network\">network-5</network></backing>"
    "<connectable><startConnected>true</startConnected><allowGuestControl>false"
    "</allowGuestControl><connected>true</connected></connectable><controllerKey>100"
    "</controllerKey><unitNumber>7</unitNumber><macAddress>00:50:56:00:00:01</macAddress>"
    "</VirtualDevice>"
    "<VirtualDevice xsi:type=\"VirtualTPM\"><key>11000</key></VirtualDevice>"
    "<VirtualDevice xsi:type=\"VirtualDisk\"><key>2000</key><backing "
    "xsi:type=\"VirtualDiskFlatVer2BackingInfo\"><fileName>[ds] a/a.vmdk</fileName><diskMode>"
    "persistent</diskMode><keyId><keyId>k</keyId></keyId></backing><capacityInKB>1</capacityInKB>"
    "</VirtualDevice>";

TEST_F(TasksTest, ACloneSourceTellsItsCardsDisksAndKeys) {
  objects(object(kMachine, property("config.hardware.device", kHardware, "ArrayOfVirtualDevice") +
                               property("name", "web")));
  const auto source = vsphere::fetch_clone_source(session, kMachine).value();
  EXPECT_TRUE(source.delivered);
  ASSERT_EQ(source.network_cards.size(), 1u);
  const vsphere::NetworkCard& card = source.network_cards[0];
  EXPECT_EQ(card.class_name, "VirtualVmxnet3");
  EXPECT_EQ(card.label, "Network adapter 1");
  EXPECT_TRUE(card.start_connected);
  EXPECT_FALSE(card.allow_guest_control);
  EXPECT_EQ(card.unit_number, 7);
  EXPECT_EQ(card.backing.network, (MoRef{"Network", "network-5"}));
  EXPECT_EQ(source.disks.at(0).backings.at(0).disk_mode, "persistent");
  EXPECT_TRUE(source.has_vtpm);
  EXPECT_TRUE(source.encrypted);
  objects(object(kMachine, property("name", "web")));
  EXPECT_FALSE(vsphere::fetch_clone_source(session, kMachine).value().delivered);
  is_gone(kMachine);
  EXPECT_EQ(vsphere::fetch_clone_source(session, kMachine), std::nullopt);
}

TEST_F(TasksTest, AnIdentityKeepsOnlyTheSettingsAskedFor) {
  objects(object(
      kMachine,
      property("config.changeVersion", "v1") +
          property("config.extraConfig",
                   "<OptionValue><key>deltakeep.op</key><value xsi:type=\"xsd:string\">01A</value>"
                   "</OptionValue><OptionValue><key>guest</key><value>x</value></OptionValue>",
                   "ArrayOfOptionValue") +
          property("config.instanceUuid", "5000") +
          property("parent", "group-v4", "ManagedObjectReference") +
          property("runtime.bootTime", "2026-11-22T02:00:00Z", "xsd:dateTime") +
          property("runtime.powerState", "poweredOff")));
  const auto identity =
      vsphere::fetch_vm_identity(session, kMachine, {"deltakeep.op", "other"}).value();
  EXPECT_THAT(identity.extra_config, ElementsAre(Pair("deltakeep.op", "01A")));
  EXPECT_EQ(identity.change_version, "v1");
  EXPECT_EQ(identity.instance_uuid, "5000");
  EXPECT_EQ(identity.parent.value, "group-v4");
  EXPECT_EQ(identity.boot_time, kTwoInTheMorning);
  EXPECT_EQ(identity.power_state, "poweredOff");
  is_gone(kMachine);
  EXPECT_EQ(vsphere::fetch_vm_identity(session, kMachine, {}), std::nullopt);
}

}  // namespace
