// Datastore with its kinds, Network and HostDatastoreBrowser.
#include <algorithm>

#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

std::int64_t bytes(std::uint64_t number) { return static_cast<std::int64_t>(number); }

bool is_vmfs(const Datastore& datastore) { return datastore.type == "VMFS"; }
bool is_nfs(const Datastore& datastore) { return datastore.type.starts_with("NFS"); }
bool is_vsan(const Datastore& datastore) { return datastore.type == "vsan"; }

std::string mount_path(const Datastore& datastore) {
  return "/vmfs/volumes/" + (is_vsan(datastore) ? "vsan:" : std::string()) + datastore.ref.value;
}

std::string url(const Datastore& datastore) { return "ds://" + mount_path(datastore) + "/"; }

/// Uncommitted of a datastore: what thin disks on it may still grow by.
std::uint64_t uncommitted(World& world, const Datastore& datastore) {
  std::uint64_t total = 0;
  for (const auto& [moid, vm] : world.vms) {
    for (const Disk& disk : vm.disks) {
      if (!disk.running || disk.running->datastore != datastore.ref) continue;
      const std::uint64_t stored = world.stored_bytes(*disk.running);
      if (stored < disk.capacity_bytes) total += disk.capacity_bytes - stored;
    }
  }
  return total;
}

Value capability(const Datastore& datastore) {
  // What recorded datastores of each kind say.
  const bool objects = !is_vmfs(datastore) && !is_nfs(datastore);
  const bool vmfs_sparse = is_nfs(datastore) || (is_vmfs(datastore) && datastore.vmfs_major < 6);
  Value value = Value::object("DatastoreCapability");
  value.set("directoryHierarchySupported", Value::boolean(true))
      .set("rawDiskMappingsSupported", Value::boolean(!is_nfs(datastore)))
      .set("perFileThinProvisioningSupported", Value::boolean(true))
      .set("storageIORMSupported", Value::boolean(!objects))
      .set("nativeSnapshotSupported", Value::boolean(false))
      .set("topLevelDirectoryCreateSupported", Value::boolean(!objects))
      .set("seSparseSupported", Value::boolean(!objects))
      .set("vmfsSparseSupported", Value::boolean(vmfs_sparse))
      .set("vsanSparseSupported", Value::boolean(is_vsan(datastore)));
  return value;
}

Value info(World& world, const Datastore& datastore) {
  const char* type = is_vmfs(datastore)   ? "VmfsDatastoreInfo"
                     : is_nfs(datastore)  ? "NasDatastoreInfo"
                     : is_vsan(datastore) ? "VsanDatastoreInfo"
                                          : "VvolDatastoreInfo";
  Value value = Value::object(type);
  value.set("name", Value::text(datastore.name))
      .set("url", Value::text(url(datastore)))
      .set("freeSpace", Value::long_integer(bytes(world.free_bytes(datastore))))
      .set("maxFileSize", Value::long_integer(70368744177664))
      .set("maxVirtualDiskCapacity", Value::long_integer(68169720922112))
      .set("timestamp", Value::time(world.now()));
  if (is_vmfs(datastore)) {
    Value extent = Value::object("HostScsiDiskPartition");
    extent.set("diskName", Value::text("naa." + datastore.ref.value))
        .set("partition", Value::integer(1));
    Value vmfs = Value::object("HostVmfsVolume");
    vmfs.set("type", Value::text("VMFS"))
        .set("name", Value::text(datastore.name))
        .set("capacity", Value::long_integer(bytes(datastore.capacity_bytes)))
        .set("blockSizeMb", Value::integer(1))
        .set("maxBlocks", Value::integer(63963136))
        .set("majorVersion", Value::integer(datastore.vmfs_major))
        .set("version", Value::text(datastore.vmfs_major >= 6 ? "6.82" : "5.61"))
        .set("uuid", Value::text(datastore.ref.value))
        .set("extent", std::move(extent))
        .set("vmfsUpgradable", Value::boolean(false));
    value.set("maxPhysicalRDMFileSize", Value::long_integer(70368744177664))
        .set("maxVirtualRDMFileSize", Value::long_integer(68169720922112))
        .set("vmfs", std::move(vmfs));
  } else if (is_nfs(datastore)) {
    Value nas = Value::object("HostNasVolume");
    nas.set("type", Value::text(datastore.type))
        .set("name", Value::text(datastore.name))
        .set("capacity", Value::long_integer(bytes(datastore.capacity_bytes)))
        .set("remoteHost", Value::text("nas.example"))
        .set("remotePath", Value::text("/export/" + datastore.ref.value));
    value.set("nas", std::move(nas));
  }
  return value;
}

Value mount_value(const Datastore& datastore) {
  Value value = Value::object("HostMountInfo");
  value.set("path", Value::text(mount_path(datastore)))
      .set("accessMode", Value::text("readWrite"))
      .set("mounted", Value::boolean(true))
      .set("accessible", Value::boolean(datastore.accessible));
  return value;
}

