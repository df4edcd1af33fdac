// Names an object on the server. A handle for this session, never an identity.
#pragma once

#include <compare>
#include <string>

namespace vsphere {

struct MoRef {
  std::string type;   ///< "VirtualMachine", "Datastore", ... as sent
  std::string value;  ///< "vm-1003"
  auto operator<=>(const MoRef&) const = default;
  bool empty() const { return value.empty(); }
};

}  // namespace vsphere
