#include "agent/act/saved_inventory.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "agent/codec/inventory_json.h"
#include "agent/config/policies.h"
#include "agent/error.h"

namespace agent {
namespace {

void attribute(const std::vector<UnattributedSnapshot>& unattributed, const Config& config,
               policy::Inventory& inventory) {
  if (unattributed.empty()) return;
  std::vector<policy::SelectionRule> rules = selection_rules(config);
  std::erase_if(rules, [](const auto& rule) { return rule.method == policy::Method::Clone; });
  const policy::Selecting selecting(std::move(rules), inventory.datastores, protected_vms(config));
  std::size_t vm = inventory.vms.size();
  std::string maker;
  for (const UnattributedSnapshot& one : unattributed) {
    if (std::exchange(vm, one.vm) != one.vm) {
      const policy::Selection selection = selecting.of(inventory.vms[vm]);
      maker = selection.policies.empty() ? std::string() : selection.policies.front();
    }
    inventory.vms[vm].snapshots[one.snapshot].policy = maker;
  }
}

}  // namespace

policy::Inventory load_inventory(const std::string& file, const Config& config) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw Error("input", ExitCode::Usage,
                "reading the inventory " + file + ": " + std::strerror(errno) +
                    "; `deltakeep scan --output FILE` writes one");
  }
  try {
    std::vector<UnattributedSnapshot> unattributed;
    policy::Inventory inventory = read_inventory(in, &unattributed);
    attribute(unattributed, config, inventory);
    return inventory;
  } catch (const Error& error) {
    throw Error(error.kind(), error.code(), "reading the inventory " + file + ": " + error.what());
  }
}

std::size_t find_vm(const policy::Inventory& inventory, const std::string& text) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < inventory.vms.size(); ++i) {
    const policy::Vm& vm = inventory.vms[i];
    const bool named = vm.identity.name == text || vm.identity.raw_name == text ||
                       vm.identity.moid == text || vm.place.path == text;
    if (named) found.push_back(i);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    throw Error("not-found", ExitCode::Failed,
                "no virtual machine of the inventory is called \"" + text + "\"");
  }
  std::string message = "\"" + text + "\" names " + std::to_string(found.size()) +
                        " virtual machines; use a path or a moid:";
  for (const std::size_t i : found) {
    const policy::Vm& vm = inventory.vms[i];
    message +=
        "\n  " + vm.identity.moid + "  " + vm.place.path + "  (" + vm.identity.endpoint + ")";
  }
  throw Error("ambiguous", ExitCode::Usage, message);
}

}  // namespace agent
