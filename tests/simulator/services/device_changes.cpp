#include "tests/simulator/services/device_changes.h"

#include <algorithm>

#include "tests/simulator/model/operations.h"
#include "tests/simulator/services/targets.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

std::optional<std::int64_t> optional_number(pugi::xml_node parent, const char* name) {
  const auto text = optional_text(parent, name);
  if (!text) return std::nullopt;
  const auto number = number_of(*text);
  if (!number) throw wrong_argument(name);
  return number;
}

/// Bytes win over KiB where a client sends both (API text of capacityInBytes).
std::uint64_t capacity_of(pugi::xml_node disk) {
  auto bytes = optional_number(disk, "capacityInBytes");
  if (!bytes)
    if (const auto kib = optional_number(disk, "capacityInKB")) bytes = *kib * 1024;
  if (!bytes || *bytes < 0) throw wrong_argument("capacityInBytes");
  return static_cast<std::uint64_t>(*bytes);
}

DiskKind kind_of(pugi::xml_node backing) {
  const std::string mode = text_of(child_named(backing, "diskMode"));
  const bool shared = optional_text(backing, "sharing") == "sharingMultiWriter";
  if (mode == "persistent") return shared ? DiskKind::MultiWriter : DiskKind::Normal;
  if (shared) throw unsupported();
  if (mode == "independent_persistent") return DiskKind::IndependentPersistent;
  if (mode == "independent_nonpersistent") return DiskKind::IndependentNonpersistent;
  if (mode.empty()) throw wrong_argument("backing.diskMode");
  throw unsupported();
}

/// "[ds] vm/name.vmdk", "[ds]" or nothing: where the new disk's file shall lie.
void place(Call& call, const Vm& vm, pugi::xml_node backing, DiskChange& change) {
  change.datastore = optional_ref(backing, "datastore");
  if (change.datastore && !call.world.datastores.contains(change.datastore->value))
    throw no_such_object(*change.datastore);
  const std::string file = text_of(child_named(backing, "fileName"));
  if (file.empty()) return;
  const auto end = file.find(']');
  if (file.front() != '[' || end == std::string::npos) throw wrong_argument("backing.fileName");
  const std::string name = file.substr(1, end - 1);
  const auto& all = call.world.datastores;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& entry) { return entry.second.name == name; });
  if (found == all.end() || (change.datastore && *change.datastore != found->second.ref))
    throw wrong_argument("backing.fileName");
  change.datastore = found->second.ref;
  if (file.find_first_not_of(' ', end + 1) == std::string::npos) return;
  if (!file.ends_with(".vmdk") || file.find("] ") == std::string::npos ||
      file.find('/') == std::string::npos)
    throw wrong_argument("backing.fileName");
  // The model merges what lies in the VM's own folder.
  if (Operations::folder_of(file) != Operations::folder_of(vm.home)) throw unsupported();
  change.file = file;
}

DiskChange added(Call& call, const Vm& vm, pugi::xml_node disk) {
  DiskChange change;
  change.capacity_bytes = capacity_of(disk);
  const auto controller = optional_number(disk, "controllerKey");
  if (!controller) throw wrong_argument("controllerKey");
  change.controller_key = static_cast<int>(*controller);
  // IDE controllers take no disks here.
  if (change.controller_key == 200 || change.controller_key == 201) throw unsupported();
  if (const auto unit = optional_number(disk, "unitNumber")) change.unit = static_cast<int>(*unit);
  const auto backing = child_named(disk, "backing");
  if (wire_type_of(backing) != "VirtualDiskFlatVer2BackingInfo") throw unsupported();
  change.kind = kind_of(backing);
  change.thin = flag_of(backing, "thinProvisioned", false);
  place(call, vm, backing, change);
  return change;
}

/// Only its mode and its size can change. A key that no disk has is for the task to refuse.
DiskChange edited(const Vm& vm, pugi::xml_node disk, int key) {
  DiskChange change;
  change.act = DiskChange::Act::Edit;
  change.key = key;
  const auto found = std::find_if(vm.disks.begin(), vm.disks.end(),
                                  [key](const Disk& one) { return one.key == key; });
  if (found == vm.disks.end()) return change;
  if (optional_number(disk, "controllerKey").value_or(found->controller_key) !=
          found->controller_key ||
      optional_number(disk, "unitNumber").value_or(found->unit) != found->unit)
    throw unsupported();
  change.capacity_bytes = found->capacity_bytes;
  if (child_named(disk, "capacityInBytes") || child_named(disk, "capacityInKB"))
    change.capacity_bytes = capacity_of(disk);
  const auto backing = child_named(disk, "backing");
  if (wire_type_of(backing) == "VirtualDiskFlatVer2BackingInfo") change.kind = kind_of(backing);
  return change;
}

DiskChange disk_change(Call& call, const Vm& vm, pugi::xml_node node) {
  const auto device = child_named(node, "device");
  if (!device) throw wrong_argument("spec.deviceChange.device");
  if (wire_type_of(device) != "VirtualDisk") throw unsupported();
  const std::string operation = text_of(child_named(node, "operation"));
  const std::string file = text_of(child_named(node, "fileOperation"));
  if (operation == "add") {
    if (file != "create") throw unsupported();  // a file that is there already
    return added(call, vm, device);
  }
  const auto key = optional_number(device, "key");
  if (!key) throw wrong_argument("spec.deviceChange.device.key");
  if (operation == "edit" && file.empty()) return edited(vm, device, static_cast<int>(*key));
  if (operation.empty()) throw wrong_argument("spec.deviceChange.operation");
  if (operation != "remove" || (!file.empty() && file != "destroy")) throw unsupported();
  DiskChange change;
  change.act = DiskChange::Act::Remove;
  change.key = static_cast<int>(*key);
  change.destroy_file = file == "destroy";
  return change;
}

bool has_disk(const Vm& vm, int key) {
  return std::any_of(vm.disks.begin(), vm.disks.end(),
                     [key](const Disk& disk) { return disk.key == key; });
}

void read_clone_change(const Vm& source, pugi::xml_node node, CloneSpec& clone) {
  const auto device = child_named(node, "device");
  const auto key = optional_number(device, "key");
  if (!key) throw wrong_argument("spec.config.deviceChange.device.key");
  const std::string operation = text_of(child_named(node, "operation"));
  if (child_named(node, "fileOperation")) throw unsupported();
  if (wire_type_of(device) == "VirtualDisk") {
    if (operation != "remove") throw unsupported();
    if (!has_disk(source, static_cast<int>(*key)))
      throw wrong_argument("spec.config.deviceChange.device.key");
    clone.without_disks.insert(static_cast<int>(*key));
    return;
  }
  if (wire_type_of(device) != views::kNetworkCardType || operation != "edit") throw unsupported();
  if (*key != views::kNetworkCardKey) throw wrong_argument("spec.config.deviceChange.device.key");
  const auto connectable = child_named(device, "connectable");
  if (connectable) clone.network_connected = flag_of(connectable, "startConnected", true);
}

}  // namespace

void read_clone_changes(const Vm& source, pugi::xml_node spec, CloneSpec& clone) {
  for (const auto& node : children_named(spec, "deviceChange"))
    read_clone_change(source, node, clone);
}

std::vector<DiskChange> disk_changes(Call& call, const Vm& vm, pugi::xml_node spec) {
  std::vector<DiskChange> changes;
  for (const auto& node : children_named(spec, "deviceChange"))
    changes.push_back(disk_change(call, vm, node));
  return changes;
}

}  // namespace sim
