// Finds the object behind a moref and the table of its type.
#include "tests/simulator/services/views.h"

#include <algorithm>

#include "tests/simulator/wire/schema.h"

namespace sim {
namespace {

using namespace views;

/// How old the server lets sizes grow before it asks the host again.
constexpr Duration kLayoutAge = std::chrono::minutes(30);

[[noreturn]] void throw_not_found(const Ref& object) {
  FaultValue fault{"ManagedObjectNotFound",
                   "The object 'vim." + object.type + ":" + object.value +
                       "' has already been deleted or has not been completely created",
                   {},
                   {{"obj", object}},
                   {}};
  throw FaultReply{std::move(fault)};
}

[[noreturn]] void throw_invalid(std::string_view path) {
  throw FaultReply{{"InvalidProperty", "", {{"name", std::string(path)}}, {}, {}}};
}

/// True when the steps below a property of data type `type` name fields of it. What lies behind an
/// array or in a subtype is not judged.
bool has_steps(std::string_view type, std::string_view rest) {
  for (const std::string& step : path_steps(rest)) {
    const SchemaType* known = schema_type(type);
    if (known == nullptr || step.starts_with("[")) return true;
    const SchemaField* field = known->field(step);
    if (field == nullptr) return false;
    if (field->repeated) return true;
    type = field->type;
  }
  return true;
}

enum class Path { Unknown, Known };

template <typename T>
Path judge(std::span<const Entry<T>> table, std::string_view path) {
  const std::string_view top = path.substr(0, path.find_first_of(".["));
  for (const Entry<T>& entry : table) {
    if (entry.path != top) continue;
    return entry.type.empty() || has_steps(entry.type, path.substr(top.size())) ? Path::Known
                                                                                : Path::Unknown;
  }
  return Path::Unknown;
}

template <typename T>
Made read_known(World& world, const T& subject, std::span<const Entry<T>> table,
                std::string_view path) {
  Made value = read(world, subject, table, path);
  if (!value && judge(table, path) == Path::Unknown) throw_invalid(path);
  return value;
}

/// The table of the type, else what every entity has.
template <typename T>
Made read_entity(World& world, const T& subject, std::span<const Entry<T>> table,
                 const Entity& entity, std::string_view path) {
  if (judge(table, path) == Path::Known) return read(world, subject, table, path);
  return read_known(world, entity, entity_table(), path);
}

template <typename T>
const T& find(const std::map<std::string, T>& objects, const Ref& ref) {
  const auto found = objects.find(ref.value);
  if (found == objects.end()) throw_not_found(ref);
  return found->second;
}

bool tells_sizes(std::string_view path) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"layout", "layoutEx", "storage", "summary.storage"},
      [&](std::string_view of) { return covers(of, path) || covers(path, of); });
}

/// The VM as the server knows it: sizes are as old as its last look at the files.
const Vm& find_vm(World& world, const Ref& ref, std::string_view path) {
  if (!tells_sizes(path)) return find(world.vms, ref);
  const Time now = world.now();
  const Vm& vm = find(world.vms, ref);
  if (now - vm.layout_time <= kLayoutAge) return vm;
  Vm* played = world.vm(ref.value);
  if (played == nullptr) throw_not_found(ref);
  if (now - played->layout_time > kLayoutAge) world.refresh_layout(*played);
  return *played;
}

Made vm_property(World& world, const Ref& ref, std::string_view path) {
  const Vm& vm = find_vm(world, ref, path);
  if (covers("config", path)) {
    // A server that never got the files' contents has no configuration to show.
    const bool unset =
        vm.connection == ConnectionState::Inaccessible || vm.connection == ConnectionState::Invalid;
    if (unset && judge(configuration_table(), path) == Path::Known) return std::nullopt;
    return read_known(world, Configuration{vm, nullptr}, configuration_table(), path);
  }
  Entity entity{ref, vm.name, vm.folder, "green", {}, &vm.custom_values, &vm.recent_tasks};
  if (path == "disabledMethod") entity.disabled_methods = world.disabled_methods(vm);
  return read_entity(world, vm, vm_table(), entity, path);
}

