// VirtualMachine: everything at its top level but config, whose table stands in views_config.cpp.
#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/words.h"
#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

bool tools_run(const Vm& vm) { return vm.tools_running && vm.power == PowerState::On; }

Value capability_value() {
  // The fields that are true on a recorded VM of 8.0.1, then those that are false.
  Value value = Value::object("VirtualMachineCapability");
  for (const char* name : {"snapshotOperationsSupported",
                           "multipleSnapshotsSupported",
                           "snapshotConfigSupported",
                           "poweredOffSnapshotsSupported",
                           "memorySnapshotsSupported",
                           "revertToSnapshotSupported",
                           "quiescedSnapshotsSupported",
                           "lockSnapshotsSupported",
                           "cpuFeatureMaskSupported",
                           "s1AcpiManagementSupported",
                           "vmNpivWwnSupported",
                           "npivWwnOnNonRdmVmSupported",
                           "vmNpivWwnDisableSupported",
                           "vmNpivWwnUpdateSupported",
                           "swapPlacementSupported",
                           "toolsSyncTimeSupported",
                           "diskSharesSupported",
                           "bootOptionsSupported",
                           "bootRetryOptionsSupported",
                           "settingVideoRamSizeSupported",
                           "changeTrackingSupported",
                           "multipleCoresPerSocketSupported",
                           "hostBasedReplicationSupported",
                           "guestAutoLockSupported",
                           "memoryReservationLockSupported",
                           "featureRequirementSupported",
                           "poweredOnMonitorTypeChangeSupported",
                           "seSparseDiskSupported",
                           "nestedHVSupported",
                           "vPMCSupported",
                           "secureBootSupported",
                           "perVmEvcSupported",
                           "virtualMmuUsageIgnored",
                           "virtualExecUsageIgnored",
                           "diskOnlySnapshotOnSuspendedVMSupported",
                           "toolsSyncTimeAllowSupported"})
    value.set(name, Value::boolean(true));
  for (const char* name :
       {"disableSnapshotsSupported", "consolePreferencesSupported",
        "settingScreenResolutionSupported", "toolsAutoUpdateSupported", "virtualMmuUsageSupported",
        "settingDisplayTopologySupported", "recordReplaySupported", "sevSupported"})
    value.set(name, Value::boolean(false));
  return value;
}

Made question_value(const Vm& vm) {
  if (!vm.question) return std::nullopt;
  Value choices = Value::object("ChoiceOption");
  std::vector<Value> choice_info;
  choice_info.push_back(description_value("Retry", "Retry", "0"));
  choice_info.push_back(description_value("Cancel", "Cancel", "1"));
  choices.set("valueIsReadonly", Value::boolean(false))
      .set_all("choiceInfo", std::move(choice_info))
      .set("defaultIndex", Value::integer(0));
  Value value = Value::object("VirtualMachineQuestionInfo");
  value.set("id", Value::text(vm.question->id))
      .set("text", Value::text(vm.question->text))
      .set("choice", std::move(choices));
  return value;
}

Value tools_status(const Vm& vm) {
  return Value::word("VirtualMachineToolsStatus", tools_run(vm)      ? "toolsOk"
                                                  : vm.tools_running ? "toolsNotRunning"
                                                                     : "toolsNotInstalled");
}
Value tools_version_status(const Vm& vm) {
  return Value::text(vm.tools_running ? "guestToolsCurrent" : "guestToolsNotInstalled");
}
Value tools_running_status(const Vm& vm) {
  return Value::text(tools_run(vm) ? "guestToolsRunning" : "guestToolsNotRunning");
}

Value heartbeat(const Vm& vm) {
  return Value::word("ManagedEntityStatus", tools_run(vm) ? "green" : "gray");
}

Value runtime_value(World& world, const Vm& vm) { return *read(world, vm, vm_table(), "runtime"); }

Value config_summary(const Vm& vm) {
  Value value = Value::object("VirtualMachineConfigSummary");
  value.set("name", Value::text(vm.name)).set("template", Value::boolean(vm.is_template));
  value.set("vmPathName", Value::text(vm.home));
  // Without its files the server knows little more than where they should be.
  if (vm.connection == ConnectionState::Inaccessible || vm.connection == ConnectionState::Invalid)
    return value;
  value.set("memorySizeMB", Value::integer(static_cast<std::int32_t>(vm.memory_mib)))
      .set("numCpu", Value::integer(static_cast<std::int32_t>(vm.cpus)))
      .set("numEthernetCards", Value::integer(1))
      .set("numVirtualDisks", Value::integer(static_cast<std::int32_t>(vm.disks.size())))
      .set("uuid", Value::text(vm.bios_uuid))
      .set("instanceUuid", Value::text(vm.instance_uuid))
      .set("guestId", Value::text(vm.guest_id))
      .set("guestFullName", Value::text("Other (64-bit)"))
      .set("installBootRequired", Value::boolean(false))
      .set("tpmPresent", Value::boolean(false))
      .set("hwVersion", Value::text(vm.version));
  if (!vm.annotation.empty()) value.set("annotation", Value::text(vm.annotation));
  if (!vm.managed_by_key.empty()) {
    Value managed = Value::object("ManagedByInfo");
    managed.set("extensionKey", Value::text(vm.managed_by_key))
        .set("type", Value::text(vm.managed_by_type));
    value.set("managedBy", std::move(managed));
  }
  return value;
}

