// Events: reading them through a filter, and writing one.
#include <algorithm>

#include "tests/simulator/model/operations.h"
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

constexpr std::size_t kMostEvents = 1000;  // QueryEvents' own limit, as its API text has it

struct EventFilter {
  std::optional<Ref> entity;
  std::string recursion = "self";
  std::optional<Time> begin, end;
  std::vector<std::string> users, types;
  std::optional<std::int64_t> chain;
  std::size_t most = kMostEvents;
};

EventFilter read_filter(pugi::xml_node node) {
  EventFilter filter;
  if (const auto by = child_named(node, "entity")) {
    filter.entity = ref_of(child_named(by, "entity"));
    filter.recursion = optional_text(by, "recursion").value_or("self");
  }
  if (const auto by = child_named(node, "time")) {
    filter.begin = time_of(text_of(child_named(by, "beginTime")));
    filter.end = time_of(text_of(child_named(by, "endTime")));
  }
  if (const auto by = child_named(node, "userName"))
    for (const auto& user : children_named(by, "userList")) filter.users.push_back(text_of(user));
  for (const char* name : {"type", "eventTypeId"})
    for (const auto& type : children_named(node, name)) {
      std::string text = text_of(type);
      // eventTypeId is "vim.event.TaskEvent", type is "TaskEvent".
      filter.types.push_back(text.starts_with("vim.event.") ? text.substr(10) : text);
    }
  if (const auto chain = optional_text(node, "eventChainId")) filter.chain = number_of(*chain);
  if (const auto most = optional_text(node, "maxCount")) {
    const auto count = number_of(*most).value_or(0);
    if (count > 0) filter.most = std::min(kMostEvents, static_cast<std::size_t>(count));
  }
  return filter;
}

bool about(World& world, const Event& event, const EventFilter& filter) {
  if (!filter.entity) return true;
  if (!event.vm)
    return filter.recursion != "self" && filter.entity->value == world.root_folder.value;
  const bool self = event.vm->value == filter.entity->value;
  if (filter.recursion == "self") return self;
  const bool below = !self && stands_under(world, *event.vm, *filter.entity);
  return filter.recursion == "children" ? below : self || below;
}

bool matches(World& world, const Event& event, const EventFilter& filter) {
  const auto among = [](const std::vector<std::string>& list, const std::string& item) {
    return list.empty() || std::find(list.begin(), list.end(), item) != list.end();
  };
  return about(world, event, filter) && (!filter.begin || event.created >= *filter.begin) &&
         (!filter.end || event.created <= *filter.end) && among(filter.users, event.user) &&
         among(filter.types, event.type) &&
         (!filter.chain || static_cast<std::int64_t>(event.chain_id) == *filter.chain);
}

/// Logs on the VM: events of other entities are not modelled, and a client is told so.
void log_on(Call& call, const Ref& entity, const std::string& text) {
  require_exists(call.world, entity);
  const Vm* vm = call.world.vm(entity.value);
  if (vm == nullptr) throw unsupported();
  Operations(call.world).log("GeneralUserEvent", user_of(call), text, *vm);
}

std::string query(Call& call) {
  const EventFilter filter = read_filter(child_named(call.arguments, "filter"));
  std::vector<const Event*> chosen;
  const auto& events = call.world.events;
  // The newest ones win when there are too many, but they are told oldest first.
  for (auto it = events.rbegin(); it != events.rend() && chosen.size() < filter.most; ++it)
    if (matches(call.world, *it, filter)) chosen.push_back(&*it);
  std::string out;
  for (auto it = chosen.rbegin(); it != chosen.rend(); ++it)
    write_value(out, "returnval", views::event_value(call.world, **it), "Event", call.api_version);
  return out;
}

std::string log_user_event(Call& call) {
  log_on(call, ref_of(child_named(call.arguments, "entity")),
         text_of(child_named(call.arguments, "msg")));
  return {};
}

/// Of what clients may post, general events and EventEx are modelled; any other type is refused.
std::string post(Call& call) {
  const auto node = child_named(call.arguments, "eventToPost");
  const std::string type = wire_type_of(node);
  const auto vm = child_named(node, "vm");
  if ((type != "GeneralUserEvent" && type != "EventEx") || !vm)
    throw FaultReply{{.type = "InvalidEvent", .message = "The event is not supported: " + type}};
  std::string text = text_of(child_named(node, "message"));
  if (text.empty()) text = text_of(child_named(node, "fullFormattedMessage"));
  log_on(call, ref_of(child_named(vm, "vm")), text);
  return {};
}

}  // namespace

void add_event_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  table.add({"EventManager", "QueryEvents", Session, "", query});
  table.add({"EventManager", "LogUserEvent", Session, "Global.LogEvent", log_user_event});
  table.add({"EventManager", "PostEvent", Session, "Global.LogEvent", post});
}

}  // namespace sim
