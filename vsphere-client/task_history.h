// Finds tasks that have dropped out of the recent ones.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "vsphere-client/session.h"
#include "vsphere-client/tasks.h"

namespace vsphere {

/// All conditions hold together; an empty one is none.
struct TaskHistoryFilter {
  MoRef entity;      ///< itself, not what is below it
  std::string user;  ///< as the server writes it, see Session::user
  std::optional<Time> queued_since, queued_until;
  std::size_t page_tasks = 100;  ///< 1 to 1000
  std::size_t most_tasks = 1000;
};

struct TaskHistory {
  std::vector<TaskInfo> tasks;  ///< as the server orders them, oldest first
  bool complete = true;         ///< false: there are more than most_tasks
};

/// Nothing on ESXi, which keeps no history, and where the server does not know the method. The
/// collector made for it is destroyed before return.
std::optional<TaskHistory> fetch_task_history(Session& session, const TaskHistoryFilter& filter);

}  // namespace vsphere
