// The snapshot tree as VirtualMachine.snapshot shows it, and VirtualMachineSnapshot itself.
#include <map>

#include "tests/simulator/services/views.h"

namespace sim::views {
namespace {

Value tree_node(const Vm& vm, const Snapshot& snapshot) {
  Value value = Value::object("VirtualMachineSnapshotTree");
  value.set("snapshot", Value::ref(snapshot.ref))
      .set("vm", Value::ref(vm.ref))
      .set("name", Value::text(snapshot.name))
      .set("description", Value::text(snapshot.description))
      .set("id", Value::integer(snapshot.id))
      .set("createTime", Value::time(snapshot.created))
      .set("state", Value::word("VirtualMachinePowerState",
                                snapshot.powered_on ? "poweredOn" : "poweredOff"))
      .set("quiesced", Value::boolean(snapshot.quiesced))
      .set("replaySupported", Value::boolean(false));
  if (!snapshot.backup_manifest.empty())
    value.set("backupManifest", Value::text(snapshot.backup_manifest));
  return value;
}

constexpr Entry<SnapshotOf> kTable[] = {
    {"availableField",
     [](World&, const SnapshotOf&) -> Made { return empty_array("CustomFieldDef"); }},
    {"childSnapshot",
     [](World&, const SnapshotOf& of) -> Made {
       std::vector<Ref> children;
       for (const Snapshot& snapshot : of.vm.snapshots)
         if (snapshot.parent == of.snapshot.ref) children.push_back(snapshot.ref);
       return refs_value(std::move(children));
     }},
    {"config",
     [](World& world, const SnapshotOf& of) -> Made {
       return read(world, Configuration{of.vm, &of.snapshot}, configuration_table(), "config");
     },
     "VirtualMachineConfigInfo"},
    {"value", [](World&, const SnapshotOf&) -> Made { return empty_array("CustomFieldValue"); }},
    {"vm", [](World&, const SnapshotOf& of) -> Made { return Value::ref(of.vm.ref); }},
};

}  // namespace

Made snapshot_tree_value(const Vm& vm) {
  if (vm.snapshots.empty()) return std::nullopt;
  // Parents come before children, so that going backwards every node is complete when its parent
  // takes it; no recursion, a chain may be long.
  std::map<std::string, std::vector<Value>> children;
  for (auto snapshot = vm.snapshots.rbegin(); snapshot != vm.snapshots.rend(); ++snapshot) {
    Value node = tree_node(vm, *snapshot);
    if (const auto below = children.find(snapshot->ref.value); below != children.end()) {
      std::vector<Value> in_order(std::make_move_iterator(below->second.rbegin()),
                                  std::make_move_iterator(below->second.rend()));
      node.set_all("childSnapshotList", std::move(in_order));
      children.erase(below);
    }
    children[snapshot->parent ? snapshot->parent->value : std::string()].push_back(std::move(node));
  }
  std::vector<Value>& roots = children[""];
  Value value = Value::object("VirtualMachineSnapshotInfo");
  if (vm.current_snapshot) value.set("currentSnapshot", Value::ref(*vm.current_snapshot));
  value.set_all("rootSnapshotList",
                {std::make_move_iterator(roots.rbegin()), std::make_move_iterator(roots.rend())});
  return value;
}

std::span<const Entry<SnapshotOf>> snapshot_table() { return kTable; }

}  // namespace sim::views
