// Answers calls from memory or from recorded files, cut into chunks of any size: a server that says
// the same thing every time.
#pragma once

#include <filesystem>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "vsphere-client/transport.h"

namespace vsphere {

/// What request_name() gives for the request that this answers, and the answer.
struct RecordedReply {
  std::string name;      ///< "RetrievePropertiesEx", "GET /sdk/vimServiceVersions.xml"
  std::string contains;  ///< and the request's body must hold this: a token, a moid; "" for any
  int status = 200;
  Headers headers = {{"content-type", "text/xml; charset=utf-8"}};
  std::string body;
};

/// The SOAP method of a request: the first element in its Body, without prefix. For a request that
/// is no SOAP, verb and path: "POST /api/session".
std::string request_name(const Request& request);

/// The replies of one recorded session, in order. With a meta.json: as it says, `file` and `dup_of`
/// being relative to the directory two levels up. Without: NNN-XResponse.xml, NNN-Fault-for-X.xml
/// and NNN-X.xml in order of their names; NNN-X.request.xml is left out. Throws std::runtime_error
/// naming the file that is missing or not understood.
std::vector<RecordedReply> load_recording(const std::filesystem::path& directory);

class ReplayTransport final : public Transport {
 public:
  enum class Order {
    Strict,    ///< the next reply in the list must fit the request
    Matching,  ///< the first unused reply that fits; when all that fit are used, the last of them
  };
  static constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

  /// `chunk` is the size of the pieces that the sink gets.
  explicit ReplayTransport(std::vector<RecordedReply> replies, Order order = Order::Matching,
                           std::size_t chunk = kWhole);

  /// std::logic_error when no reply fits: it names the request and what was expected.
  Reply send(const Request& request, const BodySink& sink) override;
  void forget_session() override;

  std::vector<Request> requests() const;  ///< all that were sent, in order
  std::size_t unused() const;             ///< replies that nobody asked for
  int sessions_forgotten() const;

 private:
  std::size_t pick(const Request& request) const;

  std::vector<RecordedReply> replies_;
  Order order_;
  std::size_t chunk_;
  mutable std::mutex mutex_;  ///< the two channels may be used at once
  std::vector<bool> used_;
  std::vector<Request> requests_;
  int forgotten_ = 0;
};

}  // namespace vsphere
