#include <algorithm>
#include <istream>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "agent/codec/inventory_json.h"
#include "agent/codec/inventory_tree.h"
#include "agent/codec/json_place.h"
#include "policy/chain.h"
#include "policy/names.h"

namespace agent {
namespace {

using nlohmann::json;

void take(const JsonPlace& from, std::string_view name, std::string& to) {
  if (const auto place = from.find(name)) to = place->text();
}
void take(const JsonPlace& from, std::string_view name, bool& to) {
  if (const auto place = from.find(name)) to = place->flag();
}
void take(const JsonPlace& from, std::string_view name, std::uint64_t& to) {
  if (const auto place = from.find(name)) to = place->bytes();
}
void take(const JsonPlace& from, std::string_view name, double& to) {
  if (const auto place = from.find(name)) to = place->number();
}
void take(const JsonPlace& from, std::string_view name, std::optional<std::string>& to) {
  if (const auto place = from.find(name)) to = place->text();
}
void take(const JsonPlace& from, std::string_view name, std::optional<bool>& to) {
  if (const auto place = from.find(name)) to = place->flag();
}
void take(const JsonPlace& from, std::string_view name, std::vector<std::string>& to) {
  const auto place = from.find(name);
  if (!place) return;
  const std::size_t count = place->items();
  for (std::size_t i = 0; i < count; ++i) to.push_back(place->item(i).text());
}

/// One of a closed set of names; a name that is none is an error, never a default.
template <class Enum>
void take_name(const JsonPlace& from, std::string_view name, Enum& to,
               std::optional<Enum> (*of)(std::string_view)) {
  const auto place = from.find(name);
  if (!place) return;
  const auto value = of(place->text());
  if (!value) place->fail("this is none of the known names");
  to = *value;
}

template <class Item>
void take_items(const JsonPlace& from, std::string_view name, std::vector<Item>& to,
                Item (*read)(const JsonPlace&)) {
  const auto place = from.find(name);
  if (!place) return;
  const std::size_t count = place->items();
  to.reserve(count);
  for (std::size_t i = 0; i < count; ++i) to.push_back(read(place->item(i)));
}

policy::Snapshot snapshot_at(const JsonPlace& place) {
  policy::Snapshot snapshot;
  snapshot.moid = place.at("moid").text();
  if (const auto id = place.find("id")) snapshot.id = id->integer();
  snapshot.created = place.at("created").time();
  take(place, "name", snapshot.name);
  snapshot.raw_name = snapshot.name;
  take(place, "raw_name", snapshot.raw_name);
  take(place, "description", snapshot.description);
  take(place, "parent", snapshot.parent);
  take(place, "current", snapshot.current);
  take(place, "on_current_path", snapshot.on_current_path);
  take_name(place, "owner", snapshot.owner, policy::owner_of);
  take_name(place, "state", snapshot.state, policy::snapshot_state_of);
  take(place, "pinned", snapshot.pinned);
  take(place, "memory", snapshot.memory);
  take(place, "quiesced", snapshot.quiesced);
  take(place, "helper", snapshot.helper);
  take(place, "bytes", snapshot.bytes);
  take(place, "memory_bytes", snapshot.memory_bytes);
  take(place, "policy", snapshot.policy);
  take(place, "in_use", snapshot.in_use);
  take(place, "leftover", snapshot.leftover);
  return snapshot;
}

policy::Layer layer_at(const JsonPlace& place) {
  policy::Layer layer;
  layer.file = place.at("file").text();
  take(place, "bytes", layer.bytes);
  take(place, "snapshot", layer.snapshot);
  take(place, "inherited", layer.inherited);
  take(place, "orphan", layer.orphan);
  return layer;
}

/// The contract has no marks on layers: they follow from the counts and the owners.
void mark_layers(const JsonPlace& place, policy::Disk& disk) {
  const std::size_t inherited = static_cast<std::size_t>(disk.inherited);
  const std::size_t count = disk.layers.size();
  for (std::size_t i = 0; i < count; ++i) {
    policy::Layer& layer = disk.layers[i];
    const JsonPlace layers = place.at("layers");
    const JsonPlace at = layers.item(i);
    const bool below = i + inherited >= count;
    const bool base = i + inherited + 1 == count;
    if (!at.find("inherited")) layer.inherited = below;
    if (!at.find("orphan")) layer.orphan = !below && !base && !layer.snapshot;
  }
}

/// Each one is a file that an estimate goes through, so a number that no chain has is refused.
int inherited_at(const JsonPlace& place, const policy::Disk& disk) {
  constexpr std::size_t kMost = 255;  // of a disk without layers; vSphere opens 32 files
  const std::size_t most = disk.layers.empty() ? kMost : disk.layers.size() - 1;
  const int inherited = place.count();
  if (static_cast<std::size_t>(inherited) <= most) return inherited;
  place.fail("expected at most " + std::to_string(most) + " layers below the VM's own");
}

policy::Disk disk_at(const JsonPlace& place) {
  policy::Disk disk;
  disk.key = place.at("key").integer();
  take(place, "label", disk.label);
  take(place, "capacity_bytes", disk.capacity_bytes);
  take_name(place, "kind", disk.kind, policy::delta_kind_of);
  take(place, "mode", disk.mode);
  take(place, "uuid", disk.uuid);
  take(place, "datastore", disk.datastore);
  take_items(place, "layers", disk.layers, layer_at);
  if (const auto inherited = place.find("inherited"))
    disk.inherited = inherited_at(*inherited, disk);
  if (!disk.layers.empty()) mark_layers(place, disk);
  disk.depth = std::max(0, static_cast<int>(disk.layers.size()) - 1 - disk.inherited);
  if (const auto depth = place.find("depth")) disk.depth = depth->count();
  disk.orphans = static_cast<int>(std::count_if(disk.layers.begin(), disk.layers.end(),
                                                [](const auto& layer) { return layer.orphan; }));
  if (const auto orphans = place.find("orphans")) disk.orphans = orphans->count();

  disk.probes = policy::disk_probes(disk);
  take(place, "probes", disk.probes.best);
  take(place, "probes_low", disk.probes.low);
  take(place, "probes_high", disk.probes.high);
  take(place, "probes_worst", disk.probes.worst);
  take(place, "base_share", disk.probes.base_share);
  take(place, "split_64k", disk.probes.split_64k);
  take(place, "map_bytes", disk.probes.map_bytes);
  return disk;
}

policy::VmFlag flag_at(const JsonPlace& place) {
  const auto flag = policy::flag_of(place.text());
  if (!flag) place.fail("this is none of the known flags");
  return *flag;
}

void take_place(const JsonPlace& from, policy::VmPlace& place) {
  take(from, "path", place.path);
  take(from, "cluster", place.cluster);
  take(from, "host", place.host);
  take(from, "datastores", place.datastores);
  take(from, "tags", place.tags);
  if (const auto attributes = from.find("attributes")) {
    attributes->expect_object();
    for (const auto& [name, value] : attributes->json().items()) {
      place.attributes.emplace(name, attributes->at(name).text());
    }
  }
}

void take_state(const JsonPlace& from, policy::VmState& state) {
  take_name(from, "connection", state.connection, policy::connection_of);
  take_name(from, "power", state.power, policy::power_of);
  take(from, "template", state.is_template);
  take(from, "fault_tolerant", state.fault_tolerant);
  take(from, "consolidation_needed", state.consolidation_needed);
  take(from, "managed_by", state.managed_by);
  take(from, "question", state.question);
  take(from, "disabled_methods", state.disabled_methods);
  take(from, "unreadable", state.unreadable);
}

policy::Vm vm_at(const JsonPlace& place) {
  policy::Vm vm;
  vm.identity.moid = place.at("moid").text();
  vm.identity.name = place.at("name").text();
  vm.identity.raw_name = vm.identity.name;
  take(place, "raw_name", vm.identity.raw_name);
  take(place, "endpoint", vm.identity.endpoint);
  take(place, "instance_uuid", vm.identity.instance_uuid);
  take(place, "bios_uuid", vm.identity.bios_uuid);
  take_place(place, vm.place);
  take_state(place, vm.state);
  take(place, "policies", vm.policies);
  take(place, "stale", vm.stale);
  if (const auto time = place.find("layout_time")) vm.layout_time = time->time();
  take_items(place, "flags", vm.flags, flag_at);
  take_items(place, "snapshots", vm.snapshots, snapshot_at);
  take_items(place, "disks", vm.disks, disk_at);

  settle_tree(place, vm);
  for (const policy::Disk& disk : vm.disks) {
    vm.depth = std::max(vm.depth, disk.depth);
    vm.probes = std::max(vm.probes, disk.probes.best);
  }
  if (const auto depth = place.find("depth")) vm.depth = depth->count();
  if (const auto depth = place.find("tree_depth")) vm.tree_depth = depth->count();
  take(place, "probes", vm.probes);
  return vm;
}

policy::Datastore datastore_at(const JsonPlace& place) {
  policy::Datastore datastore;
  datastore.moid = place.at("moid").text();
  take(place, "endpoint", datastore.endpoint);
  take(place, "name", datastore.name);
  take(place, "type", datastore.type);
  take(place, "capacity_bytes", datastore.capacity_bytes);
  take(place, "free_bytes", datastore.free_bytes);
  take(place, "accessible", datastore.accessible);
  take(place, "native_snapshots", datastore.native_snapshots);
  take(place, "se_sparse", datastore.se_sparse);
  take(place, "vmfs_sparse", datastore.vmfs_sparse);
  take(place, "vsan_sparse", datastore.vsan_sparse);
  return datastore;
}

policy::Endpoint endpoint_at(const JsonPlace& place) {
  policy::Endpoint endpoint;
  endpoint.name = place.at("name").text();
  take(place, "uuid", endpoint.uuid);
  take(place, "api", endpoint.api);
  take(place, "product", endpoint.product);
  take(place, "is_host", endpoint.is_host);
  return endpoint;
}

/// A moid names one VM of an endpoint: steps of a plan would be those of either.
void refuse_doubles(const std::vector<policy::Vm>& vms) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (std::size_t i = 0; i < vms.size(); ++i) {
    if (seen.emplace(vms[i].identity.endpoint, vms[i].identity.moid).second) continue;
    throw malformed("/vms/" + std::to_string(i) + "/moid",
                    "another VM of the endpoint has this moid");
  }
}

/// Turns each VM into its value as soon as its text is complete and drops the JSON of it: of the
/// document only the small rest is ever held.
class VmTaker {
 public:
  VmTaker(std::vector<policy::Vm>& vms, std::vector<UnattributedSnapshot>* unattributed)
      : vms_(vms), unattributed_(unattributed) {}

  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (depth == 1 && event == json::parse_event_t::key) in_vms_ = parsed == "vms";
    const bool complete = event == json::parse_event_t::object_end ||
                          event == json::parse_event_t::array_end ||
                          event == json::parse_event_t::value;
    if (depth != 2 || !in_vms_ || !complete) return true;
    vms_.push_back(vm_at(JsonPlace(parsed, "/vms/" + std::to_string(vms_.size()))));
    if (unattributed_ != nullptr) note_unattributed(parsed);
    return false;
  }

