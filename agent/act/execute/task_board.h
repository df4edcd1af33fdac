// What the server said last of each task that it still shows: the stream's memory, so that nobody
// has to ask for what was told already.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/settle.h"
#include "vsphere-client/tasks.h"

namespace agent {

class TaskBoard {
 public:
  void take(const vsphere::TaskUpdate& update);
  /// Tasks may have dropped out unseen: forgets all of them.
  void clear();

  /// Nothing when the server does not show it, or no longer.
  const policy::TaskSeen* find(const std::string& moid) const;
  bool knows(const std::string& moid) const { return tasks_.contains(moid); }
  /// Of one VM, those that run and those of which nobody knows whether they do.
  std::vector<policy::TaskSeen> running_on(const std::string& entity) const;
  bool enters_maintenance(const std::string& host) const { return leaving_.contains(host); }

 private:
  std::map<std::string, policy::TaskSeen> tasks_;
  std::map<std::string, std::string> maintenance_;  ///< running, by task: the host
  std::set<std::string> leaving_;                   ///< hosts of those
};

/// "create (task-12) of VSPHERE.LOCAL\\bob": another's task, for a person.
std::string describe(const policy::TaskSeen& task);

}  // namespace agent
