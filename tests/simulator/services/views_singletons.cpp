// What exists once per server: ServiceInstance and the managers it names.
#include <map>

#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

constexpr std::string_view kPrivileges[] = {"System.Anonymous",
                                            "System.View",
                                            "System.Read",
                                            "Alarm.Acknowledge",
                                            "Alarm.Create",
                                            "Datastore.AllocateSpace",
                                            "Datastore.Browse",
                                            "Datastore.DeleteFile",
                                            "Datastore.FileManagement",
                                            "Folder.Create",
                                            "Global.CancelTask",
                                            "Global.LogEvent",
                                            "Global.ManageCustomFields",
                                            "Global.SetCustomField",
                                            "InventoryService.Tagging.AttachTag",
                                            "Network.Assign",
                                            "Resource.AssignVMToPool",
                                            "Sessions.TerminateSession",
                                            "Sessions.ValidateSession",
                                            "Task.Create",
                                            "Task.Update",
                                            "VApp.Export",
                                            "VApp.Import",
                                            "VirtualMachine.Config.ChangeTracking",
                                            "VirtualMachine.Interact.PowerOff",
                                            "VirtualMachine.Interact.PowerOn",
                                            "VirtualMachine.Interact.Reset",
                                            "VirtualMachine.Interact.Suspend",
                                            "VirtualMachine.Inventory.CreateFromExisting",
                                            "VirtualMachine.Inventory.Delete",
                                            "VirtualMachine.Inventory.Register",
                                            "VirtualMachine.Inventory.Unregister",
                                            "VirtualMachine.Provisioning.Clone",
                                            "VirtualMachine.Provisioning.CloneTemplate",
                                            "VirtualMachine.Provisioning.CreateTemplateFromVM",
                                            "VirtualMachine.Provisioning.DeployTemplate",
                                            "VirtualMachine.Provisioning.DiskRandomRead",
                                            "VirtualMachine.Provisioning.MarkAsTemplate",
                                            "VirtualMachine.Provisioning.MarkAsVM",
                                            "VirtualMachine.State.CreateSnapshot",
                                            "VirtualMachine.State.RemoveSnapshot",
                                            "VirtualMachine.State.RenameSnapshot",
                                            "VirtualMachine.State.RevertToSnapshot"};

constexpr PerfCounter kCounters[] = {
    {178, "virtualDisk", "numberReadAveraged", "average", "rate", "number", "num",
     "Average read requests per second"},
    {179, "virtualDisk", "numberWriteAveraged", "average", "rate", "number", "num",
     "Average write requests per second"},
    {180, "virtualDisk", "read", "average", "rate", "kiloBytesPerSecond", "KBps", "Read rate", 2,
     2},
    {181, "virtualDisk", "write", "average", "rate", "kiloBytesPerSecond", "KBps", "Write rate", 2,
     2},
    {182, "virtualDisk", "totalReadLatency", "average", "absolute", "millisecond", "ms",
     "Read latency"},
    {183, "virtualDisk", "totalWriteLatency", "average", "absolute", "millisecond", "ms",
     "Write latency"},
    {189, "datastore", "totalReadLatency", "average", "absolute", "millisecond", "ms",
     "Read latency"},
    {190, "datastore", "totalWriteLatency", "average", "absolute", "millisecond", "ms",
     "Write latency"},
    {585, "virtualDisk", "readLatencyUS", "latest", "absolute", "microsecond", "µs",
     "Read Latency (us)", 4, 4},
    {586, "virtualDisk", "writeLatencyUS", "latest", "absolute", "microsecond", "µs",
     "Write Latency (us)", 4, 4},
};

struct Manager {
  const char* field;
  const char* type;
  const char* on_vcenter;
  const char* on_host;  ///< null: an ESXi host has none
};
constexpr Manager kManagers[] = {
    {"propertyCollector", "PropertyCollector", "propertyCollector", "ha-property-collector"},
    {"viewManager", "ViewManager", "ViewManager", "ViewManager"},
    {"setting", "OptionManager", "VpxSettings", "HostAgentSettings"},
    {"sessionManager", "SessionManager", "SessionManager", "ha-sessionmgr"},
    {"authorizationManager", "AuthorizationManager", "AuthorizationManager", "ha-authmgr"},
    {"perfManager", "PerformanceManager", "PerfMgr", "ha-perfmgr"},
    {"eventManager", "EventManager", "EventManager", "ha-eventmgr"},
    {"taskManager", "TaskManager", "TaskManager", "ha-taskmgr"},
    {"customFieldsManager", "CustomFieldsManager", "CustomFieldsManager", nullptr},
    {"searchIndex", "SearchIndex", "SearchIndex", "ha-searchindex"},
};

