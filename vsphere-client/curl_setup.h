// Everything that libcurl is told: once for each connection, and once for each request.
#pragma once

#include <string>
#include <string_view>

#include "vsphere-client/curl_handle.h"
#include "vsphere-client/curl_transport.h"
#include "vsphere-client/tls_check.h"

namespace vsphere {

struct Address {
  std::string base;      ///< scheme, host and port, no slash behind
  std::string host;      ///< "host[:port]", for messages
  const char* protocol;  ///< what libcurl may speak: "https", or "http" for a stand-in
};

/// Throws Error Unreachable for what is not scheme, host and port. The message never echoes the
/// text: somebody may have written a password into it.
Address parse_address(std::string_view url, bool allow_http);

/// Safety and time-outs. `tls` must outlive the handle.
void set_defaults(CURL* easy, const CurlOptions& options, const Address& address, TlsCheck& tls);

/// URL, verb and headers; the list must live until the transfer has ended. std::logic_error for a
/// path or a header that would change the request's shape.
List set_request(CURL* easy, const Address& address, const Request& request);

}  // namespace vsphere