std::int64_t bytes(std::uint64_t number) { return static_cast<std::int64_t>(number); }

Value storage_summary(const Vm& vm) {
  Usage total;
  for (const auto& [datastore, usage] : storage_usage(vm)) {
    total.committed += usage.committed;
    total.uncommitted += usage.uncommitted;
    total.unshared += usage.unshared;
  }
  Value value = Value::object("VirtualMachineStorageSummary");
  value.set("committed", Value::long_integer(bytes(total.committed)))
      .set("uncommitted", Value::long_integer(bytes(total.uncommitted)))
      .set("unshared", Value::long_integer(bytes(total.unshared)))
      .set("timestamp", Value::time(vm.layout_time));
  return value;
}

Value storage_value(const Vm& vm) {
  std::vector<Value> usages;
  for (const auto& [datastore, usage] : storage_usage(vm)) {
    usages.push_back(Value::object("VirtualMachineUsageOnDatastore"));
    usages.back()
        .set("datastore", Value::ref({"Datastore", datastore}))
        .set("committed", Value::long_integer(bytes(usage.committed)))
        .set("uncommitted", Value::long_integer(bytes(usage.uncommitted)))
        .set("unshared", Value::long_integer(bytes(usage.unshared)));
  }
  Value value = Value::object("VirtualMachineStorageInfo");
  value.set_all("perDatastoreUsage", std::move(usages))
      .set("timestamp", Value::time(vm.layout_time));
  return value;
}

bool has_files(const Vm& vm) {
  return vm.connection != ConnectionState::Inaccessible &&
         vm.connection != ConnectionState::Invalid;
}

