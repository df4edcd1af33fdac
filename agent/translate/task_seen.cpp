#include "agent/translate/task_seen.h"

#include <array>
#include <optional>
#include <string_view>

namespace agent {
namespace {

struct Known {
  std::string_view method;       ///< without "_Task": servers differ in whether they write it
  std::string_view description;  ///< descriptionId; the name alone is missing at times
  policy::OpKind kind;
};
using policy::OpKind;
constexpr std::array kKnown{
    Known{"CreateSnapshot", "VirtualMachine.createSnapshot", OpKind::Create},
    Known{"CreateSnapshotEx", "VirtualMachine.createSnapshotEx", OpKind::Create},
    Known{"RemoveSnapshot", "vm.Snapshot.remove", OpKind::Remove},
    Known{"RevertToSnapshot", "vm.Snapshot.revert", OpKind::Revert},
    Known{"ConsolidateVMDisks", "VirtualMachine.consolidateDisks", OpKind::Consolidate},
    Known{"CloneVM", "VirtualMachine.clone", OpKind::Clone},
    Known{"Destroy", "VirtualMachine.destroy", OpKind::Destroy},
};

std::optional<OpKind> kind_of(const vsphere::TaskInfo& info) {
  std::string_view method = info.name;
  constexpr std::string_view kSuffix = "_Task";
  if (method.ends_with(kSuffix)) method.remove_suffix(kSuffix.size());
  for (const Known& known : kKnown) {
    if (method == known.method || info.description_id == known.description) return known.kind;
  }
  return std::nullopt;
}

policy::TaskState state_of(vsphere::TaskState state) {
  switch (state) {
    case vsphere::TaskState::Unknown:
      return policy::TaskState::Unknown;
    case vsphere::TaskState::Queued:
      return policy::TaskState::Queued;
    case vsphere::TaskState::Running:
      return policy::TaskState::Running;
    case vsphere::TaskState::Success:
      return policy::TaskState::Success;
    case vsphere::TaskState::Error:
      return policy::TaskState::Error;
  }
  return policy::TaskState::Unknown;
}

}  // namespace

policy::TaskSeen task_seen(const vsphere::TaskInfo& info) {
  policy::TaskSeen seen;
  seen.moid = info.ref.value;
  seen.key = info.key;
  seen.entity = info.entity.value;
  if (const auto kind = kind_of(info)) {
    seen.kind = *kind;
    seen.known_kind = true;
  }
  seen.state = state_of(info.state);
  seen.progress = info.progress.value_or(-1);
  seen.cancelled = info.cancelled;
  seen.user = info.user;
  seen.queued = info.queue_time.value_or(policy::Time{});
  seen.completed = info.complete_time;
  if (info.result) seen.result = info.result->value;
  if (info.error) {
    seen.fault = info.error->type;
    seen.fault_text = info.error->message;
    // What went wrong inside of a general fault often stands in its notes alone.
    for (const std::string& note : info.error->notes) seen.fault_text += "; " + note;
  }
  return seen;
}

bool is_entering_maintenance(const vsphere::TaskInfo& info) {
  const bool running =
      info.state == vsphere::TaskState::Queued || info.state == vsphere::TaskState::Running;
  return running && (info.description_id == "HostSystem.enterMaintenanceMode" ||
                     info.name.starts_with("EnterMaintenanceMode"));
}

}  // namespace agent
