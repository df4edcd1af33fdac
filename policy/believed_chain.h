// Settles which chain of a disk is true when layoutEx and the device backings tell different ones.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/chain_evidence.h"

namespace policy {

/// One layer of the chain we believe. `unit` is unset when layoutEx does not have it.
struct Link {
  std::string file;
  const LayerSeen* unit = nullptr;
};

/// The believed chain, base first. Within one layoutEx a layer is known by its first file key.
struct BelievedChain {
  std::vector<Link> links;
  std::unordered_map<int, std::size_t> position;  ///< by file key
  bool mismatch = false;
};

/// The first file key: it names a layer within one layoutEx. -1 for a layer without files.
int key_of(const LayerSeen& unit);

/// The longer of the two chains. At equal length layer i is layer i in both, whatever the names
/// say: a relocated VM keeps its old names in layoutEx for a while, and the device is right then.
BelievedChain believe(const DiskSeen& disk, const ChainEvidence& evidence);

/// Where a layer of layoutEx stands in the believed chain; nothing when it does not.
std::optional<std::size_t> position_of(const BelievedChain& chain, const LayerSeen& unit);

/// A snapshot's chain, placed in the believed one.
struct PlacedFrozen {
  FrozenChain chain;
  std::optional<std::size_t> leaf;  ///< position of its newest layer
};

/// The frozen chains that are of this disk. One that shares neither end with the running chain was
/// of another disk that had the same device key: this one takes no part in that snapshot.
std::vector<PlacedFrozen> frozen_of_disk(const DiskSeen& disk, const BelievedChain& chain,
                                         const ChainEvidence& evidence);

}  // namespace policy