constexpr Entry<Vm> kTable[] = {
    {"capability", [](World&, const Vm&) -> Made { return capability_value(); },
     "VirtualMachineCapability"},
    {"datastore", [](World&, const Vm& vm) -> Made { return refs_value(datastores_of(vm)); }},
    {"environmentBrowser",
     [](World&, const Vm& vm) -> Made {
       if (vm.is_template) return std::nullopt;
       return Value::ref({"EnvironmentBrowser",
                          "envbrowser-" + vm.ref.value.substr(vm.ref.value.rfind('-') + 1)});
     }},
    {"guest", nullptr, "GuestInfo"},
    {"guest.toolsStatus", [](World&, const Vm& vm) -> Made { return tools_status(vm); }},
    {"guest.toolsVersionStatus",
     [](World&, const Vm& vm) -> Made { return tools_version_status(vm); }},
    {"guest.toolsVersionStatus2",
     [](World&, const Vm& vm) -> Made { return tools_version_status(vm); }},
    {"guest.toolsRunningStatus",
     [](World&, const Vm& vm) -> Made { return tools_running_status(vm); }},
    {"guest.toolsVersion",
     [](World&, const Vm& vm) -> Made { return Value::text(vm.tools_running ? "12352" : "0"); }},
    {"guest.guestState",
     [](World&, const Vm& vm) -> Made {
       return Value::text(tools_run(vm) ? "running" : "notRunning");
     }},
    {"guest.appHeartbeatStatus",
     [](World&, const Vm&) -> Made { return Value::text("appStatusGray"); }},
    {"guest.guestOperationsReady",
     [](World&, const Vm& vm) -> Made { return Value::boolean(tools_run(vm)); }},
    {"guest.hwVersion", [](World&, const Vm& vm) -> Made { return Value::text(vm.version); }},
    {"guestHeartbeatStatus", [](World&, const Vm& vm) -> Made { return heartbeat(vm); }},
    {"layout",
     [](World&, const Vm& vm) -> Made {
       return has_files(vm) ? Made(layout_value(vm)) : std::nullopt;
     },
     "VirtualMachineFileLayout"},
    {"layoutEx",
     [](World& world, const Vm& vm) -> Made {
       return has_files(vm) ? Made(layout_ex_value(world, vm)) : std::nullopt;
     },
     "VirtualMachineFileLayoutEx"},
    {"network",
     [](World& world, const Vm& vm) -> Made {
       const Datacenter* datacenter = datacenter_of(world, vm.folder);
       return refs_value(datacenter ? std::vector<Ref>{network_of(*datacenter)}
                                    : std::vector<Ref>{});
     }},
    // No vApps here: the property exists and is unset.
    {"parentVApp", [](World&, const Vm&) -> Made { return std::nullopt; }},
    {"resourceConfig",
     [](World&, const Vm& vm) -> Made {
       return resource_config_value(vm.ref, 1000 * vm.cpus, 10 * vm.memory_mib, false);
     },
     "ResourceConfigSpec"},
    {"resourcePool",
     [](World&, const Vm& vm) -> Made {
       if (vm.is_template || vm.pool.empty()) return std::nullopt;
       return Value::ref(vm.pool);
     }},
    {"rootSnapshot",
     [](World&, const Vm& vm) -> Made {
       std::vector<Ref> roots;
       for (const Snapshot& snapshot : vm.snapshots)
         if (!snapshot.parent) roots.push_back(snapshot.ref);
       return refs_value(std::move(roots));
     }},
    {"runtime", nullptr, "VirtualMachineRuntimeInfo"},
    {"runtime.host",
     [](World&, const Vm& vm) -> Made {
       if (vm.host.empty()) return std::nullopt;
       return Value::ref(vm.host);
     }},
    {"runtime.connectionState",
     [](World&, const Vm& vm) -> Made {
       return Value::word("VirtualMachineConnectionState", word(vm.connection));
     }},
    {"runtime.powerState",
     [](World&, const Vm& vm) -> Made {
       return Value::word("VirtualMachinePowerState", wire_name(vm.power));
     }},
    {"runtime.faultToleranceState",
     [](World&, const Vm& vm) -> Made {
       return Value::word("VirtualMachineFaultToleranceState",
                          vm.fault_tolerant ? "running" : "notConfigured");
     }},
    {"runtime.toolsInstallerMounted",
     [](World&, const Vm&) -> Made { return Value::boolean(false); }},
    {"runtime.suspendTime",
     [](World&, const Vm& vm) -> Made {
       return vm.suspend_time ? Made(Value::time(*vm.suspend_time)) : std::nullopt;
     }},
    {"runtime.bootTime",
     [](World&, const Vm& vm) -> Made {
       return vm.boot_time ? Made(Value::time(*vm.boot_time)) : std::nullopt;
     }},
    {"runtime.question", [](World&, const Vm& vm) -> Made { return question_value(vm); }},
    {"runtime.maxCpuUsage",
     [](World&, const Vm& vm) -> Made {
       return Value::integer(static_cast<std::int32_t>(vm.cpus * 2300));
     }},
    {"runtime.maxMemoryUsage",
     [](World&, const Vm& vm) -> Made {
       return Value::integer(static_cast<std::int32_t>(vm.memory_mib));
     }},
    {"runtime.numMksConnections", [](World&, const Vm&) -> Made { return Value::integer(0); }},
    {"runtime.recordReplayState",
     [](World&, const Vm&) -> Made {
       return Value::word("VirtualMachineRecordReplayState", "inactive");
     }},
    {"runtime.onlineStandby", [](World&, const Vm&) -> Made { return Value::boolean(false); }},
    {"runtime.consolidationNeeded",
     [](World&, const Vm& vm) -> Made { return Value::boolean(vm.consolidation_needed); }},
    {"runtime.paused", [](World&, const Vm&) -> Made { return Value::boolean(false); }},
    {"runtime.snapshotInBackground",
     [](World&, const Vm&) -> Made { return Value::boolean(false); }},
    {"runtime.instantCloneFrozen", [](World&, const Vm&) -> Made { return Value::boolean(false); }},
    {"snapshot", [](World&, const Vm& vm) -> Made { return snapshot_tree_value(vm); },
     "VirtualMachineSnapshotInfo"},
    {"storage",
     [](World&, const Vm& vm) -> Made {
       return has_files(vm) ? Made(storage_value(vm)) : std::nullopt;
     },
     "VirtualMachineStorageInfo"},
    {"summary", nullptr, "VirtualMachineSummary"},
    {"summary.vm", [](World&, const Vm& vm) -> Made { return Value::ref(vm.ref); }},
    {"summary.runtime",
     [](World& world, const Vm& vm) -> Made { return runtime_value(world, vm); }},
    {"summary.guest", nullptr, "VirtualMachineGuestSummary"},
    {"summary.guest.toolsStatus", [](World&, const Vm& vm) -> Made { return tools_status(vm); }},
    {"summary.guest.toolsVersionStatus",
     [](World&, const Vm& vm) -> Made { return tools_version_status(vm); }},
    {"summary.guest.toolsVersionStatus2",
     [](World&, const Vm& vm) -> Made { return tools_version_status(vm); }},
    {"summary.guest.toolsRunningStatus",
     [](World&, const Vm& vm) -> Made { return tools_running_status(vm); }},
    {"summary.guest.hwVersion",
     [](World&, const Vm& vm) -> Made { return Value::text(vm.version); }},
    {"summary.config", [](World&, const Vm& vm) -> Made { return config_summary(vm); }},
    {"summary.storage",
     [](World&, const Vm& vm) -> Made {
       return has_files(vm) ? Made(storage_summary(vm)) : std::nullopt;
     }},
    {"summary.quickStats",
     [](World&, const Vm& vm) -> Made {
       Value value = Value::object("VirtualMachineQuickStats");
       value.set("guestHeartbeatStatus", heartbeat(vm));
       return value;
     }},
    {"summary.overallStatus",
     [](World&, const Vm&) -> Made { return Value::word("ManagedEntityStatus", "green"); }},
};

}  // namespace

std::span<const Entry<Vm>> vm_table() { return kTable; }

}  // namespace sim::views
