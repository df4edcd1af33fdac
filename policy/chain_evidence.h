// Look-up tables over one look at a VM, so that tracing a disk stays linear in what was seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "policy/observation.h"
#include "policy/snapshot_tree.h"

namespace policy {

/// The chain of one disk as one snapshot froze it.
struct FrozenChain {
  std::optional<std::size_t> node;  ///< in the tree; unset when the tree does not have the snapshot
  const std::vector<LayerSeen>* units = nullptr;  ///< base first, never empty
};

/// Points into the VmSeen it was made from, which must outlive it.
class ChainEvidence {
 public:
  explicit ChainEvidence(const VmSeen& seen);

  const VmSeen& seen() const { return seen_; }
  const SnapshotTree& tree() const { return tree_; }

  const FileSeen* file(int key) const;  ///< nullptr: layoutEx names a key that it does not list
  const FileSeen* file(std::string_view name) const;
  const std::vector<LayerSeen>* running_chain(int disk_key) const;  ///< nullptr or not empty
  const std::vector<FrozenChain>& frozen_chains(int disk_key) const;
  /// Of every device key that a snapshot knows, also where no such disk is left.
  const std::map<int, std::vector<FrozenChain>>& frozen_chains() const { return frozen_; }
  bool laid_out(std::size_t node) const { return laid_out_[node]; }  ///< layoutEx has the snapshot
  bool is_home(std::string_view folder) const { return homes_.count(std::string(folder)) != 0; }
  bool contradictory() const { return contradictory_; }  ///< one key listed twice

  /// Name of the descriptor of a layer, else of its first file; empty when no file is listed.
  std::string_view name_of(const LayerSeen& unit) const;
  /// Sum over the files that are listed; saturates.
  std::uint64_t bytes_of(const LayerSeen& unit) const;

 private:
  const VmSeen& seen_;
  SnapshotTree tree_;
  std::unordered_map<int, const FileSeen*> files_;
  std::unordered_map<int, const std::vector<LayerSeen>*> running_;
  std::map<int, std::vector<FrozenChain>> frozen_;
  std::vector<bool> laid_out_;
  std::unordered_set<std::string> homes_;
  bool contradictory_ = false;
};

/// "a/b" of "[ds] a/b/c.vmdk" and of "[ds] a/b/": the datastore is left out, because a VM with
/// disks on several datastores has a folder of the same name on each. Empty for a file at the top.
std::string_view folder_of(std::string_view datastore_path);

}  // namespace policy
