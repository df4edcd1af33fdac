#include "agent/codec/inventory_json.h"

#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string>

#include "policy/names.h"

namespace agent {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::optional<std::string>& text) {
  return text ? ordered_json(*text) : ordered_json(nullptr);
}

void write(std::ostream& out, const ordered_json& json) {
  out << json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json snapshot_json(const policy::Snapshot& snapshot) {
  ordered_json json;
  json["moid"] = snapshot.moid;
  json["id"] = snapshot.id;
  json["name"] = snapshot.name;
  json["raw_name"] = snapshot.raw_name;
  json["created"] = policy::format_utc(snapshot.created);
  json["parent"] = text_or_null(snapshot.parent);
  json["current"] = snapshot.current;
  json["owner"] = policy::owner_name(snapshot.owner);
  json["pinned"] = snapshot.pinned;
  json["state"] = policy::snapshot_state_name(snapshot.state);
  json["memory"] = snapshot.memory;
  json["quiesced"] = snapshot.quiesced;
  json["bytes"] = snapshot.bytes;
  json["memory_bytes"] = snapshot.memory_bytes;
  json["description"] = snapshot.description;
  json["on_current_path"] = snapshot.on_current_path;
  json["helper"] = snapshot.helper;
  // Of ours an empty one tells, too: no policy made it. Inventories that say nothing are old.
  const bool ours = snapshot.owner == policy::Owner::Ours;
  if (ours || !snapshot.policy.empty()) json["policy"] = snapshot.policy;
  if (snapshot.in_use) json["in_use"] = true;
  if (snapshot.leftover) json["leftover"] = true;
  return json;
}

ordered_json layer_json(const policy::Layer& layer) {
  ordered_json json;
  json["file"] = layer.file;
  json["bytes"] = layer.bytes;
  json["snapshot"] = text_or_null(layer.snapshot);
  json["inherited"] = layer.inherited;
  json["orphan"] = layer.orphan;
  return json;
}

ordered_json disk_json(const policy::Disk& disk) {
  ordered_json json;
  json["key"] = disk.key;
  json["label"] = disk.label;
  json["capacity_bytes"] = disk.capacity_bytes;
  json["kind"] = policy::delta_kind_name(disk.kind);
  json["depth"] = disk.depth;
  json["inherited"] = disk.inherited;
  json["orphans"] = disk.orphans;
  json["probes"] = disk.probes.best;
  json["probes_low"] = disk.probes.low;
  json["probes_high"] = disk.probes.high;
  json["probes_worst"] = static_cast<std::uint64_t>(disk.probes.worst);
  json["base_share"] = disk.probes.base_share;
  json["split_64k"] = disk.probes.split_64k;
  json["map_bytes"] = disk.probes.map_bytes;
  json["mode"] = disk.mode;
  json["uuid"] = disk.uuid;
  json["datastore"] = disk.datastore;
  json["layers"] = ordered_json::array();
  for (const policy::Layer& layer : disk.layers) json["layers"].push_back(layer_json(layer));
  return json;
}

void put_identity(ordered_json& json, const policy::Vm& vm) {
  json["endpoint"] = vm.identity.endpoint;
  json["moid"] = vm.identity.moid;
  json["name"] = vm.identity.name;
  json["raw_name"] = vm.identity.raw_name;
  json["instance_uuid"] = vm.identity.instance_uuid;
  json["bios_uuid"] = vm.identity.bios_uuid;
  json["path"] = vm.place.path;
  json["cluster"] = vm.place.cluster;
  json["host"] = vm.place.host;
  json["datastores"] = vm.place.datastores;
}

void put_state(ordered_json& json, const policy::Vm& vm) {
  json["connection"] = policy::connection_name(vm.state.connection);
  json["power"] = policy::power_name(vm.state.power);
  json["template"] = vm.state.is_template;
  json["fault_tolerant"] = vm.state.fault_tolerant;
  json["managed_by"] = vm.state.managed_by;
  json["tags"] = vm.place.tags;
  json["attributes"] = ordered_json::object();
  for (const auto& [name, value] : vm.place.attributes) json["attributes"][name] = value;
  json["policies"] = vm.policies;
  json["question"] = text_or_null(vm.state.question);
  json["disabled_methods"] = vm.state.disabled_methods;
  json["unreadable"] = vm.state.unreadable;
  json["stale"] = vm.stale;
  json["layout_time"] =
      vm.layout_time ? ordered_json(policy::format_utc(*vm.layout_time)) : ordered_json(nullptr);
}

}  // namespace

