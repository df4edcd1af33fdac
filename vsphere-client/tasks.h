// Tasks as values, and the one stream that watches all of an endpoint's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pugixml.hpp"
#include "vsphere-client/properties.h"
#include "vsphere-client/session.h"

namespace vsphere {

enum class TaskState {
  Unknown,  ///< none was sent, or one that this program does not know: neither over nor running
  Queued,
  Running,
  Success,
  Error,
};

/// One entry of the result of estimate_consolidation.
struct SpaceRequirement {
  MoRef datastore;
  std::uint64_t bytes = 0;  ///< that must be free; the wire has KiB
  bool operator==(const SpaceRequirement&) const = default;
};

struct TaskInfo {
  MoRef ref;
  std::string key;
  std::string name;            ///< wire method, "RemoveSnapshot_Task"; servers differ in its form
  std::string description_id;  ///< "vm.Snapshot.remove"
  MoRef entity;                ///< empty when there is none, or it is not ours to see
  std::string entity_name;     ///< raw
  TaskState state = TaskState::Unknown;
  std::optional<int> progress;  ///< percent; can go back
  bool cancelled = false;
  bool cancelable = false;
  std::optional<Fault> error;
  /// Set when the result is an object: the new snapshot, the new VM. Success without one happens.
  std::optional<MoRef> result;
  std::string result_type;                     ///< xsi:type of any result, else ""
  std::vector<SpaceRequirement> space_needed;  ///< when the result is such a list
  std::optional<Time> queue_time, start_time, complete_time;
  std::string user;  ///< who asked for it; "" when it was no user
  std::string activation_id;
  std::optional<int> event_chain_id;

  /// Succeeded or failed: nothing of it will change any more.
  bool over() const { return state == TaskState::Success || state == TaskState::Error; }
};

/// Total: tasks of other products pass through here, so a scalar that can't be read is left unset
/// and never an error. `ref` is the object that was asked for; empty when none was, as in a
/// history: then the info names it.
TaskInfo decode_task(pugi::xml_node info, const MoRef& ref);

/// "queued", "running", ...
const char* state_name(TaskState state);

struct TaskUpdate {
  /// Leave: it dropped out of the recent tasks, which says nothing of how it ended; only `info.ref`
  /// is set. Ask fetch_task.
  UpdateKind kind = UpdateKind::Modify;
  TaskInfo info;
  std::vector<MissingProperty> missing;  ///< not empty: `info` holds no more than its `ref`
};

/// Watches TaskManager.recentTask, one property filter for all tasks that this session may see.
/// Waiting is done on the update channel.
class TaskStream {
 public:
  explicit TaskStream(Session& session);
  ~TaskStream();

  /// Waits up to `wait` and hands over what changed, each task with all that is known of it. True
  /// when something came. The first call gives every recent task as Enter; so does the first one
  /// after a new login, where `resync` is called before: tasks may have dropped out unseen.
  bool next(std::chrono::seconds wait, const std::function<void(const TaskUpdate&)>& sink,
            const std::function<void()>& resync = {});

 private:
  UpdateStream stream_;
};

/// Reads one task. Nothing when the server no longer knows it, which is some ten minutes after its
/// end: its outcome is then not known from here.
std::optional<TaskInfo> fetch_task(Session& session, const MoRef& task);

}  // namespace vsphere
