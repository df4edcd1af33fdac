// Operations on a VM as a whole: power, settings, template, destruction, and cancelling a task.
#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"

namespace sim {

void Operations::tree_changed(Vm& vm) {
  world_.refresh_layout(vm);
  if (vm.consolidation_needed &&
      unneeded(vm).empty()) {  // a merge or a revert did away with the debt
    vm.consolidation_needed = false;
    world_.touch(vm.ref, "runtime.consolidationNeeded");
  }
  for (const char* property : {"snapshot", "rootSnapshot", "layoutEx", "config.hardware.device"}) {
    world_.touch(vm.ref, property);
  }
}

void Operations::set_power(Vm& vm, PowerState to) {
  play(vm, world_.now());
  activate_tracking(vm);
  if (to == PowerState::On) vm.ever_powered_on = true;
  if (to == PowerState::Off) vm.question.reset();
  if (vm.power == to) return;
  if (to == PowerState::On && vm.power == PowerState::Off) vm.boot_time = world_.now();
  if (to == PowerState::Off) vm.boot_time.reset();
  if (to == PowerState::Suspended) vm.suspend_time = world_.now();
  vm.power = to;
  world_.touch(vm.ref, "runtime.powerState");
}

Started World::power(Vm& vm, PowerState to, const std::string& user) {
  Operations operations(*this);
  static constexpr Operations::Kind kKinds[] = {{"PowerOffVM_Task", "VirtualMachine.powerOff"},
                                                {"PowerOnVM_Task", "VirtualMachine.powerOn"},
                                                {"SuspendVM_Task", "VirtualMachine.suspend"}};
  const Operations::Kind& kind = kKinds[to == PowerState::Off ? 0 : to == PowerState::On ? 1 : 2];
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  return operations.start(vm, kind, user, options_.short_time, [this, to, user](Vm& machine) {
    Operations inside(*this);
    Operations::Outcome outcome;
    // Not before: govc's vm.destroy counts on a task even when the VM is off already.
    const bool fits =
        to == PowerState::Suspended ? machine.power == PowerState::On : machine.power != to;
    if (!fits) {
      outcome.error = invalid_power_state(to, machine.power);
      return outcome;
    }
    if (to == PowerState::On && (outcome.error = inside.locked(machine))) return outcome;
    inside.set_power(machine, to);
    inside.log(to == PowerState::On    ? "VmPoweredOnEvent"
               : to == PowerState::Off ? "VmPoweredOffEvent"
                                       : "VmSuspendedEvent",
               user, machine.name + " is " + wire_name(to), machine);
    return outcome;
  });
}

Started World::reconfigure(Vm& vm, const ReconfigSpec& spec, const std::string& user) {
  Operations operations(*this);
  const Operations::Kind kind = {"ReconfigVM_Task", "VirtualMachine.reconfigure"};
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  if (spec.name && (spec.name->empty() || spec.name->size() > 80))
    return {std::nullopt, invalid_name(*spec.name)};
  return operations.start(vm, kind, user, options_.short_time, [this, spec, user](Vm& machine) {
    Operations::Outcome outcome;
    if (spec.name) outcome.error = name_taken(machine.folder, *spec.name, machine.ref);
    if (!outcome.error) outcome.error = Operations(*this).change_disks(machine, spec.disks);
    if (outcome.error) return outcome;
    if (spec.change_tracking) machine.change_tracking = *spec.change_tracking;
    if (spec.annotation) machine.annotation = *spec.annotation;
    if (spec.name) machine.name = *spec.name;
    for (const auto& [key, value] : spec.extra_config) {
      std::erase_if(machine.extra_config,
                    [&, &name = key](const auto& pair) { return pair.first == name; });
      if (!value.empty())
        machine.extra_config.emplace_back(key, value);  // an empty value removes the key
    }
    ++machine.change_version;
    touch(machine.ref, "config");
    if (spec.name) touch(machine.ref, "name");
    Operations(*this).log("VmReconfiguredEvent", user, "Reconfigured " + machine.name, machine);
    return outcome;
  });
}

Started World::reset(Vm& vm, const std::string& user) {
  Operations operations(*this);
  const Operations::Kind kind = {"ResetVM_Task", "VirtualMachine.reset"};
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  return operations.start(vm, kind, user, options_.short_time, [this, user](Vm& machine) {
    Operations::Outcome outcome;
    if (machine.power != PowerState::On) {
      outcome.error = invalid_power_state(PowerState::On, machine.power);
      return outcome;
    }
    // It never was off: bootTime stays, and so does what waits for a power operation.
    machine.question.reset();
    touch(machine.ref, "runtime.question");
    Operations(*this).log("VmResettingEvent", user, machine.name + " is reset", machine);
    return outcome;
  });
}

namespace {

void take_off_the_inventory(World& world, Vm& machine, const std::string& user,
                            const std::string& text) {
  Operations(world).log("VmRemovedEvent", user, text, machine);
  for (const Snapshot& one : machine.snapshots) world.touch(one.ref);
  const Vm gone = std::move(machine);
  world.vms.erase(gone.ref.value);
  world.touch(gone.ref);
  world.touch(gone.folder, "childEntity");
  world.touch(gone.host, "vm");
  world.touch(gone.home_datastore, "vm");
}

}  // namespace

Started World::destroy(Vm& vm, const std::string& user) {
  Operations operations(*this);
  const Operations::Kind kind = {"Destroy_Task", "VirtualMachine.destroy"};
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  if (vm.power == PowerState::On)
    return {std::nullopt, invalid_power_state(PowerState::Off, vm.power)};
  return operations.start(vm, kind, user, options_.short_time, [this, user](Vm& machine) {
    Operations inside(*this);
    Operations::Outcome outcome;
    if ((outcome.error = inside.locked(machine))) return outcome;
    for (const LayerPtr& layer : Operations::layers_of(machine)) {
      if (!inside.stood_on_by_others(machine, layer)) inside.discount(*layer);
    }
    for (const Snapshot& one : machine.snapshots)
      inside.count_memory(machine, one.memory_bytes, false);
    take_off_the_inventory(*this, machine, user, "Removed " + machine.name);
    return outcome;
  });
}

std::optional<FaultValue> World::unregister(Vm& vm, const std::string& user) {
  Operations operations(*this);
  now();
  if (auto refused = operations.refuse(vm, {"UnregisterVM", "VirtualMachine.unregister"}))
    return refused;
  if (vm.power != PowerState::Off) return invalid_power_state(PowerState::Off, vm.power);
  const auto leave = [&](const Ref& datastore, std::uint64_t bytes) {
    const auto found = datastores.find(datastore.value);
    if (found != datastores.end()) found->second.other_bytes += bytes;
  };
  for (const LayerPtr& layer : Operations::layers_of(vm)) {
    if (operations.stood_on_by_others(vm, layer)) continue;
    operations.discount(*layer);
    leave(layer->datastore, stored_bytes(*layer));
  }
  for (const Snapshot& one : vm.snapshots) {
    operations.count_memory(vm, one.memory_bytes, false);
    leave(vm.home_datastore, one.memory_bytes);
  }
  operations.log("TaskEvent", user, "Task: Unregister virtual machine", vm);
  take_off_the_inventory(*this, vm, user, "Unregistered " + vm.name);
  return std::nullopt;
}

std::optional<FaultValue> World::mark_as_template(Vm& vm, const std::string& user) {
  Operations operations(*this);
  now();
  if (auto refused = operations.refuse(vm, {"MarkAsTemplate", "VirtualMachine.markAsTemplate"}))
    return refused;
  if (vm.power != PowerState::Off) return invalid_power_state(PowerState::Off, vm.power);
  if (vm.is_template) return fault("NotSupported", "The virtual machine is a template already.");
  vm.is_template = true;
  vm.pool = {};
  touch(vm.ref, "config.template");
  operations.log("TaskEvent", user, "Task: Mark virtual machine as template", vm);
  return std::nullopt;
}

std::optional<FaultValue> World::mark_as_vm(Vm& vm, const Ref& pool, const std::string& user) {
  Operations operations(*this);
  now();
  if (auto refused =
          operations.refuse(vm, {"MarkAsVirtualMachine", "VirtualMachine.markAsVirtualMachine"}))
    return refused;
  if (!vm.is_template) return fault("NotSupported", "The virtual machine is not a template.");
  if (!pools.contains(pool.value)) return invalid_argument("pool");
  vm.is_template = false;
  vm.pool = pool;
  touch(vm.ref, "config.template");
  operations.log("TaskEvent", user, "Task: Mark as virtual machine", vm);
  return std::nullopt;
}

std::optional<FaultValue> World::cancel_task(Task& task, const std::string& user) {
  now();
  if (task.completed) return fault("InvalidState", "The task has ended already.");
  if (!task.cancelable) return fault("NotSupported", "The task cannot be cancelled.");
  task.cancelled = true;
  Vm* machine = vm(task.entity.value);
  if (machine && task.name.starts_with("CreateSnapshot")) {
    // The deltas of a create that was cancelled stay, and no flag tells of them: seen in the field
    // (check-vmware issue 293).
    Operations operations(*this);
    operations.freeze(*machine);
    operations.tree_changed(*machine);
    operations.log("GeneralUserEvent", user, "Cancelled " + task.name, *machine, task.chain_id);
  }
  Operations::Outcome outcome;
  outcome.error = fault("RequestCanceled", "The task was canceled by a user.");
  Operations(*this).close(task.ref, task.entity.value, outcome);
  return std::nullopt;
}

}  // namespace sim