Made snapshot_property(World& world, const Ref& ref, std::string_view path) {
  const auto [vm, snapshot] = world.snapshot(ref.value);
  if (snapshot == nullptr) throw_not_found(ref);
  if (covers("config", path))
    return read_known(world, Configuration{*vm, snapshot}, configuration_table(), path);
  return read_known(world, SnapshotOf{*vm, *snapshot}, snapshot_table(), path);
}

Made network_property(World& world, const Ref& ref, std::string_view path) {
  for (const auto& [moid, datacenter] : world.datacenters) {
    if (network_of(datacenter) != ref) continue;
    const Network network{ref, "VM Network", datacenter};
    return read_entity(world, network, network_table(),
                       {ref, network.name, datacenter.network_folder}, path);
  }
  throw_not_found(ref);
}

Made browser_property(World& world, const Ref& ref, std::string_view path) {
  return read_known(world, browser_of(world, ref), browser_table(), path);
}

Made event_history_property(World& world, const Ref& ref, std::string_view path) {
  const EventHistory history{find(world.event_collectors, ref)};
  return read_known(world, history, event_history_table(), path);
}

Made task_history_property(World& world, const Ref& ref, std::string_view path) {
  const TaskHistory history{find(world.task_collectors, ref)};
  return read_known(world, history, task_history_table(), path);
}

Made host_property(World& world, const Ref& ref, std::string_view path) {
  const Host& host = find(world.hosts, ref);
  return read_entity(world, host, host_table(),
                     {ref, host.name, host.compute, host.connected ? "green" : "red"}, path);
}

Made compute_property(World& world, const Ref& ref, std::string_view path) {
  const Compute& compute = find(world.computes, ref);
  return read_entity(world, compute, compute_table(), {ref, compute.name, compute.folder}, path);
}

Made pool_property(World& world, const Ref& ref, std::string_view path) {
  const Pool& pool = find(world.pools, ref);
  return read_entity(world, pool, pool_table(), {ref, pool.name, pool.parent}, path);
}

Made folder_property(World& world, const Ref& ref, std::string_view path) {
  const Folder& folder = find(world.folders, ref);
  return read_entity(world, folder, folder_table(), {ref, folder.name, folder.parent, "gray"},
                     path);
}

Made datacenter_property(World& world, const Ref& ref, std::string_view path) {
  const Datacenter& datacenter = find(world.datacenters, ref);
  return read_entity(world, datacenter, datacenter_table(),
                     {ref, datacenter.name, datacenter.parent, "gray"}, path);
}

Made datastore_property(World& world, const Ref& ref, std::string_view path) {
  const Datastore& datastore = find(world.datastores, ref);
  return read_entity(world, datastore, datastore_table(), {ref, datastore.name, datastore.folder},
                     path);
}

Made task_property(World& world, const Ref& ref, std::string_view path) {
  return read_known(world, find(world.tasks, ref), task_table(), path);
}

using Reader = Made (*)(World&, const Ref&, std::string_view);
constexpr std::pair<std::string_view, Reader> kReaders[] = {
    {"VirtualMachine", vm_property},
    {"VirtualMachineSnapshot", snapshot_property},
    {"HostSystem", host_property},
    {"ClusterComputeResource", compute_property},
    {"ComputeResource", compute_property},
    {"ResourcePool", pool_property},
    {"Folder", folder_property},
    {"Datacenter", datacenter_property},
    {"Datastore", datastore_property},
    {"Network", network_property},
    {"HostDatastoreBrowser", browser_property},
    {"Task", task_property},
    {"EventHistoryCollector", event_history_property},
    {"TaskHistoryCollector", task_history_property},
};

