#include "vsphere-client/trace_transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <utility>

namespace vsphere {
namespace {

namespace fs = std::filesystem;

std::string start_line(const Request& request) {
  const char* verb = request.verb == Verb::Get      ? "GET "
                     : request.verb == Verb::Delete ? "DELETE "
                                                    : "POST ";
  return verb + request.path;
}

/// POST /api/session and /rest/com/vmware/cis/session answer with the session itself.
bool opens_rest_session(const Request& request) {
  constexpr std::string_view kSession = "/session";
  const std::string_view path = request.path;
  return request.verb == Verb::Post && path.size() >= kSession.size() &&
         path.substr(path.size() - kSession.size()) == kSession;
}

std::string text_of(const std::string& first, const Headers& headers, const std::string& body) {
  std::string text = first + "\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\n";
  return text + "\n" + body;
}

/// What may stand in a file name; operations are ours, but a path of a REST call is long.
std::string file_part(const std::string& operation) {
  std::string part;
  for (const char c : operation.substr(0, 60)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-';
    part += plain ? c : '_';
  }
  return part;
}

void save(const fs::path& file, const std::string& text) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    throw std::runtime_error("trace: cannot write " + file.string() + ": " + std::strerror(errno));
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = write(fd, rest.data(), rest.size());
    if (written <= 0) break;  // a full disk: the file stays short, the call goes on
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  close(fd);
}

/// Runs when the exchange is over, however it ended.
template <typename Finish>
class AtEnd {
 public:
  explicit AtEnd(Finish finish) : finish_(std::move(finish)) {}
  ~AtEnd() { finish_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  Finish finish_;
};

}  // namespace

TraceTransport::TraceTransport(Transport& inner, TraceSink sink)
    : inner_(inner), sink_(std::move(sink)) {}

void TraceTransport::forget_session() { inner_.forget_session(); }

Reply TraceTransport::send(const Request& request, const BodySink& sink) {
  TraceRecord record;
  record.number = ++count_;
  record.channel = request.channel;
  record.operation = request.operation;
  record.start_line = start_line(request);
  record.request_headers = scrubber_.headers(request.headers);
  record.request_body = scrubber_.body(request.body);
  const auto started = std::chrono::steady_clock::now();
  std::string raw;
  const AtEnd finish([&] {
    try {
      record.took = std::chrono::duration_cast<std::chrono::microseconds>(
          std::chrono::steady_clock::now() - started);
      // Headers first: the cookie they hold is then known when the body is gone through.
      record.reply_headers = scrubber_.headers(record.reply_headers);
      record.reply_body =
          opens_rest_session(request) ? scrubber_.secret_body(raw) : scrubber_.body(raw);
      if (sink_) sink_(record);
    } catch (...) {  // see TraceSink
    }
  });
  try {
    Reply reply = inner_.send(request, [&](int status, std::string_view chunk) {
      record.status = status;
      raw.append(chunk.substr(0, kTraceLimit - std::min(kTraceLimit, raw.size())));
      if (sink) sink(status, chunk);
    });
    record.status = reply.status;
    record.reply_headers = reply.headers;
    record.wire_bytes = reply.wire_bytes;
    record.body_bytes = reply.body_bytes;
    return reply;
  } catch (const std::exception& error) {
    record.failure = error.what();
    throw;
  } catch (...) {
    record.failure = "an exception of unknown type";
    throw;
  }
}

TraceSink trace_to_directory(const fs::path& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 && (errno != EEXIST || !fs::is_directory(directory))) {
    throw std::runtime_error("trace: cannot make directory " + directory.string() + ": " +
                             std::strerror(errno));
  }
  return [directory](const TraceRecord& record) {
    const std::string stem = fmt::format("{:04}-{}", record.number, file_part(record.operation));
    const std::string end = record.failure.empty()
                                ? fmt::format("{} in {} us, {} bytes on the wire", record.status,
                                              record.took.count(), record.wire_bytes)
                                : fmt::format("{} failed after {} us: {}", record.status,
                                              record.took.count(), record.failure);
    save(directory / (stem + ".request"),
         text_of(record.start_line, record.request_headers, record.request_body));
    save(directory / (stem + ".reply"), text_of(end, record.reply_headers, record.reply_body));
  };
}

}  // namespace vsphere
