#include "tests/simulator/wire/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace sim {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string peer_of(MHD_Connection* connection) {
  const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  std::string text(INET6_ADDRSTRLEN, '\0');
  if (info == nullptr || info->client_addr == nullptr) return {};
  const sockaddr* const address = info->client_addr;
  const void* const bytes =
      address->sa_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr);
  if (inet_ntop(address->sa_family, bytes, text.data(), INET6_ADDRSTRLEN) == nullptr) return {};
  return text.c_str();
}

/// A body on its way out, perhaps slowly, perhaps not to its end.
struct Outgoing {
  std::string body;
  std::size_t cut_after;
  std::uint64_t bytes_per_second;
};

ssize_t send_part(void* context, std::uint64_t position, char* buffer, std::size_t room) {
  const Outgoing& reply = *static_cast<Outgoing*>(context);
  const auto from = static_cast<std::size_t>(position);
  if (from >= reply.cut_after) return MHD_CONTENT_READER_END_WITH_ERROR;
  std::size_t size = std::min({room, reply.body.size() - from, reply.cut_after - from});
  if (reply.bytes_per_second != 0) {
    // A twentieth of a second's worth at a time: slow, but never silent for long.
    const auto slice =
        static_cast<std::size_t>(std::max<std::uint64_t>(1, reply.bytes_per_second / 20));
    size = std::min(size, slice);
    std::this_thread::sleep_for(
        std::chrono::microseconds(1'000'000 * size / reply.bytes_per_second));
  }
  std::memcpy(buffer, reply.body.data() + from, size);
  return static_cast<ssize_t>(size);
}

void free_outgoing(void* context) { delete static_cast<Outgoing*>(context); }

using Response = std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)>;

Response make_response(HttpReply& reply) {
  const std::size_t size = reply.body.size();
  constexpr std::size_t kPart = 16384;
  // MHD copies nothing: the callback reads from the body that it owns.
  auto outgoing = std::make_unique<Outgoing>(
      Outgoing{std::move(reply.body), reply.cut_after, reply.bytes_per_second});
  Response response(
      MHD_create_response_from_callback(size, kPart, send_part, outgoing.get(), free_outgoing),
      MHD_destroy_response);
  if (response) (void)outgoing.release();
  return response;
}

bool wants_gzip(const HttpRequest& request) {
  return request.header("accept-encoding").find("gzip") != std::string::npos;
}

MHD_Result collect_header(void* context, MHD_ValueKind, const char* name, const char* value) {
  if (value != nullptr) (*static_cast<HttpRequest*>(context)).headers[lower(name)] = value;
  return MHD_YES;
}

