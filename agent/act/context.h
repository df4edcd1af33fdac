// What every handler is given: configuration, time, a way to stop. Nothing here prints.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "agent/act/scan.h"
#include "agent/clock.h"
#include "agent/config/config.h"

namespace agent {

struct Context {
  Config config;
  const Environment& environment;
  const Clock& clock;
  std::stop_token stop;
  ScanWatch watch;           ///< may be empty
  const Log* log = nullptr;  ///< each call to a server is logged there; null: none is
  std::string actor{};       ///< who asks, for journal and audit: a user's name, or "schedule"
};

/// The configured endpoints with these names, all when `names` is empty.
/// Throws Error "config" (exit 2) that lists the configured names when one is unknown.
std::vector<VcenterConfig> choose_endpoints(const Config& config,
                                            const std::vector<std::string>& names);

}  // namespace agent
