#include "vsphere-client/replay_transport.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace vsphere {
namespace {

constexpr std::string_view kNameEnd = " \t\r\n/>";

/// The local name of the element that starts at or behind `from`; "" when there is none.
std::string_view next_element(std::string_view xml, std::size_t from) {
  const auto start = xml.find('<', from);
  if (start == std::string_view::npos) return {};
  std::string_view name = xml.substr(start + 1);
  name = name.substr(0, name.find_first_of(kNameEnd));
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view soap_method(std::string_view envelope) {
  for (auto at = envelope.find("Body"); at != std::string_view::npos;
       at = envelope.find("Body", at + 1)) {
    const bool opens = at > 0 && (envelope[at - 1] == '<' || envelope[at - 1] == ':');
    const auto end = envelope.find('>', at);
    if (opens && end != std::string_view::npos) return next_element(envelope, end);
  }
  return {};
}

std::string_view verb_name(Verb verb) {
  switch (verb) {
    case Verb::Get:
      return "GET ";
    case Verb::Post:
      return "POST ";
    case Verb::Delete:
      return "DELETE ";
  }
  return "";
}

bool fits(const RecordedReply& reply, const std::string& name, const Request& request) {
  return reply.name == name && request.body.find(reply.contains) != std::string::npos;
}

}  // namespace

std::string request_name(const Request& request) {
  if (request.verb == Verb::Post) {
    const std::string_view method = soap_method(request.body);
    if (!method.empty()) return std::string(method);
  }
  return std::string(verb_name(request.verb)) + request.path;
}

ReplayTransport::ReplayTransport(std::vector<RecordedReply> replies, Order order, std::size_t chunk)
    : replies_(std::move(replies)), order_(order), chunk_(chunk), used_(replies_.size()) {
  if (chunk_ == 0) throw std::logic_error("a chunk has at least one byte");
}

std::size_t ReplayTransport::pick(const Request& request) const {
  const std::string name = request_name(request);
  const auto next =
      static_cast<std::size_t>(std::find(used_.begin(), used_.end(), false) - used_.begin());
  if (order_ == Order::Strict) {
    if (next < replies_.size() && fits(replies_[next], name, request)) return next;
    throw std::logic_error("replay: got " + name + ", expected " +
                           (next < replies_.size() ? replies_[next].name : "nothing more"));
  }
  std::size_t last = replies_.size();
  for (std::size_t i = 0; i < replies_.size(); ++i) {
    if (!fits(replies_[i], name, request)) continue;
    if (!used_[i]) return i;
    last = i;
  }
  if (last == replies_.size()) throw std::logic_error("replay: no reply was recorded for " + name);
  return last;
}

Reply ReplayTransport::send(const Request& request, const BodySink& sink) {
  const RecordedReply* recorded = nullptr;
  {
    const std::lock_guard guard(mutex_);
    requests_.push_back(request);
    const std::size_t index = pick(request);
    used_[index] = true;
    recorded = &replies_[index];
  }
  std::string_view rest = recorded->body;
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, chunk_);
    if (sink) sink(recorded->status, piece);
    rest.remove_prefix(piece.size());
  }
  Reply reply;
  reply.status = recorded->status;
  reply.headers = recorded->headers;
  reply.wire_bytes = reply.body_bytes = recorded->body.size();
  return reply;
}

void ReplayTransport::forget_session() {
  const std::lock_guard guard(mutex_);
  ++forgotten_;
}

std::vector<Request> ReplayTransport::requests() const {
  const std::lock_guard guard(mutex_);
  return requests_;
}

std::size_t ReplayTransport::unused() const {
  const std::lock_guard guard(mutex_);
  return static_cast<std::size_t>(std::count(used_.begin(), used_.end(), false));
}

int ReplayTransport::sessions_forgotten() const {
  const std::lock_guard guard(mutex_);
  return forgotten_;
}

}  // namespace vsphere
