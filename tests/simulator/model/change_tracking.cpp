#include "tests/simulator/model/change_tracking.h"

#include <algorithm>
#include <charconv>

#include "tests/simulator/model/faults.h"
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

// The N of "uuid/N", when the uuid is the disk's.
std::optional<std::uint64_t> serial_of(const Disk& disk, const std::string& change_id) {
  const std::size_t slash = change_id.rfind('/');
  if (slash == std::string::npos || disk.change_uuid.empty()) return std::nullopt;
  if (change_id.compare(0, slash, disk.change_uuid) != 0) return std::nullopt;
  std::uint64_t serial = 0;
  const char* end = change_id.data() + change_id.size();
  const auto parsed = std::from_chars(change_id.data() + slash + 1, end, serial);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return serial;
}

FaultValue bad_change_id(const Disk& disk) {
  FaultValue value = fault("FileFault", "Error caused by file " + disk.running->file);
  value.fields = {{"file", disk.running->file}};
  return value;
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

ChangedAreas changed_areas(const Vm& vm, const Snapshot* snapshot, int device_key,
                           std::uint64_t start_offset, const std::string& change_id,
                           std::uint64_t block_bytes) {
  ChangedAreas answer;
  const auto disk = std::find_if(vm.disks.begin(), vm.disks.end(),
                                 [&](const Disk& one) { return one.key == device_key; });
  if (disk == vm.disks.end() || start_offset >= disk->capacity_bytes) {
    answer.fault = invalid_argument(disk == vm.disks.end() ? "deviceKey" : "startOffset");
    return answer;
  }
  if (!snapshot && vm.power != PowerState::Off) {
    answer.fault = invalid_power_state(PowerState::Off, vm.power);
    return answer;
  }
  BlockMap changed;
  if (change_id == "*") {
    LayerPtr layer = disk->running;
    if (snapshot) {
      const auto frozen = snapshot->frozen.find(device_key);
      layer = frozen == snapshot->frozen.end() ? nullptr : frozen->second;
    }
    for (; layer; layer = layer->parent) changed.overlay(layer->blocks);
  } else {
    const auto since = serial_of(*disk, change_id);
    std::optional<std::uint64_t> until = disk->epochs.empty() ? 0 : disk->epochs.back().serial + 1;
    if (snapshot) {
      const auto id = snapshot->change_ids.find(device_key);
      until = id == snapshot->change_ids.end() ? std::nullopt : serial_of(*disk, id->second);
    }
    if (!since || !until || *since > *until) {
      answer.fault = bad_change_id(*disk);
      return answer;
    }
    for (const ChangeEpoch& epoch : disk->epochs) {
      if (epoch.serial > *since && epoch.serial <= *until) changed.overlay(epoch.changed);
    }
    if (!snapshot) changed.overlay(disk->changed);
  }
  answer.start = start_offset;
  answer.length = disk->capacity_bytes - start_offset;
  for (const Run& run : changed.runs()) {
    const std::uint64_t from = std::max(run.start * block_bytes, start_offset);
    const std::uint64_t to = std::min((run.start + run.count) * block_bytes, disk->capacity_bytes);
    if (from >= to) continue;
    const bool joins =
        !answer.areas.empty() && answer.areas.back().first + answer.areas.back().second == from;
    if (joins)
      answer.areas.back().second += to - from;
    else
      answer.areas.emplace_back(from, to - from);
  }
  return answer;
}

}  // namespace sim