Value content_value(World& world) {
  Value value = Value::object("ServiceContent");
  value.set("rootFolder", Value::ref(world.root_folder)).set("about", about_value(world));
  for (const Manager& manager : kManagers) {
    const char* moid = world.options().is_host ? manager.on_host : manager.on_vcenter;
    if (moid != nullptr) value.set(manager.field, Value::ref({manager.type, moid}));
  }
  return value;
}

Value custom_fields(World& world) {
  std::vector<Value> items;
  for (const CustomField& field : world.fields) {
    items.push_back(Value::object("CustomFieldDef"));
    items.back()
        .set("key", Value::integer(field.key))
        .set("name", Value::text(field.name))
        .set("type", Value::text("string"));
    if (!field.type.empty()) items.back().set("managedObjectType", Value::text(field.type));
  }
  return Value::array("ArrayOfCustomFieldDef", "CustomFieldDef", std::move(items));
}

Value counters_value() {
  std::vector<Value> items;
  for (const PerfCounter& counter : kCounters) {
    const std::string group(counter.group);
    items.push_back(Value::object("PerfCounterInfo"));
    items.back()
        .set("key", Value::integer(counter.id))
        .set("nameInfo", description_value(std::string(counter.label), std::string(counter.label),
                                           std::string(counter.name)))
        .set("groupInfo",
             description_value(group == "datastore" ? "Datastore" : "Virtual disk",
                               group == "datastore" ? "Datastore" : "Virtual disk", group))
        .set("unitInfo",
             description_value(std::string(counter.unit_label), std::string(counter.unit_label),
                               std::string(counter.unit)))
        .set("rollupType", Value::word("PerfSummaryType", std::string(counter.rollup)))
        .set("statsType", Value::word("PerfStatsType", std::string(counter.stats)))
        .set("level", Value::integer(counter.level))
        .set("perDeviceLevel", Value::integer(counter.per_device_level));
  }
  return Value::array("ArrayOfPerfCounterInfo", "PerfCounterInfo", std::move(items));
}

Value intervals_value() {
  std::vector<Value> items;
  const auto add = [&](int key, int period, const char* name, int length) {
    items.push_back(Value::object("PerfInterval"));
    items.back()
        .set("key", Value::integer(key))
        .set("samplingPeriod", Value::integer(period))
        .set("name", Value::text(name))
        .set("length", Value::integer(length))
        .set("level", Value::integer(1))
        .set("enabled", Value::boolean(true));
  };
  add(1, 300, "Past day", 86400);
  add(2, 1800, "Past week", 604800);
  return Value::array("ArrayOfPerfInterval", "PerfInterval", std::move(items));
}

Value role(int id, const std::string& name, const std::vector<std::string_view>& held) {
  std::vector<Value> items;
  for (const std::string_view privilege : held)
    items.push_back(Value::text(std::string(privilege)));
  Value value = Value::object("AuthorizationRole");
  value.set("roleId", Value::integer(id))
      .set("system", Value::boolean(true))
      .set("name", Value::text(name))
      .set("info", description_value(name, name))
      .set_all("privilege", std::move(items));
  return value;
}

Value privilege_list() {
  std::vector<Value> items;
  for (const std::string_view id : kPrivileges) {
    const std::size_t dot = id.rfind('.');
    items.push_back(Value::object("AuthorizationPrivilege"));
    items.back()
        .set("privId", Value::text(std::string(id)))
        .set("onParent", Value::boolean(false))
        .set("name", Value::text(std::string(id.substr(dot + 1))))
        .set("privGroupName", Value::text(std::string(id.substr(0, dot))));
  }
  return Value::array("ArrayOfAuthorizationPrivilege", "AuthorizationPrivilege", std::move(items));
}

