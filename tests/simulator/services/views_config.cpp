// The configuration of a VM, now or in a snapshot: one table for VirtualMachine.config and
// VirtualMachineSnapshot.config.
#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

Made directory(const Configuration& configuration) {
  return Value::text(directory_of(configuration.vm.home));
}

Value allocation(const Configuration& configuration, const char* which) {
  const Vm& vm = configuration.vm;
  const Value whole = resource_config_value(vm.ref, 1000 * vm.cpus, 10 * vm.memory_mib, false);
  return *whole.step(which);
}

Value flags_value() {
  Value value = Value::object("VirtualMachineFlagInfo");
  value.set("enableLogging", Value::boolean(true))
      .set("monitorType", Value::text("release"))
      .set("htSharing", Value::text("any"))
      .set("snapshotPowerOffBehavior", Value::text("powerOff"))
      .set("faultToleranceType", Value::text("unset"));
  for (const char* off : {"useToe", "runWithDebugInfo", "snapshotDisabled", "snapshotLocked",
                          "diskUuidEnabled", "recordReplayEnabled", "cbrcCacheEnabled"})
    value.set(off, Value::boolean(false));
  return value;
}

Value tools_value() {
  Value value = Value::object("ToolsConfigInfo");
  for (const char* on :
       {"afterPowerOn", "afterResume", "beforeGuestStandby", "beforeGuestShutdown"})
    value.set(on, Value::boolean(true));
  value.set("toolsUpgradePolicy", Value::text("manual"))
      .set("syncTimeWithHost", Value::boolean(false));
  return value;
}

Value extra_config(const Vm& vm) {
  std::vector<Value> items;
  const auto add = [&](const std::string& key, const std::string& text) {
    items.push_back(Value::object("OptionValue"));
    items.back().set("key", Value::text(key)).set("value", Value::text(text));
  };
  add("nvram", stem_of(vm.home) + ".nvram");
  for (const auto& [key, text] : vm.extra_config) add(key, text);
  return Value::array("ArrayOfOptionValue", "OptionValue", std::move(items));
}

Value datastore_urls(World& world, const Vm& vm) {
  std::vector<Value> items;
  for (const Ref& ref : datastores_of(vm)) {
    const auto datastore = world.datastores.find(ref.value);
    if (datastore == world.datastores.end()) continue;
    items.push_back(Value::object("VirtualMachineConfigInfoDatastoreUrlPair"));
    items.back()
        .set("name", Value::text(datastore->second.name))
        .set("url", Value::text("/vmfs/volumes/" + ref.value));
  }
  return Value::array("ArrayOfVirtualMachineConfigInfoDatastoreUrlPair",
                      "VirtualMachineConfigInfoDatastoreUrlPair", std::move(items));
}

/// A version that rises with every change, in the form that vCenter uses: a time.
Value change_version(World& world, const Vm& vm) {
  return Value::time(world.options().start + std::chrono::microseconds(vm.change_version));
}

