#include "agent/act/execute/live_endpoint.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "agent/translate/host_seen.h"
#include "agent/translate/operation_calls.h"
#include "agent/translate/task_seen.h"
#include "agent/translate/vm_seen.h"
#include "policy/chain.h"
#include "vsphere-client/look.h"
#include "vsphere-client/properties.h"
#include "vsphere-client/storage_info.h"
#include "vsphere-client/task_history.h"

namespace agent {
namespace {

constexpr std::chrono::seconds kRefreshApart{30};
constexpr std::chrono::minutes kMeasureClock{1};

vsphere::MoRef vm_ref(const std::string& moid) { return {.type = "VirtualMachine", .value = moid}; }
vsphere::MoRef snapshot_ref(const std::string& moid) {
  return {.type = "VirtualMachineSnapshot", .value = moid};
}

}  // namespace

LiveEndpoint::LiveEndpoint(Connection& connection, const storage::Store& store, const Clock& clock)
    : connection_(connection), store_(store), clock_(clock) {}

void LiveEndpoint::measure_clock() {
  const policy::Time before = clock_.now();
  const bool fresh = measured_ && before >= *measured_ && before - *measured_ < kMeasureClock;
  if (clock_.is_the_servers() || fresh) return;
  const policy::Time server = connection_.session->fetch_current_time();
  const policy::Time after = clock_.now();
  offset_ = server - (before + (after - before) / 2);
  measured_ = before;
}

policy::Time LiveEndpoint::now() {
  if (!measured_) measure_clock();
  return clock_.now() + offset_;
}

const LiveEndpoint::Known& LiveEndpoint::known(const std::string& vm) {
  const auto [entry, is_new] = known_.try_emplace(vm);
  if (!is_new) return entry->second;
  for (policy::Vm& stored : store_.find_vms(vm)) {
    if (stored.identity.endpoint != endpoint().name || stored.identity.moid != vm) continue;
    entry->second = {.place = std::move(stored.place), .policies = std::move(stored.policies)};
  }
  return entry->second;
}

void LiveEndpoint::expect(const std::string& vm, const policy::VmPlace& place) {
  known_.try_emplace(vm, Known{.place = place, .policies = {}});
}

VmLook LiveEndpoint::look_at(const std::string& vm, const policy::VmPlace& place) {
  vsphere::LookAt at{.vm = vm_ref(vm), .datastores = {}, .host = {}};
  for (const std::string& datastore : place.datastores) {
    at.datastores.push_back({.type = "Datastore", .value = datastore});
  }
  if (!place.host.empty()) at.host = {.type = "HostSystem", .value = place.host};
  VmLook out;
  out.at = now();
  const vsphere::Look seen = vsphere::look(*connection_.session, at);
  out.gone = std::find(seen.gone.begin(), seen.gone.end(), at.vm) != seen.gone.end();
  for (const vsphere::Datastore& datastore : seen.datastores) {
    out.datastores.push_back(datastore_seen(datastore, endpoint().name));
  }
  std::vector<vsphere::MoRef> tasks = seen.recent_tasks;
  if (seen.host)
    tasks.insert(tasks.end(), seen.host->recent_tasks.begin(), seen.host->recent_tasks.end());
  read_missing(tasks);
  if (seen.host) {
    out.host = host_seen(*seen.host, board_.enters_maintenance(seen.host->ref.value));
  }
  if (!seen.vm) return out;
  out.change_version = seen.vm->change_version;
  out.folder = seen.vm->parent.value;
  out.windows = is_windows_guest(seen.guest_id);
  out.vm = policy::build_vm(vm_seen(*seen.vm, {.endpoint = endpoint().name}));
  return out;
}

VmLook LiveEndpoint::look(const std::string& vm) {
  measure_clock();
  Known place = known(vm);
  VmLook out = look_at(vm, place.place);
  if (out.vm && (out.vm->place.host != place.place.host ||
                 out.vm->place.datastores != place.place.datastores)) {
    // It moved, or the stored state has never seen it: its host and datastores are others.
    place.place.host = out.vm->place.host;
    place.place.datastores = out.vm->place.datastores;
    known_[vm] = place;
    out = look_at(vm, place.place);
  }
  if (!out.vm) return out;
  policy::VmPlace& shown = out.vm->place;
  shown.path = place.place.path;
  shown.cluster = place.place.cluster;
  shown.tags = place.place.tags;
  shown.attributes = place.place.attributes;
  out.vm->policies = place.policies;
  return out;
}

void LiveEndpoint::read_missing(const std::vector<vsphere::MoRef>& tasks) {
  const auto unknown = [&](const vsphere::MoRef& task) { return !board_.knows(task.value); };
  if (std::none_of(tasks.begin(), tasks.end(), unknown)) return;
  wait(std::chrono::seconds{0});
  for (const vsphere::MoRef& task : tasks) {
    if (!unknown(task)) continue;
    if (const auto info = vsphere::fetch_task(*connection_.session, task)) {
      board_.take({.kind = vsphere::UpdateKind::Enter, .info = *info, .missing = {}});
    }
  }
}

bool LiveEndpoint::refresh_storage(const std::string& vm) {
  const policy::Time at = now();
  const auto last = refreshed_.find(vm);
  if (last != refreshed_.end() && at - last->second < kRefreshApart) return false;
  refreshed_[vm] = at;
  vsphere::refresh_storage_info(*connection_.session, vm_ref(vm));
  return true;
}

std::string LiveEndpoint::send(const policy::Operation& operation, const CallChoice& choice) {
  vsphere::Session& session = *connection_.session;
  const vsphere::MoRef vm = vm_ref(operation.vm.moid);
  const vsphere::MoRef snapshot = snapshot_ref(operation.snapshot.moid);
  switch (operation.kind) {
    case policy::OpKind::Create:
      return vsphere::create_snapshot(session, vm, snapshot_spec(operation, choice.windows)).value;
    case policy::OpKind::Remove:
      return vsphere::remove_snapshot(session, snapshot).value;
    case policy::OpKind::Consolidate:
      return vsphere::consolidate(session, vm).value;
    case policy::OpKind::Revert:
      return vsphere::revert_to(session, snapshot, choice.suppress_power_on).value;
    case policy::OpKind::Clone:
      return vsphere::clone_vm(session, vm,
                               clone_spec(operation, choice.source.value(), choice.leave_out))
          .value;
    case policy::OpKind::Rename:
      vsphere::rename_snapshot(
          session, snapshot, choice.new_name ? std::optional(operation.name) : std::nullopt,
          choice.new_description ? std::optional(operation.description) : std::nullopt);
      return {};
    case policy::OpKind::Destroy:
      return vsphere::destroy_vm(session, vm).value;
  }
  throw std::logic_error("an operation of no kind");
}

std::string LiveEndpoint::consolidate(const std::string& vm) {
  return vsphere::consolidate(*connection_.session, vm_ref(vm)).value;
}

std::optional<vsphere::CloneSource> LiveEndpoint::clone_source(const std::string& vm) {
  return vsphere::fetch_clone_source(*connection_.session, vm_ref(vm));
}

std::optional<vsphere::VmIdentity> LiveEndpoint::identity(const std::string& vm) {
  return vsphere::fetch_vm_identity(*connection_.session, vm_ref(vm), {std::string(kCloneMark)});
}

std::vector<std::string> LiveEndpoint::named(const std::string& folder, const std::string& name) {
  std::vector<std::string> found;
  vsphere::retrieve_all(*connection_.session, {.type = "Folder", .value = folder},
                        {{.type = "VirtualMachine", .paths = {"name"}}},
                        [&](const vsphere::ObjectView& object) {
                          if (vsphere::unescape_name(object.find("name").text().get()) == name) {
                            found.push_back(object.object.value);
                          }
                        });
  return found;
}

void LiveEndpoint::wait(std::chrono::seconds longest) {
  if (!stream_) stream_ = std::make_unique<vsphere::TaskStream>(*connection_.session);
  stream_->next(
      longest, [&](const vsphere::TaskUpdate& update) { board_.take(update); },
      [&] { board_.clear(); });
  clock_.new_round();
}

std::optional<policy::TaskSeen> LiveEndpoint::task(const std::string& moid) {
  if (const policy::TaskSeen* shown = board_.find(moid)) return *shown;
  const auto info = vsphere::fetch_task(*connection_.session, {.type = "Task", .value = moid});
  if (!info) return std::nullopt;
  return task_seen(*info);
}

std::optional<std::vector<policy::TaskSeen>> LiveEndpoint::history(const std::string& vm,
                                                                   policy::Time since) {
  vsphere::TaskHistoryFilter filter;
  filter.entity = vm_ref(vm);
  filter.queued_since = since;
  const auto found = vsphere::fetch_task_history(*connection_.session, filter);
  if (!found || !found->complete) return std::nullopt;
  std::vector<policy::TaskSeen> tasks;
  for (const vsphere::TaskInfo& info : found->tasks) tasks.push_back(task_seen(info));
  return tasks;
}

}  // namespace agent
