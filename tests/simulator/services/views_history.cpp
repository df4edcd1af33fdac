// EventHistoryCollector and TaskHistoryCollector: the newest of what their filters let through.
#include "tests/simulator/services/history.h"
#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

/// Newest first.
template <typename Items, typename Show>
Value latest(const Items& items, std::size_t most, const std::string& type, Show show) {
  std::vector<Value> values;
  for (auto item = items.rbegin(); item != items.rend() && values.size() < most; ++item)
    values.push_back(show(**item));
  return Value::array("ArrayOf" + type, type, std::move(values));
}

constexpr Entry<EventHistory> kEvents[] = {
    {"latestPage",
     [](World& world, const EventHistory& history) -> Made {
       return latest(events_in(world, history.collector.filter), history.collector.page, "Event",
                     [&](const Event& event) { return event_value(world, event); });
     }},
};
constexpr Entry<TaskHistory> kTasks[] = {
    {"latestPage",
     [](World& world, const TaskHistory& history) -> Made {
       return latest(tasks_in(world, history.collector.filter), history.collector.page, "TaskInfo",
                     [&](const Task& task) { return task_info_value(world, task); });
     }},
};

}  // namespace

std::span<const Entry<EventHistory>> event_history_table() { return kEvents; }
std::span<const Entry<TaskHistory>> task_history_table() { return kTasks; }

}  // namespace sim::views
