#include "agent/act/server_clock.h"

#include "agent/error.h"

namespace agent {

ServerClock::ServerClock(vsphere::Session& session) : session_(session) {
  const std::string& vendor = session.content().vendor;
  if (vendor.find("vcenter-sim") != std::string::npos) return;
  throw Error(
      "usage", ExitCode::Usage,
      "the server's clock is taken for ours on a simulated vCenter only; this one is of \"" +
          vendor + "\": leave --clock out");
}

policy::Time ServerClock::now() const {
  if (!read_) read_ = session_.fetch_current_time();
  return *read_;
}

BorrowedClock::BorrowedClock(const Config& config, const Environment& environment,
                             const std::stop_token& stop)
    : connection_(connect(config.vcenters.at(0), environment, stop)),
      clock_(*connection_->session) {}

}  // namespace agent