std::size_t hosts_near(const World& world, const Datastore& datastore, std::vector<Ref>* refs) {
  const Datacenter* datacenter = datacenter_of(world, datastore.folder);
  std::size_t count = 0;
  for (const auto& [moid, host] : world.hosts) {
    if (datacenter == nullptr || datacenter_of(world, host.ref) != datacenter) continue;
    ++count;
    if (refs != nullptr) refs->push_back(host.ref);
  }
  return count;
}

constexpr Entry<Datastore> kDatastoreTable[] = {
    {"browser",
     [](World&, const Datastore& datastore) -> Made {
       return Value::ref({"HostDatastoreBrowser", "datastoreBrowser-" + datastore.ref.value});
     }},
    {"capability", [](World&, const Datastore& datastore) -> Made { return capability(datastore); },
     "DatastoreCapability"},
    {"host",
     [](World& world, const Datastore& datastore) -> Made {
       std::vector<Ref> hosts;
       hosts_near(world, datastore, &hosts);
       std::vector<Value> mounts;
       for (Ref& host : hosts) {
         mounts.push_back(Value::object("DatastoreHostMount"));
         mounts.back()
             .set("key", Value::ref(std::move(host)))
             .set("mountInfo", mount_value(datastore));
       }
       return Value::array("ArrayOfDatastoreHostMount", "DatastoreHostMount", std::move(mounts));
     }},
    {"info",
     [](World& world, const Datastore& datastore) -> Made { return info(world, datastore); }},
    {"iormConfiguration",
     [](World&, const Datastore&) -> Made {
       Value value = Value::object("StorageIORMInfo");
       value.set("enabled", Value::boolean(false))
           .set("congestionThreshold", Value::integer(30))
           .set("reservationEnabled", Value::boolean(true));
       return value;
     },
     "StorageIORMInfo"},
    {"summary", nullptr, "DatastoreSummary"},
    {"summary.datastore",
     [](World&, const Datastore& datastore) -> Made { return Value::ref(datastore.ref); }},
    {"summary.name",
     [](World&, const Datastore& datastore) -> Made { return Value::text(datastore.name); }},
    {"summary.url",
     [](World&, const Datastore& datastore) -> Made { return Value::text(url(datastore)); }},
    {"summary.capacity",
     [](World&, const Datastore& datastore) -> Made {
       return Value::long_integer(bytes(datastore.capacity_bytes));
     }},
    {"summary.freeSpace",
     [](World& world, const Datastore& datastore) -> Made {
       return Value::long_integer(bytes(world.free_bytes(datastore)));
     }},
    {"summary.uncommitted",
     [](World& world, const Datastore& datastore) -> Made {
       return Value::long_integer(bytes(uncommitted(world, datastore)));
     }},
    {"summary.accessible",
     [](World&, const Datastore& datastore) -> Made {
       return Value::boolean(datastore.accessible);
     }},
    {"summary.multipleHostAccess",
     [](World& world, const Datastore& datastore) -> Made {
       return Value::boolean(hosts_near(world, datastore, nullptr) > 1);
     }},
    {"summary.type",
     [](World&, const Datastore& datastore) -> Made { return Value::text(datastore.type); }},
    {"summary.maintenanceMode",
     [](World&, const Datastore&) -> Made { return Value::text("normal"); }},
    {"vm",
     [](World& world, const Datastore& datastore) -> Made {
       std::vector<Ref> refs;
       for (const auto& [moid, vm] : world.vms) {
         const std::vector<Ref> used = datastores_of(vm);
         if (std::ranges::find(used, datastore.ref) != used.end()) refs.push_back(vm.ref);
       }
       return refs_value(std::move(refs));
     }},
};

constexpr Entry<Network> kNetworkTable[] = {
    {"host",
     [](World& world, const Network& network) -> Made {
       std::vector<Ref> refs;
       for (const auto& [moid, host] : world.hosts)
         if (datacenter_of(world, host.ref) == &network.datacenter) refs.push_back(host.ref);
       return refs_value(std::move(refs));
     }},
    {"summary",
     [](World&, const Network& network) -> Made {
       Value value = Value::object("NetworkSummary");
       value.set("network", Value::ref(network.ref))
           .set("name", Value::text(network.name))
           .set("accessible", Value::boolean(true))
           .set("ipPoolName", Value::text(""));
       return value;
     },
     "NetworkSummary"},
    {"vm",
     [](World& world, const Network& network) -> Made {
       std::vector<Ref> refs;
       for (const auto& [moid, vm] : world.vms)
         if (datacenter_of(world, vm.folder) == &network.datacenter) refs.push_back(vm.ref);
       return refs_value(std::move(refs));
     }},
};

constexpr Entry<Browser> kBrowserTable[] = {
    {"datastore",
     [](World&, const Browser& browser) -> Made { return refs_value(browser.datastores); }},
};

}  // namespace

std::span<const Entry<Datastore>> datastore_table() { return kDatastoreTable; }
std::span<const Entry<Network>> network_table() { return kNetworkTable; }
std::span<const Entry<Browser>> browser_table() { return kBrowserTable; }

}  // namespace sim::views
