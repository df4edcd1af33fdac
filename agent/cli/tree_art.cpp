#include "agent/cli/tree_art.h"

#include <stdexcept>

namespace agent {
namespace {

struct Art {
  const char *tee, *corner, *bar, *blank;
};

constexpr Art kUtf8{"├─ ", "└─ ", "│  ", "   "};
constexpr Art kAscii{"|- ", "`- ", "|  ", "   "};

void check(std::span<const int> depths) {
  int deepest = 0;  // a forest: the first node must be a root
  for (const int depth : depths) {
    if (depth < 0 || depth > deepest) {
      throw std::invalid_argument("a tree node at depth " + std::to_string(depth) +
                                  " has no parent above it");
    }
    deepest = depth + 1;
  }
}

}  // namespace

std::vector<std::string> tree_prefixes(std::span<const int> depths, Charset charset) {
  check(depths);
  const Art& art = charset == Charset::Utf8 ? kUtf8 : kAscii;
  std::vector<std::string> prefixes(depths.size());
  // From the bottom up, so that "does a sibling follow?" is known for every level.
  std::vector<bool> follows;
  for (std::size_t i = depths.size(); i-- > 0;) {
    const auto depth = static_cast<std::size_t>(depths[i]);
    follows.resize(depth + 1, false);  // forgets what is below this node's level
    std::string& prefix = prefixes[i];
    for (std::size_t level = 1; level < depth; ++level) {
      prefix += follows[level] ? art.bar : art.blank;
    }
    if (depth > 0) prefix += follows[depth] ? art.tee : art.corner;
    follows[depth] = true;
  }
  return prefixes;
}

}  // namespace agent
