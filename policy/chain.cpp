#include "policy/chain.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "policy/believed_chain.h"
#include "policy/chain_evidence.h"
#include "policy/delta_owners.h"
#include "policy/disk_chain.h"

namespace policy {
namespace {

constexpr std::string_view kHelperName = "Consolidate Helper";
constexpr std::uint32_t kFileSystemGrain = 4096;

bool is_helper(const SnapshotSeen& seen) {
  return seen.name.starts_with(kHelperName) || seen.raw_name.starts_with(kHelperName);
}

std::uint64_t file_bytes(const ChainEvidence& evidence, int key) {
  const FileSeen* file = evidence.file(key);
  return file == nullptr ? 0 : file->bytes;
}

void add_bytes(std::uint64_t& to, std::uint64_t bytes) {
  if (__builtin_add_overflow(to, bytes, &to)) to = std::numeric_limits<std::uint64_t>::max();
}

std::vector<Snapshot> build_snapshots(const ChainEvidence& evidence) {
  const SnapshotTree& tree = evidence.tree();
  std::vector<Snapshot> snapshots;
  snapshots.reserve(tree.nodes.size());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const SnapshotSeen& seen = *tree.nodes[i].seen;
    Snapshot snapshot;
    snapshot.moid = seen.moid;
    snapshot.id = seen.id;
    snapshot.name = seen.name;
    snapshot.raw_name = seen.raw_name;
    snapshot.description = seen.description;
    snapshot.created = seen.created;
    if (tree.nodes[i].parent) snapshot.parent = tree.nodes[*tree.nodes[i].parent].seen->moid;
    snapshot.current = tree.current == i;
    snapshot.on_current_path = tree.nodes[i].on_current_path;
    snapshot.quiesced = seen.quiesced;
    snapshot.helper = is_helper(seen);
    // A snapshot of a running VM without its memory shows poweredOff, so poweredOn means memory;
    // old hosts keep it inside the .vmsn, where layoutEx has no key for it.
    snapshot.memory = seen.state == "poweredOn";
    snapshots.push_back(std::move(snapshot));
  }
  std::set<std::string_view> done;
  for (const SnapshotLayoutSeen& layout : evidence.seen().snapshot_layouts) {
    const auto node = tree.by_moid.find(layout.snapshot);
    if (node == tree.by_moid.end() || !done.insert(layout.snapshot).second) continue;
    Snapshot& snapshot = snapshots[node->second];
    snapshot.memory = snapshot.memory || layout.memory_key != -1;
    snapshot.memory_bytes = file_bytes(evidence, layout.data_key);
    if (layout.memory_key != layout.data_key) {
      add_bytes(snapshot.memory_bytes, file_bytes(evidence, layout.memory_key));
    }
  }
  return snapshots;
}

/// The disks to trace: the devices, or what layoutEx lists where the devices were not delivered.
std::vector<DiskSeen> disks_of(const VmSeen& seen) {
  std::vector<DiskSeen> disks = seen.disks;
  if (!seen.devices_known && disks.empty()) {
    for (const DiskLayoutSeen& layout : seen.layout) {
      DiskSeen disk;
      disk.key = layout.disk_key;
      disks.push_back(std::move(disk));
    }
  }
  std::stable_sort(disks.begin(), disks.end(),
                   [](const DiskSeen& a, const DiskSeen& b) { return a.key < b.key; });
  return disks;
}

/// Collects flags; the set keeps them sorted and unique.
class Flags {
 public:
  void when(bool holds, VmFlag flag) {
    if (holds) flags_.insert(flag);
  }
  std::vector<VmFlag> take() const { return {flags_.begin(), flags_.end()}; }

