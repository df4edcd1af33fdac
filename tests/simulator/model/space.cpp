// What layers cost on their datastores, and guests filling them.
#include <algorithm>
#include <set>

#include "tests/simulator/model/operations.h"
#include "tests/simulator/model/workload.h"

namespace sim {
namespace {

constexpr std::uint64_t kMib = 1 << 20;

std::uint64_t rounded_up(std::uint64_t bytes, std::uint64_t step) {
  return (bytes + step - 1) / step * step;
}

std::uint64_t extent_bytes(const Layer& layer, std::uint64_t data) {
  switch (layer.form) {
    case LayerForm::Flat:
      return layer.thin ? data : layer.capacity_bytes;
    case LayerForm::VmfsSparse:
      // Grows by 16 MiB; a header and the grain directory are there from the start.
      return std::max(rounded_up(data + kMib, 16 * kMib), 16 * kMib);
    case LayerForm::SeSparse:
      // Grain tables for the whole capacity are reserved: 4 KiB grains at 8 bytes each per 512 KiB
      // cached cluster come to about a thousandth.
      return rounded_up(layer.capacity_bytes / 1024, kMib) + rounded_up(data, kMib);
    case LayerForm::VsanSparse:
      return rounded_up(data, 4 * kMib) + 8 * kMib;
    case LayerForm::Native:
      return rounded_up(data, kMib);
  }
  return data;
}

}  // namespace

std::uint64_t World::stored_bytes(const Layer& layer) const {
  if (layer.raw_mapping) return 0;
  const std::uint64_t bytes = extent_bytes(layer, layer.blocks.allocated() * options_.block_bytes);
  const auto datastore = datastores.find(layer.datastore.value);
  const bool mirrored = datastore != datastores.end() && datastore->second.type == "vsan";
  return mirrored ? 2 * bytes : bytes;  // vSAN shows an object's use with its RAID-1 copy
}

void World::recount() {
  used_.clear();
  counted_ = true;
  std::map<const Layer*, const Vm*> owners;
  for (auto& [moid, machine] : vms) {
    for (const LayerPtr& layer : Operations::layers_of(machine)) {
      last_layer_ = std::max(last_layer_, layer->id);
      const auto [owner, first] = owners.try_emplace(layer.get(), &machine);
      if (first) {
        used_[layer->datastore.value] += stored_bytes(*layer);
      } else {
        layer->shared = true;
      }
    }
    for (const Snapshot& one : machine.snapshots)
      used_[machine.home_datastore.value] += one.memory_bytes;
  }
}

void World::refresh_layout(Vm& machine) {
  for (const LayerPtr& layer : Operations::layers_of(machine))
    layer->listed_bytes = stored_bytes(*layer);
  machine.layout_time = now();
}

std::uint64_t Operations::room_on(const std::string& datastore) {
  if (!world_.counted_) world_.recount();
  const auto found = world_.datastores.find(datastore);
  if (found == world_.datastores.end()) return 0;
  const std::uint64_t used = world_.used_[datastore] + found->second.other_bytes;
  return found->second.capacity_bytes - std::min(used, found->second.capacity_bytes);
}

void Operations::count(const Layer& layer) {
  if (!world_.counted_) return;
  world_.used_[layer.datastore.value] += world_.stored_bytes(layer);
}

void Operations::discount(const Layer& layer) {
  if (!world_.counted_) return;
  world_.used_[layer.datastore.value] -= world_.stored_bytes(layer);
}

void Operations::count_memory(const Vm& vm, std::uint64_t bytes, bool more) {
  if (!world_.counted_) return;
  std::uint64_t& used = world_.used_[vm.home_datastore.value];
  used = more ? used + bytes : used - bytes;
}

bool Operations::guest_write(Vm& machine, Disk& disk, std::uint64_t start, std::uint64_t blocks,
                             std::uint64_t stamp) {
  Layer& layer = *disk.running;
  const std::uint64_t most = (blocks * world_.options_.block_bytes + 16 * kMib) * 2;
  if (!layer.raw_mapping && room_on(layer.datastore.value) < most) {
    Layer grown = layer;
    grown.blocks.write(start, blocks, stamp);
    if (world_.stored_bytes(grown) - world_.stored_bytes(layer) > room_on(layer.datastore.value)) {
      machine.question = Question{
          std::to_string(++world_.last_event_),
          "There is no more space for virtual disk '" +
              layer.file.substr(layer.file.rfind('/') + 1) +
              "'. You might be able to continue this session by freeing disk space on the relevant "
              "volume, and clicking Retry. Click Cancel to terminate this session."};
      world_.touch(machine.ref, "runtime.question");
      return false;
    }
  }
  discount(layer);
  layer.blocks.write(start, blocks, stamp);
  count(layer);
  if (machine.change_tracking_active) disk.changed.write(start, blocks, stamp);
  return true;
}

void Operations::play(Vm& machine, Time to) {
  constexpr Duration kLayoutAge = std::chrono::minutes(30);
  if (to > machine.written_until) {
    // Without a start there is nothing to catch up with: the guest begins now.
    const Time from = machine.written_until == Time{} ? to : machine.written_until;
    machine.written_until = to;
    if (machine.power == PowerState::On && !machine.stunned && !machine.question) {
      const double share =
          1.0 / static_cast<double>(std::max<std::size_t>(machine.disks.size(), 1));
      for (Disk& disk : machine.disks) {
        if (disk.kind == DiskKind::RdmPhysical || !disk.running) continue;
        guest_writes(machine.writes, disk.key, share,
                     disk.capacity_bytes / world_.options_.block_bytes, world_.options_.block_bytes,
                     from, to, [&](Time, const GuestWrite& write) {
                       return guest_write(machine, disk, write.start, write.count, write.stamp);
                     });
        if (machine.question) break;
      }
    }
  }
  if (to - machine.layout_time > kLayoutAge) world_.refresh_layout(machine);
}

}  // namespace sim
