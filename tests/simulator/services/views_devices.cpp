// config.hardware.device: the controllers and cards every VM has, its disks with their chains.
#include <algorithm>
#include <cctype>
#include <set>

#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

constexpr int kPci = 100, kPs2 = 300, kFirstScsi = 1000, kSata = 15000, kNvme = 31000;

Value device(const std::string& type, int key, const std::string& label,
             const std::string& summary) {
  Value value = Value::object(type);
  value.set("key", Value::integer(key)).set("deviceInfo", description_value(label, summary));
  return value;
}

Value& attach(Value& value, int controller, int unit) {
  return value.set("controllerKey", Value::integer(controller))
      .set("unitNumber", Value::integer(unit));
}

Value controller(const std::string& type, int key, const std::string& label,
                 const std::string& summary, int bus, const std::vector<int>& children) {
  Value value = device(type, key, label, summary);
  value.set("busNumber", Value::integer(bus));
  std::vector<Value> keys;
  for (const int child : children) keys.push_back(Value::integer(child));
  if (!keys.empty()) value.set_all("device", std::move(keys));
  return value;
}

/// "16,777,216 KB", as the server writes a disk's summary.
std::string grouped_kib(std::uint64_t bytes) {
  std::string digits = std::to_string(bytes / 1024);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits + " KB";
}

std::string disk_mode(DiskKind kind) {
  switch (kind) {
    case DiskKind::IndependentPersistent:
    case DiskKind::RdmPhysical:
      return "independent_persistent";
    case DiskKind::IndependentNonpersistent:
      return "independent_nonpersistent";
    case DiskKind::Normal:
    case DiskKind::RdmVirtual:
    case DiskKind::MultiWriter:
      break;
  }
  return "persistent";
}

void set_delta_format(Value& backing, const Layer& layer, bool raw) {
  if (!layer.parent) return;
  const auto format = [&](const char* name) { backing.set("deltaDiskFormat", Value::text(name)); };
  const auto variant = [&](const char* name) {
    if (!raw) backing.set("deltaDiskFormatVariant", Value::text(name));
  };
  switch (layer.form) {
    case LayerForm::VmfsSparse:
      format("redoLogFormat");
      variant("vmfsSparseVariant");
      return;
    case LayerForm::VsanSparse:
      format("redoLogFormat");
      variant("vsanSparseVariant");
      return;
    case LayerForm::SeSparse:
      format("seSparseFormat");
      backing.set("deltaGrainSize", Value::integer(4));
      return;
    case LayerForm::Native:
      format("nativeFormat");
      return;
    case LayerForm::Flat:
      return;
  }
}

/// One layer without its parent. A parent shows neither split nor writeThrough nor sharing:
/// recorded.
Value layer_value(const Layer& layer, const Disk& disk, bool leaf) {
  const bool raw = disk.kind == DiskKind::RdmPhysical || disk.kind == DiskKind::RdmVirtual;
  Value value = Value::object(raw ? "VirtualDiskRawDiskMappingVer1BackingInfo"
                                  : "VirtualDiskFlatVer2BackingInfo");
  value.set("fileName", Value::text(layer.file))
      .set("datastore", Value::ref(layer.datastore))
      .set("backingObjectId", Value::text(layer.object_id))
      .set("diskMode", Value::text(disk_mode(disk.kind)))
      .set("uuid", Value::text(layer.uuid))
      .set("contentId", Value::text(layer.content_id));
  if (raw) {
    std::string lun;
    for (const char c : layer.uuid)
      if (c != '-') lun += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    value.set("lunUuid", Value::text("0200000000" + lun))
        .set("deviceName", Value::text("vml.0200000000" + lun))
        .set("compatibilityMode",
             Value::text(disk.kind == DiskKind::RdmPhysical ? "physicalMode" : "virtualMode"));
  } else {
    if (leaf) value.set("split", Value::boolean(false)).set("writeThrough", Value::boolean(false));
    value.set("thinProvisioned", Value::boolean(layer.thin));
    if (!layer.object_id.empty()) value.set("eagerlyScrub", Value::boolean(false));
    value.set("digestEnabled", Value::boolean(false));
  }
  if (leaf)
    value.set("sharing", Value::text(disk.kind == DiskKind::MultiWriter ? "sharingMultiWriter"
                                                                        : "sharingNone"));
  set_delta_format(value, layer, raw);
  return value;
}

Value shares_value(const std::string& type) {
  Value value = Value::object(type);
  value.set("shares", Value::integer(1000)).set("level", Value::word("SharesLevel", "normal"));
  return value;
}

