#include "policy/extents.h"

#include <algorithm>
#include <set>

namespace policy {

std::vector<Extent> normalize(std::vector<Extent> extents, std::uint64_t capacity) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.start < b.start; });
  std::vector<Extent> normal;
  for (const Extent& extent : extents) {
    if (extent.start >= capacity || extent.length == 0) continue;
    const std::uint64_t length = std::min(extent.length, capacity - extent.start);
    if (normal.empty() || extent.start > normal.back().start + normal.back().length) {
      normal.push_back({extent.start, length});
    } else {
      Extent& last = normal.back();
      last.length = std::max(last.length, extent.start + length - last.start);
    }
  }
  return normal;
}

std::uint64_t total_length(std::span<const Extent> extents) {
  std::uint64_t sum = 0;
  for (const Extent& extent : extents) sum += extent.length;
  return sum;
}

std::vector<std::uint64_t> first_cover(std::span<const std::vector<Extent>> maps) {
  struct Edge {
    std::uint64_t at;
    std::size_t map;
    bool begins;
  };
  std::vector<Edge> edges;
  for (std::size_t map = 0; map < maps.size(); ++map) {
    for (const Extent& extent : maps[map]) {
      edges.push_back({extent.start, map, true});
      edges.push_back({extent.start + extent.length, map, false});
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });

  // Edges at one place may come in any order: nothing is counted between them.
  std::vector<std::uint64_t> served(maps.size(), 0);
  std::multiset<std::size_t> open;
  std::uint64_t from = 0;
  for (const Edge& edge : edges) {
    if (edge.at > from && !open.empty()) served[*open.begin()] += edge.at - from;
    from = edge.at;
    if (edge.begins) {
      open.insert(edge.map);
    } else {
      open.erase(open.find(edge.map));
    }
  }
  return served;
}

}  // namespace policy
