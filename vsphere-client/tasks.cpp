#include "vsphere-client/tasks.h"

#include <charconv>

#include "vsphere-client/fault.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

template <class Number>
std::optional<Number> number_in(pugi::xml_node node) {
  const std::string text = text_of(node);
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<Time> time_in(pugi::xml_node node) {
  Time time;
  if (!parse_time(text_of(node), time)) return std::nullopt;
  return time;
}

bool flag_in(pugi::xml_node node) {
  const std::string text = text_of(node);
  return text == "true" || text == "1";
}

TaskState state_in(pugi::xml_node node) {
  const std::string text = text_of(node);
  if (text == "queued") return TaskState::Queued;
  if (text == "running") return TaskState::Running;
  if (text == "success") return TaskState::Success;
  if (text == "error") return TaskState::Error;
  return TaskState::Unknown;
}

/// ArrayOfStorageRequirement.
std::vector<SpaceRequirement> space_in(pugi::xml_node array) {
  std::vector<SpaceRequirement> out;
  for (const pugi::xml_node entry : Children(array)) {
    if (local_name(entry) != "StorageRequirement") continue;
    const auto kib = number_in<std::uint64_t>(child_named(entry, "freeSpaceRequiredInKb"));
    constexpr std::uint64_t kMostKib = ~std::uint64_t{0} >> 10;
    out.push_back({ref_of(child_named(entry, "datastore")),
                   kib.value_or(0) > kMostKib ? ~std::uint64_t{0} : kib.value_or(0) << 10});
  }
  return out;
}

void read_result(pugi::xml_node node, TaskInfo& out) {
  out.result_type = xsi_type(node);
  if (out.result_type == "ManagedObjectReference") {
    MoRef ref = ref_of(node);
    if (!ref.empty()) out.result = std::move(ref);
  } else if (out.result_type == "ArrayOfStorageRequirement") {
    out.space_needed = space_in(node);
  }
}

using ReadField = void (*)(pugi::xml_node, TaskInfo&);
struct Field {
  std::string_view name;
  ReadField read;
};

constexpr Field kFields[] = {
    {"key", [](auto node, auto& out) { out.key = text_of(node); }},
    {"task", [](auto node, auto& out) { out.ref = ref_of(node); }},
    {"name", [](auto node, auto& out) { out.name = text_of(node); }},
    {"descriptionId", [](auto node, auto& out) { out.description_id = text_of(node); }},
    {"entity", [](auto node, auto& out) { out.entity = ref_of(node); }},
    {"entityName", [](auto node, auto& out) { out.entity_name = text_of(node); }},
    {"state", [](auto node, auto& out) { out.state = state_in(node); }},
    {"cancelled", [](auto node, auto& out) { out.cancelled = flag_in(node); }},
    {"cancelable", [](auto node, auto& out) { out.cancelable = flag_in(node); }},
    {"error", [](auto node, auto& out) { out.error = read_localized_fault(node); }},
    {"result", read_result},
    {"progress", [](auto node, auto& out) { out.progress = number_in<int>(node); }},
    {"reason", [](auto node, auto& out) { out.user = text_of(child_named(node, "userName")); }},
    {"queueTime", [](auto node, auto& out) { out.queue_time = time_in(node); }},
    {"startTime", [](auto node, auto& out) { out.start_time = time_in(node); }},
    {"completeTime", [](auto node, auto& out) { out.complete_time = time_in(node); }},
    {"eventChainId", [](auto node, auto& out) { out.event_chain_id = number_in<int>(node); }},
    {"activationId", [](auto node, auto& out) { out.activation_id = text_of(node); }},
};

const PropertySpec& task_spec() {
  static const PropertySpec kSpec{"Task", {"info"}};
  return kSpec;
}

TaskUpdate read_update(const ObjectUpdate& update) {
  TaskUpdate out;
  out.kind = update.kind;
  out.missing = update.missing;
  out.info.ref = update.object;
  for (const Change& change : update.changes) {
    if (change.path == "info" && change.value) out.info = decode_task(change.value, update.object);
  }
  return out;
}

}  // namespace

TaskInfo decode_task(pugi::xml_node info, const MoRef& ref) {
  TaskInfo out;
  for (const pugi::xml_node child : Children(info)) {
    const std::string_view name = local_name(child);
    for (const Field& field : kFields) {
      if (field.name == name) field.read(child, out);
    }
  }
  if (!ref.empty()) out.ref = ref;
  return out;
}

const char* state_name(TaskState state) {
  switch (state) {
    case TaskState::Queued:
      return "queued";
    case TaskState::Running:
      return "running";
    case TaskState::Success:
      return "success";
    case TaskState::Error:
      return "error";
    case TaskState::Unknown:
      break;
  }
  return "unknown";
}

TaskStream::TaskStream(Session& session)
    : stream_(session, Referred{session.content().task_manager, "recentTask"}, {task_spec()}) {}

TaskStream::~TaskStream() = default;

bool TaskStream::next(std::chrono::seconds wait, const std::function<void(const TaskUpdate&)>& sink,
                      const std::function<void()>& resync) {
  return stream_.next(
      wait, [&sink](const ObjectUpdate& update) { sink(read_update(update)); }, resync);
}

std::optional<TaskInfo> fetch_task(Session& session, const MoRef& task) {
  std::optional<TaskInfo> out;
  const auto take = [&out](const ObjectView& object) {
    if (!object.missing.empty()) throw fault_error("reading a task", object.missing[0].fault);
    out = decode_task(object.find("info"), object.object);
  };
  retrieve_objects(session, {task}, task_spec(), take);
  return out;
}

}  // namespace vsphere
