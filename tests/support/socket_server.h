// A real server on 127.0.0.1 that misbehaves to the byte as a test tells it to: what a network test
// needs and no well-behaved HTTP library can do.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/certificates.h"

struct ssl_st;
struct ssl_ctx_st;

namespace testing_support {

class SocketServer;

/// One accepted connection, as its script sees it. Every wait ends when the server is destroyed.
class Connection {
 public:
  Connection(SocketServer& server, int socket, int stop_event, ssl_st* tls, int number);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int number() const { return number_; }  ///< 1 for the first that was accepted

  /// Header and body (Content-Length) of the next request; nothing when the client has gone.
  std::optional<std::string> read_request();
  /// Reads at least this many bytes, or fewer when the client goes.
  std::string read_bytes(std::size_t count);
  /// False when the client has gone.
  bool send(std::string_view bytes);
  /// Pieces of `piece` bytes with `gap` between them.
  bool drip(std::string_view bytes, std::size_t piece, std::chrono::milliseconds gap);
  /// No more bytes from us (with close_notify under TLS), but the connection stays.
  void half_close();
  /// Ends with RST in place of FIN, and without close_notify.
  void reset();
  /// Until the client closes; what it still sends is thrown away.
  void wait_until_closed();

 private:
  friend class SocketServer;
  bool handshake();
  bool wait_for(short events, int timeout_ms);
  int receive(char* out, int size);

  SocketServer& server_;
  int socket_;
  int stop_event_;
  ssl_st* tls_;
  int number_;
  std::string buffer_;
};

struct TlsSetup {
  Certificate certificate;
  int newest_version = 0;  ///< TLS1_VERSION and so on; 0 for whatever OpenSSL has
};

class SocketServer {
 public:
  /// Runs once for each connection, on a thread of its own; the connection closes when it returns.
  using Script = std::function<void(Connection&)>;

  explicit SocketServer(Script script, std::optional<TlsSetup> tls = std::nullopt);
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  int port() const { return port_; }
  std::string url() const;  ///< "https://127.0.0.1:PORT", or http without TLS
  int connections() const { return connections_; }
  /// What read_request gave, in order of arrival over all connections.
  std::vector<std::string> requests() const;

 private:
  friend class Connection;
  void note_request(const std::string& request);
  void accept_loop();
  void serve(int socket, int number);

  Script script_;
  bool has_tls_ = false;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
  int listener_ = -1;
  int stop_event_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::jthread> workers_;  ///< touched by the accepting thread only
  std::jthread acceptor_;
};

/// "HTTP/1.1 200 OK" with Content-Length; `headers` are lines that end in "\r\n".
std::string http_reply(int status, std::string_view body, std::string_view headers = {});
/// Chunked transfer encoding of a body, with the last chunk.
std::string chunked(std::string_view body, std::size_t piece);
std::string gzip(std::string_view plain);
/// Value of a header in a raw request, "" when absent. `name` as sent.
std::string header_of(std::string_view request, std::string_view name);

}  // namespace testing_support
