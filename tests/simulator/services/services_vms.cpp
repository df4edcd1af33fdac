// Operations on VMs that are not about snapshots.
#include <set>

#include "tests/simulator/services/changed_areas.h"
#include "tests/simulator/services/device_changes.h"
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"

namespace sim {
namespace {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

/// An OptionValue list (`extraConfig`): key and value as text, whatever xsi:type the value has.
KeyValues option_values(pugi::xml_node parent, std::string_view name) {
  KeyValues values;
  for (const auto& node : children_named(parent, name))
    values.emplace_back(text_of(child_named(node, "key")), text_of(child_named(node, "value")));
  return values;
}

CloneSpec clone_spec(const Call& call, const Vm& source) {
  const auto node = child_named(call.arguments, "spec");
  if (!node) throw wrong_argument("spec");
  const auto location = child_named(node, "location");
  if (!location) throw wrong_argument("spec.location");
  CloneSpec spec;
  spec.name = text_of(child_named(call.arguments, "name"));
  spec.folder = ref_of(child_named(call.arguments, "folder"));
  spec.datastore = optional_ref(location, "datastore");
  spec.pool = optional_ref(location, "pool");
  spec.host = optional_ref(location, "host");
  spec.snapshot = optional_ref(node, "snapshot");
  spec.linked = optional_text(location, "diskMoveType") == "createNewChildDiskBacking";
  spec.as_template = flag_of(node, "template", false);
  spec.power_on = flag_of(node, "powerOn", false);
  const auto config = child_named(node, "config");
  spec.annotation = optional_text(config, "annotation");
  spec.extra_config = option_values(config, "extraConfig");
  if (child_named(location, "deviceChange")) throw unsupported();
  read_clone_changes(source, config, spec);
  return spec;
}

std::string clone(Call& call) {
  Vm& vm = target_vm(call);
  const CloneSpec spec = clone_spec(call, vm);
  if (!call.world.folders.contains(spec.folder.value)) throw no_such_object(spec.folder);
  if (spec.datastore) require_exists(call.world, *spec.datastore);
  if (spec.pool) require_exists(call.world, *spec.pool);
  if (spec.host) require_exists(call.world, *spec.host);
  if (spec.snapshot) require_exists(call.world, *spec.snapshot);
  if (spec.linked && !spec.snapshot) throw wrong_argument("spec.location.diskMoveType");
  // A template has no pool of its own to inherit (API text of RelocateSpec.pool).
  if (vm.is_template && !spec.as_template && !spec.pool) throw wrong_argument("spec.location.pool");
  return return_task(call.world.clone(vm, spec, user_of(call)));
}

std::string reconfigure(Call& call) {
  const auto node = child_named(call.arguments, "spec");
  if (!node) throw wrong_argument("spec");
  static const std::set<std::string_view> modelled = {"name", "annotation", "changeTrackingEnabled",
                                                      "extraConfig", "deviceChange"};
  // Accepting a change that is then not made would make a client believe something untrue.
  for (const auto& child : node.children())
    if (child.type() == pugi::node_element && !modelled.contains(local_name(child)))
      throw unsupported();
  Vm& vm = target_vm(call);
  ReconfigSpec spec;
  spec.disks = disk_changes(call, vm, node);
  spec.name = optional_text(node, "name");
  spec.annotation = optional_text(node, "annotation");
  if (child_named(node, "changeTrackingEnabled"))
    spec.change_tracking = flag_of(node, "changeTrackingEnabled", false);
  spec.extra_config = option_values(node, "extraConfig");
  return return_task(call.world.reconfigure(vm, spec, user_of(call)));
}

std::string power_on(Call& call) {
  return return_task(call.world.power(target_vm(call), PowerState::On, user_of(call)));
}

std::string power_off(Call& call) {
  return return_task(call.world.power(target_vm(call), PowerState::Off, user_of(call)));
}

std::string suspend(Call& call) {
  return return_task(call.world.power(target_vm(call), PowerState::Suspended, user_of(call)));
}

std::string reset(Call& call) {
  return return_task(call.world.reset(target_vm(call), user_of(call)));
}

std::string destroy(Call& call) {
  return return_task(call.world.destroy(target_vm(call), user_of(call)));
}

std::string done_unless(const std::optional<FaultValue>& fault) {
  if (fault) throw FaultReply{*fault};
  return {};
}

std::string unregister(Call& call) {
  return done_unless(call.world.unregister(target_vm(call), user_of(call)));
}

std::string mark_as_template(Call& call) {
  return done_unless(call.world.mark_as_template(target_vm(call), user_of(call)));
}

std::string mark_as_vm(Call& call) {
  Vm& vm = target_vm(call);
  const Ref pool = ref_of(child_named(call.arguments, "pool"));
  if (!call.world.pools.contains(pool.value)) throw no_such_object(pool);
  return done_unless(call.world.mark_as_vm(vm, pool, user_of(call)));
}

/// Sizes in layoutEx and storage are those of the last refresh, as on a real server.
std::string refresh_storage(Call& call) {
  Vm& vm = target_vm(call);
  call.world.refresh_layout(vm);
  return {};
}

std::string query_changed_areas(Call& call) {
  Vm& vm = target_vm(call);
  const auto key = static_cast<int>(number_argument(call, "deviceKey"));
  const auto offset = number_argument(call, "startOffset");
  const auto change_id = optional_text(call.arguments, "changeId");
  if (!change_id) throw wrong_argument("changeId");
  if (offset < 0) throw wrong_argument("startOffset");
  const auto areas = changed_areas(call.world, vm, optional_ref(call.arguments, "snapshot"), key,
                                   static_cast<std::uint64_t>(offset), *change_id);
  Value info = Value::object("DiskChangeInfo");
  info.set("startOffset", Value::long_integer(static_cast<std::int64_t>(areas.start)));
  info.set("length", Value::long_integer(static_cast<std::int64_t>(areas.length)));
  std::vector<Value> extents;
  for (const auto& [start, length] : areas.extents) {
    Value extent = Value::object("DiskChangeExtent");
    extent.set("start", Value::long_integer(static_cast<std::int64_t>(start)));
    extent.set("length", Value::long_integer(static_cast<std::int64_t>(length)));
    extents.push_back(std::move(extent));
  }
  info.set_all("changedArea", std::move(extents));
  std::string out;
  write_value(out, "returnval", info, "DiskChangeInfo", call.api_version);
  return out;
}

}  // namespace

void add_vm_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  const std::string vm = "VirtualMachine", p = "VirtualMachine.";
  table.add({vm, "CloneVM_Task", Session, p + "Provisioning.Clone", clone});
  // One privilege stands for all of a reconfiguration: real ones differ by field.
  table.add({vm, "ReconfigVM_Task", Session, p + "Config.ChangeTracking", reconfigure});
  table.add({vm, "PowerOnVM_Task", Session, p + "Interact.PowerOn", power_on});
  table.add({vm, "PowerOffVM_Task", Session, p + "Interact.PowerOff", power_off});
  table.add({vm, "SuspendVM_Task", Session, p + "Interact.Suspend", suspend});
  table.add({vm, "ResetVM_Task", Session, p + "Interact.Reset", reset});
  table.add({vm, "UnregisterVM", Session, p + "Inventory.Unregister", unregister});
  table.add({vm, "Destroy_Task", Session, p + "Inventory.Delete", destroy});
  table.add({vm, "MarkAsTemplate", Session, p + "Provisioning.MarkAsTemplate", mark_as_template});
  table.add({vm, "MarkAsVirtualMachine", Session, p + "Provisioning.MarkAsVM", mark_as_vm});
  table.add({vm, "RefreshStorageInfo", Session, "", refresh_storage});
  table.add({vm, "QueryChangedDiskAreas", Session, p + "Provisioning.DiskRandomRead",
             query_changed_areas});
}

}  // namespace sim
