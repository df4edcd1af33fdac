#include "tests/simulator/model/removal.h"

#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/merge.h"

namespace sim {
namespace {

std::set<std::uint64_t> ids_of(const std::vector<LayerPtr>& layers) {
  std::set<std::uint64_t> ids;
  for (const LayerPtr& layer : layers) ids.insert(layer->id);
  return ids;
}

std::set<Ref> with_descendants(const Vm& vm, const Ref& root) {
  std::set<Ref> all = {root};
  for (const Snapshot& one : vm.snapshots) {  // parents come before children
    if (one.parent && all.contains(*one.parent)) all.insert(one.ref);
  }
  return all;
}

struct Removal {
  Ref vm, task;
  std::set<Ref> snapshots;
  bool merge = true;
  bool debts = false;  ///< older leftovers too: ConsolidateVMDisks
  std::optional<World::NextTask> knob;
};

void remove_now(World& world, const Removal& removal) {
  Operations operations(world);
  if (!operations.runs(removal.task, removal.vm.value)) return;
  Operations::Outcome outcome;
  Vm* vm = world.vm(removal.vm.value);
  if (!vm) outcome.error = object_not_found(removal.vm);
  if (vm && removal.knob && removal.knob->error && !removal.knob->after_executing &&
      !removal.knob->leave_consolidation_debt) {
    outcome.error = removal.knob->error;
  }
  if (outcome.error) return operations.close(removal.task, removal.vm.value, outcome);
  const auto older = removal.debts ? std::set<std::uint64_t>{} : ids_of(operations.unneeded(*vm));
  take_out(world, *vm, removal.snapshots);
  std::set<std::uint64_t> targets = ids_of(operations.unneeded(*vm));
  for (const std::uint64_t id : older) targets.erase(id);
  if (!removal.merge || (removal.knob && removal.knob->leave_consolidation_debt)) {
    raise_debt(world, removal.vm, removal.knob ? removal.knob->flag_lag : Duration{0});
    if (removal.knob) outcome.error = removal.knob->error;
    return operations.close(removal.task, removal.vm.value, outcome);
  }
  std::make_shared<Merge>(world, removal.vm, removal.task, std::move(targets), removal.knob)
      ->begin();
}

Started begin(World& world, Vm& vm, const Operations::Kind& kind, Removal removal,
              const std::string& user) {
  Operations operations(world);
  removal.vm = vm.ref;
  removal.knob = operations.take_knob(kind.method, vm.ref.value);
  removal.task = operations.open(vm, kind, user);
  Duration wait = world.options().short_time;
  if (removal.knob && removal.knob->extra_delay) wait += *removal.knob->extra_delay;
  const Ref task = removal.task;
  world.at(world.now() + wait,
           [&world, removal = std::move(removal)] { remove_now(world, removal); });
  return {task, std::nullopt};
}

}  // namespace

void take_out(World& world, Vm& vm, const std::set<Ref>& snapshots) {
  Operations operations(world);
  const auto before = Operations::layers_of(vm);
  const auto stays = [&](std::optional<Ref> at) {
    while (at && snapshots.contains(*at)) {
      const Snapshot* node = Operations::find(vm, *at);
      at = node ? node->parent : std::nullopt;
    }
    return at;
  };
  for (Snapshot& one : vm.snapshots) one.parent = stays(one.parent);
  vm.current_snapshot = stays(vm.current_snapshot);
  for (const Snapshot& one : vm.snapshots) {
    if (!snapshots.contains(one.ref)) continue;
    operations.count_memory(vm, one.memory_bytes, false);
    world.touch(one.ref);
  }
  std::erase_if(vm.snapshots, [&](const Snapshot& one) { return snapshots.contains(one.ref); });
  operations.drop_lost(vm, before);
  operations.tree_changed(vm);
}

void raise_debt(World& world, const Ref& ref, Duration lag) {
  world.at(world.now() + lag, [&world, ref] {
    Vm* vm = world.vm(ref.value);
    if (!vm || Operations(world).unneeded(*vm).empty()) return;
    vm->consolidation_needed = true;
    world.touch(ref, "runtime.consolidationNeeded");
  });
}

Started World::remove_snapshot(Vm& vm, const Ref& snapshot, bool children, bool consolidate,
                               const std::string& user) {
  const Operations::Kind kind = {"RemoveSnapshot_Task", "vm.Snapshot.remove"};
  now();
  if (!Operations::find(vm, snapshot)) return {std::nullopt, object_not_found(snapshot)};
  if (auto refused = Operations(*this).refuse(vm, kind)) return {std::nullopt, refused};
  Removal removal;
  removal.snapshots = children ? with_descendants(vm, snapshot) : std::set<Ref>{snapshot};
  removal.merge = consolidate;
  return begin(*this, vm, kind, std::move(removal), user);
}

Started World::remove_all_snapshots(Vm& vm, bool consolidate, const std::string& user) {
  const Operations::Kind kind = {"RemoveAllSnapshots_Task", "VirtualMachine.removeAllSnapshots"};
  now();
  if (auto refused = Operations(*this).refuse(vm, kind)) return {std::nullopt, refused};
  Removal removal;
  for (const Snapshot& one : vm.snapshots) removal.snapshots.insert(one.ref);
  removal.merge = consolidate;
  return begin(*this, vm, kind, std::move(removal), user);
}

Started World::consolidate(Vm& vm, const std::string& user) {
  const Operations::Kind kind = {"ConsolidateVMDisks_Task", "VirtualMachine.consolidateDisks"};
  now();
  if (auto refused = Operations(*this).refuse(vm, kind)) return {std::nullopt, refused};
  Removal removal;
  removal.debts = true;
  for (const Snapshot& one : vm.snapshots) {
    if (one.helper) removal.snapshots.insert(one.ref);  // left behind by a merge that failed
  }
  return begin(*this, vm, kind, std::move(removal), user);
}

Started World::estimate_consolidate(Vm& vm, const std::string& user) {
  const Operations::Kind kind = {"EstimateStorageForConsolidateSnapshots_Task",
                                 "VirtualMachine.estimateStorageRequirementForConsolidate"};
  Operations operations(*this);
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  return operations.start(vm, kind, user, options_.short_time, [this](Vm& machine) {
    Operations::Outcome outcome;
    std::map<Ref, std::uint64_t> growth;
    const auto layers = Operations::layers_of(machine);
    for (const LayerPtr& lower : Operations(*this).unneeded(machine)) {
      const auto upper = std::find_if(layers.begin(), layers.end(), [&](const LayerPtr& layer) {
        return layer->parent == lower;
      });
      Layer grown = *lower;
      grown.blocks.overlay((*upper)->blocks);
      growth[lower->datastore] += (stored_bytes(grown) - stored_bytes(*lower)) / 1024;
    }
    outcome.result_type = "ArrayOfVirtualMachineStorageRequirement";
    outcome.storage.assign(growth.begin(), growth.end());
    return outcome;
  });
}

}  // namespace sim
