// Finds the snapshot that each delta of a disk is due to: whose creation froze the layer below it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "policy/believed_chain.h"
#include "policy/chain_evidence.h"

namespace policy {

/// The unit that `child` has directly above the newest layer of `parent`: what the creation of the
/// parent's snapshot made on the way to the child. Unset when the child does not go on from the
/// parent, nullptr when it has nothing more. Both chains base first and not empty.
std::optional<const LayerSeen*> made_between(const std::vector<LayerSeen>& parent,
                                             const std::vector<LayerSeen>& child);

class DeltaOwners {
 public:
  /// `base` is the position of the VM's own base in `chain`. All arguments must outlive this.
  DeltaOwners(const BelievedChain& chain, std::size_t base, const std::vector<PlacedFrozen>& frozen,
              const ChainEvidence& evidence);

  /// First: compares each snapshot's chain with its parent's, and the running chain with those of
  /// the current path. False when a chain does not go on from the one below it.
  bool by_difference();

  /// Then: the snapshots of the current path that the differences gave nothing each explain one
  /// delta, for every snapshot makes one; which one is told only where nothing else is possible.
  /// A snapshot that layoutEx does not list counts when the disk takes part in snapshots at all.
  void by_count(bool disk_takes_part);

  /// By position in the chain, as nodes of the tree.
  const std::vector<std::optional<std::size_t>>& owner() const { return owner_; }
  bool explained(std::size_t at) const { return explained_[at]; }

 private:
  void claim(std::size_t at, std::size_t node);

  const BelievedChain& chain_;
  std::size_t base_;
  const ChainEvidence& evidence_;
  std::map<std::size_t, const PlacedFrozen*> by_node_;
  std::vector<std::optional<std::size_t>> owner_;
  std::vector<bool> explained_;
};

}  // namespace policy
