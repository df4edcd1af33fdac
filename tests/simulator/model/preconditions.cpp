// Why an operation cannot start: vSphere API reference, "Faults" of each method.
#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"

namespace sim {

std::vector<std::string> World::disabled_methods(const Vm& vm) const {
  std::vector<std::string> disabled;
  const auto add = [&](std::initializer_list<const char*> methods) {
    disabled.insert(disabled.end(), methods.begin(), methods.end());
  };
  if (vm.power == PowerState::On) {
    // vCenter joins the lists of its checks without taking repeats out.
    add({"MarkAsTemplate", "PowerOnVM_Task", "Destroy_Task", "UnregisterVM", "ExportVm",
         "Destroy_Task"});
  } else if (vm.power == PowerState::Off) {
    add({"PowerOffVM_Task", "SuspendVM_Task", "ResetVM_Task", "ShutdownGuest", "RebootGuest",
         "StandbyGuest", "ResetVM_Task"});
  } else {
    add({"SuspendVM_Task", "MarkAsTemplate", "ExportVm", "UnregisterVM"});
  }
  if (vm.snapshots.empty()) add({"RevertToCurrentSnapshot_Task", "RemoveAllSnapshots_Task"});
  if (vm.is_template) {
    add({"CreateSnapshot_Task", "CreateSnapshotEx_Task", "RevertToCurrentSnapshot_Task",
         "PowerOnVM_Task", "ConsolidateVMDisks_Task", "MarkAsTemplate"});
  } else {
    add({"MarkAsVirtualMachine"});
  }
  if (vm.vcls_agent) {
    add({"CreateSnapshot_Task", "CreateSnapshotEx_Task", "ConsolidateVMDisks_Task", "CloneVM_Task",
         "Destroy_Task", "MarkAsTemplate", "ReconfigVM_Task"});
  }
  disabled.insert(disabled.end(), vm.extra_disabled_methods.begin(),
                  vm.extra_disabled_methods.end());
  return disabled;
}

std::optional<FaultValue> Operations::busy(const Vm& vm, bool exclusive) const {
  const auto leases = world_.leases_.find(vm.ref.value);
  if (leases == world_.leases_.end()) return std::nullopt;
  for (const World::Lease& lease : leases->second) {
    if (exclusive || lease.exclusive) return task_in_progress(lease.task);
  }
  return std::nullopt;
}

std::optional<FaultValue> Operations::refuse(const Vm& vm, const Kind& kind) const {
  const std::string method = kind.method;
  const auto host = world_.hosts.find(vm.host.value);
  if (host != world_.hosts.end() && !host->second.connected) {
    return fault("HostNotConnected",
                 "Unable to communicate with the remote host, since it is disconnected.");
  }
  if (vm.connection != ConnectionState::Connected) {
    return fault("InvalidState",
                 "The operation is not allowed in the current connection state of the "
                 "virtual machine.");
  }
  static constexpr const char* kNotForTemplates[] = {
      "CreateSnapshot_Task",          "CreateSnapshotEx_Task", "RevertToSnapshot_Task",
      "RevertToCurrentSnapshot_Task", "PowerOnVM_Task",        "ConsolidateVMDisks_Task"};
  if (vm.is_template &&
      std::count(std::begin(kNotForTemplates), std::end(kNotForTemplates), method) > 0) {
    return fault("NotSupported", "The operation is not supported on the object.");
  }
  // What the power state or an empty tree disables has faults of its own.
  const auto& extra = vm.extra_disabled_methods;
  const auto disabled = world_.disabled_methods(vm);
  if (std::find(extra.begin(), extra.end(), method) != extra.end() ||
      (vm.vcls_agent && std::find(disabled.begin(), disabled.end(), method) != disabled.end())) {
    return method_disabled(method);
  }
  return busy(vm, kind.exclusive);
}

std::optional<FaultValue> Operations::locked(const Vm& vm) const {
  if (world_.locked_files.empty()) return std::nullopt;
  for (const LayerPtr& layer : layers_of(vm)) {
    if (world_.locked_files.contains(layer->file)) return file_locked(layer->file);
  }
  return std::nullopt;
}

std::optional<FaultValue> Operations::unfit_for_snapshot(const Vm& vm, bool memory) const {
  constexpr int kMostLevels = 32;
  if (vm.fault_tolerant)
    return fault("NotSupported",
                 "Snapshots of a fault tolerant virtual machine are not supported.");
  for (const auto& [key, value] : vm.extra_config) {
    if (key == "snapshot.maxSnapshots" && value == "0") {
      return fault("SnapshotDisabled",
                   "The snapshot operation is disabled for the virtual machine.");
    }
  }
  for (const Disk& disk : vm.disks) {
    if (disk.kind == DiskKind::RdmPhysical || disk.kind == DiskKind::MultiWriter) {
      FaultValue incompatible =
          fault("SnapshotIncompatibleDeviceInVm",
                "The virtual machine has devices that are not compatible with snapshots.");
      const bool mapping = disk.kind == DiskKind::RdmPhysical;
      const std::string reason =
          mapping ? "physical mode raw device mapping" : "multi-writer sharing";
      incompatible.notes = {{"msg.snapshot.incompatible", disk.label + ": " + reason}};
      FaultValue why = fault(mapping ? "RawDiskNotSupported" : "MultiWriterNotSupported",
                             "Device '" + disk.label + "' does not support snapshots: " + reason);
      why.fields = {{"device", disk.label}, {"reason", reason}};
      incompatible.nested = {{"fault", std::make_shared<const FaultValue>(std::move(why))}};
      return incompatible;
    }
    const bool independent = disk.kind == DiskKind::IndependentPersistent ||
                             disk.kind == DiskKind::IndependentNonpersistent;
    if (memory && independent) {
      return fault(
          "MemorySnapshotOnIndependentDisk",
          "A snapshot with memory cannot be taken of a virtual machine with independent disks.");
    }
  }
  if (vm.question)
    return fault("InvalidState", "The virtual machine waits for an answer: " + vm.question->text);
  if (depth(vm) >= kMostLevels) {
    return fault("TooManySnapshotLevels", "Snapshot hierarchy is too deep.");
  }
  return std::nullopt;
}

}  // namespace sim
