#include "policy/delta_owners.h"

#include <algorithm>
#include <unordered_set>

namespace policy {
std::optional<const LayerSeen*> made_between(const std::vector<LayerSeen>& parent,
                                             const std::vector<LayerSeen>& child) {
  const int leaf = key_of(parent.back());
  const auto next = [&](std::size_t i) { return i + 1 < child.size() ? &child[i + 1] : nullptr; };
  const std::size_t likely = parent.size() - 1;
  if (likely < child.size() && key_of(child[likely]) == leaf) return next(likely);
  for (std::size_t i = 0; i < child.size(); ++i) {
    if (key_of(child[i]) == leaf) return next(i);
  }
  return std::nullopt;
}

DeltaOwners::DeltaOwners(const BelievedChain& chain, std::size_t base,
                         const std::vector<PlacedFrozen>& frozen, const ChainEvidence& evidence)
    : chain_(chain),
      base_(base),
      evidence_(evidence),
      owner_(chain.links.size()),
      explained_(chain.links.size(), false) {
  for (const PlacedFrozen& snapshot : frozen) {
    if (snapshot.chain.node) by_node_.emplace(*snapshot.chain.node, &snapshot);
  }
}

void DeltaOwners::claim(std::size_t at, std::size_t node) {
  if (at <= base_ || at >= owner_.size() || owner_[at]) return;
  owner_[at] = node;
  explained_[at] = true;
}

bool DeltaOwners::by_difference() {
  bool consistent = true;
  for (const auto& [node, snapshot] : by_node_) {
    const auto parent = evidence_.tree().nodes[node].parent;
    const auto below = parent ? by_node_.find(*parent) : by_node_.end();
    if (below == by_node_.end()) continue;
    const auto made = made_between(*below->second->chain.units, *snapshot->chain.units);
    if (!made) consistent = false;
    if (!made || *made == nullptr) continue;
    if (const auto at = position_of(chain_, **made)) claim(*at, *parent);
  }
  // The running chain goes through every snapshot of the current path, also where the next one is
  // not in layoutEx yet. Newest first: of two with one frozen leaf the later made what is above.
  const auto& path = evidence_.tree().current_path;
  for (auto node = path.rbegin(); node != path.rend(); ++node) {
    const auto frozen = by_node_.find(*node);
    if (frozen == by_node_.end()) continue;
    if (frozen->second->leaf) {
      claim(*frozen->second->leaf + 1, *node);
    } else {
      consistent = false;
    }
  }
  return consistent;
}

void DeltaOwners::by_count(bool disk_takes_part) {
  std::unordered_set<std::size_t> owning;
  for (const auto& owner : owner_) {
    if (owner) owning.insert(*owner);
  }
  std::vector<std::size_t> idle;
  bool unseen = true;  // layoutEx has none of them, so that no difference speaks against the guess
  for (const std::size_t node : evidence_.tree().current_path) {
    const bool frozen = by_node_.count(node) != 0;
    if (!frozen && (evidence_.laid_out(node) || !disk_takes_part)) continue;
    if (owning.count(node) != 0) continue;
    idle.push_back(node);
    if (frozen) unseen = false;
  }
  std::vector<std::size_t> open;
  for (std::size_t at = base_ + 1; at < owner_.size(); ++at) {
    if (!explained_[at]) open.push_back(at);
  }
  const bool certain = unseen && open.size() == idle.size();
  for (std::size_t i = 0; i < std::min(open.size(), idle.size()); ++i) {
    explained_[open[i]] = true;
    if (certain) owner_[open[i]] = idle[i];
  }
}

}  // namespace policy
