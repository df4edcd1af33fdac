// From an HTTP request to a service and back: envelope, session, privilege, fault, rules.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "tests/simulator/wire/call.h"
#include "tests/simulator/wire/hooks.h"
#include "tests/simulator/wire/http.h"
#include "tests/simulator/wire/sessions.h"

namespace sim {

class SoapEndpoint {
 public:
  /// `hooks` may be null. `denied`: privileges nobody has.
  SoapEndpoint(World& world, const ServiceTable& services, Sessions& sessions, Hooks* hooks,
               std::set<std::string> denied = {});

  /// POST /sdk and GET /sdk/vimServiceVersions.xml; anything else is 404 or 405.
  HttpReply handle(const HttpRequest& request);
  /// Ends every wait under way (WaitForUpdatesEx, delays): for shutdown.
  void stop();

 private:
  struct Exchanged;  ///< one call on its way
  HttpReply call(const HttpRequest& request);
  HttpReply answer(Exchanged& at, std::unique_lock<std::mutex>& lock);
  std::string execute(Exchanged& at, std::unique_lock<std::mutex>& lock);
  HttpReply versions() const;
  void pause(std::chrono::milliseconds time);

  World& world_;
  const ServiceTable& services_;
  Sessions& sessions_;
  Hooks* hooks_;
  std::set<std::string> denied_;
  std::uint64_t number_ = 0;
  std::mutex stop_mutex_;
  std::condition_variable stop_changed_;
  std::atomic<bool> stopping_ = false;
};

/// The versions this simulator speaks, newest first, none above `newest`.
std::vector<std::string> offered_versions(std::string_view newest);
/// "urn:vim25/8.0.2.0", quoted or not, to "8.0.2.0"; "" when it is no version of vim25.
std::string version_of_action(std::string_view soap_action);
/// A fault as vCenter shows it: `<detail><XFault xmlns="urn:vim25" xsi:type="X">`.
std::string fault_envelope(const FaultValue& fault);
/// A fault as a data object of the schema, for missingSet and TaskInfo.error.
Value fault_value(const FaultValue& fault);

}  // namespace sim