Value task_description() {
  std::vector<Value> methods, states;
  for (const char* id :
       {"VirtualMachine.createSnapshot", "VirtualMachine.createSnapshotEx",
        "VirtualMachine.revertToCurrentSnapshot", "VirtualMachine.removeAllSnapshots",
        "VirtualMachine.consolidateDisks", "VirtualMachine.clone", "VirtualMachine.reconfigure",
        "VirtualMachine.powerOn", "VirtualMachine.powerOff", "vm.Snapshot.revert",
        "vm.Snapshot.remove", "vm.Snapshot.rename", "VirtualMachine.reset",
        "VirtualMachine.unregister", "ManagedEntity.rename", "Folder.moveInto"})
    methods.push_back(description_value(id, id, id));
  for (const char* state : {"queued", "running", "success", "error"})
    states.push_back(description_value(state, state, state));
  Value value = Value::object("TaskDescription");
  value.set_all("methodInfo", std::move(methods)).set_all("state", std::move(states));
  return value;
}

Value event_description() {
  std::vector<Value> categories;
  for (const char* name : {"info", "warning", "error", "user"})
    categories.push_back(description_value(name, name, name));
  // Clients take an event's category from here: the event itself has none.
  std::vector<Value> events;
  const auto add = [&](const char* key, const char* description, const char* category) {
    Value event = Value::object("EventDescriptionEventDetail");
    event.set("key", Value::text(key))
        .set("description", Value::text(description))
        .set("category", Value::text(category));
    for (const char* format : {"formatOnDatacenter", "formatOnComputeResource", "formatOnHost",
                               "formatOnVm", "fullFormat"})
      event.set(format, Value::text(""));
    events.push_back(std::move(event));
  };
  add("GeneralUserEvent", "General user event", "user");
  add("TaskEvent", "Task event", "info");
  add("VmBeingClonedEvent", "VM being cloned", "info");
  add("VmClonedEvent", "VM cloned", "info");
  add("VmPoweredOffEvent", "VM powered off", "info");
  add("VmPoweredOnEvent", "VM powered on", "info");
  add("VmReconfiguredEvent", "VM reconfigured", "info");
  add("VmRemovedEvent", "VM removed", "info");
  add("VmRenamedEvent", "VM renamed", "info");
  add("VmResettingEvent", "VM resetting", "info");
  add("VmSuspendedEvent", "VM suspended", "info");
  Value value = Value::object("EventDescription");
  value.set_all("category", std::move(categories)).set_all("eventInfo", std::move(events));
  return value;
}

Value settings_value(World& world) {
  std::vector<Value> items;
  const auto add = [&](const char* key, Value setting) {
    items.push_back(Value::object("OptionValue"));
    items.back().set("key", Value::text(key)).set("value", std::move(setting));
  };
  add("VirtualCenter.InstanceName", Value::text("vcenter-sim"));
  add("config.vpxd.stats.maxQueryMetrics", Value::integer(64));
  add("instance.id", Value::integer(static_cast<std::int32_t>(world.options().seed % 64)));
  return Value::array("ArrayOfOptionValue", "OptionValue", std::move(items));
}

