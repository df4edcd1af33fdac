// Tasks: cancelling one, and the history of all of them.
#include "tests/simulator/services/history.h"
#include "tests/simulator/services/services.h"

namespace sim {
namespace {

std::string cancel(Call& call) {
  const auto task = call.world.tasks.find(call.self.value);
  if (task == call.world.tasks.end()) throw no_such_object(call.self);
  if (const auto fault = call.world.cancel_task(task->second, user_of(call)))
    throw FaultReply{*fault};
  return {};
}

}  // namespace

void add_task_services(ServiceTable& table) {
  table.add({"Task", "CancelTask", ServiceEntry::Needs::Session, "", cancel});
  add_history_services(table);
}

}  // namespace sim
