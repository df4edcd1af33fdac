// What a client reads: tables from property paths to values, one table per managed object type.
// This header is what the tables of one type share with those of another.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulator/wire/call.h"

namespace sim::views {

/// Nothing when the property is unset.
using Made = std::optional<Value>;

/// A property of subject T. Without `make` it is a data object of type `type`, made of the entries
/// one level below its path; so a client that asks for one field does not pay for the whole. With
/// `make`, `type` is only there to tell a nested path that is unset from one that does not exist.
template <typename T>
struct Entry {
  std::string_view path;
  Made (*make)(World&, const T&) = nullptr;
  std::string_view type = {};
};

/// True when `path` is `prefix` or goes on below it ("config" covers "config.uuid", not
/// "configIssue").
inline bool covers(std::string_view prefix, std::string_view path) {
  return path.starts_with(prefix) &&
         (path.size() == prefix.size() || path[prefix.size()] == '.' || path[prefix.size()] == '[');
}

/// Splits "device[2000].backing" into "device", "[2000]", "backing".
std::vector<std::string> path_steps(std::string_view path);
/// Follows the rest of a path inside a value.
Made descend(Value value, std::string_view rest);

template <typename T>
Made assemble(World& world, const T& subject, std::span<const Entry<T>> table,
              const Entry<T>& whole) {
  Value object = Value::object(std::string(whole.type));
  for (const Entry<T>& entry : table) {
    if (entry.path.size() <= whole.path.size() || !covers(whole.path, entry.path)) continue;
    const std::string_view field = entry.path.substr(whole.path.size() + 1);
    if (field.find('.') != std::string_view::npos) continue;
    // An array is written as repeated elements inside a data object, with a wrapper on its own.
    Made value = entry.make ? entry.make(world, subject) : assemble(world, subject, table, entry);
    if (value) object.set(std::string(field), std::move(*value));
  }
  return object;
}

template <typename T>
Made read(World& world, const T& subject, std::span<const Entry<T>> table, std::string_view path) {
  const Entry<T>* best = nullptr;
  for (const Entry<T>& entry : table)
    if (covers(entry.path, path) && (best == nullptr || entry.path.size() > best->path.size()))
      best = &entry;
  if (best == nullptr) return std::nullopt;
  // A field that no entry makes is unset: there is no need to build its neighbours to see that.
  if (best->make == nullptr && best->path.size() != path.size()) return std::nullopt;
  Made value = best->make ? best->make(world, subject) : assemble(world, subject, table, *best);
  if (!value || best->path.size() == path.size()) return value;
  return descend(std::move(*value), path.substr(best->path.size()));
}

/// Adds the table's names without a dot: the properties of the managed object itself.
template <typename T>
void add_names(std::vector<std::string>& names, std::span<const Entry<T>> table) {
  for (const Entry<T>& entry : table)
    if (entry.path.find('.') == std::string_view::npos) names.emplace_back(entry.path);
}

/// A configuration as it is now, or as a snapshot froze it.
struct Configuration {
  const Vm& vm;
  const Snapshot* at = nullptr;
};

/// A snapshot with the VM that has it.
struct SnapshotOf {
  const Vm& vm;
  const Snapshot& snapshot;
};

/// What every ManagedEntity shows, whatever its type.
struct Entity {
  Ref ref;
  std::string name;
  std::optional<Ref> parent;
  std::string status = "green";
  std::vector<std::string> disabled_methods;
  const std::map<int, std::string>* custom_values = nullptr;
  const std::vector<Ref>* recent_tasks = nullptr;
};

/// A managed object that exists once: "TaskManager", "SessionManager", ...
struct Singleton {
  Ref ref;
};

/// A network: the model has none, so each datacenter shows one, named as vCenter names the first.
struct Network {
  Ref ref;
  std::string name;
  const Datacenter& datacenter;
};
/// Of a datastore, or of a host: then it reaches every datastore near that host.
struct Browser {
  std::vector<Ref> datastores;
};
struct EventHistory {
  const HistoryCollector& collector;
};
struct TaskHistory {
  const HistoryCollector& collector;
};

std::span<const Entry<Entity>> entity_table();
std::span<const Entry<Vm>> vm_table();
std::span<const Entry<Configuration>> configuration_table();
std::span<const Entry<SnapshotOf>> snapshot_table();
std::span<const Entry<Host>> host_table();
std::span<const Entry<Compute>> compute_table();
std::span<const Entry<Pool>> pool_table();
std::span<const Entry<Folder>> folder_table();
std::span<const Entry<Datacenter>> datacenter_table();
std::span<const Entry<Datastore>> datastore_table();
std::span<const Entry<Network>> network_table();
std::span<const Entry<Browser>> browser_table();
std::span<const Entry<Task>> task_table();
std::span<const Entry<EventHistory>> event_history_table();
std::span<const Entry<TaskHistory>> task_history_table();
/// Empty for a type that does not exist once per server.
std::span<const Entry<Singleton>> singleton_table(std::string_view type);

// Values that several tables or services show.
Value devices_value(const Configuration& configuration);
/// Every VM has one card, the same but for its address.
inline constexpr const char* kNetworkCardType = "VirtualVmxnet3";
inline constexpr int kNetworkCardKey = 4000;

Value backing_value(const Layer& layer, const Disk& disk, const std::string& change_id);
/// Unset when the VM has no snapshots.
Made snapshot_tree_value(const Vm& vm);
Value layout_ex_value(World& world, const Vm& vm);
Value layout_value(const Vm& vm);
struct Usage {
  std::uint64_t committed = 0, uncommitted = 0, unshared = 0;
};
/// By datastore moid: what the files of a VM take, as layoutEx tells it.
std::map<std::string, Usage> storage_usage(const Vm& vm);
/// A file as layoutEx lists it; `layer` is what a disk's descriptor or extent holds, else null.
struct StoredFile {
  std::string name, type;
  std::uint64_t bytes = 0;
  Ref datastore;
  const Layer* layer = nullptr;
};
/// Files of the VM, with the layers of others that its disks stand on.
std::vector<StoredFile> files_of(const Vm& vm);
/// Datastores that hold a file of the VM, home first.
std::vector<Ref> datastores_of(const Vm& vm);
Value task_info_value(World& world, const Task& task);
Value event_value(World& world, const Event& event);
Value about_value(World& world);
Value resource_config_value(const Ref& entity, std::uint32_t cpu_shares,
                            std::uint32_t memory_shares, bool pool);

// Values in short.
Value refs_value(std::vector<Ref> refs);
Value strings_value(std::vector<std::string> texts);
Value empty_array(const std::string& item);
/// ElementDescription or Description: label and summary, with a key for the former.
Value description_value(const std::string& label, const std::string& summary,
                        const std::string& key = {});

/// The datacenter that a folder, host, datastore or VM folder lies in; null for the root.
const Datacenter* datacenter_of(const World& world, Ref place);
Ref network_of(const Datacenter& datacenter);
/// The datastores of the datacenter that a host or anything else lies in.
std::vector<Ref> datastores_near(const World& world, const Ref& place);
/// What a browser of that moid reaches; throws ManagedObjectNotFound.
Browser browser_of(const World& world, const Ref& browser);
/// The directory of "[ds] folder/name.vmx" with its slash, and "name".
std::string directory_of(const std::string& file);
std::string stem_of(const std::string& file);

/// Performance counters that the simulator knows, with the ids of a recorded 8.0.1.
struct PerfCounter {
  int id = 0;
  std::string_view group, name, rollup, stats, unit, unit_label, label;
  int level = 1, per_device_level = 3;
};
std::span<const PerfCounter> perf_counters();
/// Privileges a client may ask about.
std::span<const std::string_view> privileges();
/// Who may do what, each a Permission: the root folder's, which all else inherits.
std::vector<Value> permissions(const World& world);

/// "queued", "running", "success", "error": TaskInfoState on the wire and in the control endpoint.
const char* state_word(TaskState state);

}  // namespace sim::views
