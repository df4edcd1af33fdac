// The lines down the left of a tree, so that parents can be read off a list.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/cli/safe_text.h"

namespace agent {

/// What to print before each node of a forest that is listed parents first, children right below
/// (depth-first), given the depth of each node (roots 0). Roots get "", others "├─ " or "└─ " after
/// "│  " or blanks for each ancestor below the root; in ASCII "|- ", "`- " and "|  ".
/// Throws std::invalid_argument when a depth is negative or more than one below its predecessor.
std::vector<std::string> tree_prefixes(std::span<const int> depths, Charset charset);

}  // namespace agent