 private:
  std::set<VmFlag> flags_;
};

void flag_disk(const DiskSeen& seen, const TracedDisk& traced, Flags& flags) {
  flags.when(traced.disk.orphans > 0, VmFlag::OrphanDeltas);
  flags.when(seen.mode.starts_with("independent"), VmFlag::IndependentDisk);
  flags.when(seen.backing == BackingKind::RdmPhysical, VmFlag::RdmPhysical);
  flags.when(seen.backing == BackingKind::RdmVirtual, VmFlag::RdmVirtual);
  flags.when(seen.multi_writer, VmFlag::SharedDisk);
  flags.when(traced.disk.inherited > 0, VmFlag::LinkedClone);
  flags.when(traced.mismatch, VmFlag::ChainMismatch);
  flags.when(traced.inaccessible, VmFlag::FileInaccessible);
}

void flag_vm(const VmSeen& seen, const Vm& vm, const SnapshotTree& tree, Flags& flags) {
  const VmState& state = seen.state;
  const Connection connection = state.connection;
  flags.when(!vm.snapshots.empty() && !tree.current, VmFlag::CurrentSnapshotUnset);
  flags.when(state.consolidation_needed, VmFlag::ConsolidationNeeded);
  flags.when(std::any_of(vm.snapshots.begin(), vm.snapshots.end(),
                         [](const Snapshot& snapshot) { return snapshot.helper; }),
             VmFlag::HelperSnapshot);
  flags.when(state.is_template, VmFlag::Template);
  flags.when(state.fault_tolerant, VmFlag::FaultTolerant);
  flags.when(state.power == Power::Suspended, VmFlag::Suspended);
  flags.when(connection == Connection::Disconnected, VmFlag::Disconnected);
  flags.when(connection == Connection::Orphaned || connection == Connection::Inaccessible ||
                 connection == Connection::Invalid,
             VmFlag::Inaccessible);
  flags.when(!seen.layout_known, VmFlag::LayoutUnknown);
  flags.when(state.question.has_value(), VmFlag::QuestionPending);
  flags.when(!state.unreadable.empty() || !seen.snapshots_known || !seen.devices_known,
             VmFlag::Unreadable);
}

bool is_stale(Connection connection) {
  return connection != Connection::Connected && connection != Connection::Unknown;
}

/// The deltas that only snapshots still hold: of other branches and of disks that are gone.
void add_other_branches(const ChainEvidence& evidence, std::unordered_set<int> counted,
                        std::vector<Snapshot>& snapshots) {
  for (const auto& [key, chains] : evidence.frozen_chains()) {
    std::unordered_map<std::size_t, const std::vector<LayerSeen>*> by_node;
    for (const FrozenChain& frozen : chains) {
      if (frozen.node) by_node.emplace(*frozen.node, frozen.units);
    }
    for (const FrozenChain& frozen : chains) {
      if (!frozen.node) continue;
      const auto parent = evidence.tree().nodes[*frozen.node].parent;
      const auto lower = parent ? by_node.find(*parent) : by_node.end();
      if (lower == by_node.end()) continue;
      const auto made = made_between(*lower->second, *frozen.units);
      if (!made || *made == nullptr || !counted.insert(key_of(**made)).second) continue;
      add_bytes(snapshots[*parent].bytes, evidence.bytes_of(**made));
    }
  }
}

void build_disks(const ChainEvidence& evidence, Vm& vm, Flags& flags) {
  const std::vector<DiskSeen> disks = disks_of(evidence.seen());
  std::set<int> keys;
  std::unordered_set<int> counted;
  for (const DiskSeen& seen : disks) {
    if (!keys.insert(seen.key).second) {
      flags.when(true, VmFlag::ChainMismatch);  // two disks cannot have one key: the first counts
      continue;
    }
    TracedDisk traced = trace_disk(seen, evidence);
    traced.disk.probes = disk_probes(traced.disk, {}, traced.grain_bytes);
    flag_disk(seen, traced, flags);
    for (const TracedDisk::Made& made : traced.made) {
      add_bytes(vm.snapshots[made.node].bytes, made.bytes);
      if (made.file_key != -1) counted.insert(made.file_key);
    }
    vm.depth = std::max(vm.depth, traced.disk.depth);
    vm.probes = std::max(vm.probes, traced.disk.probes.best);
    vm.disks.push_back(std::move(traced.disk));
  }
  for (const DiskLayoutSeen& layout : evidence.seen().layout) {
    flags.when(keys.count(layout.disk_key) == 0, VmFlag::ChainMismatch);
  }
  flags.when(evidence.contradictory(), VmFlag::ChainMismatch);
  add_other_branches(evidence, std::move(counted), vm.snapshots);
}

std::uint32_t grain_of(DeltaKind kind) { return kind == DeltaKind::VmfsSparse ? 512 : 4096; }

}  // namespace

