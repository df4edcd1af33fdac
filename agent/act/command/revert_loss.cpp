#include "agent/act/command/revert_loss.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "agent/act/command/find_snapshot.h"
#include "agent/cli/human.h"

namespace agent {
namespace {

/// The snapshot and all that descends from it.
std::set<std::string_view> with_descendants(const policy::Vm& vm, const policy::Snapshot& top) {
  std::set<std::string_view> below{top.moid};
  for (const policy::Snapshot& one : vm.snapshots) {  // parents before children
    if (one.parent && below.contains(*one.parent)) below.insert(one.moid);
  }
  return below;
}

bool is_independent(const policy::Disk& disk) { return disk.mode.starts_with("independent"); }

bool has_layer_of(const policy::Disk& disk, std::string_view snapshot) {
  return std::any_of(disk.layers.begin(), disk.layers.end(),
                     [&](const policy::Layer& layer) { return layer.snapshot == snapshot; });
}

std::string written_since(const policy::Vm& vm, const policy::Snapshot& target, bool kept,
                          policy::Time now) {
  const auto since = std::chrono::floor<std::chrono::seconds>(target.created);
  std::string text = "what was written since " + policy::format_utc(since) + " (" +
                     human_age(std::chrono::floor<std::chrono::seconds>(now - target.created)) +
                     ")";
  const std::set<std::string_view> newer = with_descendants(vm, target);
  std::uint64_t bytes = 0;
  for (const policy::Disk& disk : vm.disks) {
    for (const policy::Layer& layer : disk.layers) {
      if (layer.snapshot && newer.contains(*layer.snapshot)) bytes += layer.bytes;
    }
  }
  if (target.on_current_path && bytes > 0) text += ", up to " + human_bytes(bytes) + ",";
  if (kept) return text + " stays in the snapshot that is taken first";
  return text + (target.current ? " is lost" : " is lost where no newer snapshot holds it");
}

std::string detached_by_it(const policy::Vm& vm, const policy::Snapshot& target) {
  const std::set<std::string_view> newer = with_descendants(vm, target);
  std::string names;
  std::size_t count = 0;
  for (const policy::Snapshot& one : vm.snapshots) {
    const bool leaves = one.on_current_path && one.moid != target.moid &&
                        (newer.contains(one.moid) || !target.on_current_path);
    if (!leaves) continue;
    ++count;
    names += (names.empty() ? "" : ", ") + snapshot_words(one);
  }
  if (count == 0 || !target.on_current_path) return {};
  return counted(count, "newer snapshot") + (count == 1 ? " stays" : " stay") +
         ", but off the running VM's path: " + names;
}

std::string power_after(const policy::Vm& vm, const policy::Snapshot& target) {
  if (target.memory) return "the VM runs on from the memory that the snapshot has";
  if (vm.state.power == policy::Power::On) {
    return "the snapshot has no memory: the VM is on, and is powered off by it";
  }
  return {};
}

void add_disks(const policy::Vm& vm, const policy::Snapshot& target,
               std::vector<std::string>& lines) {
  const bool shown = std::any_of(vm.disks.begin(), vm.disks.end(), [&](const policy::Disk& disk) {
    return has_layer_of(disk, target.moid);
  });
  for (const policy::Disk& disk : vm.disks) {
    if (is_independent(disk)) {
      lines.push_back(disk.label + " is independent: it is not taken back");
    } else if (shown && !has_layer_of(disk, target.moid)) {
      lines.push_back(disk.label +
                      " has no part in the snapshot: one that was added since leaves the VM, and "
                      "its file stays");
    }
  }
  if (policy::has_flag(vm, policy::VmFlag::RdmPhysical)) {
    lines.emplace_back("disks mapped in physical mode are not taken back");
  }
  if (!shown && !vm.disks.empty()) {
    lines.emplace_back("which disks were added since the snapshot can't be told from here");
  }
}

}  // namespace

std::vector<std::string> revert_loss(const policy::Vm& vm, const policy::Snapshot& target,
                                     bool kept, policy::Time now) {
  std::vector<std::string> lines{written_since(vm, target, kept, now)};
  for (std::string line : {detached_by_it(vm, target), power_after(vm, target)}) {
    if (!line.empty()) lines.push_back(std::move(line));
  }
  add_disks(vm, target, lines);
  return lines;
}

}  // namespace agent
