#include "agent/act/execute/task_board.h"

#include "agent/translate/task_seen.h"

namespace agent {

void TaskBoard::take(const vsphere::TaskUpdate& update) {
  const std::string& moid = update.info.ref.value;
  maintenance_.erase(moid);
  if (update.kind == vsphere::UpdateKind::Leave) {
    tasks_.erase(moid);
  } else {
    tasks_[moid] = task_seen(update.info);
    if (is_entering_maintenance(update.info)) maintenance_[moid] = update.info.entity.value;
  }
  leaving_.clear();
  for (const auto& [task, host] : maintenance_) leaving_.insert(host);
}

void TaskBoard::clear() {
  tasks_.clear();
  maintenance_.clear();
  leaving_.clear();
}

const policy::TaskSeen* TaskBoard::find(const std::string& moid) const {
  const auto found = tasks_.find(moid);
  return found == tasks_.end() ? nullptr : &found->second;
}

std::vector<policy::TaskSeen> TaskBoard::running_on(const std::string& entity) const {
  std::vector<policy::TaskSeen> running;
  for (const auto& [moid, task] : tasks_) {
    const bool over =
        task.state == policy::TaskState::Success || task.state == policy::TaskState::Error;
    if (task.entity == entity && !over) running.push_back(task);
  }
  return running;
}

std::string describe(const policy::TaskSeen& task) {
  std::string text = task.known_kind ? policy::op_kind_name(task.kind) : "a task";
  text += " (" + task.moid + ")";
  return task.user.empty() ? text : text + " of " + task.user;
}

}  // namespace agent
