#include "policy/operation.h"

#include <algorithm>

#include "policy/name_table.h"

namespace policy {
namespace {

template <class Enum, std::size_t N>
using Names = NameTable<Enum, const char*, N>;

constexpr Names<OpKind, 7> kKinds{{{OpKind::Create, "create"},
                                   {OpKind::Remove, "remove"},
                                   {OpKind::Consolidate, "consolidate"},
                                   {OpKind::Revert, "revert"},
                                   {OpKind::Clone, "clone"},
                                   {OpKind::Rename, "rename"},
                                   {OpKind::Destroy, "destroy"}}};
constexpr Names<OpState, 11> kStates{{{OpState::Intent, "intent"},
                                      {OpState::Task, "task"},
                                      {OpState::Result, "result"},
                                      {OpState::OffTree, "off-tree"},
                                      {OpState::MergePending, "merge-pending"},
                                      {OpState::Unknown, "unknown"},
                                      {OpState::NeedsOperator, "needs-operator"},
                                      {OpState::Done, "done"},
                                      {OpState::Failed, "failed"},
                                      {OpState::Gone, "gone"},
                                      {OpState::Released, "released"}}};

DiskImage image_of(const Disk& disk) {
  DiskImage image;
  image.key = disk.key;
  image.depth = disk.depth;
  image.files.reserve(disk.layers.size());
  for (const Layer& layer : disk.layers) {
    image.files.push_back(layer.file);
    if (layer.snapshot) ++image.owned[*layer.snapshot];
  }
  return image;
}

// A server that shows no chains shows one file a disk however many snapshots there are. Without a
// snapshot nothing can be told from that.
bool shows_layers(const VmImage& image) {
  bool any_delta = false;
  for (const DiskImage& disk : image.disks) {
    if (disk.files.empty()) return false;
    if (disk.files.size() > 1) any_delta = true;
  }
  return any_delta || image.disks.empty() || image.current.empty();
}

std::string snapshot_words(const Operation& operation) {
  if (operation.name.empty() || operation.kind == OpKind::Rename) {
    return "snapshot " + operation.snapshot.moid;
  }
  std::string text = "snapshot " + operation.name;
  if (!operation.snapshot.moid.empty()) text += " (" + operation.snapshot.moid + ")";
  return text;
}

}  // namespace

const char* op_kind_name(OpKind kind) { return name_in(kKinds, kind); }
std::optional<OpKind> op_kind(std::string_view name) { return value_in(kKinds, name); }
const char* op_state_name(OpState state) { return name_in(kStates, state); }
std::optional<OpState> op_state(std::string_view name) { return value_in(kStates, name); }

bool is_over(OpState state) {
  switch (state) {
    case OpState::Done:
    case OpState::Failed:
    case OpState::Gone:
    case OpState::Released:
      return true;
    case OpState::Intent:
    case OpState::Task:
    case OpState::Result:
    case OpState::OffTree:
    case OpState::MergePending:
    case OpState::Unknown:
    case OpState::NeedsOperator:
      return false;
  }
  return false;
}

VmImage image_of(const Vm& vm, const std::string& change_version, Time read) {
  VmImage image;
  image.read = read;
  image.change_version = change_version;
  image.nodes.reserve(vm.snapshots.size());
  for (const Snapshot& snapshot : vm.snapshots) {
    image.nodes.push_back(
        {snapshot.moid, snapshot.id, snapshot.created, snapshot.parent.value_or("")});
    if (snapshot.current) image.current = snapshot.moid;
    if (snapshot.helper) image.helper = true;
  }
  for (const Disk& disk : vm.disks) {
    if (!disk.mode.starts_with("independent")) image.disks.push_back(image_of(disk));
  }
  image.consolidation_needed = vm.state.consolidation_needed;
  image.layers_known = shows_layers(image);
  image.power = vm.state.power;
  return image;
}

bool same_state(const VmImage& a, const VmImage& b) {
  // Siblings may change places: where they stand in the list says nothing.
  const auto sorted = [](std::vector<NodeImage> nodes) {
    std::sort(nodes.begin(), nodes.end(),
              [](const NodeImage& x, const NodeImage& y) { return x.moid < y.moid; });
    return nodes;
  };
  return a.current == b.current && a.consolidation_needed == b.consolidation_needed &&
         a.helper == b.helper && a.disks == b.disks && sorted(a.nodes) == sorted(b.nodes);
}

std::string describe(const Operation& operation) {
  const std::string kind = op_kind_name(operation.kind);
  switch (operation.kind) {
    case OpKind::Create:
    case OpKind::Remove:
      return kind + " of " + snapshot_words(operation) + " on " + operation.vm.name;
    case OpKind::Consolidate:
      return kind + " of the disks of " + operation.vm.name;
    case OpKind::Revert:
      return kind + " of " + operation.vm.name + " to " + snapshot_words(operation);
    case OpKind::Clone:
      return kind + " of " + operation.vm.name +
             (operation.snapshot.moid.empty() ? "" : " from snapshot " + operation.snapshot.moid) +
             (operation.clone ? " to " + operation.clone->name : "");
    case OpKind::Rename:
      return kind + " of " + snapshot_words(operation) + " on " + operation.vm.name + " to " +
             operation.name;
    case OpKind::Destroy:
      return kind + " of the clone " + operation.vm.name;
  }
  return kind;
}

}  // namespace policy
