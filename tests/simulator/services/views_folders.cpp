// Folder and Datacenter.
#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

std::vector<Ref> children(const World& world, const Folder& folder) {
  std::vector<Ref> refs;
  const auto add = [&](const auto& objects, auto&& parent) {
    for (const auto& [moid, object] : objects)
      if (parent(object) == folder.ref) refs.push_back(object.ref);
  };
  // The folders of a datacenter are its own properties, not children of anything.
  add(world.folders, [](const Folder& child) { return child.parent; });
  add(world.datacenters, [](const Datacenter& child) { return child.parent; });
  add(world.computes, [](const Compute& child) { return child.folder; });
  add(world.datastores, [](const Datastore& child) { return child.folder; });
  add(world.vms, [](const Vm& child) { return child.folder; });
  for (const auto& [moid, datacenter] : world.datacenters)
    if (datacenter.network_folder == folder.ref) refs.push_back(network_of(datacenter));
  return refs;
}

std::vector<std::string> child_types(const World& world, const Folder& folder) {
  const Datacenter* datacenter = datacenter_of(world, folder.ref);
  if (datacenter == nullptr) return {"Folder", "Datacenter"};
  Ref top = folder.ref;
  for (auto at = world.folders.find(top.value);
       at != world.folders.end() && at->second.parent != datacenter->ref;
       at = world.folders.find(top.value))
    top = at->second.parent;
  if (top == datacenter->host_folder) return {"Folder", "ComputeResource"};
  if (top == datacenter->datastore_folder) return {"Folder", "Datastore", "StoragePod"};
  if (top == datacenter->network_folder) return {"Folder", "Network", "DistributedVirtualSwitch"};
  return {"Folder", "VirtualMachine", "VirtualApp"};
}

constexpr Entry<Folder> kFolderTable[] = {
    {"childEntity",
     [](World& world, const Folder& folder) -> Made {
       return refs_value(children(world, folder));
     }},
    {"childType",
     [](World& world, const Folder& folder) -> Made {
       return strings_value(child_types(world, folder));
     }},
};

constexpr Entry<Datacenter> kDatacenterTable[] = {
    {"configuration",
     [](World&, const Datacenter&) -> Made { return Value::object("DatacenterConfigInfo"); },
     "DatacenterConfigInfo"},
    {"datastore",
     [](World& world, const Datacenter& datacenter) -> Made {
       std::vector<Ref> refs;
       for (const auto& [moid, datastore] : world.datastores)
         if (datacenter_of(world, datastore.folder) == &datacenter) refs.push_back(datastore.ref);
       return refs_value(std::move(refs));
     }},
    {"datastoreFolder",
     [](World&, const Datacenter& of) -> Made { return Value::ref(of.datastore_folder); }},
    {"hostFolder", [](World&, const Datacenter& of) -> Made { return Value::ref(of.host_folder); }},
    {"network", [](World&, const Datacenter& of) -> Made { return refs_value({network_of(of)}); }},
    {"networkFolder",
     [](World&, const Datacenter& of) -> Made { return Value::ref(of.network_folder); }},
    {"vmFolder", [](World&, const Datacenter& of) -> Made { return Value::ref(of.vm_folder); }},
};

}  // namespace

std::span<const Entry<Folder>> folder_table() { return kFolderTable; }
std::span<const Entry<Datacenter>> datacenter_table() { return kDatacenterTable; }

}  // namespace sim::views
