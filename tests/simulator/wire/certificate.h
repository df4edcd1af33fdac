// A self-signed certificate for the simulator, made when it starts.
#pragma once

#include <string>
#include <vector>

namespace sim {

struct Certificate {
  std::string certificate_pem, key_pem;
};

/// P-256, valid for ten years from yesterday, for the given DNS names and IP addresses. Throws
/// std::runtime_error when OpenSSL cannot.
Certificate make_certificate(const std::vector<std::string>& names);
/// SHA-256 of the certificate as vCenter shows thumbprints: "AB:CD:...".
std::string thumbprint(const std::string& certificate_pem);

}  // namespace sim
