// Turns what libcurl reports into our Error: which kind, what is known of the call's effect, and
// words that say what to do next.
#pragma once

#include <chrono>
#include <string>

#include "vsphere-client/error.h"
#include "vsphere-client/tls_check.h"

namespace vsphere {

/// Why a transfer ended without a whole reply.
enum class Ending {
  Curl,            ///< libcurl gave up; see code
  Stopped,         ///< our stop request
  SlowFirstByte,   ///< nothing came within first_byte_timeout
  Stalled,         ///< the reply began and then ran dry
  BodyTooLarge,    ///< more than max_body_bytes after decompression
  HeadersTooMany,  ///< more header lines or bytes than any vCenter sends
  HeadersCut,      ///< the connection closed before the headers were whole
  BadEncoding,     ///< not the gzip it claims to be, cut short, or an encoding not asked for
};

struct Failure {
  Ending ending = Ending::Curl;
  int code = 0;             ///< CURLcode
  std::string operation;    ///< "CreateSnapshot_Task"
  std::string host;         ///< "vc.example.com:443"
  std::string detail;       ///< libcurl's own words; may hold text of the server
  long os_error = 0;        ///< errno of a connection that failed, 0 when not known
  bool bytes_left = false;  ///< true once a byte of the request was handed to the connection
  std::chrono::milliseconds limit{0};  ///< the time-out that was reached
  std::uint64_t size_limit = 0;        ///< the size that was exceeded
};

Error curl_error(const Failure& failure, const TlsCheck& tls);

}  // namespace vsphere
