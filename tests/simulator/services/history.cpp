#include "tests/simulator/services/history.h"

#include <algorithm>

#include "tests/simulator/services/views.h"

namespace sim {
namespace {

HistoryFilter read_common(pugi::xml_node spec) {
  HistoryFilter filter;
  if (const auto by = child_named(spec, "entity")) {
    filter.entity = ref_of(child_named(by, "entity"));
    filter.recursion = optional_text(by, "recursion").value_or("self");
  }
  if (const auto by = child_named(spec, "time")) {
    filter.time_type = text_of(child_named(by, "timeType"));
    filter.begin = time_of(text_of(child_named(by, "beginTime")));
    filter.end = time_of(text_of(child_named(by, "endTime")));
  }
  if (const auto by = child_named(spec, "userName"))
    for (const auto& user : children_named(by, "userList")) filter.users.push_back(text_of(user));
  for (const auto& chain : children_named(spec, "eventChainId"))
    if (const auto id = number_of(text_of(chain)))
      filter.chains.push_back(static_cast<std::uint64_t>(*id));
  return filter;
}

template <typename Item>
bool among(const std::vector<Item>& list, const Item& item) {
  return list.empty() || std::find(list.begin(), list.end(), item) != list.end();
}

/// Events without an entity are the server's own: they stand below its root.
bool about(World& world, const Ref& entity, const HistoryFilter& filter) {
  if (!filter.entity) return true;
  if (entity.empty())
    return filter.recursion != "self" && filter.entity->value == world.root_folder.value;
  const bool self = entity.value == filter.entity->value;
  if (filter.recursion == "self") return self;
  const bool below = !self && stands_under(world, entity, *filter.entity);
  return filter.recursion == "children" ? below : self || below;
}

bool within(const std::optional<Time>& when, const HistoryFilter& filter) {
  if (!filter.begin && !filter.end) return true;
  return when && (!filter.begin || *when >= *filter.begin) && (!filter.end || *when <= *filter.end);
}

bool passes(World& world, const Event& event, const HistoryFilter& filter) {
  return about(world, event.vm.value_or(Ref{}), filter) && within(event.created, filter) &&
         among(filter.users, event.user) && among(filter.types, event.type) &&
         among(filter.chains, event.chain_id);
}

std::optional<Time> time_of_task(const Task& task, const std::string& type) {
  if (type == "startedTime") return task.started;
  if (type == "completedTime") return task.completed;
  return task.queued;
}

bool passes(World& world, const Task& task, const HistoryFilter& filter) {
  return about(world, task.entity, filter) &&
         within(time_of_task(task, filter.time_type), filter) && among(filter.users, task.user) &&
         among(filter.states, std::string(views::state_word(task.state))) &&
         among(filter.chains, task.chain_id);
}

}  // namespace

HistoryFilter read_event_filter(pugi::xml_node spec) {
  HistoryFilter filter = read_common(spec);
  for (const char* name : {"type", "eventTypeId"})
    for (const auto& type : children_named(spec, name)) {
      std::string text = text_of(type);
      // eventTypeId is "vim.event.TaskEvent", type is "TaskEvent".
      filter.types.push_back(text.starts_with("vim.event.") ? text.substr(10) : text);
    }
  return filter;
}

HistoryFilter read_task_filter(pugi::xml_node spec) {
  HistoryFilter filter = read_common(spec);
  for (const auto& state : children_named(spec, "state")) filter.states.push_back(text_of(state));
  return filter;
}

std::vector<const Event*> events_in(World& world, const HistoryFilter& filter) {
  std::vector<const Event*> found;
  for (const Event& event : world.events)
    if (passes(world, event, filter)) found.push_back(&event);
  return found;
}

std::vector<const Task*> tasks_in(World& world, const HistoryFilter& filter) {
  std::vector<const Task*> found;
  for (const auto& [moid, task] : world.tasks)
    if (passes(world, task, filter)) found.push_back(&task);
  for (const Task& task : world.task_history)
    if (passes(world, task, filter)) found.push_back(&task);
  std::sort(found.begin(), found.end(),
            [](const Task* a, const Task* b) { return a->chain_id < b->chain_id; });
  return found;
}

}  // namespace sim
