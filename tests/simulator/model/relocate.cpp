// RelocateVM_Task: a VM goes to another host, or with all of its files to another datastore.
#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

void rename_datastore(std::string& file, const std::string& name) {
  if (!file.empty()) file = "[" + name + file.substr(file.find(']'));
}

void move_files(World& world, Vm& vm, const Datastore& to) {
  for (const LayerPtr& layer : Operations::layers_of(vm)) {
    layer->datastore = to.ref;
    rename_datastore(layer->file, to.name);
  }
  for (Snapshot& one : vm.snapshots) {
    rename_datastore(one.memory_file, to.name);
    rename_datastore(one.data_file, to.name);
    world.touch(one.ref);
  }
  rename_datastore(vm.home, to.name);
  world.touch(vm.home_datastore, "vm");
  vm.home_datastore = to.ref;
  world.touch(to.ref, "vm");
}

std::optional<FaultValue> unfit(World& world, const Vm& vm, const Datastore& to) {
  const auto layers = Operations::layers_of(vm);
  const bool fits = std::all_of(layers.begin(), layers.end(), [&](const LayerPtr& layer) {
    return !layer->shared && !layer->raw_mapping &&
           world.datastores.at(layer->datastore.value).type == to.type;
  });
  if (fits) return std::nullopt;
  return fault("NotSupported", "The operation is not supported on the object.");
}

}  // namespace

Started World::relocate(Vm& vm, const std::optional<Ref>& host, const std::optional<Ref>& datastore,
                        const std::string& user) {
  Operations operations(*this);
  const Operations::Kind kind = {"RelocateVM_Task", "VirtualMachine.relocate"};
  if (host && !hosts.contains(host->value)) return {std::nullopt, object_not_found(*host)};
  if (datastore && !datastores.contains(datastore->value))
    return {std::nullopt, object_not_found(*datastore)};
  if (auto refused = operations.refuse(vm, kind)) return {std::nullopt, refused};
  const auto work = [this, host, datastore, user](Vm& machine) {
    Operations inside(*this);
    Operations::Outcome outcome;
    if (datastore && (outcome.error = unfit(*this, machine, datastores.at(datastore->value))))
      return outcome;
    inside.play(machine, now());
    if (datastore) move_files(*this, machine, datastores.at(datastore->value));
    if (host) {
      touch(machine.host, "vm");
      machine.host = *host;
      touch(machine.host, "vm");
      touch(machine.ref, "runtime.host");
    }
    ++machine.change_version;
    touch(machine.ref, "config");
    inside.tree_changed(machine);
    inside.log("VmRelocatedEvent", user, "Relocated " + machine.name, machine);
    return outcome;
  };
  return operations.start(vm, kind, user, options_.short_time, work);
}

}  // namespace sim
