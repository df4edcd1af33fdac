// HTTP(S) on libmicrohttpd, one thread per connection, so that a reply may wait as long as it
// likes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sim {

struct HttpRequest {
  std::string method, path;
  std::map<std::string, std::string> query;    ///< decoded
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  std::string peer;  ///< "127.0.0.1"
  bool tls = true;
  /// "" when absent; `name` in lower case.
  std::string header(const std::string& name) const;
  /// As sent, quotes included; "" when absent.
  std::string cookie(const std::string& name) const;
};

struct HttpReply {
  int status = 200;
  std::string content_type = "text/xml; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool drop = false;  ///< close the connection without an answer
  /// Announce the whole body, send only this many bytes of it, close.
  std::size_t cut_after = std::numeric_limits<std::size_t>::max();
  std::uint64_t bytes_per_second = 0;  ///< 0: as fast as it goes
};

struct ListenOptions {
  std::string host = "127.0.0.1";  ///< an IPv4 or IPv6 address, no name
  std::uint16_t port = 0;          ///< 0: any free one
  bool tls = true;
  std::string certificate_pem, key_pem;  ///< needed for TLS; see certificate.h
  std::size_t largest_body = 64 << 20;   ///< bytes; more is answered 413
};

/// Serves from construction to destruction. The handler is called from many threads; what it throws
/// becomes a 500 with the text. Throws std::runtime_error when it cannot listen.
class HttpServer {
 public:
  using Handler = std::function<HttpReply(const HttpRequest&)>;
  HttpServer(const ListenOptions& options, Handler handler);
  ~HttpServer();  ///< waits for the replies under way: wake them first
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  std::uint16_t port() const;

 private:
  struct Daemon;
  std::unique_ptr<Daemon> daemon_;
};

/// gzip (RFC 1952) at the fastest level.
std::string gzip(const std::string& data);

}  // namespace sim
