#include "tests/simulator/model/build.h"

#include <algorithm>
#include <cmath>

#include "tests/simulator/model/build_parts.h"
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

struct Site {  // what a datacenter offers to a VM
  std::vector<Ref> folders, pools, datastores;
  std::vector<std::vector<Ref>> hosts;  ///< by pool
};

Ref add_folder(World& world, const std::string& name, const Ref& parent) {
  const Ref ref = world.next_ref("Folder");
  world.folders[ref.value] = {ref, name, parent};
  return ref;
}

void add_clusters(World& world, const BuildOptions& options, Dice& dice, std::size_t number,
                  const Ref& folder, Site& site) {
  for (std::size_t index = 0; index < options.clusters; ++index) {
    Compute cluster;
    cluster.ref = world.next_ref("ClusterComputeResource");
    cluster.name = "Cluster" + std::to_string(index + 1);
    cluster.folder = folder;
    cluster.pool = world.next_ref("ResourcePool");
    world.pools[cluster.pool.value] = {cluster.pool, "Resources", cluster.ref, cluster.ref};
    site.pools.push_back(cluster.pool);
    auto& hosts = site.hosts.emplace_back();
    for (std::size_t one = 0; one < options.hosts; ++one) {
      Host host;
      host.ref = world.next_ref("HostSystem");
      host.name = "esx" + std::to_string(index + 1) + std::to_string(one + 1) + ".dc" +
                  std::to_string(number) + ".example.org";
      host.uuid = Operations::uuid_from(dice.number(), "4c4c4544");
      host.compute = cluster.ref;
      hosts.push_back(host.ref);
      world.hosts[host.ref.value] = std::move(host);
    }
    world.computes[cluster.ref.value] = std::move(cluster);
  }
}

void add_datastores(World& world, const BuildOptions& options, const Ref& folder, Site& site) {
  std::map<std::string, int> numbers;
  for (const std::string& kind : options.datastores) {
    Datastore datastore;
    datastore.ref = world.next_ref("Datastore");
    datastore.name = kind + "-" + std::to_string(++numbers[kind]);
    datastore.type = kind == "nfs"    ? "NFS"
                     : kind == "vsan" ? "vsan"
                     : kind == "vvol" ? "VVOL"
                                      : "VMFS";
    datastore.vmfs_major = kind == "vmfs5" ? 5 : 6;
    datastore.folder = folder;
    datastore.capacity_bytes = UINT64_MAX / 4;  // until the VMs are there
    site.datastores.push_back(datastore.ref);
    world.datastores[datastore.ref.value] = std::move(datastore);
  }
}

Site add_datacenter(World& world, const BuildOptions& options, Dice& dice, std::size_t number) {
  Site site;
  Datacenter datacenter;
  datacenter.ref = world.next_ref("Datacenter");
  datacenter.name = "DC" + std::to_string(number);
  datacenter.parent = world.root_folder;
  datacenter.vm_folder = add_folder(world, "vm", datacenter.ref);
  datacenter.host_folder = add_folder(world, "host", datacenter.ref);
  datacenter.datastore_folder = add_folder(world, "datastore", datacenter.ref);
  datacenter.network_folder = add_folder(world, "network", datacenter.ref);
  static constexpr const char* kFolders[] = {"Production", "Test", "Databases", "Desktops",
                                             "Infrastructure"};
  site.folders.push_back(datacenter.vm_folder);
  for (std::size_t index = 0; index < options.folders; ++index) {
    const std::string more =
        index < std::size(kFolders) ? "" : " " + std::to_string(index / std::size(kFolders) + 1);
    site.folders.push_back(
        add_folder(world, kFolders[index % std::size(kFolders)] + more, datacenter.vm_folder));
  }
  add_clusters(world, options, dice, number, datacenter.host_folder, site);
  add_datastores(world, options, datacenter.datastore_folder, site);
  world.datacenters[datacenter.ref.value] = std::move(datacenter);
  return site;
}

Vm blank_vm(World& world, const Site& site, Dice& dice) {
  Vm vm;
  vm.ref = world.next_ref("VirtualMachine");
  vm.folder = dice.one_of(site.folders);
  const std::size_t cluster = dice.below(site.pools.size());
  vm.pool = site.pools[cluster];
  vm.host = dice.one_of(site.hosts[cluster]);
  vm.home_datastore = dice.one_of(site.datastores);
  vm.instance_uuid = Operations::uuid_from(dice.number(), "50");
  vm.bios_uuid = Operations::uuid_from(dice.number(), "42");
  vm.memory_mib = 1024U << dice.below(5);
  vm.cpus = 1U << dice.below(4);
  vm.guest_id = dice.chance(0.5) ? "windows2019srv_64Guest" : "debian11_64Guest";
  vm.ever_powered_on = true;
  vm.written_until = vm.layout_time = world.options().start;
  return vm;
}

// Room for guests and snapshots: as much again as is used.
void size_datastores(World& world, const BuildOptions& options) {
  for (auto& [moid, datastore] : world.datastores) {
    const std::uint64_t used = datastore.capacity_bytes - world.free_bytes(datastore);
    const std::uint64_t wanted = std::max(2 * used, 1024 * kGib);
    datastore.capacity_bytes =
        options.datastore_bytes ? options.datastore_bytes : wanted / kGib * kGib;
  }
}

}  // namespace

void build(World& world, const BuildOptions& options) {
  Dice dice(world.options().seed);
  world.root_folder = world.next_ref("Folder");
  world.folders[world.root_folder.value] = {world.root_folder, "Datacenters", {}};
  std::vector<Site> sites;
  for (std::size_t number = 1; number <= std::max<std::size_t>(options.datacenters, 1); ++number) {
    sites.push_back(add_datacenter(world, options, dice, number));
  }
  std::vector<Event> past;
  const Vm* last_source = nullptr;  // the newest VM that a linked clone can stand on
  const Vm* last = nullptr;
  for (std::size_t index = 0; index < options.vms; ++index) {
    Vm vm = blank_vm(world, sites[index % sites.size()], dice);
    const bool linked = last_source && dice.chance(options.linked_clones);
    choose_kind(vm, options, dice);
    vm.name = name_for(index, vm, options, dice);
    // Names may repeat, but not within one folder.
    const bool repeats = dice.chance(options.duplicate_names) && last && last->folder != vm.folder;
    if (repeats && !vm.vcls_agent) vm.name = last->name;
    vm.home = home_of(world, vm, repeats);
    if (linked && !vm.vcls_agent)
      stand_on(world, vm, *last_source);
    else
      give_disks(world, vm, options, dice);
    live(world, vm, options, dice, past);
    const bool source = !linked && !vm.snapshots.empty();
    Vm& made = world.vms[vm.ref.value] = std::move(vm);
    if (source) last_source = &made;
    if (!made.vcls_agent) last = &made;
  }
  Operations(world).log_past(std::move(past));
  world.recount();
  for (auto& [moid, vm] : world.vms) world.refresh_layout(vm);
  size_datastores(world, options);
}

}  // namespace sim
