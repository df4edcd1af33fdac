// Who is logged in: sessions by cookie, with idle expiry and a limit, shared by SOAP and REST.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/wire/call.h"

namespace sim {

struct SessionOptions {
  std::string username = "administrator@vsphere.local", password;
  std::chrono::seconds idle{30 * 60};
  std::size_t limit = 3000;  ///< config.vmacore.soap.maxSessionCount
  /// What idle time is measured with. Real time by default: a client keeps its session alive by its
  /// own clock, whatever the speed of the world.
  std::function<Time()> clock;
};

/// All members are called with the world's mutex held. Pointers live until the session ends.
class Sessions {
 public:
  explicit Sessions(SessionOptions options);

  bool knows(std::string_view user, std::string_view password) const;
  /// A new session; null when the limit is reached.
  SessionState* open(World& world, const std::string& user);
  /// By cookie value without quotes: counts as use. Null when unknown or expired.
  SessionState* find(World& world, std::string_view cookie);
  void close(const std::string& cookie);
  /// Ends every session, as a restart of the server does.
  void close_all();
  std::vector<const SessionState*> list() const;
  const SessionOptions& options() const { return options_; }

 private:
  void forget_lost(World& world);
  std::string random_hex(int bytes);

  SessionOptions options_;
  std::map<std::string, std::unique_ptr<SessionState>, std::less<>> by_cookie_;
  std::mt19937_64 random_;
  std::uint64_t boots_ = 0;
};

/// UserSession, as Login returns it.
Value user_session(const SessionState& session);

}  // namespace sim
