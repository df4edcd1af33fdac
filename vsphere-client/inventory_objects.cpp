#include "vsphere-client/inventory_objects.h"

#include <cctype>

#include "vsphere-client/virtual_disks.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

std::vector<std::string> read_strings(pugi::xml_node array) {
  std::vector<std::string> strings;
  for (const pugi::xml_node child : Children(array)) {
    if (child.type() == pugi::node_element) strings.push_back(text_of(child));
  }
  return strings;
}

void read_custom_values(pugi::xml_node array, const Place& place, std::map<int, std::string>& out) {
  for (const pugi::xml_node field : Children(array)) {
    const pugi::xml_node key = field.child("key");
    if (key) out[read_number<int>(key, place)] = text_of(field.child("value"));
  }
}

void read_tree(pugi::xml_node node, int parent, const Place& place,
               std::vector<SnapshotTreeNode>& out) {
  const std::size_t self = out.size();
  out.emplace_back().parent = parent;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = child.name();
    SnapshotTreeNode& tree = out[self];
    if (name == "snapshot") {
      tree.snapshot = ref_of(child);
    } else if (name == "name") {
      tree.name = text_of(child);
    } else if (name == "description") {
      tree.description = text_of(child);
    } else if (name == "id") {
      tree.id = read_number<int>(child, place);
    } else if (name == "createTime") {
      tree.create_time = read_time(child, place);
    } else if (name == "state") {
      tree.state = text_of(child);
    } else if (name == "quiesced") {
      tree.quiesced = read_flag(child, place);
    } else if (name == "backupManifest") {
      tree.backup_manifest = text_of(child);
    } else if (name == "childSnapshotList") {
      // Not the last element: replaySupported follows. Nesting is bounded by the gate.
      read_tree(child, static_cast<int>(self), place, out);
    }
  }
}

void read_snapshots(pugi::xml_node info, const Place& place, VirtualMachine& out) {
  for (const pugi::xml_node child : Children(info)) {
    const std::string_view name = child.name();
    if (name == "currentSnapshot") {
      out.current_snapshot = ref_of(child);
    } else if (name == "rootSnapshotList") {
      read_tree(child, -1, place, out.snapshots);
    }
  }
}

using ReadVm = void (*)(pugi::xml_node, const Place&, VirtualMachine&);
struct VmPath {
  std::string_view path;
  ReadVm read;
};

template <std::string VirtualMachine::*Field>
void text_to(pugi::xml_node value, const Place&, VirtualMachine& out) {
  out.*Field = text_of(value);
}

template <MoRef VirtualMachine::*Field>
void ref_to(pugi::xml_node value, const Place&, VirtualMachine& out) {
  out.*Field = ref_of(value);
}

template <bool VirtualMachine::*Field>
void flag_to(pugi::xml_node value, const Place& place, VirtualMachine& out) {
  out.*Field = read_flag(value, place);
}

using Vm = VirtualMachine;
/// One row per property: what to ask for and where it goes. The order is the one asked for, and
/// servers answer in the order of the alphabet.
constexpr VmPath kVmPaths[] = {
    {"config.changeVersion", text_to<&Vm::change_version>},
    {"config.files.snapshotDirectory", text_to<&Vm::snapshot_directory>},
    {"config.files.vmPathName", text_to<&Vm::vm_path_name>},
    {"config.hardware.device", [](pugi::xml_node value, const Place& place,
                                  Vm& out) { out.disks = read_virtual_disks(value, place); }},
    {"config.instanceUuid", text_to<&Vm::instance_uuid>},
    {"config.managedBy", [](pugi::xml_node value, const Place&,
                            Vm& out) { out.managed_by = text_of(value.child("extensionKey")); }},
    {"config.template", flag_to<&Vm::is_template>},
    {"config.uuid", text_to<&Vm::bios_uuid>},
    {"customValue", [](pugi::xml_node value, const Place& place,
                       Vm& out) { read_custom_values(value, place, out.custom_values); }},
    {"datastore",
     [](pugi::xml_node value, const Place&, Vm& out) { out.datastores = refs_of(value); }},
    {"disabledMethod", [](pugi::xml_node value, const Place&,
                          Vm& out) { out.disabled_methods = read_strings(value); }},
    {"layoutEx", [](pugi::xml_node value, const Place& place,
                    Vm& out) { out.layout = read_layout(value, place); }},
    {"name", text_to<&Vm::name>},
    {"parent", ref_to<&Vm::parent>},
    {"parentVApp", ref_to<&Vm::parent_vapp>},
    {"resourcePool", ref_to<&Vm::resource_pool>},
    {"runtime.connectionState", text_to<&Vm::connection_state>},
    {"runtime.consolidationNeeded", flag_to<&Vm::consolidation_needed>},
    {"runtime.faultToleranceState", text_to<&Vm::fault_tolerance_state>},
    {"runtime.host", ref_to<&Vm::host>},
    {"runtime.powerState", text_to<&Vm::power_state>},
    {"runtime.question", [](pugi::xml_node value, const Place&,
                            Vm& out) { out.question = text_of(value.child("text")); }},
    {"snapshot", read_snapshots},
};

