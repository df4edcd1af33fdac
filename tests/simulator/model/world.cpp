#include "tests/simulator/model/world.h"

#include <algorithm>

#include "tests/simulator/model/operations.h"
#include "tests/simulator/model/timeline.h"

namespace sim {
namespace {

const char* prefix_of(const std::string& type) {
  static const std::map<std::string, const char*> kPrefixes = {
      {"VirtualMachine", "vm-"},
      {"VirtualMachineSnapshot", "snapshot-"},
      {"Task", "task-"},
      {"HostSystem", "host-"},
      {"ClusterComputeResource", "domain-c"},
      {"ComputeResource", "domain-s"},
      {"ResourcePool", "resgroup-"},
      {"Folder", "group-d"},
      {"Datacenter", "datacenter-"},
      {"Datastore", "datastore-"},
      {"Network", "network-"}};
  const auto found = kPrefixes.find(type);
  return found == kPrefixes.end() ? nullptr : found->second;
}

// vCenter numbers the inventory together, tasks and snapshots of their own.
std::string counter_of(const std::string& type) {
  return type == "Task" || !prefix_of(type) ? type : "inventory";
}

}  // namespace

Ref World::next_ref(const std::string& type) {
  Counter& counter = counters_[counter_of(type)];
  const Time time = timeline_->current;
  auto& past = counter.past;
  if (past.empty()) past.emplace_back(options_.start, counter.last);
  const char* prefix = prefix_of(type);
  const std::string stem = prefix ? std::string(prefix) : type + "-";
  std::string moid;
  do {
    moid = stem + std::to_string(++counter.last);
  } while (vms.contains(moid) ||
           folders.contains(moid));  // by hand, from a file, or since a rollback
  if (past.back().first == time)
    past.back().second = counter.last;
  else
    past.emplace_back(time, counter.last);
  return {type, moid};
}

void World::reserve(const Ref& ref) {
  const auto digits = ref.value.find_last_not_of("0123456789") + 1;
  // A longer number would leave no room above it.
  if (digits == ref.value.size() || ref.value.size() - digits > 15) return;
  Counter& counter = counters_[counter_of(ref.type)];
  counter.last = std::max<std::uint64_t>(counter.last, std::stoull(ref.value.substr(digits)));
  if (counter.past.empty()) counter.past.emplace_back(options_.start, 0);
  counter.past.back().second = std::max(counter.past.back().second, counter.last);
}

Vm* World::vm(const std::string& moid) {
  const Time time = now();
  const auto found = vms.find(moid);
  if (found == vms.end()) return nullptr;
  Operations(*this).play(found->second, time);
  return &found->second;
}

std::pair<Vm*, Snapshot*> World::snapshot(const std::string& moid) {
  const Time time = now();
  const Ref wanted{"VirtualMachineSnapshot", moid};
  for (const bool indexed_anew : {false, true}) {
    if (indexed_anew) {
      snapshot_vms_.clear();
      for (const auto& [name, machine] : vms) {
        for (const Snapshot& one : machine.snapshots) snapshot_vms_[one.ref.value] = name;
      }
    }
    const auto hint = snapshot_vms_.find(moid);
    const auto machine = hint == snapshot_vms_.end() ? vms.end() : vms.find(hint->second);
    if (machine == vms.end()) continue;
    if (Snapshot* found = Operations::find(machine->second, wanted)) {
      Operations(*this).play(machine->second, time);
      return {&machine->second, found};
    }
  }
  return {nullptr, nullptr};
}

void World::play_all() {
  const Time time = now();
  for (auto& [name, machine] : vms) Operations(*this).play(machine, time);
}

std::uint64_t World::free_bytes(const Datastore& datastore) {
  play_all();
  return Operations(*this).room_on(datastore.ref.value);
}

std::vector<const Layer*> World::chain(const LayerPtr& running) {
  std::vector<const Layer*> layers;
  for (const Layer* layer = running.get(); layer; layer = layer->parent.get())
    layers.push_back(layer);
  return layers;
}

BlockMap World::contents(const LayerPtr& layer) const {
  const auto layers = chain(layer);
  BlockMap all;
  for (auto one = layers.rbegin(); one != layers.rend(); ++one) all.overlay((*one)->blocks);
  return all;
}

void World::touch(const Ref& object, const std::string&) {
  touched_[object.value] = ++version;
  changed.notify_all();
}

std::uint64_t World::touched(const Ref& object) const {
  const auto found = touched_.find(object.value);
  return found == touched_.end() ? 0 : found->second;
}

void World::disconnect_host(const Ref& host, bool connected) {
  const auto found = hosts.find(host.value);
  if (found == hosts.end() || found->second.connected == connected) return;
  play_all();
  found->second.connected = connected;
  touch(host, "runtime.connectionState");
  for (auto& [moid, machine] : vms) {
    if (machine.host != host) continue;
    machine.connection = connected ? ConnectionState::Connected : ConnectionState::Disconnected;
    touch(machine.ref, "runtime.connectionState");
  }
}

void World::restart() {
  now();
  for (auto& [moid, task] : tasks) task_history.push_back(task);
  tasks.clear();
  recent_tasks.clear();
  for (auto& [moid, machine] : vms) machine.recent_tasks.clear();
  ++boots;
  ++version;
  changed.notify_all();
}

}  // namespace sim
