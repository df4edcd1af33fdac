#include "tests/simulator/control/state.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cstdio>

#include "tests/simulator/control/control.h"
#include "tests/simulator/model/words.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

using nlohmann::json;

std::string digest(const BlockMap& contents) {
  std::string text;
  for (const auto& run : contents.runs())
    text += std::to_string(run.start) + '+' + std::to_string(run.count) + ':' +
            std::to_string(run.stamp) + ';';
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash);
  std::string hex(16, '0');
  for (std::size_t i = 0; i < 8; ++i) std::snprintf(&hex[i * 2], 3, "%02x", hash[i]);
  return hex;
}

json optional_ref(const std::optional<Ref>& ref) { return ref ? json(ref->value) : json(); }
json optional_time(const std::optional<Time>& time) {
  return time ? json(time_text(*time)) : json();
}

const char* form_name(LayerForm form) {
  switch (form) {
    case LayerForm::Flat:
      return "flat";
    case LayerForm::VmfsSparse:
      return "vmfsSparse";
    case LayerForm::SeSparse:
      return "seSparse";
    case LayerForm::VsanSparse:
      return "vsanSparse";
    case LayerForm::Native:
      return "native";
  }
  return "";
}

json disk_json(const World& world, const Disk& disk) {
  json chain = json::array();
  for (const auto* layer : World::chain(disk.running))
    chain.push_back({{"id", layer->id},
                     {"file", layer->file},
                     {"form", form_name(layer->form)},
                     {"datastore", layer->datastore.value},
                     {"allocated_blocks", layer->blocks.allocated()},
                     {"stored_bytes", world.stored_bytes(*layer)}});
  return {{"key", disk.key},
          {"label", disk.label},
          {"kind", word(disk.kind)},
          {"capacity_bytes", disk.capacity_bytes},
          {"contents", digest(world.contents(disk.running))},
          {"chain", chain}};
}

json snapshot_json(const World& world, const Snapshot& snapshot) {
  json frozen = json::object(), contents = json::object();
  for (const auto& [key, layer] : snapshot.frozen) {
    frozen[std::to_string(key)] = layer->file;
    contents[std::to_string(key)] = digest(world.contents(layer));
  }
  json changes = json::object();
  for (const auto& [key, id] : snapshot.change_ids) changes[std::to_string(key)] = id;
  return {{"moid", snapshot.ref.value},
          {"id", snapshot.id},
          {"name", snapshot.name},
          {"description", snapshot.description},
          {"created", time_text(snapshot.created)},
          {"parent", optional_ref(snapshot.parent)},
          {"memory_bytes", snapshot.memory_bytes},
          {"quiesced", snapshot.quiesced},
          {"helper", snapshot.helper},
          {"frozen", frozen},
          {"contents", contents},
          {"change_ids", changes}};
}

json task_json(const Task& task) {
  json made = {{"moid", task.ref.value},
               {"name", task.name},
               {"entity", task.entity.value},
               {"user", task.user},
               {"state", views::state_word(task.state)},
               {"cancelable", task.cancelable},
               {"cancelled", task.cancelled},
               {"queued", time_text(task.queued)},
               {"started", optional_time(task.started)},
               {"completed", optional_time(task.completed)},
               {"result", optional_ref(task.result_ref)},
               {"chain_id", task.chain_id}};
  if (task.progress) made["progress"] = *task.progress;
  if (task.error) made["error"] = {{"type", task.error->type}, {"message", task.error->message}};
  return made;
}

}  // namespace

json vm_json(World& world, const Vm& vm) {
  json disks = json::array(), snapshots = json::array(), extra = json::object();
  for (const auto& disk : vm.disks) disks.push_back(disk_json(world, disk));
  for (const auto& snapshot : vm.snapshots) snapshots.push_back(snapshot_json(world, snapshot));
  for (const auto& [key, value] : vm.extra_config) extra[key] = value;
  return {{"moid", vm.ref.value},
          {"name", vm.name},
          {"instance_uuid", vm.instance_uuid},
          {"host", vm.host.value},
          {"power", word(vm.power)},
          {"connected", vm.connection == ConnectionState::Connected},
          {"template", vm.is_template},
          {"change_tracking", vm.change_tracking},
          {"consolidation_needed", vm.consolidation_needed},
          {"annotation", vm.annotation},
          {"extra_config", extra},
          {"question", vm.question ? json(vm.question->text) : json()},
          {"current_snapshot", optional_ref(vm.current_snapshot)},
          {"last_snapshot_id", vm.last_snapshot_id},
          {"snapshots", snapshots},
          {"disks", disks}};
}

json state_json(World& world) {
  json vms = json::array(), tasks = json::array(), stores = json::array(), hosts = json::array();
  const Time now = world.now();
  std::vector<std::string> moids;
  for (const auto& [moid, vm] : world.vms) moids.push_back(moid);
  for (const auto& moid : moids)
    if (const Vm* vm = world.vm(moid)) vms.push_back(vm_json(world, *vm));
  for (const auto& [moid, task] : world.tasks) tasks.push_back(task_json(task));
  for (const auto& [moid, store] : world.datastores)
    stores.push_back({{"moid", moid},
                      {"name", store.name},
                      {"type", store.type},
                      {"capacity_bytes", store.capacity_bytes},
                      {"free_bytes", world.free_bytes(store)},
                      {"accessible", store.accessible}});
  for (const auto& [moid, host] : world.hosts)
    hosts.push_back({{"moid", moid}, {"name", host.name}, {"connected", host.connected}});
  return {{"time", time_text(now)},   {"boots", world.boots},
          {"version", world.version}, {"vms", vms},
          {"tasks", tasks},           {"datastores", stores},
          {"hosts", hosts},           {"locked_files", world.locked_files}};
}

json tasks_json(const World& world) {
  std::vector<const Task*> all;
  for (const Task& task : world.task_history) all.push_back(&task);
  for (const auto& [moid, task] : world.tasks) all.push_back(&task);
  std::stable_sort(all.begin(), all.end(),
                   [](const Task* a, const Task* b) { return a->queued < b->queued; });
  json tasks = json::array();
  for (const Task* task : all) tasks.push_back(task_json(*task));
  return {{"tasks", std::move(tasks)}};
}

}  // namespace sim