Value disk_value(const Configuration& configuration, const Disk& disk) {
  Value value = device("VirtualDisk", disk.key, disk.label, grouped_kib(disk.capacity_bytes));
  std::string change_id;
  if (configuration.at != nullptr)
    if (const auto found = configuration.at->change_ids.find(disk.key);
        found != configuration.at->change_ids.end())
      change_id = found->second;
  if (disk.running) value.set("backing", backing_value(*disk.running, disk, change_id));
  attach(value, disk.controller_key, disk.unit);
  const std::string& moid = configuration.vm.ref.value;
  Value allocation = Value::object("StorageIOAllocationInfo");
  allocation.set("limit", Value::long_integer(-1))
      .set("shares", shares_value("SharesInfo"))
      .set("reservation", Value::integer(0));
  value
      .set("capacityInKB",
           Value::long_integer(static_cast<std::int64_t>(disk.capacity_bytes / 1024)))
      .set("capacityInBytes", Value::long_integer(static_cast<std::int64_t>(disk.capacity_bytes)))
      .set("shares", shares_value("SharesInfo"))
      .set("storageIOAllocation", std::move(allocation))
      .set("diskObjectId",
           Value::text(moid.substr(moid.rfind('-') + 1) + "-" + std::to_string(disk.key)))
      .set("nativeUnmanagedLinkedClone", Value::boolean(false));
  return value;
}

/// The disks of a configuration: a snapshot shows the frozen layers, and of independent disks the
/// running one, for those it does not freeze.
std::vector<Disk> disks_of(const Configuration& configuration) {
  if (configuration.at == nullptr) return configuration.vm.disks;
  std::vector<Disk> disks;
  const auto& frozen = configuration.at->frozen;
  for (const Disk& disk : configuration.vm.disks) {
    const auto found = frozen.find(disk.key);
    const bool independent = disk.kind == DiskKind::IndependentPersistent ||
                             disk.kind == DiskKind::IndependentNonpersistent ||
                             disk.kind == DiskKind::RdmPhysical;
    if (found == frozen.end() && !independent) continue;  // added after the snapshot
    disks.push_back(disk);
    if (found != frozen.end()) disks.back().running = found->second;
  }
  for (const auto& [key, layer] : frozen) {
    if (std::ranges::any_of(disks, [k = key](const Disk& disk) { return disk.key == k; })) continue;
    Disk removed;  // from the VM, not from the snapshot
    removed.key = key;
    removed.unit = key % 1000;
    removed.label = "Hard disk " + std::to_string(key % 1000 + 1);
    removed.capacity_bytes = layer->capacity_bytes;
    removed.running = layer;
    disks.push_back(std::move(removed));
  }
  return disks;
}

Value disk_controller(int key, const std::vector<Disk>& disks) {
  std::vector<int> children;
  for (const Disk& disk : disks)
    if (disk.controller_key == key) children.push_back(disk.key);
  if (key >= kNvme) {
    const int bus = key - kNvme;
    Value value = controller("VirtualNVMEController", key, "NVME controller " + std::to_string(bus),
                             "NVME controller " + std::to_string(bus), bus, children);
    attach(value, kPci, 30 + bus);
    return value;
  }
  const int bus = key - kFirstScsi;
  Value value =
      controller("ParaVirtualSCSIController", key, "SCSI controller " + std::to_string(bus),
                 "VMware paravirtual SCSI", bus, children);
  attach(value, kPci, 3 + bus);
  value.set("hotAddRemove", Value::boolean(true))
      .set("sharedBus", Value::word("VirtualSCSISharing", "noSharing"))
      .set("scsiCtlrUnitNumber", Value::integer(7));
  return value;
}

Value connectable_value(bool at_start, bool connected) {
  Value value = Value::object("VirtualDeviceConnectInfo");
  value.set("startConnected", Value::boolean(at_start))
      .set("allowGuestControl", Value::boolean(true))
      .set("connected", Value::boolean(connected))
      .set("status", Value::text("ok"));
  return value;
}

Value network_card(const Vm& vm) {
  Value value = device(kNetworkCardType, kNetworkCardKey, "Network adapter 1", "VM Network");
  Value backing = Value::object("VirtualEthernetCardNetworkBackingInfo");
  backing.set("deviceName", Value::text("VM Network")).set("useAutoDetect", Value::boolean(false));
  value.set("backing", std::move(backing))
      .set("connectable", connectable_value(vm.network_connected,
                                            vm.network_connected && vm.power == PowerState::On));
  attach(value, kPci, 7);
  // 00:50:56 with the third byte below 40 is VMware's range for addresses that vCenter assigns.
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : vm.instance_uuid + vm.ref.value)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string mac = "00:50:56:8";
  for (int digit = 0; digit < 5; ++digit) {
    if (digit == 1 || digit == 3) mac += ':';
    mac += kHex[(hash >> (digit * 4)) & 15];
  }
  value.set("addressType", Value::text("assigned"))
      .set("macAddress", Value::text(mac))
      .set("wakeOnLanEnabled", Value::boolean(true))
      .set("uptCompatibilityEnabled", Value::boolean(true));
  return value;
}

