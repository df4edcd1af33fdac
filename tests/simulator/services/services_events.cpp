// Events: reading them through a filter, and writing one.
#include <algorithm>

#include "tests/simulator/model/operations.h"
#include "tests/simulator/services/history.h"
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

constexpr std::int64_t kMostEvents = 1000;  // QueryEvents' own limit, as its API text has it

/// Logs on the VM: events of other entities are not modelled, and a client is told so.
void log_on(Call& call, const Ref& entity, const std::string& text) {
  require_exists(call.world, entity);
  const Vm* vm = call.world.vm(entity.value);
  if (vm == nullptr) throw unsupported();
  Operations(call.world).log("GeneralUserEvent", user_of(call), text, *vm);
}

std::string query(Call& call) {
  const auto spec = child_named(call.arguments, "filter");
  const auto asked = number_of(optional_text(spec, "maxCount").value_or("")).value_or(0);
  const auto most = asked > 0 ? std::min<std::int64_t>(asked, kMostEvents) : kMostEvents;
  const auto events = events_in(call.world, read_event_filter(spec));
  // The newest ones win when there are too many, but they are told oldest first.
  const auto count = std::min(events.size(), static_cast<std::size_t>(most));
  std::string out;
  for (auto it = events.end() - static_cast<std::ptrdiff_t>(count); it != events.end(); ++it)
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
