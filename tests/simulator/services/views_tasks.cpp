// Task, and the values of tasks and events that managers and services show.
#include "tests/simulator/services/views.h"
#include "tests/simulator/wire/soap.h"

namespace sim::views {

const char* state_word(TaskState state) {
  switch (state) {
    case TaskState::Queued:
      return "queued";
    case TaskState::Running:
      return "running";
    case TaskState::Success:
      return "success";
    case TaskState::Error:
      return "error";
  }
  return "";
}

namespace {

Value file_value(const FoundFile& file) {
  Value value = Value::object(file.type);
  value.set("path", Value::text(file.path));
  if (file.bytes)
    value.set("fileSize", Value::long_integer(static_cast<std::int64_t>(*file.bytes)));
  if (file.modified) value.set("modification", Value::time(*file.modified));
  if (file.owner) value.set("owner", Value::text(*file.owner));
  if (file.capacity_kib)
    value.set("capacityKb", Value::long_integer(static_cast<std::int64_t>(*file.capacity_kib)));
  if (file.thin) value.set("thin", Value::boolean(*file.thin));
  return value;
}

/// What a search of one folder found, or of a folder and those below it.
Value folders_value(const Task& task) {
  const std::string type = "HostDatastoreBrowserSearchResults";
  std::vector<Value> folders;
  for (const FoundFolder& folder : task.result_folders) {
    std::vector<Value> files;
    for (const FoundFile& file : folder.files) files.push_back(file_value(file));
    folders.push_back(Value::object(type));
    folders.back()
        .set("datastore", Value::ref(folder.datastore))
        .set("folderPath", Value::text(folder.path))
        .set_all("file", std::move(files));
  }
  if (task.result_xml_type == type) return std::move(folders.at(0));
  return Value::array("ArrayOf" + type, type, std::move(folders));
}

Made result_value(const Task& task) {
  if (task.result_ref) return Value::ref(*task.result_ref);
  if (!task.error && task.result_xml_type.ends_with("SearchResults")) return folders_value(task);
  if (task.result_storage.empty()) return std::nullopt;
  std::vector<Value> items;
  for (const auto& [datastore, kib] : task.result_storage) {
    items.push_back(Value::object("StorageRequirement"));
    items.back()
        .set("datastore", Value::ref(datastore))
        .set("freeSpaceRequiredInKb", Value::long_integer(static_cast<std::int64_t>(kib)));
  }
  return Value::array("ArrayOfStorageRequirement", "StorageRequirement", std::move(items));
}

constexpr Entry<Task> kTable[] = {
    {"info", nullptr, "TaskInfo"},
    {"info.key", [](World&, const Task& task) -> Made { return Value::text(task.ref.value); }},
    {"info.task", [](World&, const Task& task) -> Made { return Value::ref(task.ref); }},
    {"info.name", [](World&, const Task& task) -> Made { return Value::text(task.name); }},
    {"info.descriptionId",
     [](World&, const Task& task) -> Made { return Value::text(task.description_id); }},
    {"info.entity",
     [](World&, const Task& task) -> Made {
       if (task.entity.empty()) return std::nullopt;
       return Value::ref(task.entity);
     }},
    {"info.entityName",
     [](World&, const Task& task) -> Made { return Value::text(task.entity_name); }},
    {"info.state",
     [](World&, const Task& task) -> Made {
       return Value::word("TaskInfoState", state_word(task.state));
     }},
    {"info.cancelled",
     [](World&, const Task& task) -> Made { return Value::boolean(task.cancelled); }},
    {"info.cancelable",
     [](World&, const Task& task) -> Made { return Value::boolean(task.cancelable); }},
    {"info.error",
     [](World&, const Task& task) -> Made {
       if (!task.error) return std::nullopt;
       Value value = Value::object("LocalizedMethodFault");
       value.set("fault", fault_value(*task.error))
           .set("localizedMessage", Value::text(task.error->message));
       return value;
     },
     "LocalizedMethodFault"},
    {"info.result", [](World&, const Task& task) -> Made { return result_value(task); }},
    {"info.progress",
     [](World&, const Task& task) -> Made {
       // Progress is of a task that runs: unset before and after.
       if (task.state != TaskState::Running || !task.progress) return std::nullopt;
       return Value::integer(*task.progress);
     }},
    {"info.reason",
     [](World&, const Task& task) -> Made {
       Value value = Value::object("TaskReasonUser");
       value.set("userName", Value::text(task.user));
       return value;
     }},
    {"info.queueTime", [](World&, const Task& task) -> Made { return Value::time(task.queued); }},
    {"info.startTime",
     [](World&, const Task& task) -> Made {
       return task.started ? Made(Value::time(*task.started)) : std::nullopt;
     }},
    {"info.completeTime",
     [](World&, const Task& task) -> Made {
       return task.completed ? Made(Value::time(*task.completed)) : std::nullopt;
     }},
    {"info.eventChainId",
     [](World&, const Task& task) -> Made {
       return Value::integer(static_cast<std::int32_t>(task.chain_id));
     }},
};

}  // namespace

std::span<const Entry<Task>> task_table() { return kTable; }

Value task_info_value(World& world, const Task& task) {
  return *read(world, task, task_table(), "info");
}

Value event_value(World& world, const Event& event) {
  Value value = Value::object(event.type);
  value.set("key", Value::integer(static_cast<std::int32_t>(event.key)))
      .set("chainId", Value::integer(static_cast<std::int32_t>(event.chain_id)))
      .set("createdTime", Value::time(event.created))
      .set("userName", Value::text(event.user))
      .set("fullFormattedMessage", Value::text(event.text));
  if (event.vm) {
    const auto vm = world.vms.find(event.vm->value);
    const bool known = vm != world.vms.end();
    Value argument = Value::object("VmEventArgument");
    argument.set("name", Value::text(known ? vm->second.name : std::string()))
        .set("vm", Value::ref(*event.vm));
    value.set("vm", std::move(argument));
    if (const auto host = known ? world.hosts.find(vm->second.host.value) : world.hosts.end();
        host != world.hosts.end()) {
      Value at = Value::object("HostEventArgument");
      at.set("name", Value::text(host->second.name)).set("host", Value::ref(host->second.ref));
      value.set("host", std::move(at));
    }
  }
  if (event.type == "GeneralUserEvent") value.set("message", Value::text(event.text));
  return value;
}

}  // namespace sim::views
