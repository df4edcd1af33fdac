#include "agent/act/server_clock.h"

#include "agent/error.h"

namespace agent {

ServerClock::ServerClock(vsphere::Session& session) : session_(session) {
  const std::string& vendor = session.content().vendor;
  if (vendor.find("vcenter-sim") == std::string::npos) {
    throw Error(
        "usage", ExitCode::Usage,
        "the server's clock is taken for ours on a simulated vCenter only; this one is of \"" +
            vendor + "\": leave --clock out");
  }
  last_ = read_ = session_.fetch_current_time();
}

policy::Time ServerClock::now() const {
  if (read_) return *read_;
  try {
    last_ = session_.fetch_current_time();
  } catch (const vsphere::Error&) {
    // Whoever asks for the time takes a clock for something that can't fail.
    if (!last_) throw;
  }
  read_ = last_;
  return *read_;
}

BorrowedClock::BorrowedClock(const Config& config, const Environment& environment,
                             const std::stop_token& stop)
    : connection_(connect(config.vcenters.at(0), environment, stop)),
      clock_(*connection_->session) {}

}  // namespace agent
