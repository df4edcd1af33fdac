// What must be known of a VM before it is cloned, and of a clone before it is deleted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vsphere-client/inventory_objects.h"
#include "vsphere-client/session.h"

namespace vsphere {

/// Where a network card is plugged in. Only the fields of its class are set.
struct NetworkBacking {
  std::string class_name;  ///< "VirtualEthernetCardNetworkBackingInfo"; unknown ones are kept
  std::string device_name;
  MoRef network;
  std::string switch_uuid, portgroup_key;  ///< distributed port; the port itself is not kept
  std::string opaque_network_id, opaque_network_type;
};

struct NetworkCard {
  int key = 0;
  std::string class_name;  ///< "VirtualVmxnet3"
  std::string label, summary;
  bool start_connected = false;
  bool connected = false;
  bool allow_guest_control = true;
  std::optional<int> controller_key, unit_number;
  NetworkBacking backing;
};

struct CloneSource {
  MoRef vm;
  std::string name;  ///< raw
  std::string instance_uuid;
  bool is_template = false;
  std::string power_state, connection_state;
  MoRef parent, host, resource_pool;
  bool delivered = false;  ///< false: the server has no config of it, so the rest is not known
  std::vector<NetworkCard> network_cards;
  std::vector<VirtualDisk> disks;  ///< class and mode of a backing tell RDMs and independent ones
  bool has_vtpm = false;
  bool encrypted = false;  ///< its home or one of its disks; never true below API 6.5
  std::vector<MissingProperty> missing;
};

/// One round trip. Nothing when the VM is gone.
std::optional<CloneSource> fetch_clone_source(Session& session, const MoRef& vm);

/// All by which a clone is told to be the one that was made and to be unchanged.
struct VmIdentity {
  MoRef vm;
  std::string name;  ///< raw
  MoRef parent;      ///< folder; empty in a vApp
  std::string instance_uuid, bios_uuid, change_version, annotation, vm_path_name;
  std::string power_state, connection_state;
  bool is_template = false;
  std::optional<Time> boot_time;  ///< set once it was powered on, until it is powered off
  /// Of the keys asked for, those that are set.
  std::map<std::string, std::string> extra_config;
  std::optional<LayoutEx> layout;
  std::vector<SnapshotTreeNode> snapshots;
  std::vector<MoRef> recent_tasks;
  std::vector<MissingProperty> missing;
};

/// One round trip. Nothing when the VM is gone. Of config.extraConfig only the values of
/// `extra_config_keys` are kept, so that no guest can fill our memory.
std::optional<VmIdentity> fetch_vm_identity(Session& session, const MoRef& vm,
                                            const std::vector<std::string>& extra_config_keys);

}  // namespace vsphere
