#include "agent/translate/vm_seen.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace agent {
namespace {

policy::Connection connection(std::string_view word) {
  if (word == "connected") return policy::Connection::Connected;
  if (word == "disconnected") return policy::Connection::Disconnected;
  if (word == "orphaned") return policy::Connection::Orphaned;
  if (word == "inaccessible") return policy::Connection::Inaccessible;
  if (word == "invalid") return policy::Connection::Invalid;
  return policy::Connection::Unknown;
}

policy::Power power(std::string_view word) {
  if (word == "poweredOn") return policy::Power::On;
  if (word == "poweredOff") return policy::Power::Off;
  if (word == "suspended") return policy::Power::Suspended;
  return policy::Power::Unknown;
}

policy::BackingKind backing_kind(const vsphere::DiskBacking& backing) {
  const std::string_view name = backing.class_name;
  if (name.find("RawDiskMapping") != std::string_view::npos) {
    return backing.compatibility_mode == "physicalMode" ? policy::BackingKind::RdmPhysical
                                                        : policy::BackingKind::RdmVirtual;
  }
  if (name.find("PMem") != std::string_view::npos) return policy::BackingKind::PMem;
  if (name.find("SeSparse") != std::string_view::npos) return policy::BackingKind::SeSparse;
  if (name.find("SparseVer") != std::string_view::npos) return policy::BackingKind::Sparse;
  if (name.find("FlatVer") != std::string_view::npos) return policy::BackingKind::Flat;
  if (name.find("RawDisk") != std::string_view::npos) return policy::BackingKind::RawDisk;
  return policy::BackingKind::Unknown;
}

policy::DiskSeen disk_seen(const vsphere::VirtualDisk& disk) {
  policy::DiskSeen seen{.key = disk.key,
                        .label = disk.label,
                        .capacity_bytes = disk.capacity_bytes,
                        .backing = policy::BackingKind::Unknown,
                        .mode = {},
                        .multi_writer = false,
                        .datastore = {},
                        .uuid = {},
                        .backings = {}};
  if (disk.backings.empty()) return seen;
  const vsphere::DiskBacking& running = disk.backings.front();
  seen.backing = backing_kind(running);
  seen.mode = running.disk_mode;
  seen.multi_writer = running.sharing == "sharingMultiWriter";
  seen.datastore = running.datastore.value;
  seen.uuid = running.uuid;
  seen.backings.reserve(disk.backings.size());
  for (const vsphere::DiskBacking& backing : disk.backings) {
    policy::BackingSeen step{.file = backing.file_name,
                             .delta_format = backing.delta_disk_format,
                             .delta_variant = backing.delta_disk_format_variant,
                             .grain_bytes = std::nullopt};
    if (backing.delta_grain_kib) step.grain_bytes = *backing.delta_grain_kib * 1024;
    seen.backings.push_back(std::move(step));
  }
  return seen;
}

std::vector<policy::DiskLayoutSeen> layouts(const std::vector<vsphere::LayoutDisk>& disks) {
  std::vector<policy::DiskLayoutSeen> seen;
  seen.reserve(disks.size());
  for (const vsphere::LayoutDisk& disk : disks) {
    policy::DiskLayoutSeen layout{.disk_key = disk.key, .chain = {}};
    layout.chain.reserve(disk.chain.size());
    for (const std::vector<int>& unit : disk.chain) layout.chain.push_back({.file_keys = unit});
    seen.push_back(std::move(layout));
  }
  return seen;
}

void add_layout(const vsphere::LayoutEx& layout, policy::VmSeen& seen) {
  seen.layout_known = true;
  seen.layout_time = layout.timestamp;
  seen.files.reserve(layout.files.size());
  for (const vsphere::LayoutFile& file : layout.files) {
    seen.files.push_back({.key = file.key,
                          .name = file.name,
                          .type = file.type,
                          .bytes = file.size,
                          .accessible = file.accessible});
  }
  seen.layout = layouts(layout.disks);
  for (const vsphere::LayoutSnapshot& snapshot : layout.snapshots) {
    seen.snapshot_layouts.push_back({.snapshot = snapshot.key.value,
                                     .data_key = snapshot.data_key,
                                     .memory_key = snapshot.memory_key,
                                     .disks = layouts(snapshot.disks)});
  }
}

void add_snapshots(const vsphere::VirtualMachine& vm, policy::VmSeen& seen) {
  seen.snapshots.reserve(vm.snapshots.size());
  for (const vsphere::SnapshotTreeNode& node : vm.snapshots) {
    policy::SnapshotSeen snapshot{.moid = node.snapshot.value,
                                  .id = node.id,
                                  .name = vsphere::unescape_name(node.name),
                                  .raw_name = node.name,
                                  .description = node.description,
                                  .created = node.create_time,
                                  .parent = std::nullopt,
                                  .state = node.state,
                                  .quiesced = node.quiesced};
    if (node.parent >= 0 && static_cast<std::size_t>(node.parent) < vm.snapshots.size()) {
      snapshot.parent = vm.snapshots[static_cast<std::size_t>(node.parent)].snapshot.value;
    }
    seen.snapshots.push_back(std::move(snapshot));
  }
  if (vm.current_snapshot) seen.current_snapshot = vm.current_snapshot->value;
}

policy::VmState state_of(const vsphere::VirtualMachine& vm) {
  policy::VmState state;
  state.connection = connection(vm.connection_state);
  state.power = power(vm.power_state);
  state.is_template = vm.is_template;
  state.fault_tolerant =
      !vm.fault_tolerance_state.empty() && vm.fault_tolerance_state != "notConfigured";
  state.consolidation_needed = vm.consolidation_needed;
  state.managed_by = vm.managed_by;
  state.question = vm.question;
  state.disabled_methods = vm.disabled_methods;
  std::sort(state.disabled_methods.begin(), state.disabled_methods.end());
  const auto end = std::unique(state.disabled_methods.begin(), state.disabled_methods.end());
  state.disabled_methods.erase(end, state.disabled_methods.end());
  for (const vsphere::MissingProperty& missing : vm.missing) {
    state.unreadable.push_back(missing.path);
  }
  std::sort(state.unreadable.begin(), state.unreadable.end());
  return state;
}

policy::VmPlace place_of(const vsphere::VirtualMachine& vm, const std::string& name,
                         const VmContext& context) {
  policy::VmPlace place;
  if (context.surroundings != nullptr) {
    place.path = context.surroundings->path_of(place_above(vm), name);
    place.cluster = context.surroundings->cluster_of(vm.host);
  }
  place.host = vm.host.value;
  for (const vsphere::MoRef& datastore : vm.datastores) place.datastores.push_back(datastore.value);
  std::sort(place.datastores.begin(), place.datastores.end());
  if (context.attribute_names != nullptr) {
    for (const auto& [key, value] : vm.custom_values) {
      const auto field = context.attribute_names->find(key);
      const std::string label =
          field == context.attribute_names->end() ? std::to_string(key) : field->second;
      place.attributes[label] = value;
    }
  }
  if (context.tags != nullptr) {
    const auto found = context.tags->find(vm.ref.value);
    if (found != context.tags->end()) place.tags = found->second;
  }
  return place;
}

}  // namespace

