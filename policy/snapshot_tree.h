// Brings the snapshots of one look into an order that every later step may rely on.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/observation.h"

namespace policy {

/// The tree with indices for links: parents before children, siblings by creation.
/// Any input gives a forest: of two nodes with one moid the first counts, a node whose parent is
/// not there is a root, and a ring of parents is opened at its first node.
struct SnapshotTree {
  struct Node {
    const SnapshotSeen* seen = nullptr;
    std::optional<std::size_t> parent;
    bool on_current_path = false;
  };
  std::vector<Node> nodes;
  std::unordered_map<std::string_view, std::size_t> by_moid;
  std::optional<std::size_t> current;     ///< unset also when what is current is not in the tree
  std::vector<std::size_t> current_path;  ///< root first, current last
};

/// The result points into `seen`.
SnapshotTree order_snapshots(const VmSeen& seen);

}  // namespace policy
