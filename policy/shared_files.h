// Which VMs stand on the same files: what a linked clone needs and what a backup proxy holds open.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/inventory.h"

namespace policy {

/// A layer of one VM that is in a chain of another VM too.
struct SharedFile {
  std::string file{};
  std::string other_moid{}, other_name{};
  /// The other VM stands on it (a linked clone), instead of having it as a layer of its own (a
  /// disk that is attached to two VMs).
  bool stands_on = false;
  /// It is this VM that stands on the other's file.
  bool is_ours = true;
  bool operator==(const SharedFile&) const = default;
};

/// The inverse index from files to VMs. Two chains that share a file share all below it, so that
/// only the lowest file of each disk is indexed: it costs one entry a disk, not one a layer.
class SharedFiles {
 public:
  /// `vms` must stay as they are while the index is used.
  explicit SharedFiles(const std::vector<Vm>& vms);

  /// Files of `vm` that other VMs have too, by disk newest first. VMs that have no datastore in
  /// common share nothing: one path names two files where two datastores have one name.
  std::vector<SharedFile> of(const Vm& vm) const;

 private:
  struct Holder {
    std::uint64_t key;
    const Vm* vm;
    const Disk* disk;
  };
  std::unordered_map<std::uint64_t, std::vector<Holder>> groups_;  ///< of two VMs or more
};

}  // namespace policy
