// One datacenter with a cluster, a host, a datastore of each kind and no VM: tests add those.
#pragma once

#include <memory>
#include <string>

#include "tests/simulator/model/world.h"
#include "tests/simulator/wire/call.h"

namespace sim {

struct SmallWorld {
  World world{options()};
  Ref folder{"Folder", "group-v3"}, cluster{"ClusterComputeResource", "domain-c7"},
      host{"HostSystem", "host-9"}, pool{"ResourcePool", "resgroup-8"},
      vmfs{"Datastore", "datastore-11"}, vsan{"Datastore", "datastore-12"};

  SmallWorld();

  static WorldOptions options();
  /// A base with `deltas` layers over it, each with one block more than the one below.
  LayerPtr chain(const std::string& stem, LayerForm form, int deltas, const Ref& datastore);
  /// A powered-on VM with one disk of `snapshots` snapshots in a row; those with an even number
  /// have memory.
  Vm& add_vm(const std::string& moid, LayerForm form, int snapshots);
};

/// The value as XML, `<val xsi:type="...">...`; "" when unset.
std::string xml_of(World& world, const Ref& object, const std::string& path,
                   const std::string& version = "8.0.2.0");
/// A scalar's text or a reference's moid; fails the test when unset.
std::string text_of(World& world, const Ref& object, const std::string& path);

}  // namespace sim
