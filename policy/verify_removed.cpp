#include <algorithm>
#include <cstddef>

#include "policy/verify.h"
#include "policy/verify_parts.h"

namespace policy {
namespace {

/// Deltas that the tree does not explain, beyond those that it did not explain before. Finds what
/// is left where layoutEx did not yet tell whose a layer was, so that nothing was predicted to go.
std::vector<Evidence> unexplained(const VmImage& before, const VmImage& now) {
  const int tree_before = static_cast<int>(path_of(before).size());
  const int tree_now = static_cast<int>(path_of(now).size());
  std::vector<Evidence> left;
  for (const DiskImage& disk : now.disks) {
    const DiskImage* old = disk_of(before, disk.key);
    if (old == nullptr || disk.depth <= tree_now + std::max(0, old->depth - tree_before)) continue;
    left.push_back(disk_evidence("deltas on", disk.key, static_cast<std::size_t>(disk.depth)));
    left.push_back({"snapshots", std::to_string(tree_now)});
  }
  return left;
}

Verification check_layers(const Operation& operation, const VmImage& now,
                          const Prediction& prediction) {
  Counted counted = count_layers(prediction, now);
  if (!counted.missing.empty()) {
    return verified(Verified::No, "a disk that " + operation.vm.name + " had is gone from it",
                    std::move(counted.missing));
  }
  if (!counted.fewer.empty()) {
    return verified(Verified::No,
                    "disks of " + operation.vm.name +
                        " have fewer layers than the removal explains: somebody changed them",
                    std::move(counted.fewer));
  }
  std::vector<Evidence> left = std::move(counted.more);
  if (left.empty() && !prediction.fork) left = unexplained(operation.before, now);
  if (left.empty()) return verified(Verified::Yes, "");
  if (prediction.removed.size() > 1) {
    // A tree that lost more than was asked for while the disks kept their deltas is damaged, and a
    // damaged one must not be consolidated.
    return verified(Verified::No,
                    "the tree of " + operation.vm.name +
                        " lost other snapshots too, but the disks kept their deltas",
                    std::move(left));
  }
  return verified(Verified::Pending,
                  operation.snapshot.moid + " is off the tree of " + operation.vm.name +
                      ", but its deltas are left on disk: a consolidation is due",
                  std::move(left));
}

}  // namespace

Verification verify_removed(const Operation& operation, const VmImage& now) {
  const VmImage& before = operation.before;
  const std::string& target = operation.snapshot.moid;
  if (const NodeImage* node = node_of(now, target)) {
    if (!same_snapshot(*node, operation.snapshot)) {
      return verified(Verified::No, target + " is another snapshot now than the one to be removed",
                      {{"created", format_utc(node->created)}});
    }
    return verified(Verified::NotYet, target + " is still in the tree of " + operation.vm.name);
  }
  if (node_of(before, target) == nullptr) {
    return verified(Verified::No, target + " was not in the tree when the removal was decided on");
  }
  const std::vector<Evidence> flag{
      {"consolidation_needed", now.consolidation_needed ? "true" : "false"}};
  if (now.helper) {
    return verified(now.consolidation_needed ? Verified::Pending : Verified::NotYet,
                    target +
                        " is off the tree, but a \"Consolidate Helper\" is in it: a merge "
                        "runs or broke off",
                    flag);
  }
  const Prediction prediction = predict(before, now);
  if (!prediction.contradiction.empty()) {
    // While a merge runs no snapshot may be current for a moment.
    return verified(now.current.empty() && !now.nodes.empty() ? Verified::NotYet : Verified::No,
                    prediction.contradiction, {{"current", now.current}});
  }
  const bool counts = layers_shown(before, now);
  if (counts) {
    Verification layers = check_layers(operation, now, prediction);
    if (layers.verdict != Verified::Yes) return layers;
  }
  if (now.consolidation_needed) {
    return verified(Verified::Pending,
                    target + " is off the tree, but " + operation.vm.name +
                        " says that its disks need consolidation",
                    flag);
  }
  return {Verified::Yes,
          counts,
          counts ? target + " is off the tree of " + operation.vm.name +
                       ", and its disks have the layers that are to be left"
                 : target + " is off the tree of " + operation.vm.name +
                       "; the server shows no layers to count",
          {}};
}

}  // namespace policy
