#include "tests/support/socket_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <stdexcept>

namespace testing_support {
namespace {

constexpr int kForever = -1;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("test server: ") + what);
}

std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> make_context(const TlsSetup* setup) {
  if (setup == nullptr) return {nullptr, SSL_CTX_free};
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context(SSL_CTX_new(TLS_server_method()),
                                                             SSL_CTX_free);
  const std::string& pem = setup->certificate.pem;
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  const std::string& key_pem = setup->certificate.key_pem;
  in = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  const bool ok = SSL_CTX_use_certificate(context.get(), certificate) == 1 &&
                  SSL_CTX_use_PrivateKey(context.get(), key) == 1;
  X509_free(certificate);
  EVP_PKEY_free(key);
  require(ok, "certificate not accepted");
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (setup->newest_version != 0) {
    // OpenSSL 3 speaks TLS 1.0 only at its lowest security level.
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), setup->newest_version);
  }
  return context;
}

std::size_t content_length(std::string_view head) {
  std::size_t length = 0;
  const std::string value = header_of(head, "Content-Length");
  std::from_chars(value.data(), value.data() + value.size(), length);
  return length;
}

}  // namespace

Connection::Connection(SocketServer& server, int socket, int stop_event, ssl_st* tls, int number)
    : server_(server), socket_(socket), stop_event_(stop_event), tls_(tls), number_(number) {}

Connection::~Connection() {
  if (tls_ != nullptr) {
    if (socket_ >= 0 && SSL_is_init_finished(tls_) == 1) SSL_shutdown(tls_);
    SSL_free(tls_);
  }
  if (socket_ >= 0) close(socket_);
}

bool Connection::wait_for(short events, int timeout_ms) {
  std::array<pollfd, 2> fds{{{socket_, events, 0}, {stop_event_, POLLIN, 0}}};
  const int ready = poll(fds.data(), fds.size(), timeout_ms);
  return ready > 0 && fds[1].revents == 0 && fds[0].revents != 0;
}

bool Connection::handshake() {
  if (tls_ == nullptr) return true;
  for (;;) {
    const int result = SSL_accept(tls_);
    if (result == 1) return true;
    const int why = SSL_get_error(tls_, result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
    if (!wait_for(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, kForever)) return false;
  }
}

/// Bytes read, 0 when the client or the server has gone.
int Connection::receive(char* out, int size) {
  for (;;) {
    if (socket_ < 0) return 0;
    if (tls_ != nullptr) {
      const int got = SSL_read(tls_, out, size);
      if (got > 0) return got;
      if (SSL_get_error(tls_, got) != SSL_ERROR_WANT_READ) return 0;
    } else {
      const ssize_t got = recv(socket_, out, static_cast<std::size_t>(size), 0);
      if (got >= 0) return static_cast<int>(got);
      if (errno != EAGAIN) return 0;
    }
    if (!wait_for(POLLIN, kForever)) return 0;
  }
}

std::string Connection::read_bytes(std::size_t count) {
  std::array<char, 16384> chunk;
  while (buffer_.size() < count) {
    const int got = receive(chunk.data(), static_cast<int>(chunk.size()));
    if (got <= 0) break;
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return buffer_;
}

std::optional<std::string> Connection::read_request() {
  for (;;) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t whole = end + 4 + content_length(std::string_view(buffer_).substr(0, end));
      if (read_bytes(whole).size() < whole) return std::nullopt;
      std::string request = buffer_.substr(0, whole);
      buffer_.erase(0, whole);
      server_.note_request(request);
      return request;
    }
    const std::size_t before = buffer_.size();
    if (read_bytes(before + 1).size() == before) return std::nullopt;
  }
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (socket_ < 0) return false;
    ssize_t sent = 0;
    if (tls_ != nullptr) {
      sent = SSL_write(tls_, bytes.data(),
                       static_cast<int>(std::min<std::size_t>(bytes.size(), 1u << 20)));
      if (sent <= 0 && SSL_get_error(tls_, static_cast<int>(sent)) != SSL_ERROR_WANT_WRITE) {
        return false;
      }
    } else {
      sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return false;
    }
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (!wait_for(POLLOUT, kForever)) {
      return false;
    }
  }
  return true;
}

