// Which network libraries the program really runs on, for `version` and bug reports.
#pragma once

#include <string>

namespace vsphere {

std::string libcurl_version();
std::string tls_version();  ///< "OpenSSL/3.0.17"

}  // namespace vsphere
