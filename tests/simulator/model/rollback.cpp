// A vCenter restored from its backup: the hosts went on, its database did not.
#include <algorithm>

#include "tests/simulator/model/world.h"

namespace sim {
namespace {

// Snapshots that the backup does not know are found on the host, and get numbers of their own.
void list_anew(World& world, Vm& vm, Time from) {
  std::map<Ref, Ref> renamed;
  for (Snapshot& one : vm.snapshots) {
    if (one.created < from) continue;
    const Ref before = one.ref;
    one.ref = world.next_ref("VirtualMachineSnapshot");
    renamed[before] = one.ref;
    world.touch(before);
    world.touch(one.ref);
  }
  if (renamed.empty()) return;
  const auto follow = [&](std::optional<Ref>& ref) {
    if (ref && renamed.contains(*ref)) ref = Ref(renamed.at(*ref));
  };
  for (Snapshot& one : vm.snapshots) follow(one.parent);
  follow(vm.current_snapshot);
  world.touch(vm.ref, "snapshot");
}

}  // namespace

void World::roll_back(Duration span) {
  const Time from = now() - span;
  std::vector<Ref> gone;
  for (const auto& [moid, machine] : vms) {
    if (machine.registered >= from && machine.registered > options_.start)
      gone.push_back(machine.ref);
  }
  for (const Ref& ref : gone) {
    const Vm& machine = vms.at(ref.value);
    touch(machine.folder, "childEntity");
    touch(machine.host, "vm");
    touch(machine.home_datastore, "vm");
    vms.erase(ref.value);
    touch(ref);
  }
  const auto since = [&](const Task& task) { return task.queued >= from; };
  const auto forgotten = [&](const Ref& ref) {
    const auto found = tasks.find(ref.value);
    return found != tasks.end() && since(found->second);
  };
  std::erase_if(recent_tasks, forgotten);
  for (auto& [moid, machine] : vms) {
    if (std::erase_if(machine.recent_tasks, forgotten) > 0) touch(machine.ref, "recentTask");
  }
  for (const auto& [moid, task] : tasks) {
    if (since(task)) touch(task.ref);
  }
  touch({"TaskManager", "TaskManager"}, "recentTask");
  std::erase_if(tasks, [&](const auto& entry) { return since(entry.second); });
  std::erase_if(task_history, since);
  std::erase_if(events, [from](const Event& event) { return event.created >= from; });
  last_event_ = events.empty() ? 0 : events.back().key;
  for (auto& [kind, counter] : counters_) {
    while (counter.past.size() > 1 && counter.past.back().first >= from) counter.past.pop_back();
    counter.last = counter.past.empty() ? counter.last : counter.past.back().second;
  }
  // The hosts work on under the old names: a new task must not be taken for one of those.
  for (const auto& [moid, running] : leases_) {
    for (const Lease& lease : running) reserve(lease.task);
  }
  for (auto& [moid, machine] : vms) list_anew(*this, machine, from);
}

}  // namespace sim
