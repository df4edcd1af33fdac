// The endpoints of a run work side by side: a merge that takes six hours on one vCenter keeps
// nobody waiting on another.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/act/execute/executor.h"
#include "agent/act/execute/jobs.h"
#include "vsphere-client/error.h"

namespace agent {

/// What one endpoint has to do.
struct EndpointWork {
  std::string endpoint;  ///< configured name
  Executor* executor = nullptr;
  std::vector<PlannedJob> jobs;
  /// What has to wait for `jobs`: asked for once they are over and `took` was told of all of them,
  /// unless the session was lost or we were stopped.
  std::function<std::vector<PlannedJob>()> next;
};

struct WorkWatch {
  /// Every step of every job that an executor took on, when all of them are over.
  std::function<void(const PlannedJob&, const StepResult&)> took;
  /// The session is lost for good: the endpoint's turns are over, before `took` tells of them.
  std::function<void(const std::string& endpoint, const vsphere::Error&)> lost;
};

/// Carries all of it out, in this one thread: every endpoint has a turn after the other, and waits
/// for news of its tasks only as long as the others can do without it. After a stop nothing is
/// taken on any more. Throws what Executor::finish throws.
void work_side_by_side(std::vector<EndpointWork> work, const std::stop_token& stop,
                       const WorkWatch& watch);

}  // namespace agent
