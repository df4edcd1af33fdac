// The past as a client asks for it: filters of events and tasks, and what passes them.
#pragma once

#include <vector>

#include "tests/simulator/services/targets.h"

namespace sim {

/// Of an EventFilterSpec; its `category` and `maxCount` are not read.
HistoryFilter read_event_filter(pugi::xml_node spec);
HistoryFilter read_task_filter(pugi::xml_node spec);

/// Oldest first. Tasks are those that vCenter still shows and those it has put away.
std::vector<const Event*> events_in(World& world, const HistoryFilter& filter);
std::vector<const Task*> tasks_in(World& world, const HistoryFilter& filter);

/// Reading on and back in collectors of events and of tasks.
void add_history_services(ServiceTable& table);

}  // namespace sim
