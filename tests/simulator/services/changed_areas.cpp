#include "tests/simulator/services/changed_areas.h"

#include <algorithm>

#include "tests/simulator/services/targets.h"

namespace sim {
namespace {

constexpr std::size_t kMostExtents = 2000;

struct ChangeId {
  std::string uuid;
  std::uint64_t serial = 0;
};

ChangeId parse(const std::string& text) {
  const auto slash = text.rfind('/');
  const auto serial = slash == std::string::npos
                          ? std::nullopt
                          : number_of(std::string_view(text).substr(slash + 1));
  if (!serial || *serial < 0) throw wrong_argument("changeId");
  return {text.substr(0, slash), static_cast<std::uint64_t>(*serial)};
}

FaultReply cannot_tell(const Layer& layer) {
  return {{.type = "FileFault",
           .message = "Error caused by file " + layer.file,
           .fields = {{"file", layer.file}}}};
}

const Disk& disk_of(const Vm& vm, int key) {
  for (const auto& disk : vm.disks)
    if (disk.key == key) return disk;
  throw FaultReply{
      {.type = "NotFound", .message = "The object or item referred to could not be found."}};
}

const Snapshot& snapshot_of(const Vm& vm, const Ref& ref) {
  for (const auto& snapshot : vm.snapshots)
    if (snapshot.ref == ref) return snapshot;
  throw wrong_argument("snapshot");
}

/// The disk at the moment that is asked about: the layer to read, and up to which epoch.
struct Moment {
  LayerPtr layer;
  std::optional<ChangeId> id;  ///< none: now
};

Moment moment_of(const Vm& vm, const Disk& disk, const std::optional<Ref>& ref) {
  if (!ref) {
    if (vm.power != PowerState::Off) throw wrong_argument("snapshot");
    return {disk.running, std::nullopt};
  }
  const Snapshot& snapshot = snapshot_of(vm, *ref);
  const auto frozen = snapshot.frozen.find(disk.key);
  if (frozen == snapshot.frozen.end()) throw cannot_tell(*disk.running);
  const auto id = snapshot.change_ids.find(disk.key);
  if (id == snapshot.change_ids.end()) throw cannot_tell(*frozen->second);
  return {frozen->second, parse(id->second)};
}

BlockMap changed_since(const Disk& disk, const Moment& moment, const ChangeId& since) {
  const bool reset = disk.change_uuid.empty() || since.uuid != disk.change_uuid ||
                     (moment.id && moment.id->uuid != since.uuid);
  if (reset) throw cannot_tell(*moment.layer);
  if (moment.id && since.serial > moment.id->serial) throw wrong_argument("changeId");
  BlockMap changed;
  for (const auto& epoch : disk.epochs)
    if (epoch.serial > since.serial && (!moment.id || epoch.serial <= moment.id->serial))
      changed.overlay(epoch.changed);
  if (!moment.id) changed.overlay(disk.changed);
  return changed;
}

}  // namespace

ChangedAreas changed_areas(World& world, Vm& vm, const std::optional<Ref>& snapshot, int disk_key,
                           std::uint64_t offset, const std::string& change_id) {
  const Disk& disk = disk_of(vm, disk_key);
  if (offset >= disk.capacity_bytes) throw wrong_argument("startOffset");
  const Moment moment = moment_of(vm, disk, snapshot);
  const BlockMap blocks = change_id == "*" ? world.contents(moment.layer)
                                           : changed_since(disk, moment, parse(change_id));
  const std::uint64_t unit = world.options().block_bytes;
  ChangedAreas areas{offset, disk.capacity_bytes - offset, {}};
  for (const auto& run : blocks.runs()) {
    const std::uint64_t start = std::max(run.start * unit, offset);
    const std::uint64_t end = std::min((run.start + run.count) * unit, disk.capacity_bytes);
    if (end <= start) continue;
    if (!areas.extents.empty()) {
      auto& [last, length] = areas.extents.back();
      if (last + length == start) {  // runs differ by contents, areas do not
        length += end - start;
        continue;
      }
    }
    if (areas.extents.size() == kMostExtents) {
      areas.length = start - offset;
      break;
    }
    areas.extents.emplace_back(start, end - start);
  }
  return areas;
}

}  // namespace sim
