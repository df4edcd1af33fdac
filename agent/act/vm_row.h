// What one VM comes to in a table and what many come to in a line: small, so that ten thousands of
// them fit in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/inventory.h"
#include "policy/risk.h"

namespace agent {

struct VmRow {
  std::string endpoint, moid, name;
  policy::RiskLevel level = policy::RiskLevel::Ok;
  double score = 0;
  int depth = 0, tree_depth = 0, inherited = 0;
  std::size_t snapshots = 0;
  double probes = 1;
  policy::DeltaKind kind = policy::DeltaKind::None;
  std::uint64_t delta_bytes = 0;
  std::optional<policy::Time> oldest;
  std::vector<policy::VmFlag> flags;
  bool stale = false;
};
VmRow vm_row(const policy::Vm& vm, policy::Time now, const policy::ThresholdPair& thresholds = {});
/// Worst first: level, then score, then name.
bool riskier(const VmRow& a, const VmRow& b);

/// What the VMs add up to.
struct ScanTally {
  std::uint64_t vms = 0;
  std::uint64_t with_snapshots = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t delta_bytes = 0;
  std::uint64_t warn = 0, critical = 0;  ///< VMs by risk level
  int max_depth = 0;
  std::string deepest;  ///< name of a VM with max_depth
  double max_probes = 1;
};

void add_to_tally(const VmRow& row, ScanTally& tally);

}  // namespace agent