constexpr Entry<Configuration> kTable[] = {
    {"config", nullptr, "VirtualMachineConfigInfo"},
    {"config.changeVersion",
     [](World& world, const Configuration& of) -> Made {
       return Value::text(change_version(world, of.vm).text());
     }},
    {"config.modified", [](World&, const Configuration&) -> Made { return Value::time(Time{}); }},
    {"config.name",
     [](World&, const Configuration& of) -> Made { return Value::text(of.vm.name); }},
    {"config.guestFullName",
     [](World&, const Configuration&) -> Made { return Value::text("Other (64-bit)"); }},
    {"config.version",
     [](World&, const Configuration& of) -> Made { return Value::text(of.vm.version); }},
    {"config.uuid",
     [](World&, const Configuration& of) -> Made { return Value::text(of.vm.bios_uuid); }},
    {"config.instanceUuid",
     [](World&, const Configuration& of) -> Made { return Value::text(of.vm.instance_uuid); }},
    {"config.npivTemporaryDisabled",
     [](World&, const Configuration&) -> Made { return Value::boolean(true); }},
    {"config.locationId",
     [](World&, const Configuration& of) -> Made { return Value::text(of.vm.bios_uuid); }},
    {"config.template",
     [](World&, const Configuration& of) -> Made {
       return Value::boolean(of.vm.is_template && of.at == nullptr);
     }},
    {"config.guestId",
     [](World&, const Configuration& of) -> Made { return Value::text(of.vm.guest_id); }},
    {"config.alternateGuestName",
     [](World&, const Configuration&) -> Made { return Value::text(""); }},
    {"config.annotation",
     [](World&, const Configuration& of) -> Made {
       if (of.vm.annotation.empty()) return std::nullopt;
       return Value::text(of.vm.annotation);
     }},
    {"config.files", nullptr, "VirtualMachineFileInfo"},
    {"config.files.vmPathName",
     [](World&, const Configuration& of) -> Made { return Value::text(of.vm.home); }},
    {"config.files.snapshotDirectory",
     [](World&, const Configuration& of) -> Made { return directory(of); }},
    {"config.files.suspendDirectory",
     [](World&, const Configuration& of) -> Made { return directory(of); }},
    {"config.files.logDirectory",
     [](World&, const Configuration& of) -> Made { return directory(of); }},
    {"config.tools", [](World&, const Configuration&) -> Made { return tools_value(); },
     "ToolsConfigInfo"},
    {"config.flags", [](World&, const Configuration&) -> Made { return flags_value(); },
     "VirtualMachineFlagInfo"},
    {"config.hardware", nullptr, "VirtualHardware"},
    {"config.hardware.numCPU",
     [](World&, const Configuration& of) -> Made {
       return Value::integer(static_cast<std::int32_t>(of.vm.cpus));
     }},
    {"config.hardware.numCoresPerSocket",
     [](World&, const Configuration&) -> Made { return Value::integer(1); }},
    {"config.hardware.memoryMB",
     [](World&, const Configuration& of) -> Made {
       return Value::integer(static_cast<std::int32_t>(of.vm.memory_mib));
     }},
    {"config.hardware.virtualICH7MPresent",
     [](World&, const Configuration&) -> Made { return Value::boolean(false); }},
    {"config.hardware.virtualSMCPresent",
     [](World&, const Configuration&) -> Made { return Value::boolean(false); }},
    {"config.hardware.device",
     [](World&, const Configuration& of) -> Made { return devices_value(of); }},
    {"config.cpuAllocation",
     [](World&, const Configuration& of) -> Made { return allocation(of, "cpuAllocation"); }},
    {"config.memoryAllocation",
     [](World&, const Configuration& of) -> Made { return allocation(of, "memoryAllocation"); }},
    {"config.memoryHotAddEnabled",
     [](World&, const Configuration&) -> Made { return Value::boolean(false); }},
    {"config.cpuHotAddEnabled",
     [](World&, const Configuration&) -> Made { return Value::boolean(false); }},
    {"config.cpuHotRemoveEnabled",
     [](World&, const Configuration&) -> Made { return Value::boolean(false); }},
    {"config.extraConfig",
     [](World&, const Configuration& of) -> Made { return extra_config(of.vm); }},
    {"config.datastoreUrl",
     [](World& world, const Configuration& of) -> Made { return datastore_urls(world, of.vm); }},
    {"config.swapPlacement",
     [](World&, const Configuration&) -> Made { return Value::text("inherit"); }},
    {"config.vAssertsEnabled",
     [](World&, const Configuration&) -> Made { return Value::boolean(false); }},
    {"config.changeTrackingEnabled",
     [](World&, const Configuration& of) -> Made { return Value::boolean(of.vm.change_tracking); }},
    {"config.firmware", [](World&, const Configuration&) -> Made { return Value::text("efi"); }},
    {"config.maxMksConnections",
     [](World&, const Configuration&) -> Made { return Value::integer(-1); }},
    {"config.guestAutoLockEnabled",
     [](World&, const Configuration&) -> Made { return Value::boolean(true); }},
    {"config.managedBy",
     [](World&, const Configuration& of) -> Made {
       if (of.vm.managed_by_key.empty()) return std::nullopt;
       Value value = Value::object("ManagedByInfo");
       value.set("extensionKey", Value::text(of.vm.managed_by_key))
           .set("type", Value::text(of.vm.managed_by_type));
       return value;
     },
     "ManagedByInfo"},
    {"config.nestedHVEnabled",
     [](World&, const Configuration&) -> Made { return Value::boolean(false); }},
    {"config.vPMCEnabled",
     [](World&, const Configuration&) -> Made { return Value::boolean(false); }},
};

}  // namespace

std::span<const Entry<Configuration>> configuration_table() { return kTable; }

}  // namespace sim::views
