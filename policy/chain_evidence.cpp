#include "policy/chain_evidence.h"

#include <algorithm>
#include <limits>

namespace policy {

std::string_view folder_of(std::string_view path) {
  if (path.starts_with('[')) {
    const std::size_t close = path.find(']');
    if (close != std::string_view::npos) path.remove_prefix(close + 1);
  }
  path.remove_prefix(std::min(path.find_first_not_of(' '), path.size()));
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  return path.substr(0, path.find_last_not_of('/', slash) + 1);
}

ChainEvidence::ChainEvidence(const VmSeen& seen) : seen_(seen), tree_(order_snapshots(seen)) {
  for (const FileSeen& file : seen.files) files_.emplace(file.key, &file);
  for (const DiskLayoutSeen& disk : seen.layout) {
    if (disk.chain.empty()) continue;
    if (!running_.emplace(disk.disk_key, &disk.chain).second) contradictory_ = true;
  }
  laid_out_.assign(tree_.nodes.size(), false);
  std::unordered_set<std::string_view> known;
  for (const SnapshotLayoutSeen& snapshot : seen.snapshot_layouts) {
    if (!known.insert(snapshot.snapshot).second) {
      contradictory_ = true;
      continue;
    }
    const auto found = tree_.by_moid.find(snapshot.snapshot);
    std::optional<std::size_t> node;
    if (found != tree_.by_moid.end()) node = found->second;
    if (node) laid_out_[*node] = true;
    std::unordered_set<int> disks;
    for (const DiskLayoutSeen& disk : snapshot.disks) {
      if (disk.chain.empty()) continue;
      if (disks.insert(disk.disk_key).second) {
        frozen_[disk.disk_key].push_back({node, &disk.chain});
      } else {
        contradictory_ = true;
      }
    }
  }
  for (const std::string* path : {&seen.home, &seen.snapshot_directory}) {
    const std::string_view folder = folder_of(*path);
    if (!folder.empty()) homes_.emplace(folder);
  }
}

const FileSeen* ChainEvidence::file(int key) const {
  const auto found = files_.find(key);
  return found == files_.end() ? nullptr : found->second;
}

const FileSeen* ChainEvidence::file(std::string_view name) const {
  const auto found = std::find_if(seen_.files.begin(), seen_.files.end(),
                                  [&](const FileSeen& file) { return file.name == name; });
  return found == seen_.files.end() ? nullptr : &*found;
}

const std::vector<LayerSeen>* ChainEvidence::running_chain(int disk_key) const {
  const auto found = running_.find(disk_key);
  return found == running_.end() ? nullptr : found->second;
}

const std::vector<FrozenChain>& ChainEvidence::frozen_chains(int disk_key) const {
  static const std::vector<FrozenChain> kNone;
  const auto found = frozen_.find(disk_key);
  return found == frozen_.end() ? kNone : found->second;
}

std::string_view ChainEvidence::name_of(const LayerSeen& unit) const {
  std::string_view first;
  for (const int key : unit.file_keys) {
    const FileSeen* listed = file(key);
    if (listed == nullptr) continue;
    if (listed->type == "diskDescriptor") return listed->name;
    if (first.empty()) first = listed->name;
  }
  return first;
}

std::uint64_t ChainEvidence::bytes_of(const LayerSeen& unit) const {
  std::uint64_t sum = 0;
  for (const int key : unit.file_keys) {
    const FileSeen* listed = file(key);
    if (listed == nullptr) continue;
    if (__builtin_add_overflow(sum, listed->bytes, &sum)) {
      return std::numeric_limits<std::uint64_t>::max();
    }
  }
  return sum;
}

}  // namespace policy
