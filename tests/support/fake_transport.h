// Plays one scripted exchange: each call must be the next one written down, and gets its answer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "vsphere-client/error.h"
#include "vsphere-client/transport.h"

class FakeTransport final : public vsphere::Transport {
 public:
  /// `body` arrives in pieces of seven bytes, so that nothing relies on whole replies.
  void answer(std::string operation, std::string body, int status = 200) {
    script_.push_back({std::move(operation), status, std::move(body), std::nullopt});
  }
  /// The connection breaks after `body`.
  void breaks(std::string operation, vsphere::ErrorKind kind, std::string body = {}) {
    vsphere::Error error(kind, vsphere::Outcome::Unknown, "connection lost in a test");
    script_.push_back({std::move(operation), 200, std::move(body), std::move(error)});
  }

  vsphere::Reply send(const vsphere::Request& request, const vsphere::BodySink& sink) override {
    sent.push_back(request);
    if (script_.empty()) throw std::logic_error("unexpected call: " + request.operation);
    const Answer answer = std::move(script_.front());
    script_.pop_front();
    if (answer.operation != request.operation) {
      throw std::logic_error("expected " + answer.operation + ", got " + request.operation);
    }
    constexpr std::size_t kPiece = 7;
    for (std::size_t from = 0; from < answer.body.size(); from += kPiece) {
      sink(answer.status, std::string_view(answer.body).substr(from, kPiece));
    }
    if (answer.error) throw *answer.error;
    vsphere::Reply reply;
    reply.status = answer.status;
    reply.headers = {{"content-type", "text/xml; charset=utf-8"}};
    return reply;
  }

  void forget_session() override { ++forgotten; }

  /// Operations not asked for: "" when the script was played to its end.
  std::string left_over() const {
    std::string out;
    for (const Answer& answer : script_) out += answer.operation + " ";
    return out;
  }
  std::size_t count(std::string_view operation) const {
    return static_cast<std::size_t>(
        std::count_if(sent.begin(), sent.end(),
                      [&](const auto& request) { return request.operation == operation; }));
  }

  std::vector<vsphere::Request> sent;
  int forgotten = 0;

 private:
  struct Answer {
    std::string operation;
    int status;
    std::string body;
    std::optional<vsphere::Error> error;
  };
  std::deque<Answer> script_;
};
