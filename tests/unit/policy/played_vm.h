// VMs, policies and runs that are played forward in tests of playback, forecast and simulation.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/playback.h"

namespace policy {

constexpr std::uint64_t kGiB = 1ULL << 30;

inline Time noon(int day) {  // of November 2026, UTC
  return Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}} +
         std::chrono::days{day - 1} + std::chrono::hours{12};
}

/// One disk of 100 GiB; a snapshot a day, oldest first, each with a delta of so many GiB, taken at
/// noon; the last one runs.
inline Vm vm_with_deltas(const std::vector<double>& gib, int newest_day = 21) {
  Vm vm;
  vm.identity = {.endpoint = "prod",
                 .moid = "vm-1",
                 .instance_uuid = {},
                 .bios_uuid = {},
                 .name = "web",
                 .raw_name = "web"};
  Disk disk{.key = 2000,
            .label = "Hard disk 1",
            .capacity_bytes = 100 * kGiB,
            .kind = DeltaKind::VmfsSparse};
  disk.mode = "persistent";
  disk.datastore = "datastore-1";
  disk.depth = static_cast<int>(gib.size());
  int day = newest_day - static_cast<int>(gib.size()) + 1;
  for (const double size : gib) {
    Snapshot snapshot{.moid = "s" + std::to_string(day), .created = noon(day)};
    if (!vm.snapshots.empty()) snapshot.parent = vm.snapshots.back().moid;
    snapshot.on_current_path = true;
    snapshot.owner = Owner::Ours;
    snapshot.policy = "daily";
    snapshot.bytes = static_cast<std::uint64_t>(size * static_cast<double>(kGiB));
    disk.layers.insert(disk.layers.begin(), {.file = "[ds] " + snapshot.moid + ".vmdk",
                                             .bytes = snapshot.bytes,
                                             .snapshot = snapshot.moid});
    vm.snapshots.push_back(snapshot);
    ++day;
  }
  if (!vm.snapshots.empty()) vm.snapshots.back().current = true;
  disk.layers.push_back({.file = "[ds] base.vmdk", .bytes = 40 * kGiB, .snapshot = {}});
  vm.depth = vm.tree_depth = disk.depth;
  vm.disks.push_back(disk);
  return vm;
}

inline Policy keeping_last(int count, Method method = Method::Snapshot) {
  Policy policy;
  policy.selection.policy = "daily";
  policy.selection.method = method;
  policy.rules.keep.counts["last"] = {.min = 0, .max = count};
  return policy;
}

inline std::vector<Time> daily_runs(int first_day, int count) {
  std::vector<Time> runs;
  for (int i = 0; i < count; ++i) runs.push_back(noon(first_day + i));
  return runs;
}

/// A disk that writes so many GiB a day, and did.
inline DiskWrites writes_of(double gib_a_day) {
  const auto day = static_cast<std::uint64_t>(gib_a_day * static_cast<double>(kGiB));
  return {.model = WriteModel({{std::chrono::hours{24}, day}}, {}), .growth = {}};
}

}  // namespace policy
