#include "agent/act/vm_row.h"

#include <algorithm>
#include <tuple>

namespace agent {

VmRow vm_row(const policy::Vm& vm, policy::Time now, const policy::ThresholdPair& thresholds) {
  const policy::Risk risk = policy::assess_risk(vm, now, thresholds);
  VmRow row{.endpoint = vm.identity.endpoint,
            .moid = vm.identity.moid,
            .name = vm.identity.name,
            .level = risk.level,
            .score = risk.score,
            .depth = vm.depth,
            .tree_depth = vm.tree_depth,
            .inherited = 0,
            .snapshots = vm.snapshots.size(),
            .probes = vm.probes,
            .kind = policy::DeltaKind::None,
            .delta_bytes = 0,
            .oldest = std::nullopt,
            .flags = vm.flags,
            .stale = vm.stale};
  for (const policy::Disk& disk : vm.disks) {
    row.inherited = std::max(row.inherited, disk.inherited);
    if (row.kind == policy::DeltaKind::None) row.kind = disk.kind;
    const std::size_t deltas = std::min(disk.layers.size(), static_cast<std::size_t>(disk.depth));
    for (std::size_t i = 0; i < deltas; ++i) row.delta_bytes += disk.layers[i].bytes;
  }
  for (const policy::Snapshot& snapshot : vm.snapshots) {
    if (!row.oldest || snapshot.created < *row.oldest) row.oldest = snapshot.created;
  }
  return row;
}

bool riskier(const VmRow& a, const VmRow& b) {
  if (a.level != b.level) return a.level > b.level;
  if (a.score != b.score) return a.score > b.score;
  return std::tie(a.name, a.endpoint, a.moid) < std::tie(b.name, b.endpoint, b.moid);
}

void add_to_tally(const VmRow& row, ScanTally& tally) {
  ++tally.vms;
  tally.snapshots += row.snapshots;
  if (row.snapshots > 0) ++tally.with_snapshots;
  tally.delta_bytes += row.delta_bytes;
  // Of equally deep ones the first by name, so that every command names the same.
  const bool named_first =
      row.depth == tally.max_depth && row.depth > 0 && row.name < tally.deepest;
  if (row.depth > tally.max_depth || named_first) {
    tally.max_depth = row.depth;
    tally.deepest = row.name;
  }
  tally.max_probes = std::max(tally.max_probes, row.probes);
  if (row.level == policy::RiskLevel::Critical) ++tally.critical;
  if (row.level == policy::RiskLevel::Warn) ++tally.warn;
}

}  // namespace agent
