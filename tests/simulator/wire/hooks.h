// Where faults on demand and the request log plug into the wire: asked before each SOAP call, told
// after.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <pugixml.hpp>
#include <string>

#include "tests/simulator/model/world.h"
#include "tests/simulator/wire/http.h"

namespace sim {

/// One SOAP call as the rules and the log see it. Never holds the body: it may carry a password.
struct Exchange {
  std::uint64_t number = 0;  ///< 1, 2, 3 ... in the order of arrival at the world's lock
  Time when{};               ///< virtual
  std::string method;        ///< "RetrievePropertiesEx"
  Ref self;
  std::string session;  ///< UserSession.key, "" before login
  std::string user;
  std::string user_agent, peer, api_version;
  pugi::xml_node arguments;  ///< valid during `before` only; not to be logged
};

/// What a rule does to one call. All delays are real time; the default does nothing.
struct Interference {
  std::chrono::milliseconds delay_before{0};  ///< before executing, without the world's lock
  std::optional<HttpReply> replace;  ///< answered instead of executing: 503 page, redirect, garbage
  std::optional<FaultValue> fault;   ///< SOAP fault instead of executing
  bool drop_before = false;          ///< nothing executed, connection closed without an answer
  bool drop_after = false;           ///< executed, connection closed without an answer
  bool cut_mid_reply = false;        ///< executed, closed after half the body
  std::optional<HttpReply> replace_after;    ///< executed, but answered so
  std::chrono::milliseconds delay_after{0};  ///< executed, answered this much later
  std::uint64_t bytes_per_second = 0;        ///< slow drip of the reply; 0 at once
};

struct Outcome {
  int status = 200;            ///< HTTP
  std::string fault;           ///< type, "" when there was none
  std::size_t body_bytes = 0;  ///< before compression
  std::string result;          ///< "task-12" when the call returned a reference, else ""
  bool executed = false;       ///< false: a rule or a check answered before the service ran
};

/// Both are called with the world's mutex held, so a rule may turn the world's knobs.
class Hooks {
 public:
  virtual ~Hooks() = default;
  virtual Interference before(const Exchange& exchange, World& world) = 0;
  /// Once per `before`, also when a rule answered. The reply may still be lost on its way.
  virtual void after(const Exchange& exchange, const Outcome& outcome, World& world) = 0;
};

}  // namespace sim
