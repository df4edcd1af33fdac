// Collectors of events and tasks: a client's place in the past, read from it forth and back.
#include <algorithm>

#include "tests/simulator/services/history.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

constexpr std::int64_t kMost = 1000;  // of one read or page, as the API text has it

/// What the collectors of events and of tasks differ in.
struct Events {
  static constexpr const char* kType = "EventHistoryCollector";
  static auto& collectors(World& world) { return world.event_collectors; }
  static HistoryFilter filter(pugi::xml_node spec) { return read_event_filter(spec); }
  static auto found(World& world, const HistoryFilter& filter) { return events_in(world, filter); }
  static std::uint64_t key(const Event& event) { return event.key; }
  static void write(Call& call, std::string& out, const Event& event) {
    write_value(out, "returnval", views::event_value(call.world, event), "Event", call.api_version);
  }
};
struct Tasks {
  static constexpr const char* kType = "TaskHistoryCollector";
  static auto& collectors(World& world) { return world.task_collectors; }
  static HistoryFilter filter(pugi::xml_node spec) { return read_task_filter(spec); }
  static auto found(World& world, const HistoryFilter& filter) { return tasks_in(world, filter); }
  static std::uint64_t key(const Task& task) { return task.chain_id; }
  static void write(Call& call, std::string& out, const Task& task) {
    write_value(out, "returnval", views::task_info_value(call.world, task), "TaskInfo",
                call.api_version);
  }
};

template <typename Kind>
std::string create(Call& call) {
  const Ref made = call.world.next_ref(Kind::kType);
  const std::string moid = "session[" + call.session->key + "]" + made.value;
  Kind::collectors(call.world)[moid] = {
      .session = call.session->key, .filter = Kind::filter(child_named(call.arguments, "filter"))};
  return return_ref({Kind::kType, moid});
}

template <typename Kind>
HistoryCollector& collector(Call& call) {
  auto& all = Kind::collectors(call.world);
  const auto found = all.find(call.self.value);
  if (found == all.end() || found->second.session != call.session->key)
    throw no_such_object(call.self);
  return found->second;
}

std::size_t count_argument(const Call& call) {
  const auto most = number_argument(call, "maxCount");
  if (most < 1 || most > kMost) throw wrong_argument("maxCount");
  return static_cast<std::size_t>(most);
}

template <typename Kind>
std::string read_next(Call& call) {
  HistoryCollector& at = collector<Kind>(call);
  std::size_t left = count_argument(call);
  std::string out;
  for (const auto* item : Kind::found(call.world, at.filter)) {
    if (Kind::key(*item) <= at.place) continue;
    if (left-- == 0) break;
    at.place = Kind::key(*item);
    Kind::write(call, out, *item);
  }
  return out;
}

/// Newest first.
template <typename Kind>
std::string read_previous(Call& call) {
  HistoryCollector& at = collector<Kind>(call);
  std::size_t left = count_argument(call);
  std::string out;
  auto items = Kind::found(call.world, at.filter);
  std::reverse(items.begin(), items.end());
  for (const auto* item : items) {
    if (Kind::key(*item) > at.place) continue;
    if (left-- == 0) break;
    at.place = Kind::key(*item) - 1;
    Kind::write(call, out, *item);
  }
  return out;
}

template <typename Kind>
std::string rewind(Call& call) {
  collector<Kind>(call).place = 0;
  return {};
}

/// Behind the newest, so that reading back gives everything.
template <typename Kind>
std::string reset(Call& call) {
  HistoryCollector& at = collector<Kind>(call);
  const auto items = Kind::found(call.world, at.filter);
  at.place = items.empty() ? 0 : Kind::key(*items.back());
  return {};
}

template <typename Kind>
std::string set_page_size(Call& call) {
  HistoryCollector& at = collector<Kind>(call);
  at.page = count_argument(call);
  call.world.touch(call.self, "latestPage");
  return {};
}

template <typename Kind>
std::string destroy(Call& call) {
  collector<Kind>(call);
  Kind::collectors(call.world).erase(call.self.value);
  call.world.touch(call.self);
  return {};
}

template <typename Kind>
void add(ServiceTable& table, const char* manager, const char* maker, const char* next,
         const char* previous) {
  using enum ServiceEntry::Needs;
  table.add({manager, maker, Session, "", create<Kind>});
  table.add({Kind::kType, next, Session, "", read_next<Kind>});
  table.add({Kind::kType, previous, Session, "", read_previous<Kind>});
  table.add({Kind::kType, "RewindCollector", Session, "", rewind<Kind>});
  table.add({Kind::kType, "ResetCollector", Session, "", reset<Kind>});
  table.add({Kind::kType, "SetCollectorPageSize", Session, "", set_page_size<Kind>});
  table.add({Kind::kType, "DestroyCollector", Session, "", destroy<Kind>});
}

}  // namespace

void add_history_services(ServiceTable& table) {
  add<Events>(table, "EventManager", "CreateCollectorForEvents", "ReadNextEvents",
              "ReadPreviousEvents");
  add<Tasks>(table, "TaskManager", "CreateCollectorForTasks", "ReadNextTasks", "ReadPreviousTasks");
}

}  // namespace sim
