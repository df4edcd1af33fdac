// Layers of one VM of an inventory file, built by the sizes that the file gives.
#pragma once

#include <set>

#include "tests/simulator/inventory/place.h"
#include "tests/simulator/inventory/read_vm.h"
#include "tests/simulator/model/operations.h"

namespace sim {

/// Reads "disks", "snapshots" and "written_mib" of a VM whose home is known.
class DiskReader {
 public:
  DiskReader(World& world, Vm& vm, const Place& place, const Sites::Site& site)
      : world_(world), vm_(vm), place_(place), site_(site) {}
  /// `stands_on`: the snapshot that a linked clone was made of, null for any other VM.
  void read(const Snapshot* stands_on);

 private:
  void read_disk(const Place& place, const Snapshot* stands_on);
  LayerPtr base_of(const Place& place, const Disk& disk, std::size_t index);
  void read_snapshot(const Place& place);
  Time created(const Place& place) const;
  const Snapshot* earlier(const Place& place, std::string_view key) const;
  /// Stacks what "written_mib" of `place` says on `floor`; `least` empty layers when it says
  /// nothing.
  LayerPtr stack(const Place& place, Disk& disk, LayerPtr layer, std::size_t least);
  void fill(Layer& layer, double mib, const Place& place) const;
  bool takes_part(const Place& place, const Disk& disk) const;
  void track_changes();

  World& world_;
  Vm& vm_;
  const Place& place_;
  const Sites::Site& site_;
  std::set<int> linked_;            ///< keys of disks that stand on another VM's layers
  std::map<int, LayerPtr> floors_;  ///< by disk key: the base, or what a linked clone stands on
};

}  // namespace sim
