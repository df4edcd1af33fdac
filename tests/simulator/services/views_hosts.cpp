// HostSystem, ComputeResource, ClusterComputeResource and ResourcePool.
#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

// Every host is alike: what a 2-socket server of the recordings shows.
constexpr std::int16_t kPackages = 2, kCores = 36, kThreads = 72;
constexpr std::int64_t kHz = 2299998028, kMemory = 549604499456;
constexpr std::int32_t kMhz = 2299;

std::vector<Ref> vms_where(const World& world, auto&& wanted) {
  std::vector<Ref> refs;
  for (const auto& [moid, vm] : world.vms)
    if (wanted(vm)) refs.push_back(vm.ref);
  return refs;
}

std::vector<Ref> hosts_of(const World& world, const Ref& compute) {
  std::vector<Ref> refs;
  for (const auto& [moid, host] : world.hosts)
    if (host.compute == compute) refs.push_back(host.ref);
  return refs;
}

std::vector<Ref> networks_near(const World& world, const Ref& place) {
  const Datacenter* datacenter = datacenter_of(world, place);
  return datacenter ? std::vector<Ref>{network_of(*datacenter)} : std::vector<Ref>{};
}

Value product_value(World& world) {
  Value value = about_value(world);
  const std::string version = value.step("version")->text();
  value.set("name", Value::text("VMware ESXi"))
      .set("fullName", Value::text("VMware ESXi " + version + " build-22380479"))
      .set("build", Value::text("22380479"))
      .set("osType", Value::text("vmnix-x86"))
      .set("productLineId", Value::text("embeddedEsx"))
      .set("apiType", Value::text("HostAgent"))
      .set("licenseProductName", Value::text("VMware ESX Server"));
  return value;
}

Value hardware_summary(const Host& host) {
  Value value = Value::object("HostHardwareSummary");
  value.set("vendor", Value::text("Simulated"))
      .set("model", Value::text("vcenter-sim host"))
      .set("uuid", Value::text(host.uuid))
      .set("memorySize", Value::long_integer(kMemory))
      .set("cpuModel", Value::text("Simulated CPU @ 2.30GHz"))
      .set("cpuMhz", Value::integer(kMhz))
      .set("numCpuPkgs", Value::short_integer(kPackages))
      .set("numCpuCores", Value::short_integer(kCores))
      .set("numCpuThreads", Value::short_integer(kThreads))
      .set("numNics", Value::integer(2))
      .set("numHBAs", Value::integer(2));
  return value;
}

constexpr Entry<Host> kHostTable[] = {
    {"config", nullptr, "HostConfigInfo"},
    {"config.host", [](World&, const Host& host) -> Made { return Value::ref(host.ref); }},
    {"config.product", [](World& world, const Host&) -> Made { return product_value(world); }},
    {"datastore",
     [](World& world, const Host& host) -> Made {
       return refs_value(datastores_near(world, host.ref));
     }},
    {"datastoreBrowser",
     [](World&, const Host& host) -> Made {
       return Value::ref({"HostDatastoreBrowser", "datastoreBrowser-" + host.ref.value});
     }},
    {"hardware", nullptr, "HostHardwareInfo"},
    {"hardware.systemInfo",
     [](World&, const Host& host) -> Made {
       Value value = Value::object("HostSystemInfo");
       value.set("vendor", Value::text("Simulated"))
           .set("model", Value::text("vcenter-sim host"))
           .set("uuid", Value::text(host.uuid));
       return value;
     }},
    {"hardware.cpuInfo",
     [](World&, const Host&) -> Made {
       Value value = Value::object("HostCpuInfo");
       value.set("numCpuPackages", Value::short_integer(kPackages))
           .set("numCpuCores", Value::short_integer(kCores))
           .set("numCpuThreads", Value::short_integer(kThreads))
           .set("hz", Value::long_integer(kHz));
       return value;
     }},
    {"hardware.memorySize",
     [](World&, const Host&) -> Made { return Value::long_integer(kMemory); }},
    {"network",
     [](World& world, const Host& host) -> Made {
       return refs_value(networks_near(world, host.ref));
     }},
    {"runtime", nullptr, "HostRuntimeInfo"},
    {"runtime.connectionState",
     [](World&, const Host& host) -> Made {
       return Value::word("HostSystemConnectionState",
                          host.connected ? "connected" : "notResponding");
     }},
    {"runtime.powerState",
     [](World&, const Host& host) -> Made {
       return Value::word("HostSystemPowerState", host.connected ? "poweredOn" : "unknown");
     }},
    {"runtime.standbyMode", [](World&, const Host&) -> Made { return Value::text("none"); }},
    {"runtime.inMaintenanceMode",
     [](World&, const Host& host) -> Made { return Value::boolean(host.in_maintenance); }},
    {"runtime.inQuarantineMode", [](World&, const Host&) -> Made { return Value::boolean(false); }},
    {"summary", nullptr, "HostListSummary"},
    {"summary.host", [](World&, const Host& host) -> Made { return Value::ref(host.ref); }},
    {"summary.hardware", [](World&, const Host& host) -> Made { return hardware_summary(host); }},
    {"summary.runtime",
     [](World& world, const Host& host) -> Made {
       return read(world, host, host_table(), "runtime");
     }},
    {"summary.config",
     [](World& world, const Host& host) -> Made {
       Value value = Value::object("HostConfigSummary");
       value.set("name", Value::text(host.name))
           .set("port", Value::integer(443))
           .set("product", product_value(world))
           .set("vmotionEnabled", Value::boolean(true));
       return value;
     }},
    {"summary.quickStats",
     [](World&, const Host&) -> Made { return Value::object("HostListSummaryQuickStats"); }},
    {"summary.overallStatus",
     [](World&, const Host& host) -> Made {
       return Value::word("ManagedEntityStatus", host.connected ? "green" : "red");
     }},
    {"summary.rebootRequired", [](World&, const Host&) -> Made { return Value::boolean(false); }},
    {"vm",
     [](World& world, const Host& host) -> Made {
       return refs_value(vms_where(world, [&](const Vm& vm) { return vm.host == host.ref; }));
     }},
};

