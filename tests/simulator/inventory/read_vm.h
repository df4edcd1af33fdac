// The VMs of an inventory file: their place, disks, layers and snapshots.
#pragma once

#include <map>
#include <string>

#include "tests/simulator/inventory/place.h"
#include "tests/simulator/model/world.h"

namespace sim {

/// Where names of a file lead; filled by the part that reads places.
struct Sites {
  struct Site {
    std::map<std::string, Ref> folders;     ///< by path below "vm", "" the root of VMs
    std::map<std::string, Ref> datastores;  ///< by name and by moid
    std::map<std::string, Ref> hosts;
    std::map<std::string, std::map<std::string, Ref>> pools;  ///< by compute resource's moid
    std::map<std::string, Ref> computes;
  };
  std::map<std::string, Site> by_name;  ///< datacenter
};

/// Adds the VMs at these places, those that linked clones stand on first. Notes what is wrong.
void read_vms(World& world, const Sites& sites, const std::vector<Place>& places);

constexpr double kMibBytes = 1048576, kGibBytes = 1073741824;

/// A moid that the file gives, or the next one.
Ref ref_of(World& world, const Place& place, const std::string& type);

}  // namespace sim