 private:
  void note_unattributed(const json& vm) {
    const std::vector<policy::Snapshot>& snapshots = vms_.back().snapshots;
    if (snapshots.empty()) return;
    std::set<std::string_view> silent;
    for (const json& one : vm.at("snapshots")) {
      const auto policy = one.find("policy");
      if (policy == one.end() || policy->is_null())
        silent.insert(one.at("moid").get_ref<const std::string&>());
    }
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
      const bool ours = snapshots[i].owner == policy::Owner::Ours;
      if (ours && silent.contains(snapshots[i].moid))
        unattributed_->push_back({vms_.size() - 1, i});
    }
  }

  std::vector<policy::Vm>& vms_;
  std::vector<UnattributedSnapshot>* unattributed_;
  bool in_vms_ = false;
};

}  // namespace

policy::Inventory read_inventory(std::istream& in,
                                 std::vector<UnattributedSnapshot>* unattributed) {
  policy::Inventory inventory;
  json rest;
  try {
    VmTaker taker(inventory.vms, unattributed);
    rest = json::parse(in, [&](int depth, json::parse_event_t event, const json& parsed) {
      return taker(depth, event, parsed);
    });
  } catch (const json::parse_error& error) {
    throw malformed("", "not valid JSON at byte " + std::to_string(error.byte));
  } catch (const json::out_of_range&) {
    throw malformed("", "it has a number that no computer number holds");
  }
  const JsonPlace top(rest, "");
  const JsonPlace format = top.at("format");
  if (format.integer() != 1) format.fail("only format 1 is known; a newer deltakeep wrote this");
  inventory.taken = top.at("taken").time();
  inventory.complete = top.at("complete").flag();
  top.at("vms").items();
  refuse_doubles(inventory.vms);
  take_items(top, "endpoints", inventory.endpoints, endpoint_at);
  take_items(top, "datastores", inventory.datastores, datastore_at);
  return inventory;
}

}  // namespace agent
