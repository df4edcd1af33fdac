// An inventory out of a few numbers and a seed: the same flags give the same vCenter, with a past.
#pragma once

#include <memory>

#include "tests/simulator/model/world.h"

namespace sim {

/// Shares are of all VMs, 0 to 1. The defaults give a small shop with some of everything.
struct BuildOptions {
  std::size_t vms = 20;
  int snapshots_from = 0, snapshots_to = 4;  ///< per VM that can have any, both included
  int disks_from = 1, disks_to = 3;
  std::size_t datacenters = 1, clusters = 1,
              hosts = 4;    ///< clusters per datacenter, hosts per cluster
  std::size_t folders = 4;  ///< VM folders per datacenter
  /// Datastores per datacenter, in turn: "vmfs6", "vmfs5", "nfs", "vsan", "vvol".
  std::vector<std::string> datastores = {"vmfs6", "vmfs6", "nfs", "vsan", "vmfs5", "vvol"};
  std::uint64_t datastore_bytes = 0;  ///< 0: as large as the VMs need, twice
  double days = 30;                   ///< of history before the start: oldest snapshot, events
  double bytes_per_hour = 100e6;      ///< mean guest write rate; VMs differ by up to ten
  double linked_clones = 0.05, templates = 0.05, physical_rdm = 0.02, virtual_rdm = 0.02,
         independent = 0.05, vcls = 0.0, foreign_names = 0.10, duplicate_names = 0.05,
         escaped_names = 0.03, questions = 0.0, powered_off = 0.15, change_tracking = 0.3,
         disabled = 0.02, memory = 0.1;
};

/// Fills `world`, which must be empty, up to its start time. 10,000 VMs with four snapshots each
/// take a few seconds and some hundred MB.
void build(World& world, const BuildOptions& options);

}  // namespace sim