Vm build_vm(const VmSeen& seen) {
  const ChainEvidence evidence(seen);
  Vm vm;
  vm.identity = seen.identity;
  vm.place = seen.place;
  vm.state = seen.state;
  vm.layout_time = seen.layout_time;
  vm.stale = is_stale(seen.state.connection);
  vm.snapshots = build_snapshots(evidence);
  vm.tree_depth = static_cast<int>(evidence.tree().current_path.size());

  Flags flags;
  build_disks(evidence, vm, flags);
  flag_vm(seen, vm, evidence.tree(), flags);
  vm.flags = flags.take();
  return vm;
}

double stored_copies(const Disk& disk) {
  constexpr double kMoreThanItsDescriptor = 1.05;
  const auto base = static_cast<std::size_t>(std::max(disk.depth, 0));
  const bool own_base = disk.inherited == 0 && base + 1 == disk.layers.size();
  if (disk.kind != DeltaKind::VsanSparse || !own_base || disk.capacity_bytes == 0) return 1;
  const double copies =
      static_cast<double>(disk.layers[base].bytes) / static_cast<double>(disk.capacity_bytes);
  return copies > kMoreThanItsDescriptor ? copies : 1;
}

ProbeEstimate disk_probes(const Disk& disk, const BytesAtCreation& at_creation,
                          std::uint32_t grain_bytes) {
  // A native chain is resolved by the array in one step: nothing is searched.
  if (disk.layers.size() < 2 || disk.kind == DeltaKind::Native) return {};
  const std::uint32_t grain = grain_bytes == 0 ? grain_of(disk.kind) : grain_bytes;
  ChainEstimateRequest request;
  request.capacity_bytes = std::max<std::uint64_t>(disk.capacity_bytes, 1);
  request.grain_bytes = grain;
  bool sized = disk.capacity_bytes != 0;
  const double copies = stored_copies(disk);
  for (const Layer& layer : disk.layers) {
    const auto empty = at_creation.find(layer.file);
    const std::uint64_t overhead = empty == at_creation.end() ? 0 : empty->second;
    const std::uint64_t bytes = disk.capacity_bytes == 0 ? 0 : layer.bytes;
    std::uint64_t written = bytes - std::min(bytes, overhead);
    if (copies > 1) written = static_cast<std::uint64_t>(static_cast<double>(written) / copies);
    request.layers.push_back({layer.file, written, std::nullopt});
    if (bytes == 0 && &layer != &disk.layers.back()) sized = false;
  }
  ProbeEstimate estimate = estimate_chain(request).probes;
  if (grain < kFileSystemGrain) {
    // Guests write whole file system blocks, so a finer grain does not split a read further.
    request.grain_bytes = kFileSystemGrain;
    estimate.split_64k = estimate_chain(request).probes.split_64k;
  }
  if (sized) return estimate;
  // A layer of unknown size may hold everything: then no read goes below it.
  for (std::size_t i = 0; i < disk.layers.size(); ++i) {
    if (disk.capacity_bytes == 0 || disk.layers[i].bytes == 0) {
      request.layers[i].allocated_bytes = request.capacity_bytes;
    }
  }
  estimate.low = estimate_chain(request).probes.low;
  return estimate;
}

}  // namespace policy
