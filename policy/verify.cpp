#include "policy/verify.h"

#include <algorithm>
#include <cstddef>

#include "policy/verify_parts.h"

namespace policy {
namespace {

std::string on(const Operation& operation) {
  return operation.snapshot.moid + " on " + operation.vm.name;
}

/// Whether the old chain lies unchanged under the new layers. A disk that was moved to another
/// datastore meanwhile has no file of its former names: then only the count speaks.
bool frozen_below(const DiskImage& old, const DiskImage& now) {
  if (now.files.size() < old.files.size()) return false;
  if (std::equal(old.files.rbegin(), old.files.rend(), now.files.rbegin())) return true;
  return std::none_of(old.files.begin(), old.files.end(), [&](const std::string& file) {
    return std::find(now.files.begin(), now.files.end(), file) != now.files.end();
  });
}

Verification check_created_layers(const Operation& operation, const VmImage& now,
                                  const Prediction& prediction) {
  const Counted counted = count_layers(prediction, now);
  if (!counted.missing.empty()) {
    return verified(Verified::No, "a disk that " + operation.vm.name + " had is gone from it",
                    counted.missing);
  }
  if (!counted.more.empty()) {
    return verified(Verified::No, "the disks have more layers than " + on(operation) + " explains",
                    counted.more);
  }
  if (!counted.fewer.empty()) {
    return verified(Verified::NotYet,
                    "the tree has " + on(operation) + ", but not every disk runs on a new layer",
                    counted.fewer);
  }
  if (!prediction.removed.empty()) return verified(Verified::Yes, "");
  for (const DiskImage& disk : operation.before.disks) {
    if (frozen_below(disk, *disk_of(now, disk.key))) continue;
    return verified(
        Verified::No,
        "the chain that disk " + std::to_string(disk.key) + " had does not lie under its new layer",
        {disk_evidence("files before on", disk.key, disk.files.size())});
  }
  return verified(Verified::Yes, "");
}

/// Of the target's own chain on one disk before the revert, as far as it shows: the files below the
/// layer that the target's creation made. Empty: not known, the target was on another branch.
std::vector<std::string> chain_below(const DiskImage& disk, const VmImage& before,
                                     const std::string& target) {
  const auto owned = disk.owned.find(target);
  if (owned == disk.owned.end() || before.current != target || disk.files.empty()) return {};
  return {disk.files.begin() + 1, disk.files.end()};
}

/// A name may be used again once its file is deleted; then the layer on top has to be the target's.
bool runs_on_new_layer(const DiskImage& disk, const VmImage& before, const VmImage& now) {
  const DiskImage* old = disk_of(before, disk.key);
  if (old == nullptr) return true;  // reverting brings back disks that were removed since
  if (disk.files.empty()) return false;
  if (std::find(old->files.begin(), old->files.end(), disk.files.front()) == old->files.end()) {
    return true;
  }
  return before.current != now.current && disk.owned.count(now.current) != 0 &&
         disk.depth <= static_cast<int>(path_of(now).size());
}

}  // namespace

Verification verify_created(const Operation& operation, const VmImage& now) {
  const NodeImage* node = node_of(now, operation.snapshot.moid);
  if (operation.snapshot.moid.empty() || node == nullptr) {
    return verified(Verified::NotYet, "the tree of " + operation.vm.name + " does not show it");
  }
  if (node_of(operation.before, node->moid) != nullptr) {
    return verified(Verified::No, on(operation) + " was there before the call was sent");
  }
  if (operation.snapshot.created != Time{} && !same_snapshot(*node, operation.snapshot)) {
    return verified(Verified::No, on(operation) + " is another snapshot than the one made",
                    {{"created", format_utc(node->created)}});
  }
  const Prediction prediction = predict(operation.before, now);
  if (!prediction.contradiction.empty()) {
    return verified(now.current.empty() ? Verified::NotYet : Verified::No, prediction.contradiction,
                    {{"current", now.current}});
  }
  const auto& later = prediction.later;
  if (std::find(later.begin(), later.end(), node->moid) == later.end()) {
    return verified(Verified::No, on(operation) + " is not under the running point",
                    {{"current", now.current}});
  }
  if (now.helper || (now.consolidation_needed && !operation.before.consolidation_needed)) {
    return verified(Verified::NotYet,
                    "the tree has " + on(operation) + ", but its disks are to be consolidated",
                    {{"consolidation_needed", now.consolidation_needed ? "true" : "false"}});
  }
  const bool counts = layers_shown(operation.before, now);
  if (counts) {
    Verification layers = check_created_layers(operation, now, prediction);
    if (layers.verdict != Verified::Yes) return layers;
  }
  return {Verified::Yes,
          counts,
          counts ? "the tree has " + on(operation) + ", and each disk runs on a new layer"
                 : "the tree has " + on(operation) + "; the server shows no layers to count",
          {}};
}

Verification verify_consolidated(const Operation& operation, const VmImage& now, int tree_depth) {
  if (now.helper) {
    return verified(Verified::NotYet, "a \"Consolidate Helper\" is in the tree of " +
                                          operation.vm.name + ": a merge runs or broke off");
  }
  if (now.consolidation_needed) {
    return verified(Verified::Pending,
                    operation.vm.name + " still says that it needs consolidation",
                    {{"consolidation_needed", "true"}});
  }
  std::vector<Evidence> left;
  for (const DiskImage& disk : now.disks) {
    if (disk.depth <= tree_depth) continue;
    left.push_back(disk_evidence("deltas on", disk.key, static_cast<std::size_t>(disk.depth)));
  }
  if (!left.empty()) {
    left.push_back({"snapshots", std::to_string(tree_depth)});
    return verified(Verified::Pending,
                    "the server asks for no consolidation, but disks of " + operation.vm.name +
                        " have more deltas than the tree has snapshots",
                    std::move(left));
  }
  return {Verified::Yes,
          now.layers_known,
          "no disk of " + operation.vm.name + " has more deltas than the tree explains",
          {}};
}

Verification verify_reverted(const Operation& operation, const VmImage& now) {
  const VmImage& before = operation.before;
  const NodeImage* target = node_of(now, operation.snapshot.moid);
  if (target == nullptr || !same_snapshot(*target, operation.snapshot)) {
    return verified(Verified::No, on(operation) + " is not in the tree any more");
  }
  if (now.current != target->moid) {
    return verified(Verified::NotYet, operation.vm.name + " does not stand on " + target->moid,
                    {{"current", now.current}});
  }
  if (now.helper || (now.consolidation_needed && !before.consolidation_needed)) {
    return verified(Verified::NotYet, "the disks of " + operation.vm.name +
                                          " are to be consolidated since the revert");
  }
  if (!layers_shown(before, now) || now.disks.empty()) {
    // Without layers nothing tells a revert to the current snapshot from none.
    if (before.current == target->moid) {
      return verified(Verified::NotYet, "no layers are shown, and " + operation.vm.name +
                                            " stood on " + target->moid + " before, too");
    }
    return {Verified::Yes,
            false,
            operation.vm.name + " stands on " + target->moid + "; no layers are shown",
            {}};
  }
  for (const DiskImage& disk : now.disks) {
    if (!runs_on_new_layer(disk, before, now)) {
      return verified(Verified::NotYet,
                      "disk " + std::to_string(disk.key) + " still runs on a layer it had before",
                      {{"file", disk.files.empty() ? "" : disk.files.front()}});
    }
    const DiskImage* old = disk_of(before, disk.key);
    if (old == nullptr) continue;
    const auto below = chain_below(*old, before, target->moid);
    if (!below.empty() && below.size() + 1 != disk.files.size()) {
      return verified(
          Verified::No,
          "disk " + std::to_string(disk.key) + " does not run above the chain of " + target->moid,
          {disk_evidence("files expected on", disk.key, below.size() + 1),
           disk_evidence("files found on", disk.key, disk.files.size())});
    }
  }
  return {Verified::Yes,
          true,
          operation.vm.name + " stands on " + target->moid + ", each disk on a new layer above it",
          {}};
}

}  // namespace policy
