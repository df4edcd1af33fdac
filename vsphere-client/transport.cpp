#include "vsphere-client/transport.h"

namespace vsphere {

std::string_view Reply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace vsphere
