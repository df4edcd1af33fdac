// Tasks: cancelling one, and history collectors over all of them.
#include <algorithm>
#include <memory>

#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

constexpr std::int64_t kMostTasks = 1000;  // of one read, as the API text limits a page

struct TaskFilter {
  std::optional<Ref> entity;
  std::string recursion = "self";
  std::string time_type;  // queuedTime | startedTime | completedTime, "" any
  std::optional<Time> begin, end;
  std::vector<std::string> users, states;
  std::vector<std::uint64_t> chains;
};

/// A reader's place in the history. It belongs to a session and ends with it.
struct Collector {
  std::string session;
  TaskFilter filter;
  std::optional<std::uint64_t> after;  ///< chain id of the last one handed out; none: the oldest
};

/// Collectors of all sessions, shared by the services that work on them.
struct Collectors {
  std::map<std::string, Collector> by_moid;
  std::uint64_t made = 0;
};

TaskFilter read_filter(pugi::xml_node node) {
  TaskFilter filter;
  if (const auto by = child_named(node, "entity")) {
    filter.entity = ref_of(child_named(by, "entity"));
    filter.recursion = optional_text(by, "recursion").value_or("self");
  }
  if (const auto by = child_named(node, "time")) {
    filter.time_type = text_of(child_named(by, "timeType"));
    filter.begin = time_of(text_of(child_named(by, "beginTime")));
    filter.end = time_of(text_of(child_named(by, "endTime")));
  }
  if (const auto by = child_named(node, "userName"))
    for (const auto& user : children_named(by, "userList")) filter.users.push_back(text_of(user));
  for (const auto& state : children_named(node, "state")) filter.states.push_back(text_of(state));
  for (const auto& chain : children_named(node, "eventChainId"))
    if (const auto id = number_of(text_of(chain)))
      filter.chains.push_back(static_cast<std::uint64_t>(*id));
  return filter;
}

template <typename Container, typename Item>
bool holds(const Container& container, const Item& item) {
  return std::find(container.begin(), container.end(), item) != container.end();
}

std::optional<Time> time_of_task(const Task& task, const std::string& type) {
  if (type == "startedTime") return task.started;
  if (type == "completedTime") return task.completed;
  return task.queued;
}

bool about(World& world, const Task& task, const TaskFilter& filter) {
  if (!filter.entity) return true;
  const bool self = task.entity.value == filter.entity->value;
  if (filter.recursion == "self") return self;
  const bool below = !self && stands_under(world, task.entity, *filter.entity);
  return filter.recursion == "children" ? below : self || below;
}

bool matches(World& world, const Task& task, const TaskFilter& filter) {
  if (!about(world, task, filter)) return false;
  if (filter.begin || filter.end) {
    const auto when = time_of_task(task, filter.time_type);
    if (!when || (filter.begin && *when < *filter.begin) || (filter.end && *when > *filter.end))
      return false;
  }
  if (!filter.users.empty() && !holds(filter.users, task.user)) return false;
  if (!filter.states.empty() && !holds(filter.states, std::string(views::state_word(task.state))))
    return false;
  return filter.chains.empty() || holds(filter.chains, task.chain_id);
}

/// Oldest first.
std::vector<const Task*> found(World& world, const TaskFilter& filter) {
  std::vector<const Task*> tasks;
  for (const auto& [moid, task] : world.tasks)
    if (matches(world, task, filter)) tasks.push_back(&task);
  for (const auto& task : world.task_history)
    if (matches(world, task, filter)) tasks.push_back(&task);
  std::sort(tasks.begin(), tasks.end(),
            [](const Task* a, const Task* b) { return a->chain_id < b->chain_id; });
  return tasks;
}

Collector& collector_of(Call& call, Collectors& collectors) {
  const auto it = collectors.by_moid.find(call.self.value);
  if (it == collectors.by_moid.end() || it->second.session != call.session->key)
    throw no_such_object(call.self);
  return it->second;
}

std::string create_collector(Call& call, Collectors& collectors) {
  const std::string moid =
      "session[" + call.session->key + "]task-collector-" + std::to_string(++collectors.made);
  collectors.by_moid[moid] = {
      call.session->key, read_filter(child_named(call.arguments, "filter")), {}};
  return return_ref({"TaskHistoryCollector", moid});
}

std::string read_next(Call& call, Collectors& collectors) {
  Collector& collector = collector_of(call, collectors);
  const auto most = number_argument(call, "maxCount");
  if (most < 1) throw wrong_argument("maxCount");
  std::string out;
  std::int64_t given = 0;
  for (const Task* task : found(call.world, collector.filter)) {
    if (collector.after && task->chain_id <= *collector.after) continue;
    if (given++ == std::min(most, kMostTasks)) break;
    collector.after = task->chain_id;
    write_value(out, "returnval", views::task_info_value(call.world, *task), "TaskInfo",
                call.api_version);
  }
  return out;
}

std::string rewind(Call& call, Collectors& collectors) {
  collector_of(call, collectors).after.reset();
  return {};
}

std::string destroy(Call& call, Collectors& collectors) {
  collector_of(call, collectors);
  collectors.by_moid.erase(call.self.value);
  return {};
}

std::string cancel(Call& call) {
  const auto task = call.world.tasks.find(call.self.value);
  if (task == call.world.tasks.end()) throw no_such_object(call.self);
  if (const auto fault = call.world.cancel_task(task->second, user_of(call)))
    throw FaultReply{*fault};
  return {};
}

}  // namespace

void add_task_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  const auto all = std::make_shared<Collectors>();
  const auto with = [all](std::string (*run)(Call&, Collectors&)) {
    return [all, run](Call& call) { return run(call, *all); };
  };
  const std::string history = "TaskHistoryCollector";
  table.add({"Task", "CancelTask", Session, "", cancel});
  table.add({"TaskManager", "CreateCollectorForTasks", Session, "", with(create_collector)});
  table.add({history, "ReadNextTasks", Session, "", with(read_next)});
  table.add({history, "RewindCollector", Session, "", with(rewind)});
  table.add({history, "DestroyCollector", Session, "", with(destroy)});
}

}  // namespace sim
