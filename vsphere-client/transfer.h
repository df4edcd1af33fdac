// One request on its way: feeds libcurl's callbacks, counts what comes in, and knows when to give
// up.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include "vsphere-client/curl_error.h"
#include "vsphere-client/curl_handle.h"
#include "vsphere-client/curl_transport.h"
#include "vsphere-client/gunzip.h"

namespace vsphere {

class Transfer {
 public:
  using Clock = std::chrono::steady_clock;

  /// Sets the callbacks of `easy`; all four must outlive the transfer.
  Transfer(CURL* easy, const CurlOptions& options, const Request& request, const BodySink& sink);

  /// Looks at the time-outs. When the transfer is to end: why. Else sets `wait` to how long nothing
  /// needs looking at.
  std::optional<Ending> look(Clock::time_point now, bool stopping, Clock::duration& wait);

  /// After libcurl took the reply for whole: looks for what it does not.
  void finish();

  /// After the end. The exception of the sink comes first, then `ending` or what a callback saw.
  void rethrow_sink_error() const;
  Ending ending() const { return ending_; }
  std::chrono::milliseconds limit() const { return limit_; }
  /// True when a byte of the request may have reached the server.
  bool bytes_left() const;
  Reply take_reply();

 private:
  static std::size_t read_body(char* out, std::size_t size, std::size_t count, void* self);
  static int seek_body(void* self, curl_off_t offset, int origin);
  static std::size_t take_header(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* chunk, std::size_t size, std::size_t count, void* self);
  static int refuse_second_connection(void* self, curl_socket_t socket, curlsocktype purpose);
  bool header_line(std::string_view line);
  bool unpack(std::string_view wire);
  bool deliver(std::string_view plain);
  std::uint64_t received() const;
  void end(Ending ending, std::chrono::milliseconds limit);

  CURL* easy_;
  const CurlOptions& options_;
  const Request& request_;
  const BodySink& sink_;
  Reply reply_;
  std::size_t sent_ = 0;
  std::uint64_t header_bytes_ = 0;
  int header_lines_ = 0;
  bool final_status_ = false;   ///< a status line of 200 or above was seen
  bool headers_whole_ = false;  ///< and the blank line behind them
  bool body_began_ = false;
  std::unique_ptr<Gunzip> gunzip_;
  std::exception_ptr sink_error_;
  Ending ending_ = Ending::Curl;
  std::chrono::milliseconds limit_{0};

  std::optional<Clock::time_point> connected_at_;
  std::optional<Clock::time_point> stop_seen_at_;
  Clock::time_point window_start_{};
  std::uint64_t window_bytes_ = 0;
};

}  // namespace vsphere