bool Connection::drip(std::string_view bytes, std::size_t piece, std::chrono::milliseconds gap) {
  while (!bytes.empty()) {
    const std::size_t length = std::min(piece, bytes.size());
    if (!send(bytes.substr(0, length))) return false;
    bytes.remove_prefix(length);
    std::array<pollfd, 1> stop{{{stop_event_, POLLIN, 0}}};
    if (poll(stop.data(), stop.size(), static_cast<int>(gap.count())) != 0) return false;
  }
  return true;
}

void Connection::half_close() {
  if (tls_ != nullptr) SSL_shutdown(tls_);
  shutdown(socket_, SHUT_WR);
}

void Connection::reset() {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(socket_);
  socket_ = -1;
}

void Connection::wait_until_closed() {
  std::array<char, 16384> chunk;
  while (receive(chunk.data(), static_cast<int>(chunk.size())) > 0) {
  }
}

SocketServer::SocketServer(Script script, std::optional<TlsSetup> tls)
    : script_(std::move(script)),
      has_tls_(tls.has_value()),
      context_(make_context(tls ? &*tls : nullptr)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_event_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  require(listener_ >= 0 && bind(listener_, generic, length) == 0, "bind");
  require(listen(listener_, 64) == 0 && getsockname(listener_, generic, &length) == 0, "listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_loop(); });
}

SocketServer::~SocketServer() {
  const std::uint64_t one = 1;
  if (write(stop_event_, &one, sizeof one) != sizeof one) std::terminate();
  acceptor_.join();
  workers_.clear();
  close(listener_);
  close(stop_event_);
}

std::string SocketServer::url() const {
  return (has_tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

std::vector<std::string> SocketServer::requests() const {
  const std::lock_guard guard(mutex_);
  return requests_;
}

void SocketServer::note_request(const std::string& request) {
  const std::lock_guard guard(mutex_);
  requests_.push_back(request);
}

void SocketServer::accept_loop() {
  std::array<pollfd, 2> fds{{{listener_, POLLIN, 0}, {stop_event_, POLLIN, 0}}};
  while (poll(fds.data(), fds.size(), kForever) > 0 && fds[1].revents == 0) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) continue;
    const int number = ++connections_;
    workers_.emplace_back([this, accepted, number] { serve(accepted, number); });
  }
}

void SocketServer::serve(int socket, int number) {
  // OpenSSL writes with write(): a client that has gone must not end the test with SIGPIPE.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  ssl_st* tls = nullptr;
  if (context_) {
    tls = SSL_new(context_.get());
    SSL_set_fd(tls, socket);
  }
  Connection connection(*this, socket, stop_event_, tls, number);
  if (connection.handshake()) script_(connection);
}

std::string http_reply(int status, std::string_view body, std::string_view headers) {
  std::string reply = "HTTP/1.1 " + std::to_string(status) +
                      " Reply\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return reply.append(headers).append("\r\n").append(body);
}

std::string chunked(std::string_view body, std::size_t piece) {
  std::string encoded;
  while (!body.empty()) {
    const std::string_view part = body.substr(0, piece);
    char size[20];
    const auto end = std::to_chars(size, size + sizeof size, part.size(), 16).ptr;
    encoded.append(size, end).append("\r\n").append(part).append("\r\n");
    body.remove_prefix(part.size());
  }
  return encoded + "0\r\n\r\n";
}

std::string gzip(std::string_view plain) {
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream{};
  require(deflateInit2(&stream, 9, Z_DEFLATED, kGzipWindow, 9, Z_DEFAULT_STRATEGY) == Z_OK, "gzip");
  std::string packed(deflateBound(&stream, plain.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int end = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  require(end == Z_STREAM_END, "gzip");
  return packed;
}

std::string header_of(std::string_view request, std::string_view name) {
  const std::string_view head = request.substr(0, request.find("\r\n\r\n"));
  const std::string mark = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + mark.size());
  return std::string(rest.substr(0, rest.find("\r\n")));
}

}  // namespace testing_support