constexpr std::pair<std::string_view, std::string_view> kBases[] = {
    {"VirtualMachine", "ManagedEntity"},
    {"HostSystem", "ManagedEntity"},
    {"ClusterComputeResource", "ComputeResource"},
    {"ComputeResource", "ManagedEntity"},
    {"ResourcePool", "ManagedEntity"},
    {"VirtualApp", "ResourcePool"},
    {"Folder", "ManagedEntity"},
    {"StoragePod", "Folder"},
    {"Datacenter", "ManagedEntity"},
    {"Datastore", "ManagedEntity"},
    {"Network", "ManagedEntity"},
    {"DistributedVirtualPortgroup", "Network"},
    {"OpaqueNetwork", "Network"},
    {"DistributedVirtualSwitch", "ManagedEntity"},
    {"VmwareDistributedVirtualSwitch", "DistributedVirtualSwitch"},
    {"ManagedEntity", "ExtensibleManagedObject"},
    {"VirtualMachineSnapshot", "ExtensibleManagedObject"},
    {"Task", "ExtensibleManagedObject"},
    {"EventHistoryCollector", "HistoryCollector"},
    {"TaskHistoryCollector", "HistoryCollector"},
    {"ContainerView", "ManagedObjectView"},
    {"InventoryView", "ManagedObjectView"},
    {"ListView", "ManagedObjectView"},
    {"ManagedObjectView", "View"},
};

}  // namespace

Browser views::browser_of(const World& world, const Ref& browser) {
  constexpr std::string_view kPrefix = "datastoreBrowser-";
  if (browser.value.starts_with(kPrefix)) {
    const std::string of = browser.value.substr(kPrefix.size());
    if (world.datastores.contains(of)) return {{{"Datastore", of}}};
    if (const auto host = world.hosts.find(of); host != world.hosts.end())
      return {datastores_near(world, host->second.ref)};
  }
  throw_not_found(browser);
}

std::optional<Value> property(World& world, const Ref& object, std::string_view path) {
  for (const auto& [type, reader] : kReaders)
    if (type == object.type) return reader(world, object, path);
  const auto table = singleton_table(object.type);
  if (table.empty()) throw_not_found(object);
  return read_known(world, Singleton{object}, table, path);
}

std::vector<std::string> properties_of(std::string_view type) {
  std::vector<std::string> names;
  if (derives_from(type, "ManagedEntity")) add_names(names, entity_table());
  if (type == "VirtualMachine") {
    add_names(names, configuration_table());
    add_names(names, vm_table());
  } else if (type == "VirtualMachineSnapshot") {
    add_names(names, snapshot_table());
  } else if (type == "HostSystem") {
    add_names(names, host_table());
  } else if (derives_from(type, "ComputeResource")) {
    add_names(names, compute_table());
  } else if (type == "ResourcePool") {
    add_names(names, pool_table());
  } else if (type == "Folder") {
    add_names(names, folder_table());
  } else if (type == "Datacenter") {
    add_names(names, datacenter_table());
  } else if (type == "Datastore") {
    add_names(names, datastore_table());
  } else if (type == "Network") {
    add_names(names, network_table());
  } else if (type == "HostDatastoreBrowser") {
    add_names(names, browser_table());
  } else if (type == "Task") {
    add_names(names, task_table());
  } else if (type == "EventHistoryCollector") {
    add_names(names, event_history_table());
  } else if (type == "TaskHistoryCollector") {
    add_names(names, task_history_table());
  } else {
    add_names(names, singleton_table(type));
  }
  std::ranges::sort(names);
  return names;
}

bool derives_from(std::string_view type, std::string_view base) {
  while (type != base) {
    const auto* at = std::ranges::find(kBases, type, [](const auto& pair) { return pair.first; });
    if (at == std::end(kBases)) return base == "ManagedObject";
    type = at->second;
  }
  return true;
}

}  // namespace sim
