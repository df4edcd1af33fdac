#include "vsphere-client/virtual_disks.h"

#include <utility>

namespace vsphere {
namespace {

// Room made at once; more is made when needed.
constexpr std::size_t kUsualLayers = 4;
constexpr std::size_t kUsualFiles = 32;

/// Reads one backing and gives its parent's element, an empty node at the base.
pugi::xml_node read_backing(pugi::xml_node node, const Place& place, DiskBacking& out) {
  pugi::xml_node parent;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = child.name();
    if (name == "parent") {
      parent = child;
    } else if (name == "fileName") {
      out.file_name = text_of(child);
    } else if (name == "datastore") {
      out.datastore = ref_of(child);
    } else if (name == "diskMode") {
      out.disk_mode = text_of(child);
    } else if (name == "uuid") {
      out.uuid = text_of(child);
    } else if (name == "keyId") {
      out.encrypted = true;
    } else if (name == "changeId") {
      out.change_id = text_of(child);
    } else if (name == "deltaDiskFormat") {
      out.delta_disk_format = text_of(child);
    } else if (name == "deltaDiskFormatVariant") {
      out.delta_disk_format_variant = text_of(child);
    } else if (name == "deltaGrainSize") {
      out.delta_grain_kib = read_number<std::uint32_t>(child, place);
    } else if (name == "compatibilityMode") {
      out.compatibility_mode = text_of(child);
    } else if (name == "sharing") {
      out.sharing = text_of(child);
    }
  }
  return parent;
}

/// A parent carries no xsi:type: it is of its child's class.
std::vector<DiskBacking> read_backings(pugi::xml_node node, const Place& place) {
  std::vector<DiskBacking> out;
  out.reserve(kUsualLayers);
  while (node) {
    DiskBacking backing;
    backing.class_name = xsi_type(node);
    if (backing.class_name.empty() && !out.empty()) backing.class_name = out.back().class_name;
    node = read_backing(node, place, backing);
    out.push_back(std::move(backing));
  }
  return out;
}

VirtualDisk read_disk(pugi::xml_node node, const Place& place) {
  VirtualDisk out;
  std::optional<std::uint64_t> kib;
  std::optional<std::uint64_t> bytes;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = child.name();
    if (name == "key") {
      out.key = read_number<int>(child, place);
    } else if (name == "deviceInfo") {
      out.label = text_of(child.child("label"));
    } else if (name == "backing") {
      out.backings = read_backings(child, place);
    } else if (name == "capacityInKB") {
      kib = read_number<std::uint64_t>(child, place);
    } else if (name == "capacityInBytes") {
      bytes = read_number<std::uint64_t>(child, place);
    }
  }
  out.capacity_bytes = bytes.value_or(kib.value_or(0) << 10);
  return out;
}

LayoutFile read_file(pugi::xml_node node, const Place& place) {
  LayoutFile out;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = child.name();
    if (name == "key") {
      out.key = read_number<int>(child, place);
    } else if (name == "name") {
      out.name = text_of(child);
    } else if (name == "type") {
      out.type = text_of(child);
    } else if (name == "size") {
      out.size = read_number<std::uint64_t>(child, place);
    } else if (name == "accessible") {
      out.accessible = read_flag(child, place);
    }
  }
  return out;
}

LayoutDisk read_layout_disk(pugi::xml_node node, const Place& place) {
  LayoutDisk out;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = child.name();
    if (name == "key") {
      out.key = read_number<int>(child, place);
    } else if (name == "chain") {
      if (out.chain.empty()) out.chain.reserve(kUsualLayers);
      std::vector<int>& unit = out.chain.emplace_back();
      unit.reserve(2);  // descriptor and extent
      for (const pugi::xml_node key : child.children("fileKey")) {
        unit.push_back(read_number<int>(key, place));
      }
    }
  }
  return out;
}

LayoutSnapshot read_layout_snapshot(pugi::xml_node node, const Place& place) {
  LayoutSnapshot out;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = child.name();
    if (name == "key") {
      out.key = ref_of(child);
    } else if (name == "dataKey") {
      out.data_key = read_number<int>(child, place);
    } else if (name == "memoryKey") {
      out.memory_key = read_number<int>(child, place);
    } else if (name == "disk") {
      out.disks.push_back(read_layout_disk(child, place));
    }
  }
  return out;
}

}  // namespace

std::vector<VirtualDisk> read_virtual_disks(pugi::xml_node devices, const Place& place) {
  std::vector<VirtualDisk> out;
  for (const pugi::xml_node device : Children(devices)) {
    if (xsi_type(device) == "VirtualDisk") out.push_back(read_disk(device, place));
  }
  return out;
}

LayoutEx read_layout(pugi::xml_node layout, const Place& place) {
  LayoutEx out;
  out.files.reserve(kUsualFiles);
  for (const pugi::xml_node child : Children(layout)) {
    const std::string_view name = child.name();
    if (name == "file") {
      out.files.push_back(read_file(child, place));
    } else if (name == "disk") {
      out.disks.push_back(read_layout_disk(child, place));
    } else if (name == "snapshot") {
      out.snapshots.push_back(read_layout_snapshot(child, place));
    } else if (name == "timestamp") {
      out.timestamp = read_time(child, place);
    }
  }
  return out;
}

}  // namespace vsphere