MHD_Result collect_query(void* context, MHD_ValueKind, const char* name, const char* value) {
  (*static_cast<HttpRequest*>(context)).query[name] = value == nullptr ? "" : value;
  return MHD_YES;
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::string HttpRequest::cookie(const std::string& name) const {
  const std::string all = header("cookie");
  std::size_t at = 0;
  while (at < all.size()) {
    const std::size_t end = std::min(all.find(';', at), all.size());
    const std::size_t start = all.find_first_not_of(' ', at);
    const std::size_t equals = all.find('=', at);
    if (start < end && equals < end && all.compare(start, equals - start, name) == 0) {
      return all.substr(equals + 1, end - equals - 1);
    }
    at = end + 1;
  }
  return {};
}

struct HttpServer::Daemon {
  Handler handler;
  std::size_t largest_body = 0;
  bool tls = true;
  MHD_Daemon* daemon = nullptr;
  std::uint16_t port = 0;

  /// The handler's answer; what it throws is a defect of the simulator and says so.
  HttpReply ask(const HttpRequest& request) const {
    try {
      return handler(request);
    } catch (const std::exception& error) {
      HttpReply reply;
      reply.status = 500;
      reply.content_type = "text/plain; charset=utf-8";
      reply.body = "vcenter-sim: " + std::string(error.what()) + "\n";
      return reply;
    }
  }

  MHD_Result answer(MHD_Connection* connection, const HttpRequest& request) const {
    HttpReply reply;
    if (request.body.size() > largest_body) {
      reply.status = 413;
    } else {
      reply = ask(request);
    }
    if (reply.drop) return MHD_NO;
    constexpr std::size_t kWorthIt = 1024;
    const bool zip = reply.body.size() > kWorthIt && wants_gzip(request);
    if (zip) reply.body = gzip(reply.body);
    if (reply.cut_after < std::numeric_limits<std::size_t>::max()) {
      reply.cut_after = std::min(reply.cut_after, reply.body.size() / 2);
    }
    const auto headers = std::move(reply.headers);
    const Response response = make_response(reply);
    if (!response) return MHD_NO;
    MHD_add_response_header(response.get(), "Content-Type", reply.content_type.c_str());
    MHD_add_response_header(response.get(), "Vary", "Accept-Encoding");
    if (zip) MHD_add_response_header(response.get(), "Content-Encoding", "gzip");
    for (const auto& [name, value] : headers) {
      MHD_add_response_header(response.get(), name.c_str(), value.c_str());
    }
    return MHD_queue_response(connection, static_cast<unsigned>(reply.status), response.get());
  }

  static MHD_Result on_access(void* self, MHD_Connection* connection, const char* url,
                              const char* method, const char*, const char* data, std::size_t* size,
                              void** state) {
    const Daemon& daemon = *static_cast<Daemon*>(self);
    if (*state == nullptr) {
      auto request = std::make_unique<HttpRequest>();
      request->method = method;
      request->path = url;
      request->peer = peer_of(connection);
      request->tls = daemon.tls;
      MHD_get_connection_values(connection, MHD_HEADER_KIND, collect_header, request.get());
      MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect_query, request.get());
      *state = request.release();
      return MHD_YES;
    }
    HttpRequest& request = *static_cast<HttpRequest*>(*state);
    if (*size != 0) {
      // What is too much is not kept; that it came is remembered by one byte over the limit.
      const std::size_t room = daemon.largest_body + 1 - request.body.size();
      request.body.append(data, std::min(*size, room));
      *size = 0;
      return MHD_YES;
    }
    return daemon.answer(connection, request);
  }

  static void on_done(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    delete static_cast<HttpRequest*>(*state);
    *state = nullptr;
  }
};

HttpServer::HttpServer(const ListenOptions& options, Handler handler)
    : daemon_(std::make_unique<Daemon>()) {
  daemon_->handler = std::move(handler);
  daemon_->largest_body = options.largest_body;
  daemon_->tls = options.tls;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(options.port);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(options.port);
  const bool is_v4 = inet_pton(AF_INET, options.host.c_str(), &v4.sin_addr) == 1;
  if (!is_v4 && inet_pton(AF_INET6, options.host.c_str(), &v6.sin6_addr) != 1) {
    throw std::runtime_error("listen on " + options.host + ": give a numeric address");
  }
  unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
  if (!is_v4) flags |= MHD_USE_IPv6;
  if (options.tls) flags |= MHD_USE_TLS;
  std::vector<MHD_OptionItem> items = {
      {MHD_OPTION_SOCK_ADDR, 0, is_v4 ? static_cast<void*>(&v4) : static_cast<void*>(&v6)},
      {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<std::intptr_t>(&Daemon::on_done), nullptr},
  };
  if (options.tls) {
    items.push_back(
        {MHD_OPTION_HTTPS_MEM_CERT, 0, const_cast<char*>(options.certificate_pem.c_str())});
    items.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, const_cast<char*>(options.key_pem.c_str())});
  }
  items.push_back({MHD_OPTION_END, 0, nullptr});
  daemon_->daemon = MHD_start_daemon(flags, options.port, nullptr, nullptr, &Daemon::on_access,
                                     daemon_.get(), MHD_OPTION_ARRAY, items.data(), MHD_OPTION_END);
  if (daemon_->daemon == nullptr) {
    throw std::runtime_error("listen on " + options.host + ":" + std::to_string(options.port) +
                             ": " + std::strerror(errno) + "; is the port taken?");
  }
  const auto* const info = MHD_get_daemon_info(daemon_->daemon, MHD_DAEMON_INFO_BIND_PORT);
  daemon_->port = info == nullptr ? options.port : info->port;
}

HttpServer::~HttpServer() { MHD_stop_daemon(daemon_->daemon); }

std::uint16_t HttpServer::port() const { return daemon_->port; }

std::string gzip(const std::string& data) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("gzip: no memory");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("gzip: the reply does not fit");
  return out;
}

}  // namespace sim
