// Finds a server in the text of a known-hosts file: the part of load_known_host() without the disk.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <string_view>

namespace vsphere {

/// See load_known_host(). Reads `lines` to their end.
std::optional<std::string> find_known_host(std::istream& lines, std::string_view host_port);

}  // namespace vsphere
