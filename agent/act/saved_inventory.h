// What `scan --output` saved, for the commands that work without a vCenter.
#pragma once

#include <cstddef>
#include <string>

#include "policy/inventory.h"

namespace agent {

/// Throws agent::Error "input" (exit 2) for a file that can't be read or is no inventory.
policy::Inventory load_inventory(const std::string& file);

/// Where the one VM stands that `text` names: by name, inventory path or moid. Throws agent::Error
/// "not-found" (exit 1), or "ambiguous" (exit 2) with the candidates.
std::size_t find_vm(const policy::Inventory& inventory, const std::string& text);

}  // namespace agent