Value compute_summary(World& world, const Compute& compute) {
  const auto hosts = static_cast<std::int32_t>(hosts_of(world, compute.ref).size());
  std::int32_t connected = 0;
  for (const auto& [moid, host] : world.hosts)
    connected += host.compute == compute.ref && host.connected && !host.in_maintenance ? 1 : 0;
  Value value =
      Value::object(compute.cluster ? "ClusterComputeResourceSummary" : "ComputeResourceSummary");
  value.set("totalCpu", Value::integer(hosts * kMhz * kCores))
      .set("totalMemory", Value::long_integer(hosts * kMemory))
      .set("numCpuCores", Value::short_integer(static_cast<std::int16_t>(hosts * kCores)))
      .set("numCpuThreads", Value::short_integer(static_cast<std::int16_t>(hosts * kThreads)))
      .set("effectiveCpu", Value::integer(connected * kMhz * kCores))
      .set("effectiveMemory", Value::long_integer(connected * (kMemory >> 20)))
      .set("numHosts", Value::integer(hosts))
      .set("numEffectiveHosts", Value::integer(connected))
      .set("overallStatus", Value::word("ManagedEntityStatus", "green"));
  if (compute.cluster)
    value.set("currentFailoverLevel", Value::integer(1)).set("numVmotions", Value::integer(0));
  return value;
}

constexpr Entry<Compute> kComputeTable[] = {
    {"datastore",
     [](World& world, const Compute& compute) -> Made {
       return refs_value(datastores_near(world, compute.ref));
     }},
    {"environmentBrowser",
     [](World&, const Compute& compute) -> Made {
       const std::string& moid = compute.ref.value;
       return Value::ref({"EnvironmentBrowser", "envbrowser-" + moid.substr(moid.rfind('-') + 1)});
     }},
    {"host",
     [](World& world, const Compute& compute) -> Made {
       return refs_value(hosts_of(world, compute.ref));
     }},
    {"network",
     [](World& world, const Compute& compute) -> Made {
       return refs_value(networks_near(world, compute.ref));
     }},
    {"resourcePool",
     [](World&, const Compute& compute) -> Made {
       if (compute.pool.empty()) return std::nullopt;
       return Value::ref(compute.pool);
     }},
    {"summary",
     [](World& world, const Compute& compute) -> Made { return compute_summary(world, compute); },
     "ClusterComputeResourceSummary"},
};

Value pool_usage() {
  Value value = Value::object("ResourcePoolResourceUsage");
  for (const char* field : {"reservationUsed", "reservationUsedForVm", "unreservedForPool",
                            "unreservedForVm", "overallUsage", "maxUsage"})
    value.set(field, Value::long_integer(0));
  return value;
}

Value pool_runtime() {
  Value value = Value::object("ResourcePoolRuntimeInfo");
  value.set("memory", pool_usage())
      .set("cpu", pool_usage())
      .set("overallStatus", Value::word("ManagedEntityStatus", "green"));
  return value;
}

Value pool_config(const Pool& pool) { return resource_config_value(pool.ref, 4000, 163840, true); }

constexpr Entry<Pool> kPoolTable[] = {
    {"config", [](World&, const Pool& pool) -> Made { return pool_config(pool); },
     "ResourceConfigSpec"},
    {"owner", [](World&, const Pool& pool) -> Made { return Value::ref(pool.owner); }},
    {"resourcePool",
     [](World& world, const Pool& pool) -> Made {
       std::vector<Ref> refs;
       for (const auto& [moid, other] : world.pools)
         if (other.parent == pool.ref) refs.push_back(other.ref);
       return refs_value(std::move(refs));
     }},
    {"runtime", [](World&, const Pool&) -> Made { return pool_runtime(); },
     "ResourcePoolRuntimeInfo"},
    {"summary", nullptr, "ResourcePoolSummary"},
    {"summary.name", [](World&, const Pool& pool) -> Made { return Value::text(pool.name); }},
    {"summary.config", [](World&, const Pool& pool) -> Made { return pool_config(pool); }},
    {"summary.runtime", [](World&, const Pool&) -> Made { return pool_runtime(); }},
    {"vm",
     [](World& world, const Pool& pool) -> Made {
       return refs_value(
           vms_where(world, [&](const Vm& vm) { return vm.pool == pool.ref && !vm.is_template; }));
     }},
};

}  // namespace

// Every datastore of a datacenter is mounted on every host of it.
std::vector<Ref> datastores_near(const World& world, const Ref& place) {
  const Datacenter* datacenter = datacenter_of(world, place);
  std::vector<Ref> refs;
  for (const auto& [moid, datastore] : world.datastores)
    if (datacenter != nullptr && datacenter_of(world, datastore.folder) == datacenter)
      refs.push_back(datastore.ref);
  return refs;
}

std::span<const Entry<Host>> host_table() { return kHostTable; }
std::span<const Entry<Compute>> compute_table() { return kComputeTable; }
std::span<const Entry<Pool>> pool_table() { return kPoolTable; }

}  // namespace sim::views
