#include "vsphere-client/clone_source.h"

#include <algorithm>
#include <utility>

#include "vsphere-client/versions.h"
#include "vsphere-client/virtual_disks.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

NetworkBacking read_network_backing(pugi::xml_node node) {
  NetworkBacking out;
  out.class_name = xsi_type(node);
  const pugi::xml_node port = child_named(node, "port");
  out.device_name = text_of(child_named(node, "deviceName"));
  out.network = ref_of(child_named(node, "network"));
  out.switch_uuid = text_of(child_named(port, "switchUuid"));
  out.portgroup_key = text_of(child_named(port, "portgroupKey"));
  out.opaque_network_id = text_of(child_named(node, "opaqueNetworkId"));
  out.opaque_network_type = text_of(child_named(node, "opaqueNetworkType"));
  return out;
}

std::optional<int> optional_int(pugi::xml_node node, const Place& place) {
  if (!node) return std::nullopt;
  return read_number<int>(node, place);
}

NetworkCard read_network_card(pugi::xml_node device, const Place& place) {
  NetworkCard out;
  out.key = read_number<int>(child_named(device, "key"), place);
  out.class_name = xsi_type(device);
  const pugi::xml_node words = child_named(device, "deviceInfo");
  out.label = text_of(child_named(words, "label"));
  out.summary = text_of(child_named(words, "summary"));
  out.controller_key = optional_int(child_named(device, "controllerKey"), place);
  out.unit_number = optional_int(child_named(device, "unitNumber"), place);
  out.backing = read_network_backing(child_named(device, "backing"));
  for (const pugi::xml_node child : Children(child_named(device, "connectable"))) {
    const std::string_view name = local_name(child);
    if (name == "startConnected") out.start_connected = read_flag(child, place);
    if (name == "connected") out.connected = read_flag(child, place);
    if (name == "allowGuestControl") out.allow_guest_control = read_flag(child, place);
  }
  return out;
}

/// By what all cards have and no other device: new classes of them appear from time to time.
bool is_network_card(pugi::xml_node device) {
  return child_named(device, "macAddress") || child_named(device, "addressType") ||
         child_named(device, "wakeOnLanEnabled");
}

void read_devices(pugi::xml_node devices, const Place& place, CloneSource& out) {
  out.delivered = true;
  out.disks = read_virtual_disks(devices, place);
  for (const pugi::xml_node device : Children(devices)) {
    if (is_network_card(device)) out.network_cards.push_back(read_network_card(device, place));
    if (xsi_type(device) == "VirtualTPM") out.has_vtpm = true;
  }
  for (const VirtualDisk& disk : out.disks) {
    out.encrypted |= std::any_of(disk.backings.begin(), disk.backings.end(),
                                 [](const DiskBacking& backing) { return backing.encrypted; });
  }
}

std::map<std::string, std::string> read_extra_config(pugi::xml_node array,
                                                     const std::vector<std::string>& keys) {
  std::map<std::string, std::string> out;
  for (const pugi::xml_node option : Children(array)) {
    std::string key = text_of(child_named(option, "key"));
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
    out[std::move(key)] = text_of(child_named(option, "value"));
  }
  return out;
}

CloneSource decode_source(const ObjectView& object) {
  VirtualMachine vm = decode_virtual_machine(object);
  CloneSource out;
  out.vm = object.object;
  out.name = std::move(vm.name);
  out.instance_uuid = std::move(vm.instance_uuid);
  out.is_template = vm.is_template;
  out.power_state = std::move(vm.power_state);
  out.connection_state = std::move(vm.connection_state);
  out.parent = std::move(vm.parent);
  out.host = std::move(vm.host);
  out.resource_pool = std::move(vm.resource_pool);
  out.missing = std::move(vm.missing);
  constexpr std::string_view kDevices = "config.hardware.device";
  if (const pugi::xml_node devices = object.find(kDevices)) {
    read_devices(devices, {object.object, kDevices}, out);
  }
  out.encrypted |= static_cast<bool>(object.find("config.keyId"));
  return out;
}

VmIdentity decode_identity(const ObjectView& object, const std::vector<std::string>& keys) {
  VirtualMachine vm = decode_virtual_machine(object);
  VmIdentity out;
  out.vm = object.object;
  out.name = std::move(vm.name);
  out.parent = std::move(vm.parent);
  out.instance_uuid = std::move(vm.instance_uuid);
  out.bios_uuid = std::move(vm.bios_uuid);
  out.change_version = std::move(vm.change_version);
  out.annotation = text_of(object.find("config.annotation"));
  out.vm_path_name = std::move(vm.vm_path_name);
  out.power_state = std::move(vm.power_state);
  out.connection_state = std::move(vm.connection_state);
  out.is_template = vm.is_template;
  constexpr std::string_view kBootTime = "runtime.bootTime";
  if (const pugi::xml_node booted = object.find(kBootTime)) {
    out.boot_time = read_time(booted, {object.object, kBootTime});
  }
  out.extra_config = read_extra_config(object.find("config.extraConfig"), keys);
  out.layout = std::move(vm.layout);
  out.snapshots = std::move(vm.snapshots);
  out.recent_tasks = refs_of(object.find("recentTask"));
  out.missing = std::move(vm.missing);
  return out;
}

}  // namespace

std::optional<CloneSource> fetch_clone_source(Session& session, const MoRef& vm) {
  PropertySpec spec{
      "VirtualMachine",
      {"config.hardware.device", "config.instanceUuid", "config.template", "name", "parent",
       "resourcePool", "runtime.connectionState", "runtime.host", "runtime.powerState"}};
  // Older servers refuse the whole call for a property that they do not know.
  if (is_at_least(session.version(), "6.5")) spec.paths.emplace_back("config.keyId");
  std::optional<CloneSource> out;
  retrieve_objects(session, {vm}, spec,
                   [&out](const ObjectView& object) { out = decode_source(object); });
  return out;
}

std::optional<VmIdentity> fetch_vm_identity(Session& session, const MoRef& vm,
                                            const std::vector<std::string>& extra_config_keys) {
  const PropertySpec spec{
      "VirtualMachine",
      {"config.annotation", "config.changeVersion", "config.extraConfig", "config.files.vmPathName",
       "config.instanceUuid", "config.template", "config.uuid", "layoutEx", "name", "parent",
       "recentTask", "runtime.bootTime", "runtime.connectionState", "runtime.powerState",
       "snapshot"}};
  std::optional<VmIdentity> out;
  retrieve_objects(session, {vm}, spec, [&](const ObjectView& object) {
    out = decode_identity(object, extra_config_keys);
  });
  return out;
}

}  // namespace vsphere
