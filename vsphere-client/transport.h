// The seam to the network: one request out, one reply in, handed over in chunks. Everything else
// (trace, replay, fault injection) is a decorator of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vsphere {

/// Each channel is one kept-alive connection: a waiting update never holds up a call.
enum class Channel { Calls, Updates };
enum class Verb { Get, Post, Delete };

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Channel channel = Channel::Calls;
  Verb verb = Verb::Post;
  std::string path = "/sdk";  ///< on the endpoint's own scheme, host and port; never a full URL
  Headers headers;            ///< Content-Type, SOAPAction, ...; no Expect is ever sent
  std::string body;
  std::string operation;  ///< for messages: "RetrievePropertiesEx"
  /// How long the server may think before its first byte; zero: the transport's default.
  std::chrono::milliseconds first_byte_timeout{0};
  /// Sent even after a stop request, with one second in all: logouts, so that no session is left.
  bool farewell = false;
};

struct Reply {
  int status = 0;
  Headers headers;               ///< names in lower case
  std::uint64_t wire_bytes = 0;  ///< as received, compressed
  std::uint64_t body_bytes = 0;  ///< after decompression
  /// First value of a header, "" when absent. `name` in lower case.
  std::string_view header(std::string_view name) const;
};

/// Gets the body piece by piece, decompressed, and the HTTP status from the first piece on.
/// What it throws ends the transfer and reaches the caller of send unchanged.
using BodySink = std::function<void(int status, std::string_view chunk)>;

class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends and reads to the end. An HTTP error status is not an error here: faults are HTTP 500.
  /// A redirect is returned as it is, never followed. Throws Error of kind Unreachable or Tls
  /// (Outcome::NotExecuted), Transport or Protocol (Outcome::Unknown unless no byte of the request
  /// left), Interrupted. Not safe to call twice at once on one channel.
  virtual Reply send(const Request& request, const BodySink& sink) = 0;

  /// Forgets cookies: the next call starts a new session.
  virtual void forget_session() = 0;
};

}  // namespace vsphere
