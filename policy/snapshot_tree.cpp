#include "policy/snapshot_tree.h"

#include <algorithm>
#include <tuple>

namespace policy {
namespace {

struct Links {
  std::vector<const SnapshotSeen*> unique;
  std::unordered_map<std::string_view, std::size_t> index;
  std::vector<std::vector<std::size_t>> children;
  std::vector<std::size_t> roots;
};

bool created_before(const SnapshotSeen& a, const SnapshotSeen& b) {
  return std::tie(a.created, a.id, a.moid) < std::tie(b.created, b.id, b.moid);
}

Links link(const std::vector<SnapshotSeen>& snapshots) {
  Links links;
  for (const SnapshotSeen& snapshot : snapshots) {
    if (links.index.emplace(snapshot.moid, links.unique.size()).second) {
      links.unique.push_back(&snapshot);
    }
  }
  links.children.resize(links.unique.size());
  for (std::size_t i = 0; i < links.unique.size(); ++i) {
    const auto& parent = links.unique[i]->parent;
    const auto found = parent ? links.index.find(*parent) : links.index.end();
    if (found == links.index.end()) {
      links.roots.push_back(i);
    } else {
      links.children[found->second].push_back(i);
    }
  }
  const auto by_creation = [&](std::size_t a, std::size_t b) {
    return created_before(*links.unique[a], *links.unique[b]);
  };
  std::sort(links.roots.begin(), links.roots.end(), by_creation);
  for (auto& siblings : links.children) std::sort(siblings.begin(), siblings.end(), by_creation);
  return links;
}

/// Depth first with a stack of our own: a chain of thousands must not grow the call stack.
void place(std::size_t root, const Links& links, std::vector<bool>& placed, SnapshotTree& tree) {
  struct Step {
    std::size_t node;
    std::optional<std::size_t> parent;
  };
  std::vector<Step> stack{{root, std::nullopt}};
  while (!stack.empty()) {
    const Step step = stack.back();
    stack.pop_back();
    if (placed[step.node]) continue;
    placed[step.node] = true;
    const SnapshotSeen* seen = links.unique[step.node];
    const std::size_t at = tree.nodes.size();
    tree.by_moid.emplace(seen->moid, at);
    tree.nodes.push_back({seen, step.parent, false});
    const auto& children = links.children[step.node];
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
      stack.push_back({*child, at});
    }
  }
}

}  // namespace

SnapshotTree order_snapshots(const VmSeen& seen) {
  SnapshotTree tree;
  const Links links = link(seen.snapshots);
  std::vector<bool> placed(links.unique.size(), false);
  for (const std::size_t root : links.roots) place(root, links, placed, tree);
  for (std::size_t i = 0; i < links.unique.size(); ++i) {
    if (!placed[i]) place(i, links, placed, tree);  // only a ring is left over
  }

  if (!seen.current_snapshot) return tree;
  const auto current = tree.by_moid.find(*seen.current_snapshot);
  if (current == tree.by_moid.end()) return tree;
  tree.current = current->second;
  for (auto at = tree.current; at; at = tree.nodes[*at].parent) {
    tree.nodes[*at].on_current_path = true;
    tree.current_path.push_back(*at);
  }
  std::reverse(tree.current_path.begin(), tree.current_path.end());
  return tree;
}

}  // namespace policy
