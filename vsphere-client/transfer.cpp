#include "vsphere-client/transfer.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace vsphere {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxHeaderLines = 1000;        // a vCenter sends about fifteen
constexpr milliseconds kFarewellTime{1000};  // a logout's share after a stop request
constexpr milliseconds kLongestWait{1000};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Transfer::Transfer(CURL* easy, const CurlOptions& options, const Request& request,
                   const BodySink& sink)
    : easy_(easy), options_(options), request_(request), sink_(sink) {
  set_option(easy, CURLOPT_READFUNCTION, &Transfer::read_body);
  set_option(easy, CURLOPT_READDATA, this);
  set_option(easy, CURLOPT_SEEKFUNCTION, &Transfer::seek_body);
  set_option(easy, CURLOPT_SEEKDATA, this);
  set_option(easy, CURLOPT_HEADERFUNCTION, &Transfer::take_header);
  set_option(easy, CURLOPT_HEADERDATA, this);
  set_option(easy, CURLOPT_WRITEFUNCTION, &Transfer::take_body);
  set_option(easy, CURLOPT_WRITEDATA, this);
  set_option(easy, CURLOPT_SOCKOPTFUNCTION, &Transfer::refuse_second_connection);
  set_option(easy, CURLOPT_SOCKOPTDATA, this);
}

/// libcurl connects anew and repeats a request when a kept-alive connection turns out dead. Once a
/// byte of the body went out the server may have acted on it, so that ends here; and read_body does
/// not rewind, should libcurl find another way.
int Transfer::refuse_second_connection(void* self, curl_socket_t /*socket*/,
                                       curlsocktype /*purpose*/) {
  return static_cast<Transfer*>(self)->sent_ > 0 ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

std::size_t Transfer::read_body(char* out, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string& body = transfer.request_.body;
  const std::size_t length = std::min(size * count, body.size() - transfer.sent_);
  std::memcpy(out, body.data() + transfer.sent_, length);
  transfer.sent_ += length;
  return length;
}

/// The handle remembers that the call before this one broke off, and begins this one by going back
/// to the start of its body: nothing of it went out yet. Any other way back would send twice.
int Transfer::seek_body(void* self, curl_off_t offset, int origin) {
  const bool at_start = static_cast<Transfer*>(self)->sent_ == 0;
  return at_start && offset == 0 && origin == SEEK_SET ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

std::size_t Transfer::take_header(char* line, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.header_line({line, size * count}) ? size * count : 0;
}

bool Transfer::header_line(std::string_view line) {
  // Counted over all replies of one request, so a flood of 1xx replies ends as well.
  header_bytes_ += line.size();
  if (++header_lines_ > kMaxHeaderLines || header_bytes_ > options_.max_header_bytes) {
    ending_ = Ending::HeadersTooMany;
    return false;
  }
  if (body_began_) return true;  // trailers mean nothing to us
  if (line.substr(0, 5) == "HTTP/") {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    reply_.status = static_cast<int>(status);
    reply_.headers.clear();
    final_status_ = status >= 200;
    return true;
  }
  if (line == "\r\n" || line == "\n") headers_whole_ = final_status_;
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    reply_.headers.emplace_back(lower(trimmed(line.substr(0, colon))),
                                trimmed(line.substr(colon + 1)));
  }
  return true;
}

std::size_t Transfer::take_body(char* chunk, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view piece(chunk, size * count);
  transfer.body_began_ = true;
  try {
    return transfer.unpack(piece) ? piece.size() : 0;
  } catch (...) {
    transfer.sink_error_ = std::current_exception();  // must not cross libcurl's C frames
    return 0;
  }
}

bool Transfer::unpack(std::string_view wire) {
  const std::string_view encoding = reply_.header("content-encoding");
  if (encoding.empty() || encoding == "identity") return deliver(wire);
  if (encoding != "gzip") {
    ending_ = Ending::BadEncoding;
    return false;
  }
  if (!gunzip_) gunzip_ = std::make_unique<Gunzip>();
  const auto result =
      gunzip_->feed(wire, [this](std::string_view plain) { return deliver(plain); });
  if (result == Gunzip::Result::Broken) ending_ = Ending::BadEncoding;
  return result == Gunzip::Result::Ok;
}

bool Transfer::deliver(std::string_view plain) {
  // Counted after unpacking: half a megabyte of gzip can be half a gigabyte to us.
  reply_.body_bytes += plain.size();
  if (reply_.body_bytes > options_.max_body_bytes) {
    ending_ = Ending::BodyTooLarge;
    return false;
  }
  if (sink_) sink_(reply_.status, plain);
  return true;
}

void Transfer::finish() {
  if (!headers_whole_) {
    ending_ = Ending::HeadersCut;
  } else if (gunzip_ && !gunzip_->finished()) {
    ending_ = Ending::BadEncoding;
  }
}

void Transfer::end(Ending ending, milliseconds limit) {
  ending_ = ending;
  limit_ = limit;
}

std::uint64_t Transfer::received() const {
  curl_off_t body = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &body);
  return header_bytes_ + static_cast<std::uint64_t>(body);
}

std::optional<Ending> Transfer::look(Clock::time_point now, bool stopping, Clock::duration& wait) {
  auto deadline = now + kLongestWait;
  const auto expired = [&](Clock::time_point at, Ending why, milliseconds limit) {
    deadline = std::min(deadline, at);
    if (now < at) return false;
    end(why, limit);
    return true;
  };
  if (stopping) {
    if (!stop_seen_at_) stop_seen_at_ = now;
    const milliseconds grace = request_.farewell ? kFarewellTime : milliseconds{0};
    if (expired(*stop_seen_at_ + grace, Ending::Stopped, grace)) return ending_;
  }
  if (!connected_at_) {
    curl_off_t ready = 0;
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &ready);
    if (ready > 0) connected_at_ = window_start_ = now;
  }
  if (connected_at_) {
    // The slowest reply that still counts as alive; never less than one byte a window.
    const auto floor = std::max<std::uint64_t>(
        1, options_.slowest_bytes_per_second *
               static_cast<std::uint64_t>(options_.stall_timeout.count()) / 1000);
    const std::uint64_t bytes = received();
    if (bytes - window_bytes_ >= floor) {
      window_start_ = now;
      window_bytes_ = bytes;
    }
    const auto patience = request_.first_byte_timeout.count() > 0 ? request_.first_byte_timeout
                                                                  : options_.first_byte_timeout;
    const auto first_byte = *connected_at_ + patience;
    const auto stall = window_start_ + options_.stall_timeout;
    // A server may send its headers early and think on: until the body begins, the longer counts.
    const bool thinking = !final_status_ || (!body_began_ && first_byte > stall);
    const bool ended = thinking ? expired(first_byte, Ending::SlowFirstByte, patience)
                                : expired(stall, Ending::Stalled, options_.stall_timeout);
    if (ended) return ending_;
  }
  wait = deadline - now;
  return std::nullopt;
}

void Transfer::rethrow_sink_error() const {
  if (sink_error_) std::rethrow_exception(sink_error_);
}

bool Transfer::bytes_left() const {
  long head = 0;
  curl_off_t body = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &head);
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &body);
  return sent_ > 0 || head + body > 0;
}

Reply Transfer::take_reply() {
  curl_off_t wire = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &wire);
  reply_.wire_bytes = static_cast<std::uint64_t>(wire);
  return std::move(reply_);
}

}  // namespace vsphere