constexpr Entry<Singleton> kServiceInstance[] = {
    {"capability", [](World&, const Singleton&) -> Made { return std::nullopt; }},
    {"content", [](World& world, const Singleton&) -> Made { return content_value(world); },
     "ServiceContent"},
    {"serverClock",
     [](World& world, const Singleton&) -> Made { return Value::time(world.now()); }},
};
constexpr Entry<Singleton> kTaskManager[] = {
    {"description", [](World&, const Singleton&) -> Made { return task_description(); },
     "TaskDescription"},
    {"maxCollector", [](World&, const Singleton&) -> Made { return Value::integer(32); }},
    {"recentTask",
     [](World& world, const Singleton&) -> Made { return refs_value(world.recent_tasks); }},
};
constexpr Entry<Singleton> kEventManager[] = {
    {"description", [](World&, const Singleton&) -> Made { return event_description(); },
     "EventDescription"},
    {"latestEvent",
     [](World& world, const Singleton&) -> Made {
       if (world.events.empty()) return std::nullopt;
       return event_value(world, world.events.back());
     }},
    {"maxCollector", [](World&, const Singleton&) -> Made { return Value::integer(32); }},
};
constexpr Entry<Singleton> kPerformance[] = {
    {"historicalInterval", [](World&, const Singleton&) -> Made { return intervals_value(); }},
    {"perfCounter", [](World&, const Singleton&) -> Made { return counters_value(); }},
};
constexpr Entry<Singleton> kAuthorization[] = {
    {"privilegeList", [](World&, const Singleton&) -> Made { return privilege_list(); }},
    {"roleList",
     [](World&, const Singleton&) -> Made {
       return Value::array(
           "ArrayOfAuthorizationRole", "AuthorizationRole",
           {role(-1, "Admin", {std::begin(kPrivileges), std::end(kPrivileges)}),
            role(-2, "ReadOnly", {kPrivileges[0], kPrivileges[1], kPrivileges[2]})});
     }},
};
constexpr Entry<Singleton> kCustomFields[] = {
    {"field", [](World& world, const Singleton&) -> Made { return custom_fields(world); }},
};
// Who is logged in is the sessions' to tell: the collector answers those two, here they are unset.
constexpr Entry<Singleton> kSessionManager[] = {
    {"currentSession", [](World&, const Singleton&) -> Made { return std::nullopt; }},
    {"defaultLocale", [](World&, const Singleton&) -> Made { return Value::text("en"); }},
    {"message", [](World&, const Singleton&) -> Made { return Value::text(""); }},
    {"messageLocaleList", [](World&, const Singleton&) -> Made { return strings_value({"en"}); }},
    {"sessionList", [](World&, const Singleton&) -> Made { return std::nullopt; }},
    {"supportedLocaleList",
     [](World&, const Singleton&) -> Made {
       return strings_value({"en", "en_US"});
     }},
};
constexpr Entry<Singleton> kOptionManager[] = {
    {"setting", [](World& world, const Singleton&) -> Made { return settings_value(world); }},
};
// Views and filters belong to a session, so that a client never sees those of another here.
constexpr Entry<Singleton> kViewManager[] = {
    {"viewList", [](World&, const Singleton&) -> Made { return refs_value({}); }},
};
constexpr Entry<Singleton> kPropertyCollector[] = {
    {"filter", [](World&, const Singleton&) -> Made { return refs_value({}); }},
};

}  // namespace

std::span<const Entry<Singleton>> singleton_table(std::string_view type) {
  static const std::map<std::string_view, std::span<const Entry<Singleton>>> tables{
      {"ServiceInstance", kServiceInstance},
      {"TaskManager", kTaskManager},
      {"EventManager", kEventManager},
      {"PerformanceManager", kPerformance},
      {"AuthorizationManager", kAuthorization},
      {"CustomFieldsManager", kCustomFields},
      {"SessionManager", kSessionManager},
      {"OptionManager", kOptionManager},
      {"ViewManager", kViewManager},
      {"PropertyCollector", kPropertyCollector},
  };
  const auto found = tables.find(type);
  return found == tables.end() ? std::span<const Entry<Singleton>>() : found->second;
}

Value about_value(World& world) {
  const WorldOptions& options = world.options();
  // "8.0.2.0" is the API of 8.0.2; "6.7" has no third part and neither has its product.
  std::string version = options.api_version;
  std::size_t dots = 0;
  for (std::size_t at = 0; at < version.size(); ++at)
    if (version[at] == '.' && ++dots == 3) version.resize(at);
  const std::string name = options.is_host ? "VMware ESXi" : "VMware vCenter Server";
  const std::string build = options.is_host ? "22380479" : "22385739";
  Value value = Value::object("AboutInfo");
  value.set("name", Value::text(name))
      .set("fullName", Value::text(name + " " + version + " build-" + build))
      .set("vendor", Value::text("VMware, Inc. (vcenter-sim)"))
      .set("version", Value::text(version))
      .set("patchLevel", Value::text("00000"))
      .set("build", Value::text(build))
      .set("localeVersion", Value::text("INTL"))
      .set("localeBuild", Value::text("000"))
      .set("osType", Value::text(options.is_host ? "vmnix-x86" : "linux-x64"))
      .set("productLineId", Value::text(options.is_host ? "embeddedEsx" : "vpx"))
      .set("apiType", Value::text(options.is_host ? "HostAgent" : "VirtualCenter"))
      .set("apiVersion", Value::text(options.api_version));
  if (!options.is_host) value.set("instanceUuid", Value::text(options.instance_uuid));
  value
      .set("licenseProductName",
           Value::text(options.is_host ? "VMware ESX Server" : "VMware VirtualCenter Server"))
      .set("licenseProductVersion", Value::text(version.substr(0, version.find('.')) + ".0"));
  return value;
}

std::span<const PerfCounter> perf_counters() { return kCounters; }
std::span<const std::string_view> privileges() { return kPrivileges; }

}  // namespace sim::views
