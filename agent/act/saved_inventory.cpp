#include "agent/act/saved_inventory.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "agent/codec/inventory_json.h"
#include "agent/error.h"

namespace agent {

policy::Inventory load_inventory(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw Error("input", ExitCode::Usage,
                "reading the inventory " + file + ": " + std::strerror(errno) +
                    "; `deltakeep scan --output FILE` writes one");
  }
  try {
    return read_inventory(in);
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
