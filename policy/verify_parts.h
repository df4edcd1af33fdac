// What the verifications share: reading the tree of an image, and telling from two looks what the
// chains must have become. verify.h is the way in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "policy/verify.h"

namespace policy {

/// Null when there is none.
const NodeImage* node_of(const VmImage& image, const std::string& moid);
/// Whatever moid each is listed under: a moid may be given anew, these two never are.
inline bool same_snapshot(const NodeImage& a, const NodeImage& b) {
  return a.id == b.id && a.created == b.created;
}
const DiskImage* disk_of(const VmImage& image, int key);
/// Moids from the current snapshot down to its root; empty when none is current.
std::vector<std::string> path_of(const VmImage& image);

inline Verification verified(Verified verdict, std::string text,
                             std::vector<Evidence> evidence = {}) {
  return {verdict, false, std::move(text), std::move(evidence)};
}
Evidence disk_evidence(const char* key, int disk, std::size_t value);

/// How many files a disk's chain may have now, and be what the two trees explain.
struct LayerCount {
  int disk = 0;
  std::size_t low = 0, high = 0;
};

/// What the chains must be, given the tree before and the tree now.
struct Prediction {
  /// Unless empty: the trees cannot be told apart by removals and by creations on top alone.
  std::string contradiction;
  std::vector<std::string> removed;  ///< in the tree before, not now
  std::vector<std::string> later;    ///< the other way round, on the current path, newest first
  bool fork = false;                 ///< one of `removed` carried two branches: it left its delta
  std::vector<LayerCount> counts;    ///< of each disk before
};
/// - A removal takes what its snapshot owned on a disk, and may take deltas that nobody owned then;
///   below two branches it takes nothing, or what only one of them needed.
/// - A snapshot made since adds one layer to each disk.
Prediction predict(const VmImage& before, const VmImage& now);

/// The disks whose files are not as many as predicted.
struct Counted {
  std::vector<Evidence> missing;  ///< the disk itself is gone
  std::vector<Evidence> fewer, more;
};
Counted count_layers(const Prediction& prediction, const VmImage& now);

/// Whether layers can be counted at all: both looks show them, or the second one should.
bool layers_shown(const VmImage& before, const VmImage& now);

}  // namespace policy
