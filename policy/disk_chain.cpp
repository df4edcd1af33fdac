#include "policy/disk_chain.h"

#include <algorithm>
#include <string_view>

#include "policy/believed_chain.h"
#include "policy/delta_kind.h"
#include "policy/delta_owners.h"

namespace policy {
namespace {

/// Position of the lowest own layer.
std::size_t own_base(const BelievedChain& chain, const std::vector<PlacedFrozen>& frozen,
                     const ChainEvidence& evidence) {
  std::size_t base = chain.links.size() - 1;
  const std::string_view leaf_folder = folder_of(chain.links.back().file);
  for (std::size_t i = 0; i < base; ++i) {
    const std::string_view folder = folder_of(chain.links[i].file);
    if (!folder.empty() && (folder == leaf_folder || evidence.is_home(folder))) base = i;
  }
  for (const PlacedFrozen& snapshot : frozen) {
    if (snapshot.leaf) base = std::min(base, *snapshot.leaf);
  }
  return base;
}

/// Bytes and accessibility of the files of one link.
Layer describe(const Link& link, const ChainEvidence& evidence, TracedDisk& traced) {
  Layer layer;
  layer.file = link.file;
  if (link.unit == nullptr) {
    const FileSeen* file = evidence.file(std::string_view(link.file));
    if (file != nullptr) layer.bytes = file->bytes;
    if (file != nullptr && file->accessible == false) traced.inaccessible = true;
    return layer;
  }
  layer.bytes = evidence.bytes_of(*link.unit);
  for (const int key : link.unit->file_keys) {
    const FileSeen* file = evidence.file(key);
    if (file != nullptr && file->accessible == false) traced.inaccessible = true;
  }
  return layer;
}

bool takes_part_in_snapshots(const DiskSeen& disk) {
  return !disk.mode.starts_with("independent") && disk.backing != BackingKind::RdmPhysical &&
         disk.backing != BackingKind::PMem;
}

void trace_layers(const DiskSeen& seen, const BelievedChain& chain, const ChainEvidence& evidence,
                  TracedDisk& traced) {
  Disk& disk = traced.disk;
  const std::vector<PlacedFrozen> frozen = frozen_of_disk(seen, chain, evidence);
  const std::size_t base = own_base(chain, frozen, evidence);
  disk.inherited = static_cast<int>(base);
  disk.depth = static_cast<int>(chain.links.size() - 1 - base);

  DeltaOwners owners(chain, base, frozen, evidence);
  if (!owners.by_difference()) traced.mismatch = true;
  owners.by_count(takes_part_in_snapshots(seen));
  for (std::size_t i = chain.links.size(); i-- > 0;) {
    Layer layer = describe(chain.links[i], evidence, traced);
    layer.inherited = i < base;
    if (const auto owner = owners.owner()[i]) {
      layer.snapshot = evidence.tree().nodes[*owner].seen->moid;
      const LayerSeen* unit = chain.links[i].unit;
      traced.made.push_back({*owner, layer.bytes, unit == nullptr ? -1 : key_of(*unit)});
    }
    // Without a tree nothing can be said to be missing from it.
    layer.orphan = i > base && !owners.explained(i) && evidence.seen().snapshots_known;
    if (layer.orphan) ++disk.orphans;
    disk.layers.push_back(std::move(layer));
  }
}

}  // namespace

TracedDisk trace_disk(const DiskSeen& seen, const ChainEvidence& evidence) {
  TracedDisk traced;
  Disk& disk = traced.disk;
  disk.key = seen.key;
  disk.label = seen.label;
  disk.capacity_bytes = seen.capacity_bytes;
  disk.mode = seen.mode;
  disk.uuid = seen.uuid;
  disk.datastore = seen.datastore;

  const BelievedChain chain = believe(seen, evidence);
  traced.mismatch = chain.mismatch;
  if (chain.links.empty()) return traced;
  trace_layers(seen, chain, evidence, traced);
  if (chain.links.size() > 1) {
    std::vector<std::string_view> leaf_files{chain.links.back().file};
    if (const LayerSeen* unit = chain.links.back().unit) {
      for (const int key : unit->file_keys) {
        if (const FileSeen* file = evidence.file(key)) leaf_files.push_back(file->name);
      }
    }
    disk.kind = delta_kind(seen, leaf_files);
  }
  traced.grain_bytes = delta_grain(disk.kind, seen);
  return traced;
}

}  // namespace policy
