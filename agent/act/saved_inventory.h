// What `scan --output` saved, for the commands that work without a vCenter.
#pragma once

#include <cstddef>
#include <string>

#include "agent/config/config.h"
#include "policy/inventory.h"

namespace agent {

/// Files from before snapshots said which policy made them: there those of ours are taken for the
/// first policy's, in file order, that keeps snapshots and selects the VM.
/// Throws agent::Error "input" (exit 2) for a file that can't be read or is no inventory.
policy::Inventory load_inventory(const std::string& file, const Config& config);

/// Where the one VM stands that `text` names: by name, inventory path or moid. Throws agent::Error
/// "not-found" (exit 1), or "ambiguous" (exit 2) with the candidates.
std::size_t find_vm(const policy::Inventory& inventory, const std::string& text);

}  // namespace agent