using ReadDatastore = void (*)(pugi::xml_node, const Place&, Datastore&);
struct DatastorePath {
  std::string_view path;
  ReadDatastore read;
};

void read_datastore_capability(pugi::xml_node value, const Place& place, Datastore& out) {
  for (const pugi::xml_node child : Children(value)) {
    const std::string_view name = child.name();
    if (name == "nativeSnapshotSupported") {
      out.native_snapshot = read_flag(child, place);
    } else if (name == "seSparseSupported") {
      out.se_sparse = read_flag(child, place);
    } else if (name == "vmfsSparseSupported") {
      out.vmfs_sparse = read_flag(child, place);
    } else if (name == "vsanSparseSupported") {
      out.vsan_sparse = read_flag(child, place);
    }
  }
}

void read_datastore_summary(pugi::xml_node value, const Place& place, Datastore& out) {
  for (const pugi::xml_node child : Children(value)) {
    const std::string_view name = child.name();
    if (name == "name") {
      out.name = text_of(child);
    } else if (name == "type") {
      out.type = text_of(child);
    } else if (name == "capacity") {
      out.capacity = read_number<std::uint64_t>(child, place);
    } else if (name == "freeSpace") {
      out.free_space = read_number<std::uint64_t>(child, place);
    } else if (name == "accessible") {
      out.accessible = read_flag(child, place);
    }
  }
}

constexpr DatastorePath kDatastorePaths[] = {
    {"capability", read_datastore_capability},
    {"summary", read_datastore_summary},
};

template <class Table>
std::vector<std::string> paths_of(const Table& table) {
  std::vector<std::string> paths;
  for (const auto& row : table) paths.emplace_back(row.path);
  return paths;
}

/// Servers mostly answer in the table's order, so the search starts where the last one ended.
template <class Table, class Object>
void read_properties(const ObjectView& object, const Table& table, Object& out) {
  const auto* const begin = std::begin(table);
  const auto* const end = std::end(table);
  const auto* next = begin;
  for (const auto& [path, value] : object.properties) {
    const auto* row = next;
    while (row != end && row->path != path) ++row;
    if (row == end) {
      for (row = begin; row != next && row->path != path;) ++row;
      if (row == next) continue;  // a property that we did not ask for
    }
    if (value) row->read(value, {object.object, path}, out);
    next = row + 1;
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int lower = std::tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::vector<std::string> virtual_machine_paths() { return paths_of(kVmPaths); }
std::vector<std::string> datastore_paths() { return paths_of(kDatastorePaths); }

VirtualMachine decode_virtual_machine(const ObjectView& object) {
  VirtualMachine out;
  out.ref = object.object;
  read_properties(object, kVmPaths, out);
  out.missing = object.missing;
  return out;
}

Datastore decode_datastore(const ObjectView& object) {
  Datastore out;
  out.ref = object.object;
  read_properties(object, kDatastorePaths, out);
  out.missing = object.missing;
  return out;
}

Entity decode_entity(const ObjectView& object) {
  Entity out;
  out.ref = object.object;
  out.missing = object.missing;
  for (const auto& [path, value] : object.properties) {
    if (path == "name") out.name = text_of(value);
    if (path == "parent") out.parent = ref_of(value);
  }
  return out;
}

std::string unescape_name(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '%' && i + 2 < raw.size() && hex_digit(raw[i + 1]) >= 0 &&
        hex_digit(raw[i + 2]) >= 0) {
      const char c = static_cast<char>(hex_digit(raw[i + 1]) * 16 + hex_digit(raw[i + 2]));
      if (c == '%' || c == '/' || c == '\\') {
        out += c;
        i += 2;
        continue;
      }
    }
    out += raw[i];
  }
  return out;
}

}  // namespace vsphere
