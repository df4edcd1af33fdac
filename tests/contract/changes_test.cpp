// The calls that change something, and the reads around them, against vCenters that know nothing of
// our client: the simulator in process with a clock that waiting moves, and the library's vcsim.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "tests/contract/spawned_vcsim.h"
#include "tests/simulator/control/server.h"
#include "tests/simulator/model/build.h"
#include "vsphere-client/clones.h"
#include "vsphere-client/curl_transport.h"
#include "vsphere-client/look.h"
#include "vsphere-client/snapshots.h"
#include "vsphere-client/storage_info.h"
#include "vsphere-client/task_history.h"
#include "vsphere-client/tasks.h"

namespace {

using namespace std::chrono_literals;
using vsphere::MoRef;
using vsphere::Session;
using vsphere::TaskInfo;
using vsphere::TaskState;
using vsphere::TaskUpdate;
using vsphere::VirtualMachine;

/// A session, and a stream that follows what it starts.
class Client {
 public:
  Client(const std::string& url, const std::string& user, const std::string& password)
      : transport_({.base_url = url, .allow_http = true}, {}), session(transport_, [=] {
          return vsphere::Credentials{user, password};
        }) {
    session.open();
    stream_.emplace(session);
  }

  /// Waits for the task's end by the stream alone; all that it told of the task on the way.
  std::vector<TaskInfo> follow(const MoRef& task) {
    std::vector<TaskInfo> told;
    constexpr int kWaits = 200;
    for (int wait = 0; wait < kWaits && (told.empty() || !told.back().over()); ++wait) {
      stream_->next(10s, [&](const TaskUpdate& update) {
        if (update.info.ref == task && update.kind != vsphere::UpdateKind::Leave) {
          told.push_back(update.info);
        }
      });
    }
    return told;
  }
  TaskInfo end_of(const MoRef& task) {
    const std::vector<TaskInfo> told = follow(task);
    if (told.empty()) throw std::runtime_error("the stream never told of " + task.value);
    return told.back();
  }
  VirtualMachine read(const MoRef& vm) { return vsphere::look(session, {vm, {}, {}}).vm.value(); }
  void wait(std::chrono::seconds time) {
    stream_->next(time, [](const TaskUpdate&) {});
  }

 private:
  vsphere::CurlTransport transport_;

 public:
  Session session;

 private:
  std::optional<vsphere::TaskStream> stream_;
};

sim::WorldOptions stepping() {
  sim::WorldOptions options;
  options.start = sim::Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));
  options.speed = 0;
  options.wait_steps = true;
  options.instance_uuid = "5eed0000-0000-4000-8000-000000000001";
  return options;
}

class OnOurSimulator : public testing::Test {
 protected:
  OnOurSimulator() {
    sim::BuildOptions shop;
    shop.vms = 1;
    shop.snapshots_to = 0;
    shop.disks_to = 1;
    shop.datastores = {"vmfs6"};
    shop.templates = shop.physical_rdm = shop.virtual_rdm = shop.independent = shop.linked_clones =
        shop.powered_off = shop.disabled = 0;
    sim::build(world_, shop);
    sim::ServerOptions options;
    options.listen.tls = false;
    options.sessions.username = "svc";
    options.sessions.password = "swordfish";
    server_.emplace(world_, options);
    client_.emplace("http://127.0.0.1:" + std::to_string(server_->port()), "svc", "swordfish");
    const sim::Vm& vm = world_.vms.begin()->second;
    vm_ = {"VirtualMachine", vm.ref.value};
    folder_ = {"Folder", vm.folder.value};
  }
  Session& session() { return client_->session; }
  MoRef create(const std::string& name) {
    return client_->end_of(vsphere::create_snapshot(session(), vm_, {name, "", false, {}}))
        .result.value();
  }

  sim::World world_{stepping()};
  std::optional<sim::Server> server_;
  std::optional<Client> client_;
  MoRef vm_, folder_;
};

TEST_F(OnOurSimulator, ACreateIsFollowedFromItsStartToItsSnapshot) {
  const MoRef task = vsphere::create_snapshot(
      session(), vm_, {"nightly", "kept", true, vsphere::QuiesceSpec{true, 10}});
  const std::vector<TaskInfo> told = client_->follow(task);
  ASSERT_GE(told.size(), 2u);
  EXPECT_NE(told.front().state, TaskState::Success);
  EXPECT_EQ(told.front().entity, vm_);
  EXPECT_EQ(told.front().user, session().user());
  EXPECT_EQ(told.back().state, TaskState::Success);
  EXPECT_EQ(told.back().description_id, "VirtualMachine.createSnapshotEx");
  const VirtualMachine vm = client_->read(vm_);
  ASSERT_EQ(vm.snapshots.size(), 1u);
  EXPECT_EQ(vm.snapshots[0].snapshot, told.back().result);
  EXPECT_EQ(vm.snapshots[0].description, "kept");
  EXPECT_EQ(vm.snapshots[0].state, "poweredOn");  // with memory
}

