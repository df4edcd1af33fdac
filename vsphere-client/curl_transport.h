// The real network: libcurl, two connections, TLS always verified, bytes counted after
// decompression.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "vsphere-client/transport.h"

namespace vsphere {

struct TlsTrust {
  enum class Mode {
    System,      ///< the system's CA store
    CaFile,      ///< ca_file only
    Thumbprint,  ///< the leaf's SHA-256, in place of CA and host name
    Insecure,    ///< GOVC_INSECURE: for reading only, the agent enforces that
  };
  Mode mode = Mode::System;
  std::string ca_file;
  std::vector<std::string> thumbprints;  ///< 64 hex digits, upper case, no colons; any may match
};

struct CurlOptions {
  std::string base_url;     ///< "https://host[:port]"; http only when allow_http
  bool allow_http = false;  ///< for stand-ins on the loopback interface
  TlsTrust trust;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds first_byte_timeout{120'000};
  std::chrono::milliseconds stall_timeout{60'000};  ///< no byte for so long once the reply began
  std::uint64_t slowest_bytes_per_second = 1;  ///< over a stall_timeout; below it is a stall too
  std::uint64_t max_body_bytes = 64ull << 20;  ///< after decompression, counted by us
  std::uint64_t max_header_bytes = 256ull << 10;
  std::string user_agent;
};

/// No body is ever sent twice: where libcurl would repeat a POST on a dead kept-alive connection,
/// it ends as Error Transport with Outcome::Unknown instead, and the caller decides. Connections
/// idle for 50 s are not used again, so this is rare.
class CurlTransport final : public Transport {
 public:
  /// Opens nothing yet. `stop` ends any transfer within a second with Error Interrupted.
  CurlTransport(CurlOptions options, std::stop_token stop);
  ~CurlTransport() override;

  Reply send(const Request& request, const BodySink& sink) override;
  void forget_session() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// SHA-256 of the certificate that a server shows, 64 upper-case hex digits; verifies nothing and
/// sends nothing. Throws Error Unreachable or Tls.
std::string fetch_thumbprint(const std::string& base_url, std::stop_token stop);

/// Accepts hex with or without colons in any case, and an optional "sha256:", "SHA256 " or
/// openssl's "sha256 Fingerprint=" before it; nothing when it is not a SHA-256 (SHA-1 is refused).
std::optional<std::string> normal_thumbprint(std::string_view text);

/// "AA:BB:...", as people know it.
std::string pretty_thumbprint(std::string_view normal);

/// The entry for host[:port] in a known-hosts file as govc writes it ("host[:port] thumbprint" per
/// line; no port is 443), in normal form; nothing when the host is not listed. SHA-1 entries are
/// skipped, of several the last one counts. Throws Error Tls when the file cannot be read.
std::optional<std::string> load_known_host(const std::string& file, std::string_view host_port);

}  // namespace vsphere