ordered_json vm_json(const policy::Vm& vm) {
  ordered_json json;
  put_identity(json, vm);
  put_state(json, vm);
  json["depth"] = vm.depth;
  json["tree_depth"] = vm.tree_depth;
  json["probes"] = vm.probes;
  json["consolidation_needed"] = vm.state.consolidation_needed;
  json["flags"] = ordered_json::array();
  for (const policy::VmFlag flag : vm.flags) json["flags"].push_back(policy::flag_name(flag));
  json["snapshots"] = ordered_json::array();
  for (const auto& snapshot : vm.snapshots) json["snapshots"].push_back(snapshot_json(snapshot));
  json["disks"] = ordered_json::array();
  for (const policy::Disk& disk : vm.disks) json["disks"].push_back(disk_json(disk));
  return json;
}

ordered_json datastore_json(const policy::Datastore& datastore) {
  const auto or_null = [](const std::optional<bool>& told) {
    return told ? ordered_json(*told) : ordered_json(nullptr);
  };
  ordered_json json;
  json["endpoint"] = datastore.endpoint;
  json["moid"] = datastore.moid;
  json["name"] = datastore.name;
  json["type"] = datastore.type;
  json["capacity_bytes"] = datastore.capacity_bytes;
  json["free_bytes"] = datastore.free_bytes;
  json["accessible"] = datastore.accessible;
  json["native_snapshots"] = or_null(datastore.native_snapshots);
  json["se_sparse"] = or_null(datastore.se_sparse);
  json["vmfs_sparse"] = or_null(datastore.vmfs_sparse);
  json["vsan_sparse"] = or_null(datastore.vsan_sparse);
  return json;
}

ordered_json endpoint_json(const policy::Endpoint& endpoint) {
  ordered_json json;
  json["name"] = endpoint.name;
  json["uuid"] = endpoint.uuid;
  json["api"] = endpoint.api;
  json["product"] = endpoint.product;
  json["is_host"] = endpoint.is_host;
  return json;
}

void write_vm(std::ostream& out, const policy::Vm& vm) { write(out, vm_json(vm)); }

InventoryWriter::InventoryWriter(std::ostream& out, policy::Time taken) : out_(out) {
  out_ << R"({"format":1,"taken":")" << policy::format_utc(taken) << R"(","endpoints":[)";
}

void InventoryWriter::enter(Section section) {
  if (section < section_ || section_ == Section::Ended) {
    throw std::logic_error("InventoryWriter: endpoints, then VMs, then datastores, then the end");
  }
  while (section_ != section) {
    if (section_ == Section::Endpoints) {
      out_ << R"(],"vms":[)";
      section_ = Section::Vms;
    } else if (section_ == Section::Vms) {
      out_ << R"(],"datastores":[)";
      section_ = Section::Datastores;
    } else {
      out_ << "]";
      section_ = Section::Ended;
    }
    first_ = true;
  }
}

void InventoryWriter::separate() {
  out_ << (first_ ? "\n" : ",\n");
  first_ = false;
}

void InventoryWriter::endpoint(const policy::Endpoint& endpoint) {
  enter(Section::Endpoints);
  separate();
  write(out_, endpoint_json(endpoint));
}

void InventoryWriter::vm(const policy::Vm& vm) {
  enter(Section::Vms);
  separate();
  write_vm(out_, vm);
}

void InventoryWriter::datastore(const policy::Datastore& datastore) {
  enter(Section::Datastores);
  separate();
  write(out_, datastore_json(datastore));
}

void InventoryWriter::end(bool complete) {
  enter(Section::Ended);
  out_ << R"(,"complete":)" << (complete ? "true" : "false") << "}\n";
}

void write_inventory(std::ostream& out, const policy::Inventory& inventory) {
  InventoryWriter writer(out, inventory.taken);
  for (const policy::Endpoint& endpoint : inventory.endpoints) writer.endpoint(endpoint);
  for (const policy::Vm& vm : inventory.vms) writer.vm(vm);
  for (const policy::Datastore& datastore : inventory.datastores) writer.datastore(datastore);
  writer.end(inventory.complete);
}

}  // namespace agent
