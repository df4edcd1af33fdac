// A login to vCenter's REST side: JSON out, JSON in within limits, and the session deleted whatever
// happens.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "vsphere-client/session.h"
#include "vsphere-client/transport.h"

namespace vsphere {

class RestSession {
 public:
  /// vCenter 7.0 and later speak `/api`; older ones, and for the same calls, `/rest`.
  enum class Dialect { Api, Rest };

  /// Logs in: `/api` first, `/rest` when the server has no `/api`. One attempt with these
  /// credentials: a refusal is Error Login and is not tried on the other side, because it counts
  /// towards a lock-out. Throws Error NotFound when the server has neither.
  RestSession(Transport& transport, const CredentialSource& credentials);
  /// Deletes the session; a failure is not reported.
  ~RestSession();
  RestSession(const RestSession&) = delete;
  RestSession& operator=(const RestSession&) = delete;

  Dialect dialect() const { return dialect_; }

  /// `path` without its "/api" or "/rest/com/vmware" in front. The answer is unwrapped from /rest's
  /// {"value": ...}. Throws Error: NotAuthenticated (401), NoPermission (403), NotFound (404),
  /// Protocol for what is not JSON or beyond the limits, else Fault.
  nlohmann::json get(const std::string& path);
  /// `item` gets each JSON object as soon as it is complete, inner ones first; those that it takes
  /// (returns true) are left out of the answer, so that a long list never stands in memory.
  using ItemSink = std::function<bool(const nlohmann::json& object)>;
  nlohmann::json post(const std::string& path, const nlohmann::json& body,
                      const ItemSink& item = {});

 private:
  bool login(Dialect dialect, const std::string& authorization);
  nlohmann::json exchange(Request request, const ItemSink& item);

  Transport& transport_;
  Dialect dialect_ = Dialect::Api;
  std::string id_;
};

}  // namespace vsphere
