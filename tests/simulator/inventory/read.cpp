// Places of an inventory file: datacenters, folders, clusters, hosts, pools, datastores.
#include <algorithm>
#include <cmath>

#include "tests/simulator/inventory/inventory.h"
#include "tests/simulator/inventory/read_vm.h"
#include "tests/simulator/model/operations.h"
#include "tests/simulator/model/workload.h"

namespace sim {
namespace {

using nlohmann::json;

void read_folders(World& world, const Place& place, const Ref& root, Sites::Site& site) {
  site.folders[""] = root;
  for (const Place& folder : place.list("folders")) {
    const bool plain = folder.value().is_string();
    if (!plain) folder.only({"path", "moid"});
    const std::string path = plain ? folder.value().get<std::string>() : folder.text("path");
    const auto slash = path.rfind('/');
    const std::string above = slash == std::string::npos ? "" : path.substr(0, slash);
    if (path.empty() || path.back() == '/') {
      folder.wrong("names no folder: \"" + path + "\"");
    } else if (!site.folders.contains(above)) {
      folder.wrong("lies in \"" + above + "\", which must come before it");
    } else if (site.folders.contains(path)) {
      folder.wrong("is there already: " + path);
    } else {
      const Ref ref = ref_of(world, folder, "Folder");
      const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
      world.folders[ref.value] = {ref, name, site.folders.at(above)};
      site.folders[path] = ref;
    }
  }
}

void read_datastores(World& world, const Place& place, const Ref& folder, Sites::Site& site) {
  static const std::map<std::string, std::pair<const char*, int>> kTypes = {{"vmfs5", {"VMFS", 5}},
                                                                            {"vmfs6", {"VMFS", 6}},
                                                                            {"nfs", {"NFS", 0}},
                                                                            {"vsan", {"vsan", 0}},
                                                                            {"vvol", {"VVOL", 0}}};
  for (const Place& one : place.list("datastores")) {
    one.only({"name", "moid", "type", "capacity_gib", "free_gib", "other_gib", "accessible"});
    Datastore datastore;
    datastore.ref = ref_of(world, one, "Datastore");
    datastore.name = one.text("name");
    const std::string type = one.text("type", "vmfs6");
    if (const auto known = kTypes.find(type); known != kTypes.end()) {
      datastore.type = known->second.first;
      datastore.vmfs_major = known->second.second;
    } else {
      one.at("type").wrong("must be vmfs5, vmfs6, nfs, vsan or vvol, not \"" + type + "\"");
    }
    datastore.folder = folder;
    datastore.capacity_bytes =
        static_cast<std::uint64_t>(std::llround(one.number("capacity_gib", 0) * kGibBytes));
    datastore.other_bytes =
        static_cast<std::uint64_t>(std::llround(one.number("other_gib", 0) * kGibBytes));
    datastore.accessible = one.flag("accessible", true);
    if (one.has("free_gib") && (one.has("other_gib") || !one.has("capacity_gib")))
      one.at("free_gib").wrong("goes with capacity_gib and without other_gib");
    if (!site.datastores.emplace(datastore.name, datastore.ref).second)
      one.wrong("two datastores are named \"" + datastore.name + "\"");
    site.datastores[datastore.ref.value] = datastore.ref;
    world.datastores[datastore.ref.value] = std::move(datastore);
  }
}

void read_hosts(World& world, const Place& place, const Ref& compute, Sites::Site& site) {
  for (const Place& one : place.list("hosts")) {
    const bool plain = one.value().is_string();
    if (!plain) one.only({"name", "moid", "uuid", "connected", "maintenance"});
    Host host;
    host.ref = ref_of(world, one, "HostSystem");
    host.name = plain ? one.value().get<std::string>() : one.text("name");
    host.uuid = plain ? "" : one.text("uuid", "");
    if (host.uuid.empty())
      host.uuid = Operations::uuid_from(mix(world.options().seed, world.hosts.size()), "4c4c4544");
    host.connected = plain || one.flag("connected", true);
    host.in_maintenance = !plain && one.flag("maintenance", false);
    host.compute = compute;
    if (!site.hosts.emplace(host.name, host.ref).second)
      one.wrong("two hosts are named \"" + host.name + "\"");
    site.hosts[host.ref.value] = host.ref;
    world.hosts[host.ref.value] = std::move(host);
  }
}

void read_clusters(World& world, const Place& place, const Ref& folder, Sites::Site& site) {
  for (const Place& one : place.list("clusters")) {
    one.only({"name", "moid", "standalone", "pool_moid", "hosts", "pools"});
    Compute compute;
    compute.cluster = !one.flag("standalone", false);
    compute.ref =
        ref_of(world, one, compute.cluster ? "ClusterComputeResource" : "ComputeResource");
    compute.name = one.text("name");
    compute.folder = folder;
    const auto pool_moid = one.optional_text("pool_moid");
    compute.pool = pool_moid ? Ref{"ResourcePool", *pool_moid} : world.next_ref("ResourcePool");
    world.pools[compute.pool.value] = {compute.pool, "Resources", compute.ref, compute.ref};
    auto& pools = site.pools[compute.ref.value];
    pools["Resources"] = pools[compute.pool.value] = compute.pool;
    for (const Place& each : one.list("pools")) {
      const bool plain = each.value().is_string();
      if (!plain) each.only({"name", "moid", "under"});
      Pool pool;
      pool.ref = ref_of(world, each, "ResourcePool");
      pool.name = plain ? each.value().get<std::string>() : each.text("name");
      const std::string under = plain ? "Resources" : each.text("under", "Resources");
      if (!pools.contains(under)) each.wrong("lies under no pool before it: \"" + under + "\"");
      pool.parent = pools.contains(under) ? pools.at(under) : compute.pool;
      pool.owner = compute.ref;
      pools[pool.name] = pools[pool.ref.value] = pool.ref;
      world.pools[pool.ref.value] = std::move(pool);
    }
    read_hosts(world, one, compute.ref, site);
    site.computes[compute.name] = site.computes[compute.ref.value] = compute.ref;
    world.computes[compute.ref.value] = std::move(compute);
  }
}

void read_datacenter(World& world, const Place& place, Sites& sites) {
  place.only({"name", "moid", "moids", "folders", "datastores", "clusters"});
  Datacenter datacenter;
  datacenter.ref = ref_of(world, place, "Datacenter");
  datacenter.name = place.text("name");
  datacenter.parent = world.root_folder;
  const auto folder = [&](const char* name) {
    Ref ref;
    if (place.has("moids")) {
      if (const auto moid = place.at("moids").optional_text(name)) ref = {"Folder", *moid};
    }
    if (ref.empty()) ref = world.next_ref("Folder");
    world.folders[ref.value] = {ref, name, datacenter.ref};
    return ref;
  };
  if (place.has("moids")) place.at("moids").only({"vm", "host", "datastore", "network"});
  datacenter.vm_folder = folder("vm");
  datacenter.host_folder = folder("host");
  datacenter.datastore_folder = folder("datastore");
  datacenter.network_folder = folder("network");
  if (sites.by_name.contains(datacenter.name))
    place.wrong("two datacenters are named \"" + datacenter.name + "\"");
  Sites::Site& site = sites.by_name[datacenter.name];
  read_folders(world, place, datacenter.vm_folder, site);
  read_datastores(world, place, datacenter.datastore_folder, site);
  read_clusters(world, place, datacenter.host_folder, site);
  world.datacenters[datacenter.ref.value] = std::move(datacenter);
}

// What the file leaves open: room for as much again as is used, or as much as it says is free.
void size_datastores(World& world, const Place& top) {
  constexpr std::uint64_t kGib = std::uint64_t{1} << 30;
  for (auto& [moid, datastore] : world.datastores) {
    if (datastore.capacity_bytes) continue;
    datastore.capacity_bytes = UINT64_MAX / 4;
    const std::uint64_t used = datastore.capacity_bytes - world.free_bytes(datastore);
    datastore.capacity_bytes = std::max(2 * used, 1024 * kGib) / kGib * kGib;
  }
  for (const Place& datacenter : top.list("datacenters")) {
    for (const Place& one : datacenter.list("datastores")) {
      if (!one.has("free_gib")) continue;
      const auto wanted =
          static_cast<std::uint64_t>(std::llround(one.number("free_gib", 0) * kGibBytes));
      for (auto& [moid, datastore] : world.datastores) {
        if (datastore.name != one.text("name")) continue;
        if (one.has("moid") && moid != one.text("moid")) continue;
        const std::uint64_t free = world.free_bytes(datastore);
        datastore.other_bytes += free - std::min(free, wanted);
      }
    }
  }
}

// Before any number is given out: a file may name some objects and leave others to us.
void reserve_all(World& world, const json& value) {
  if (!value.is_structured()) return;
  for (const auto& [key, inner] : value.items()) {
    if (inner.is_string() && key.ends_with("moid"))
      world.reserve({"Folder", inner.get<std::string>()});
    else
      reserve_all(world, inner);
  }
}

[[noreturn]] void refuse(const Place::Problems& problems) {
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + problem;
  throw InventoryError(text);
}

}  // namespace

Ref ref_of(World& world, const Place& place, const std::string& type) {
  if (!place.has("moid")) return world.next_ref(type);
  const Ref ref{type, place.text("moid")};
  const std::string& moid = ref.value;
  if (moid.empty() || world.vms.contains(moid) || world.hosts.contains(moid) ||
      world.computes.contains(moid) || world.pools.contains(moid) || world.folders.contains(moid) ||
      world.datacenters.contains(moid) || world.datastores.contains(moid))
    place.at("moid").wrong("must be one object's own, \"" + moid + "\" is not");
  return ref;
}

std::optional<Time> inventory_start(const json& document) {
  Place::Problems problems;
  const Place top(document, "", problems);
  const auto start = top.time(is_saved_scan(document) ? "taken" : "start");
  if (!problems.empty()) refuse(problems);
  return start;
}

void load_inventory(World& world, const json& document) {
  if (is_saved_scan(document)) return load_inventory(world, from_saved_scan(document));
  Place::Problems problems;
  const Place top(document, "", problems);
  top.only({"vcenter_sim", "start", "root_moid", "datacenters", "vms"});
  if (top.count("vcenter_sim") != 1)
    top.wrong("\"vcenter_sim\" must be 1, the only format there is");
  reserve_all(world, document);
  const auto root = top.optional_text("root_moid");
  world.root_folder = root ? Ref{"Folder", *root} : world.next_ref("Folder");
  world.folders[world.root_folder.value] = {world.root_folder, "Datacenters", {}};
  Sites sites;
  const auto datacenters = top.list("datacenters");
  if (datacenters.empty()) top.wrong("needs \"datacenters\": without one there is no place");
  for (const Place& place : datacenters) read_datacenter(world, place, sites);
  read_vms(world, sites, top.list("vms"));
  if (!problems.empty()) refuse(problems);
  world.recount();
  for (auto& [moid, vm] : world.vms) world.refresh_layout(vm);
  size_datastores(world, top);
}

}  // namespace sim
