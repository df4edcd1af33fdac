// Changed block tracking: epochs of a disk, each closed by a snapshot and named by its changeId.
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

// "52 6f 1e 0b 7d 11 9a c0-4c 2e ...": sixteen bytes in hex, a dash in their middle.
std::string change_uuid(std::uint64_t high, std::uint64_t low) {
  static constexpr const char* kHex = "0123456789abcdef";
  std::string text = "52";
  for (unsigned byte = 1; byte < 16; ++byte) {
    const std::uint64_t word = byte < 8 ? high : low;
    const auto value = static_cast<unsigned>(word >> (8 * (byte % 8))) & 0xff;
    text += byte == 8 ? '-' : ' ';
    text += kHex[value >> 4];
    text += kHex[value & 15];
  }
  return text;
}

}  // namespace

void Operations::restart_tracking(Vm& vm) {
  for (Disk& disk : vm.disks) {
    disk.epochs.clear();
    disk.changed = {};
    const bool tracked = vm.change_tracking_active && in_snapshots(disk);
    disk.change_uuid = tracked ? change_uuid(world_.random()(), world_.random()()) : "";
  }
}

void Operations::activate_tracking(Vm& vm) {
  if (vm.change_tracking_active == vm.change_tracking) return;
  vm.change_tracking_active = vm.change_tracking;
  restart_tracking(vm);
}

std::map<int, std::string> Operations::close_epochs(Vm& vm) {
  std::map<int, std::string> ids;
  for (Disk& disk : vm.disks) {
    if (disk.change_uuid.empty() || !disk.running) continue;
    const std::uint64_t serial = disk.epochs.empty() ? 1 : disk.epochs.back().serial + 1;
    disk.running->change_serial = serial;
    disk.epochs.push_back({serial, std::move(disk.changed)});
    disk.changed = {};
    ids[disk.key] = disk.change_uuid + "/" + std::to_string(serial);
  }
  return ids;
}

}  // namespace sim
