// The wire's own view of VMs, snapshots and datastores, decoded but not interpreted. Names follow
// the API; what they mean for chains is decided in policy.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vsphere-client/properties.h"

namespace vsphere {

struct LayoutFile {
  int key = 0;
  std::string name, type;
  std::uint64_t size = 0;
  std::optional<bool> accessible;
};
struct LayoutDisk {
  int key = 0;
  std::vector<std::vector<int>> chain;  ///< base first; file keys of each unit
};
struct LayoutSnapshot {
  MoRef key;
  int data_key = -1, memory_key = -1;
  std::vector<LayoutDisk> disks;
};
struct LayoutEx {
  std::vector<LayoutFile> files;
  std::vector<LayoutDisk> disks;
  std::vector<LayoutSnapshot> snapshots;
  std::optional<Time> timestamp;
};

struct DiskBacking {
  std::string class_name;  ///< xsi:type local name, "VirtualDiskFlatVer2BackingInfo"
  std::string file_name;
  MoRef datastore;
  std::string disk_mode, uuid, delta_disk_format, delta_disk_format_variant, compatibility_mode,
      sharing;
  std::optional<std::uint32_t> delta_grain_kib;
  std::optional<std::string> change_id;
  bool encrypted = false;  ///< it has a keyId
};
struct VirtualDisk {
  int key = 0;
  std::string label;
  std::uint64_t capacity_bytes = 0;
  std::vector<DiskBacking> backings;  ///< running point first, then parents
};

struct SnapshotTreeNode {
  MoRef snapshot;
  std::string name;  ///< raw, as sent
  std::string description;
  int id = 0;
  Time create_time{};
  std::string state;
  bool quiesced = false;
  std::string backup_manifest;
  int parent = -1;  ///< index of the parent in the flat list, -1 for a root
};

struct VirtualMachine {
  MoRef ref;
  std::string name;  ///< raw
  MoRef parent, resource_pool, host, parent_vapp;
  std::string instance_uuid, bios_uuid, vm_path_name, snapshot_directory, change_version,
      managed_by;
  std::string connection_state, power_state, fault_tolerance_state;
  bool is_template = false;
  bool consolidation_needed = false;
  std::optional<std::string> question;
  std::vector<std::string> disabled_methods;
  std::vector<MoRef> datastores;
  std::map<int, std::string> custom_values;       ///< field key to value
  std::optional<std::vector<VirtualDisk>> disks;  ///< unset: config was not delivered
  std::optional<LayoutEx> layout;
  std::vector<SnapshotTreeNode> snapshots;  ///< parents before children
  std::optional<MoRef> current_snapshot;
  std::vector<MissingProperty> missing;
};

struct Datastore {
  MoRef ref;
  std::string name, type;
  std::uint64_t capacity = 0, free_space = 0;
  bool accessible = true;
  std::optional<bool> native_snapshot, se_sparse, vmfs_sparse, vsan_sparse;
  std::vector<MissingProperty> missing;
};

/// A node of the inventory tree: Folder, Datacenter, ComputeResource, HostSystem, ResourcePool,
/// VirtualApp.
struct Entity {
  MoRef ref;
  std::string name;  ///< raw
  MoRef parent;
  std::vector<MissingProperty> missing;
};

/// The property paths that decode_virtual_machine wants.
std::vector<std::string> virtual_machine_paths();
std::vector<std::string> datastore_paths();

/// Total on any gated XML: unknown elements are passed over, an unparsable scalar is an Error
/// Protocol that names object and path. Unset properties leave defaults.
VirtualMachine decode_virtual_machine(const ObjectView& object);
Datastore decode_datastore(const ObjectView& object);
Entity decode_entity(const ObjectView& object);

/// vSphere's own escapes in names (%25, %2f, %5c, any case), undone once; nothing else is touched.
std::string unescape_name(std::string_view raw);

}  // namespace vsphere
