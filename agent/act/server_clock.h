// Virtual time: a simulated vCenter's own clock in place of ours, so that days run in seconds.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "agent/act/connection.h"
#include "agent/clock.h"
#include "agent/config/config.h"
#include "vsphere-client/session.h"

namespace agent {

/// Asks the server for its time, once a round; a server that does not answer has the time that it
/// told last. Belongs to the thread of its session's calls.
class ServerClock final : public Clock {
 public:
  /// Throws Error "usage" for a server that is not simulated: no real backup goes by a clock that
  /// somebody else can set. Throws vsphere::Error when the first reading fails.
  explicit ServerClock(vsphere::Session& session);

  policy::Time now() const override;
  bool is_the_servers() const override { return true; }
  void new_round() const override { read_.reset(); }

 private:
  vsphere::Session& session_;
  mutable std::optional<policy::Time> read_;  ///< in this round
  mutable std::optional<policy::Time> last_;
};

/// A session of its own with the first configured endpoint, for the time of one command. Throws
/// Error and vsphere::Error as connect does, and as ServerClock.
class BorrowedClock {
 public:
  BorrowedClock(const Config& config, const Environment& environment, const std::stop_token& stop);
  const Clock& clock() const { return clock_; }

 private:
  std::unique_ptr<Connection> connection_;
  ServerClock clock_;
};

}  // namespace agent
