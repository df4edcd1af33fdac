// The life of a task: leases, progress, its end, and how long vCenter remembers it.
#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"

namespace sim {

void Operations::log(const std::string& type, const std::string& user, const std::string& text,
                     const Vm& vm, std::uint64_t chain) {
  Event event;
  event.key = ++world_.last_event_;
  event.chain_id = chain ? chain : ++world_.last_chain_;
  event.type = type;
  event.created = world_.now();
  event.user = user;
  event.text = text;
  event.vm = vm.ref;
  world_.events.push_back(std::move(event));
  world_.touch({"EventManager", "EventManager"}, "latestEvent");
  for (const auto& [moid, collector] : world_.event_collectors)
    world_.touch({"EventHistoryCollector", moid}, "latestPage");
}

void Operations::log_past(std::vector<Event> past) {
  std::stable_sort(past.begin(), past.end(),
                   [](const Event& a, const Event& b) { return a.created < b.created; });
  for (Event& event : past) {
    event.key = ++world_.last_event_;
    event.chain_id = ++world_.last_chain_;
    world_.events.push_back(std::move(event));
  }
}

std::optional<World::NextTask> Operations::take_knob(const std::string& method,
                                                     const std::string& entity) {
  auto& knobs = world_.next_tasks;
  const auto found = std::find_if(knobs.begin(), knobs.end(), [&](const World::NextTask& knob) {
    return (knob.method.empty() || knob.method == method) &&
           (knob.entity.empty() || knob.entity == entity);
  });
  if (found == knobs.end()) return std::nullopt;
  const World::NextTask knob = *found;
  knobs.erase(found);
  return knob;
}

const Task& Operations::enroll(const Ref& entity, const std::string& name, const Kind& kind,
                               const std::string& user) {
  Task task;
  task.ref = world_.next_ref("Task");
  task.name = kind.method;
  task.description_id = kind.description;
  task.entity = entity;
  task.entity_name = name;
  task.user = user;
  task.cancelable = kind.cancelable;
  task.queued = world_.now();
  task.chain_id = ++world_.last_chain_;
  const Ref ref = task.ref;
  world_.recent_tasks.push_back(ref);
  world_.touch(ref);
  world_.touch({"TaskManager", "TaskManager"}, "recentTask");
  const Time queued = world_.now();
  world_.at(queued + world_.options_.short_time / 10, [&world = world_, ref, queued] {
    const auto found = world.tasks.find(ref.value);
    if (found == world.tasks.end() || found->second.state != TaskState::Queued) return;
    if (found->second.queued != queued) return;  // another of this number: see World::roll_back
    found->second.state = TaskState::Running;
    found->second.started = world.now();
    found->second.progress = 0;
    world.touch(ref, "info");
  });
  return world_.tasks[ref.value] = std::move(task);
}

Ref Operations::open(Vm& vm, const Kind& kind, const std::string& user) {
  const Task& task = enroll(vm.ref, vm.name, kind, user);
  log("TaskEvent", user, std::string("Task: ") + kind.description, vm, task.chain_id);
  vm.recent_tasks.push_back(task.ref);
  world_.leases_[vm.ref.value].push_back({task.ref, kind.exclusive});
  world_.touch(vm.ref, "recentTask");
  return task.ref;
}

void Operations::set_progress(const Ref& task, int percent) {
  const auto found = world_.tasks.find(task.value);
  if (found == world_.tasks.end() || found->second.state != TaskState::Running) return;
  if (found->second.progress == percent) return;
  found->second.progress = percent;
  world_.touch(task, "info.progress");
}

bool Operations::runs(const Ref& task, const std::string& vm) const {
  const auto leases = world_.leases_.find(vm);
  return leases != world_.leases_.end() &&
         std::any_of(leases->second.begin(), leases->second.end(),
                     [&](const World::Lease& lease) { return lease.task == task; });
}

namespace {

void forget(World& world, const Ref& task) {
  const auto found = world.tasks.find(task.value);
  if (found == world.tasks.end()) return;
  const auto vm = world.vms.find(found->second.entity.value);
  if (vm != world.vms.end()) {
    std::erase(vm->second.recent_tasks, task);
    world.touch(vm->second.ref, "recentTask");
  }
  std::erase(world.recent_tasks, task);
  world.task_history.push_back(std::move(found->second));
  world.tasks.erase(found);
  world.touch(task);
  world.touch({"TaskManager", "TaskManager"}, "recentTask");
}

}  // namespace

void Operations::close(const Ref& task, const std::string& vm, const Outcome& outcome) {
  const auto leases = world_.leases_.find(vm);
  if (leases != world_.leases_.end()) {
    std::erase_if(leases->second, [&](const World::Lease& lease) { return lease.task == task; });
    if (leases->second.empty()) world_.leases_.erase(leases);
  }
  const auto found = world_.tasks.find(task.value);
  if (found == world_.tasks.end()) return;
  Task& ended = found->second;
  if (!ended.started) ended.started = ended.queued;
  ended.state = outcome.error ? TaskState::Error : TaskState::Success;
  ended.error = outcome.error;
  ended.result_ref = outcome.error ? std::nullopt : outcome.result;
  ended.result_xml_type = outcome.result_type;
  ended.result_storage = outcome.storage;
  ended.result_folders = outcome.folders;
  ended.progress = outcome.error ? ended.progress : std::nullopt;
  ended.cancelable = false;
  ended.completed = world_.now();
  world_.touch(task, "info");
  world_.touch(ended.entity, "recentTask");
  world_.at(world_.now() + world_.options_.task_window, [&world = world_, task] {
    const auto finished = world.tasks.find(task.value);
    // Its number may be another's by now, which has its own time: see World::roll_back.
    if (finished == world.tasks.end() || !finished->second.completed) return;
    if (world.now() - *finished->second.completed >= world.options().task_window)
      forget(world, task);
  });
  std::size_t finished = 0;
  for (const Ref& one : world_.recent_tasks)
    finished += world_.tasks[one.value].completed.has_value();
  if (finished <= world_.options_.task_window_count) return;
  const auto oldest =
      std::find_if(world_.recent_tasks.begin(), world_.recent_tasks.end(),
                   [&](const Ref& one) { return world_.tasks[one.value].completed.has_value(); });
  forget(world_, Ref(*oldest));
}

Started Operations::start_on(const Ref& entity, const std::string& name, const Kind& kind,
                             const std::string& user, Duration duration,
                             std::function<Outcome()> work) {
  const Ref task = enroll(entity, name, kind, user).ref;
  world_.at(world_.now() + duration, [&world = world_, task, entity, work = std::move(work)] {
    Operations(world).close(task, entity.value, work());
  });
  return {task, std::nullopt};
}

Started Operations::start(Vm& vm, const Kind& kind, const std::string& user, Duration duration,
                          Work work) {
  const auto knob = take_knob(kind.method, vm.ref.value);
  const Ref task = open(vm, kind, user);
  if (knob && knob->extra_delay) duration += *knob->extra_delay;
  const Time begin = world_.now();
  for (const int percent : {25, 50, 75}) {
    world_.at(begin + duration * percent / 100, [&world = world_, task, percent, begin] {
      const auto found = world.tasks.find(task.value);
      if (found == world.tasks.end() || found->second.queued != begin) return;
      Operations(world).set_progress(task, percent);
    });
  }
  world_.at(begin + duration,
            [&world = world_, task, moid = vm.ref.value, knob, work = std::move(work)] {
              Operations operations(world);
              if (!operations.runs(task, moid)) return;  // cancelled meanwhile
              Outcome outcome;
              if (Vm* machine = world.vm(moid); !machine) {
                outcome.error = object_not_found({"VirtualMachine", moid});
              } else if (!knob || !knob->error || knob->after_executing) {
                outcome = work(*machine);
              }
              if (knob && knob->error) outcome.error = knob->error;
              operations.close(task, moid, outcome);
            });
  return {task, std::nullopt};
}

}  // namespace sim
