// Shows what goes over the wire, secrets taken out, to a callback or to numbered files.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "vsphere-client/scrub.h"
#include "vsphere-client/transport.h"

namespace vsphere {

/// One exchange, scrubbed.
struct TraceRecord {
  int number = 0;  ///< from 1, in the order in which calls were made
  Channel channel = Channel::Calls;
  std::string operation;
  std::string start_line;  ///< "POST /sdk"
  Headers request_headers;
  std::string request_body;
  int status = 0;  ///< 0 when no reply came
  Headers reply_headers;
  std::string reply_body;  ///< as far as it came, at most kTraceLimit bytes
  std::uint64_t wire_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::chrono::microseconds took{0};
  std::string failure;  ///< what was thrown; "" when the exchange was whole
};

/// Called on the thread that sends, after the exchange; what it throws is dropped: a full disk must
/// not change what a call did.
using TraceSink = std::function<void(const TraceRecord&)>;

inline constexpr std::size_t kTraceLimit = std::size_t{16} << 20;

class TraceTransport final : public Transport {
 public:
  /// Adds nothing to what `inner` does and throws what it throws.
  TraceTransport(Transport& inner, TraceSink sink);

  Reply send(const Request& request, const BodySink& sink) override;
  void forget_session() override;

 private:
  Transport& inner_;
  TraceSink sink_;
  Scrubber scrubber_;
  std::atomic<int> count_{0};
};

/// Writes each exchange as NNNN-OPERATION.request and NNNN-OPERATION.reply, mode 0600, into a
/// directory that it makes with mode 0700 when it is missing. Throws std::runtime_error when the
/// directory can't be used.
TraceSink trace_to_directory(const std::filesystem::path& directory);

}  // namespace vsphere
