// The REST side of a vCenter that a client of tags needs: sessions and tagging, old and new
// dialect.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/simulator/model/world.h"
#include "tests/simulator/wire/http.h"
#include "tests/simulator/wire/sessions.h"

namespace sim {

/// Serves /api/session and /api/cis/tagging/*, and the same under /rest/com/vmware/cis with
/// {"value": ..} around answers and "~action". Sessions are those of SOAP: one limit for both, as
/// since 8.0 U3. Takes the world's mutex. Answers 401 without a session, 404 for what is not
/// modelled.
class RestEndpoint {
 public:
  RestEndpoint(World& world, Sessions& sessions) : world_(world), sessions_(sessions) {}
  HttpReply handle(const HttpRequest& request);

 private:
  struct Asked;  ///< a request with its dialect taken off
  HttpReply session(const Asked& asked);
  HttpReply tagging(const Asked& asked);
  HttpReply association(const Asked& asked);

  World& world_;
  Sessions& sessions_;
};

}  // namespace sim