TEST_F(OnOurSimulator, RenameRevertRemoveAndConsolidateDoWhatTheySay) {
  const MoRef first = create("first");
  create("second");
  vsphere::rename_snapshot(session(), first, "renamed", {});
  EXPECT_EQ(client_->read(vm_).snapshots.at(0).name, "renamed");
  EXPECT_EQ(client_->end_of(vsphere::revert_to(session(), first, true)).state, TaskState::Success);
  EXPECT_EQ(client_->read(vm_).current_snapshot, first);
  EXPECT_EQ(client_->read(vm_).power_state, "poweredOff");
  const TaskInfo removed = client_->end_of(vsphere::remove_snapshot(session(), first));
  EXPECT_EQ(removed.state, TaskState::Success);
  const VirtualMachine vm = client_->read(vm_);
  ASSERT_EQ(vm.snapshots.size(), 1u);  // the child stays
  EXPECT_EQ(vm.snapshots[0].name, "second");
  EXPECT_FALSE(vm.consolidation_needed);
  EXPECT_EQ(client_->end_of(vsphere::consolidate(session(), vm_)).state, TaskState::Success);
}

TEST_F(OnOurSimulator, ALongMergeShowsItsProgressAndASecondChangeIsRefused) {
  const MoRef snapshot = create("old");
  client_->wait(0s);
  {
    const std::lock_guard guard(world_.mutex);
    world_.step(std::chrono::hours(200));  // the guest writes
  }
  const MoRef task = vsphere::remove_snapshot(session(), snapshot);
  try {
    vsphere::create_snapshot(session(), vm_, {"too early", "", false, {}});
    ADD_FAILURE() << "was not refused";
  } catch (const vsphere::Error& error) {
    EXPECT_EQ(error.fault().value().type, "TaskInProgress");
    EXPECT_EQ(error.fault()->object, task);
    EXPECT_EQ(error.outcome(), vsphere::Outcome::NotExecuted);
  }
  bool halfway = false;
  for (const TaskInfo& info : client_->follow(task)) {
    halfway |= info.state == TaskState::Running && info.progress.value_or(0) > 0;
  }
  EXPECT_TRUE(halfway);
}

TEST_F(OnOurSimulator, ClonesAreWholeOrLinkedUnpluggedAndDeletedAgain) {
  const MoRef snapshot = create("base");
  const auto source = vsphere::fetch_clone_source(session(), vm_).value();
  ASSERT_EQ(source.network_cards.size(), 1u);
  EXPECT_TRUE(source.network_cards[0].start_connected);
  EXPECT_FALSE(source.encrypted || source.has_vtpm);
  vsphere::CloneSpec spec;
  spec.name = "copy";
  spec.folder = folder_;
  spec.annotation = "by us";
  spec.extra_config = {{"deltakeep.op", "01A"}};
  spec.disconnect = source.network_cards;
  const MoRef whole = client_->end_of(vsphere::clone_vm(session(), vm_, spec)).result.value();
  const auto identity = vsphere::fetch_vm_identity(session(), whole, {"deltakeep.op"}).value();
  EXPECT_EQ(identity.name, "copy");
  EXPECT_EQ(identity.parent, folder_);
  EXPECT_EQ(identity.annotation, "by us");
  EXPECT_EQ(identity.extra_config.at("deltakeep.op"), "01A");
  EXPECT_EQ(identity.power_state, "poweredOff");
  EXPECT_EQ(identity.boot_time, std::nullopt);
  EXPECT_NE(identity.instance_uuid, source.instance_uuid);
  const auto copied = vsphere::fetch_clone_source(session(), whole).value();
  EXPECT_FALSE(copied.network_cards.at(0).start_connected);
  EXPECT_EQ(copied.disks.at(0).backings.size(), 1u);
  spec.name = "linked";
  spec.linked = true;
  spec.snapshot = snapshot;
  const MoRef linked = client_->end_of(vsphere::clone_vm(session(), vm_, spec)).result.value();
  EXPECT_EQ(client_->read(linked).disks.value().at(0).backings.size(), 2u);
  EXPECT_EQ(client_->end_of(vsphere::destroy_vm(session(), whole)).state, TaskState::Success);
  EXPECT_EQ(vsphere::fetch_vm_identity(session(), whole, {}), std::nullopt);
}