const vsphere::MoRef& place_above(const vsphere::VirtualMachine& vm) {
  return vm.parent.empty() ? vm.parent_vapp : vm.parent;
}

policy::VmSeen vm_seen(const vsphere::VirtualMachine& vm, const VmContext& context) {
  policy::VmSeen seen;
  seen.identity = {.endpoint = context.endpoint,
                   .moid = vm.ref.value,
                   .instance_uuid = vm.instance_uuid,
                   .bios_uuid = vm.bios_uuid,
                   .name = vsphere::unescape_name(vm.name),
                   .raw_name = vm.name};
  seen.place = place_of(vm, seen.identity.name, context);
  seen.state = state_of(vm);
  seen.home = vm.vm_path_name;
  seen.snapshot_directory = vm.snapshot_directory;
  if (vm.layout) add_layout(*vm.layout, seen);
  seen.devices_known = vm.disks.has_value();
  if (vm.disks) {
    for (const vsphere::VirtualDisk& disk : *vm.disks) seen.disks.push_back(disk_seen(disk));
  }
  seen.snapshots_known = std::none_of(
      vm.missing.begin(), vm.missing.end(),
      [](const vsphere::MissingProperty& missing) { return missing.path == "snapshot"; });
  add_snapshots(vm, seen);
  return seen;
}

policy::Datastore datastore_seen(const vsphere::Datastore& datastore, const std::string& endpoint) {
  std::string type = datastore.type;
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char letter) {
    return static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
  });
  return {.endpoint = endpoint,
          .moid = datastore.ref.value,
          .name = vsphere::unescape_name(datastore.name),
          .type = std::move(type),
          .capacity_bytes = datastore.capacity,
          .free_bytes = datastore.free_space,
          .accessible = datastore.accessible,
          .native_snapshots = datastore.native_snapshot,
          .se_sparse = datastore.se_sparse,
          .vmfs_sparse = datastore.vmfs_sparse,
          .vsan_sparse = datastore.vsan_sparse};
}

policy::Endpoint endpoint_seen(const std::string& name, const vsphere::ServiceContent& content,
                               const std::string& version, const std::string& host_uuid) {
  return {.name = name,
          .uuid = content.instance_uuid.empty() ? host_uuid : content.instance_uuid,
          .api = version,
          .product = content.full_name,
          .is_host = !content.is_vcenter};
}

}  // namespace agent