Value cdrom() {
  Value value = device("VirtualCdrom", 16000, "CD/DVD drive 1", "Remote device");
  Value backing = Value::object("VirtualCdromRemotePassthroughBackingInfo");
  backing.set("deviceName", Value::text(""))
      .set("useAutoDetect", Value::boolean(false))
      .set("exclusive", Value::boolean(false));
  value.set("backing", std::move(backing)).set("connectable", connectable_value(false, false));
  attach(value, kSata, 0);
  return value;
}

void add_inputs_and_video(std::vector<Value>& devices) {
  Value keyboard = device("VirtualKeyboard", 600, "Keyboard ", "Keyboard");
  attach(keyboard, kPs2, 0);
  devices.push_back(std::move(keyboard));
  Value pointer =
      device("VirtualPointingDevice", 700, "Pointing device", "Pointing device; Device");
  Value backing = Value::object("VirtualPointingDeviceDeviceBackingInfo");
  backing.set("deviceName", Value::text(""))
      .set("useAutoDetect", Value::boolean(false))
      .set("hostPointingDevice", Value::text("autodetect"));
  pointer.set("backing", std::move(backing));
  attach(pointer, kPs2, 1);
  devices.push_back(std::move(pointer));
  Value video = device("VirtualMachineVideoCard", 500, "Video card ", "Video card");
  attach(video, kPci, 0);
  video.set("videoRamSizeInKB", Value::long_integer(8192))
      .set("numDisplays", Value::integer(1))
      .set("useAutoDetect", Value::boolean(false))
      .set("enable3DSupport", Value::boolean(false))
      .set("use3dRenderer", Value::text("automatic"))
      .set("graphicsMemorySizeInKB", Value::long_integer(262144));
  devices.push_back(std::move(video));
}

}  // namespace

Value backing_value(const Layer& layer, const Disk& disk, const std::string& change_id) {
  // Built from the base up, so that a deep chain needs no recursion.
  std::vector<const Layer*> chain;
  for (const Layer* at = &layer; at != nullptr; at = at->parent.get()) chain.push_back(at);
  Value below = layer_value(*chain.back(), disk, chain.size() == 1);
  for (std::size_t at = chain.size() - 1; at-- > 0;) {
    Value above = layer_value(*chain[at], disk, at == 0);
    above.set("parent", std::move(below));
    below = std::move(above);
  }
  if (!change_id.empty()) below.set("changeId", Value::text(change_id));
  return below;
}

Value devices_value(const Configuration& configuration) {
  const std::vector<Disk> disks = disks_of(configuration);
  std::set<int> controllers{kFirstScsi};
  for (const Disk& disk : disks)
    if (disk.controller_key != kSata) controllers.insert(disk.controller_key);
  std::vector<Value> devices;
  devices.push_back(controller("VirtualIDEController", 200, "IDE 0", "IDE 0", 0, {}));
  devices.push_back(controller("VirtualIDEController", 201, "IDE 1", "IDE 1", 1, {}));
  devices.push_back(controller("VirtualPS2Controller", kPs2, "PS2 controller 0", "PS2 controller 0",
                               0, {600, 700}));
  std::vector<int> on_pci{500, 12000};
  on_pci.insert(on_pci.end(), controllers.begin(), controllers.end());
  on_pci.insert(on_pci.end(), {kSata, 4000});
  devices.push_back(
      controller("VirtualPCIController", kPci, "PCI controller 0", "PCI controller 0", 0, on_pci));
  devices.push_back(
      controller("VirtualSIOController", 400, "SIO controller 0", "SIO controller 0", 0, {}));
  add_inputs_and_video(devices);
  Value vmci = device("VirtualMachineVMCIDevice", 12000, "VMCI device",
                      "Device on the virtual machine PCI bus that provides support for the virtual "
                      "machine communication interface");
  attach(vmci, kPci, 17);
  vmci.set("id", Value::long_integer(-1))
      .set("allowUnrestrictedCommunication", Value::boolean(false))
      .set("filterEnable", Value::boolean(true));
  devices.push_back(std::move(vmci));
  for (const int key : controllers) devices.push_back(disk_controller(key, disks));
  std::vector<int> on_sata{16000};
  for (const Disk& disk : disks)
    if (disk.controller_key == kSata) on_sata.push_back(disk.key);
  Value sata = controller("VirtualAHCIController", kSata, "SATA controller 0", "AHCI", 0, on_sata);
  attach(sata, kPci, 24);
  devices.push_back(std::move(sata));
  devices.push_back(cdrom());
  for (const Disk& disk : disks) devices.push_back(disk_value(configuration, disk));
  devices.push_back(network_card(configuration.vm));
  return Value::array("ArrayOfVirtualDevice", "VirtualDevice", std::move(devices));
}

}  // namespace sim::views
