#include "policy/verify_parts.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>

namespace policy {
namespace {

/// Its nearest ancestor, itself included, that is in the tree now; "" for none.
std::string surviving(const VmImage& before, const VmImage& now, std::string moid) {
  for (std::size_t steps = 0; steps <= before.nodes.size() && !moid.empty(); ++steps) {
    if (node_of(now, moid) != nullptr) return moid;
    const NodeImage* node = node_of(before, moid);
    moid = node == nullptr ? "" : node->parent;
  }
  return "";
}

bool is_fork(const VmImage& image, const std::string& moid) {
  const auto children = std::count_if(image.nodes.begin(), image.nodes.end(),
                                      [&](const NodeImage& node) { return node.parent == moid; });
  return children + (image.current == moid ? 1 : 0) > 1;
}

/// The node of before that has another moid now: only a server that was restored lists one anew.
const NodeImage* renumbered(const VmImage& before, const NodeImage& node) {
  const auto found = std::find_if(before.nodes.begin(), before.nodes.end(),
                                  [&](const NodeImage& old) { return same_snapshot(old, node); });
  return found == before.nodes.end() ? nullptr : &*found;
}

std::string tree_contradiction(const VmImage& before, const VmImage& now) {
  for (const NodeImage& node : now.nodes) {
    const NodeImage* old = node_of(before, node.moid);
    if (old == nullptr) {
      if (const NodeImage* same = renumbered(before, node)) {
        return same->moid + " was not removed, it is " + node.moid +
               " now: the server was restored to an earlier time";
      }
      continue;
    }
    if (!same_snapshot(*old, node)) {
      return node.moid + " is another snapshot than the one of that name before";
    }
    if (node.parent != surviving(before, now, old->parent)) {
      return node.moid + " has another parent than before";
    }
  }
  return "";
}

LayerCount count_of(const DiskImage& disk, const Prediction& prediction, const VmImage& before) {
  std::size_t certain = 0, possible = 0, owned = 0;
  for (const auto& [moid, layers] : disk.owned) owned += static_cast<std::size_t>(layers);
  for (const std::string& moid : prediction.removed) {
    const auto found = disk.owned.find(moid);
    if (found == disk.owned.end()) continue;
    possible += static_cast<std::size_t>(found->second);
    if (!is_fork(before, moid)) certain += static_cast<std::size_t>(found->second);
  }
  const auto depth = static_cast<std::size_t>(std::max(disk.depth, 0));
  // A merge takes older leftovers along, and whose a layer is can't be told while layoutEx lags.
  if (!prediction.removed.empty()) possible += depth - std::min(depth, owned);
  const std::size_t files = disk.files.size();
  const std::size_t more = prediction.later.size();
  return {disk.key, files - std::min(files, possible) + more,
          files - std::min(files, certain) + more};
}

}  // namespace

const NodeImage* node_of(const VmImage& image, const std::string& moid) {
  const auto found = std::find_if(image.nodes.begin(), image.nodes.end(),
                                  [&](const NodeImage& node) { return node.moid == moid; });
  return found == image.nodes.end() ? nullptr : &*found;
}

const DiskImage* disk_of(const VmImage& image, int key) {
  const auto found = std::find_if(image.disks.begin(), image.disks.end(),
                                  [&](const DiskImage& disk) { return disk.key == key; });
  return found == image.disks.end() ? nullptr : &*found;
}

std::vector<std::string> path_of(const VmImage& image) {
  std::vector<std::string> path;
  const NodeImage* at = node_of(image, image.current);
  while (at != nullptr && path.size() < image.nodes.size()) {
    path.push_back(at->moid);
    at = node_of(image, at->parent);
  }
  return path;
}

Evidence disk_evidence(const char* key, int disk, std::size_t value) {
  return {std::string(key) + " disk " + std::to_string(disk), std::to_string(value)};
}

Prediction predict(const VmImage& before, const VmImage& now) {
  Prediction prediction;
  for (const NodeImage& node : before.nodes) {
    if (node_of(now, node.moid) != nullptr) continue;
    prediction.removed.push_back(node.moid);
    if (is_fork(before, node.moid)) prediction.fork = true;
  }
  prediction.contradiction = tree_contradiction(before, now);
  if (!prediction.contradiction.empty()) return prediction;

  std::string tip;
  for (const std::string& moid : path_of(now)) {
    tip = moid;
    if (node_of(before, moid) != nullptr) break;
    prediction.later.push_back(moid);
    tip.clear();
  }
  if (tip != surviving(before, now, before.current)) {
    prediction.contradiction =
        "the running point stands on " + (tip.empty() ? "no snapshot" : tip) +
        ", which is not where it stood: somebody reverted, or the tree is damaged";
    return prediction;
  }
  for (const DiskImage& disk : before.disks) {
    prediction.counts.push_back(count_of(disk, prediction, before));
  }
  return prediction;
}

Counted count_layers(const Prediction& prediction, const VmImage& now) {
  Counted counted;
  for (const LayerCount& count : prediction.counts) {
    const DiskImage* disk = disk_of(now, count.disk);
    if (disk == nullptr) {
      counted.missing.push_back(disk_evidence("files expected on", count.disk, count.high));
      continue;
    }
    const std::size_t files = disk->files.size();
    if (files >= count.low && files <= count.high) continue;
    auto& wrong = files > count.high ? counted.more : counted.fewer;
    wrong.push_back(disk_evidence("files expected on", count.disk,
                                  files > count.high ? count.high : count.low));
    wrong.push_back(disk_evidence("files found on", count.disk, files));
  }
  return counted;
}

bool layers_shown(const VmImage& before, const VmImage& now) {
  if (!before.layers_known) return false;
  const bool had_deltas = std::any_of(before.disks.begin(), before.disks.end(),
                                      [](const DiskImage& disk) { return disk.files.size() > 1; });
  return had_deltas || now.layers_known;
}

}  // namespace policy
