#include "policy/playback_disks.h"

#include <algorithm>
#include <cmath>

#include "policy/chain.h"
#include "policy/probes.h"

namespace policy {
namespace {

using std::chrono::seconds;

/// What the disk takes when it is full.
double capacity_of(const PlayedDisk& disk) {
  return static_cast<double>(disk.disk->capacity_bytes) * disk.copies;
}

/// Two layers as one: blocks that both have count once, as if chance had placed them.
double merged(double a, double b, double capacity) {
  if (capacity <= 0) return a + b;
  const double left = (1 - std::min(1.0, a / capacity)) * (1 - std::min(1.0, b / capacity));
  return capacity * (1 - left);
}

GrowthRange minus(const GrowthRange& a, const GrowthRange& b) {
  return {std::max(0.0, a.low - b.low), std::max(0.0, a.best - b.best),
          std::max(0.0, a.high - b.high)};
}

/// Snapshots leave out independent disks; of those that they always left out so far it is believed
/// that they will be left out again.
bool takes_part(const Vm& vm, const Disk& disk) {
  if (disk.mode.starts_with("independent")) return false;
  return disk.depth > 0 || vm.depth == 0;
}

/// A disk whose layers were not shown has its depth all the same.
std::size_t deltas_of(const Disk& disk) {
  constexpr int kMost = 255;  // vSphere opens 32 files
  return static_cast<std::size_t>(std::clamp(disk.depth, 0, kMost));
}

/// Of the VM's own base (0) and the layers below it; 0 for one that was not shown.
std::uint64_t bytes_below(const PlayedDisk& disk, std::size_t i) {
  const std::vector<Layer>& layers = disk.disk->layers;
  const std::size_t place = layers.size() - 1 - static_cast<std::size_t>(disk.disk->inherited) + i;
  return place < layers.size() ? layers[place].bytes : 0;
}

double probes_of(const PlayedDisk& disk, double GrowthRange::*bytes, double ProbeEstimate::*bound) {
  if (disk.disk->kind == DeltaKind::Native || disk.disk->capacity_bytes == 0) return 1;
  ChainEstimateRequest request{.capacity_bytes = disk.disk->capacity_bytes};
  request.layers.reserve(disk.deltas.size() + 1);
  for (auto delta = disk.deltas.rbegin(); delta != disk.deltas.rend(); ++delta) {
    const double written = (delta->bytes.*bytes) / disk.copies;
    request.layers.push_back({{}, static_cast<std::uint64_t>(written), std::nullopt});
  }
  for (std::size_t i = 0; i <= static_cast<std::size_t>(disk.disk->inherited); ++i) {
    request.layers.push_back({{}, bytes_below(disk, i), std::nullopt});
  }
  return estimate_chain(request).probes.*bound;
}

}  // namespace

GrowthRange PlayedDisk::delta_bytes() const {
  GrowthRange sum;
  for (const PlayedDelta& delta : deltas) {
    sum.low += delta.bytes.low;
    sum.best += delta.bytes.best;
    sum.high += delta.bytes.high;
  }
  return sum;
}

PlayedProbes played_probes(const PlayedDisk& disk) {
  return {.low = probes_of(disk, &GrowthRange::high, &ProbeEstimate::low),
          .best = probes_of(disk, &GrowthRange::best, &ProbeEstimate::best),
          .high = probes_of(disk, &GrowthRange::low, &ProbeEstimate::high)};
}

// The same number as above without the lists: it is asked after each of a hundred thousand runs.
double played_probes_best(const PlayedDisk& disk) {
  if (disk.disk->kind == DeltaKind::Native || disk.disk->capacity_bytes == 0) return 1;
  const auto capacity = static_cast<double>(disk.disk->capacity_bytes);
  double passed = 1, sum = 0, largest = 0;
  double best = 1, low = 1, high = 1;
  const auto look_in = [&](std::uint64_t written) {
    const double fill = std::min(1.0, static_cast<double>(written) / capacity);
    passed *= 1 - fill;
    sum += fill;
    largest = std::max(largest, fill);
    best += passed;
    low += std::max(0.0, 1 - sum);
    high += 1 - largest;
  };
  for (auto delta = disk.deltas.rbegin(); delta != disk.deltas.rend(); ++delta) {
    look_in(static_cast<std::uint64_t>(delta->bytes.best / disk.copies));
  }
  const auto inherited = static_cast<std::size_t>(disk.disk->inherited);
  for (std::size_t i = 0; i < inherited; ++i) look_in(bytes_below(disk, i));
  return std::clamp(best, std::min(low, high), high);
}

PlayedDisks::PlayedDisks(const PlaybackInput& input) : input_(input) {
  for (std::size_t i = 0; i < input.vm.disks.size(); ++i) {
    const Disk& disk = input.vm.disks[i];
    const DiskWrites& writes = input.writes[i];
    PlayedDisk played{.disk = &disk, .takes_part = takes_part(input.vm, disk)};
    played.copies = stored_copies(disk);
    played.writes_known = writes.model.known() || writes.growth.basis >= GrowthBasis::Rough;
    const std::size_t deltas = deltas_of(disk);
    for (std::size_t layer = deltas; layer-- > 0;) {
      const bool known = layer < disk.layers.size();
      const auto bytes = known ? static_cast<double>(disk.layers[layer].bytes) : 0.0;
      const double most = bytes > 0 ? bytes : capacity_of(played);
      played.deltas.push_back({.bytes = {bytes, bytes, most}});
    }
    if (deltas < disk.layers.size()) {
      played.base_bytes = static_cast<double>(disk.layers[deltas].bytes);
    }
    disks_.push_back(std::move(played));
    running_.push_back({.since = input.now, .as_seen = true});
  }
}

void PlayedDisks::own_deltas(const std::map<std::string_view, std::uint32_t>& serials) {
  for (PlayedDisk& disk : disks_) {
    const std::size_t deltas = disk.deltas.size();
    const std::vector<Layer>& layers = disk.disk->layers;
    for (std::size_t i = 0; i < deltas; ++i) {
      const std::size_t layer = deltas - 1 - i;
      if (layer >= layers.size() || !layers[layer].snapshot) continue;
      const auto found = serials.find(*layers[layer].snapshot);
      if (found != serials.end()) disk.deltas[i].snapshot = found->second;
    }
    own_unseen(disk, serials);
  }
  for (const Snapshot& snapshot : input_.vm.snapshots) {
    if (!snapshot.current) continue;
    for (Running& running : running_) running.since = std::min(input_.now, snapshot.created);
  }
}

/// Of deltas that were counted but not shown, the newest are those of the current path.
void PlayedDisks::own_unseen(PlayedDisk& disk,
                             const std::map<std::string_view, std::uint32_t>& serials) const {
  std::size_t unseen = disk.deltas.size() - std::min(disk.deltas.size(), disk.disk->layers.size());
  const auto& snapshots = input_.vm.snapshots;
  for (auto one = snapshots.rbegin(); one != snapshots.rend() && unseen > 0; ++one) {
    const std::uint32_t serial = serials.at(one->moid);
    const bool seen =
        std::any_of(disk.deltas.begin(), disk.deltas.end(),
                    [&](const PlayedDelta& delta) { return delta.snapshot == serial; });
    if (one->on_current_path && !seen) disk.deltas[--unseen].snapshot = serial;
  }
}

int PlayedDisks::depth() const {
  std::size_t depth = 0;
  for (const PlayedDisk& disk : disks_) depth = std::max(depth, disk.deltas.size());
  return static_cast<int>(depth);
}

int PlayedDisks::files() const {
  int files = 0;
  for (const PlayedDisk& disk : disks_) {
    files = std::max(files, static_cast<int>(disk.deltas.size()) + disk.disk->inherited);
  }
  return files;
}

std::optional<std::uint64_t> PlayedDisks::deepest_capacity() const {
  const PlayedDisk* deepest = nullptr;
  for (const PlayedDisk& disk : disks_) {
    if (deepest == nullptr || disk.deltas.size() > deepest->deltas.size()) deepest = &disk;
  }
  if (deepest == nullptr || deepest->disk->capacity_bytes == 0) return std::nullopt;
  return static_cast<std::uint64_t>(capacity_of(*deepest));
}

std::uint64_t PlayedDisks::bytes_of(std::uint32_t serial) const {
  double bytes = 0;
  for (const PlayedDisk& disk : disks_) {
    for (const PlayedDelta& delta : disk.deltas) {
      if (delta.snapshot == serial) bytes += delta.bytes.best;
    }
  }
  return static_cast<std::uint64_t>(bytes);
}

double PlayedDisks::allocated() const {
  double bytes = 0;
  for (const PlayedDisk& disk : disks_) {
    double one = disk.base_bytes > 0 ? disk.base_bytes : capacity_of(disk);
    for (const PlayedDelta& delta : disk.deltas)
      one = merged(one, delta.bytes.best, capacity_of(disk));
    bytes += one;
  }
  return bytes;
}

GrowthRange PlayedDisks::written(std::size_t disk, Time from, Time to) const {
  const Growth& growth = input_.writes[disk].growth;
  const Running& running = running_[disk];
  const auto after = [](Time time, Time since) {
    return std::chrono::floor<seconds>(time - since);
  };
  if (running.as_seen && growth.basis >= GrowthBasis::Rough) {
    // The growth is anchored at the last look, which may be a little before the start.
    return minus(grown_after(growth, after(to, growth.anchor)),
                 grown_after(growth, after(from, growth.anchor)));
  }
  const WriteModel& model = input_.writes[disk].model;
  return minus(model.after(after(to, running.since)), model.after(after(from, running.since)));
}

void PlayedDisks::grow(Time from, Time to) {
  for (std::size_t i = 0; i < disks_.size(); ++i) {
    PlayedDisk& disk = disks_[i];
    if (disk.deltas.empty()) continue;
    const GrowthRange more = written(i, from, to);
    GrowthRange& bytes = disk.deltas.back().bytes;
    const double most = std::max(capacity_of(disk), bytes.high);
    bytes.low = std::min(most, bytes.low + more.low);
    bytes.best = std::min(most, bytes.best + more.best);
    bytes.high = disk.writes_known ? std::min(most, bytes.high + more.high) : most;
  }
}

void PlayedDisks::freeze(std::uint32_t serial, Time at) {
  for (std::size_t i = 0; i < disks_.size(); ++i) {
    if (!disks_[i].takes_part) continue;
    disks_[i].deltas.push_back({.bytes = {}, .snapshot = serial});
    running_[i] = {.since = at, .as_seen = false};
  }
}

std::uint64_t PlayedDisks::merge_down(std::uint32_t serial) {
  double copied = 0;
  for (PlayedDisk& disk : disks_) {
    const auto found = std::find_if(disk.deltas.begin(), disk.deltas.end(),
                                    [&](const PlayedDelta& one) { return one.snapshot == serial; });
    if (found == disk.deltas.end()) continue;
    copied += found->bytes.best;
    const double capacity = capacity_of(disk);
    if (found == disk.deltas.begin()) {
      if (disk.base_bytes > 0)
        disk.base_bytes = merged(disk.base_bytes, found->bytes.best, capacity);
    } else {
      GrowthRange& below = (found - 1)->bytes;
      below.low = merged(below.low, found->bytes.low, capacity);
      below.best = merged(below.best, found->bytes.best, capacity);
      below.high = merged(below.high, found->bytes.high, capacity);
    }
    disk.deltas.erase(found);
  }
  return static_cast<std::uint64_t>(copied);
}

}  // namespace policy