TEST_F(OnOurSimulator, ATaskThatDroppedOutIsInTheHistoryAlone) {
  const MoRef task = vsphere::create_snapshot(session(), vm_, {"s", "", false, {}});
  const TaskInfo end = client_->end_of(task);
  EXPECT_EQ(vsphere::fetch_task(session(), task).value().state, TaskState::Success);
  for (int minutes = 0; minutes < 15; ++minutes) client_->wait(60s);
  EXPECT_EQ(vsphere::fetch_task(session(), task), std::nullopt);
  const auto history =
      vsphere::fetch_task_history(session(), {vm_, session().user(), end.queue_time, {}}).value();
  ASSERT_EQ(history.tasks.size(), 1u);
  EXPECT_EQ(history.tasks[0].ref, task);
  EXPECT_EQ(history.tasks[0].result, end.result);
}

TEST_F(OnOurSimulator, AnEstimateNamesADatastoreAndALookSeesAllOfIt) {
  create("s");
  const TaskInfo estimate = client_->end_of(vsphere::estimate_consolidation(session(), vm_));
  EXPECT_EQ(estimate.state, TaskState::Success);
  vsphere::refresh_storage_info(session(), vm_);
  const VirtualMachine vm = client_->read(vm_);
  vsphere::refresh_datastore(session(), vm.datastores.at(0));
  const vsphere::Look seen = vsphere::look(session(), {vm_, vm.datastores, vm.host});
  EXPECT_EQ(seen.datastores.size(), vm.datastores.size());
  EXPECT_GT(seen.datastores.at(0).free_space, 0u);
  EXPECT_EQ(seen.host.value().connection_state, "connected");
  EXPECT_FALSE(seen.recent_tasks.empty());
}

// The library (0.24) lacks CreateSnapshotEx (the older call is sent then), RenameSnapshot,
// ConsolidateVMDisks_Task, EstimateStorageForConsolidateSnapshots_Task and task history; its tasks
// end at once.
class OnTheLibrary : public testing::Test {
 protected:
  void SetUp() override {
    if (std::string(DELTAKEEP_VCSIM).empty()) {
      GTEST_SKIP()
          << "vcsim is not built: golang-go or golang-github-vmware-govmomi-dev is missing";
    }
    server_.emplace(DELTAKEEP_VCSIM, std::vector<std::string>{"--vms", "2", "--snapshots", "2-2"});
    client_.emplace(server_->base_url, server_->username, server_->password);
    vsphere::retrieve_all(
        client_->session, client_->session.content().root_folder,
        {{"VirtualMachine", vsphere::virtual_machine_paths()}},
        [this](const vsphere::ObjectView& view) { vm_ = vsphere::decode_virtual_machine(view); });
  }
  std::optional<SpawnedVcsim> server_;
  std::optional<Client> client_;
  VirtualMachine vm_;
};

TEST_F(OnTheLibrary, SnapshotsAreRevertedToAndRemovedOneByOne) {
  Session& session = client_->session;
  ASSERT_EQ(vm_.snapshots.size(), 2u);
  const TaskInfo made = client_->end_of(vsphere::create_snapshot(
      session, vm_.ref, {.name = "made", .description = "d", .memory = false, .quiesce = {}}));
  ASSERT_EQ(made.state, TaskState::Success);
  EXPECT_EQ(client_->read(vm_.ref).current_snapshot, made.result);
  EXPECT_EQ(client_->end_of(vsphere::remove_snapshot(session, made.result.value())).state,
            TaskState::Success);
  const MoRef root = vm_.snapshots[0].snapshot;
  EXPECT_EQ(client_->end_of(vsphere::revert_to(session, root, true)).state, TaskState::Success);
  EXPECT_EQ(client_->read(vm_.ref).current_snapshot, root);
  // A current one without a parent is more than the library can remove.
  EXPECT_EQ(client_->end_of(vsphere::remove_snapshot(session, vm_.snapshots[1].snapshot)).state,
            TaskState::Success);
  const VirtualMachine after = client_->read(vm_.ref);
  ASSERT_EQ(after.snapshots.size(), 1u);
  EXPECT_EQ(after.snapshots[0].snapshot, root);
}

TEST_F(OnTheLibrary, AWholeCloneIsMadeAndWhatIsLackingWasNotExecuted) {
  Session& session = client_->session;
  vsphere::CloneSpec spec;
  spec.name = "copy";
  spec.folder = vm_.parent;
  spec.disconnect = vsphere::fetch_clone_source(session, vm_.ref).value().network_cards;
  EXPECT_FALSE(spec.disconnect.empty());
  const TaskInfo end = client_->end_of(vsphere::clone_vm(session, vm_.ref, spec));
  ASSERT_EQ(end.state, TaskState::Success);
  EXPECT_EQ(client_->read(end.result.value()).name, "copy");
  try {
    vsphere::consolidate(session, vm_.ref);
    ADD_FAILURE() << "the library has it now: test it";
  } catch (const vsphere::Error& error) {
    EXPECT_EQ(error.fault().value().type, "MethodNotFound");
    EXPECT_EQ(error.outcome(), vsphere::Outcome::NotExecuted);
  }
}

}  // namespace
