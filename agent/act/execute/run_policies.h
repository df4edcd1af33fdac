// `run` and `enforce`: recover, scan, plan, journal, execute, verify, report. One VM's trouble
// never stops the others.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agent/act/context.h"
#include "agent/act/execute/run_report.h"
#include "agent/cli/request_act.h"

namespace agent {

/// Told while it runs.
struct RunWatch {
  std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)> progress;
  std::function<void(const std::string& line)> said;
  std::function<void(const policy::Operation&)> changed;
};

/// Throws agent::Error for what stops it before anything is done: an unknown policy, a state that
/// is locked, a stored plan that can't be read. Later trouble is in the response.
RunResponse handle(const RunRequest& request, Context& context, const RunWatch& watch);

}  // namespace agent
