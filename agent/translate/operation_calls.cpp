#include "agent/translate/operation_calls.h"

#include <string>

namespace agent {
namespace {

bool is_raw(const vsphere::DiskBacking& backing) {
  return backing.class_name.find("RawDisk") != std::string::npos;
}

}  // namespace

bool is_windows_guest(std::string_view guest_id) { return guest_id.starts_with("win"); }

vsphere::SnapshotSpec snapshot_spec(const policy::Operation& operation, bool windows) {
  vsphere::SnapshotSpec spec{.name = operation.name,
                             .description = operation.description,
                             .memory = operation.memory,
                             .quiesce = std::nullopt};
  if (operation.quiesced) {
    spec.quiesce = vsphere::QuiesceSpec{.windows = windows, .timeout_minutes = std::nullopt};
  }
  return spec;
}

CloneDoubts clone_doubts(const vsphere::CloneSource& source) {
  CloneDoubts doubts;
  doubts.unknown = !source.delivered || !source.missing.empty();
  doubts.secrets = source.has_vtpm || source.encrypted;
  for (const vsphere::VirtualDisk& disk : source.disks) {
    if (disk.backings.empty()) {
      doubts.unknown = true;
      continue;
    }
    const vsphere::DiskBacking& running = disk.backings.front();
    if (is_raw(running) || running.disk_mode.starts_with("independent")) {
      doubts.unfit.push_back(disk.key);
    }
  }
  return doubts;
}

vsphere::CloneSpec clone_spec(const policy::Operation& operation,
                              const vsphere::CloneSource& source,
                              const std::vector<int>& leave_out) {
  const policy::CloneImage& image = operation.clone.value();
  const auto ref = [](const char* type, const std::string& moid) {
    return moid.empty() ? vsphere::MoRef{} : vsphere::MoRef{.type = type, .value = moid};
  };
  vsphere::CloneSpec spec;
  spec.name = image.name;
  spec.folder = ref("Folder", image.folder);
  spec.datastore = ref("Datastore", image.datastore);
  spec.host = ref("HostSystem", image.host);
  spec.pool = ref("ResourcePool", image.pool);
  spec.as_template = image.as_template;
  spec.snapshot = ref("VirtualMachineSnapshot", operation.snapshot.moid);
  spec.linked = image.linked;
  spec.annotation = operation.description;
  spec.extra_config = {{std::string(kCloneMark), operation.id}};
  spec.disconnect = source.network_cards;
  spec.excluded_disks = leave_out;
  return spec;
}

const char* method_of(policy::OpKind kind) {
  switch (kind) {
    case policy::OpKind::Create:
      return "CreateSnapshotEx_Task";
    case policy::OpKind::Remove:
      return "RemoveSnapshot_Task";
    case policy::OpKind::Consolidate:
      return "ConsolidateVMDisks_Task";
    case policy::OpKind::Revert:
      return "RevertToSnapshot_Task";
    case policy::OpKind::Clone:
      return "CloneVM_Task";
    case policy::OpKind::Rename:
      return "RenameSnapshot";
    case policy::OpKind::Destroy:
      return "Destroy_Task";
  }
  return "";
}

}  // namespace agent
