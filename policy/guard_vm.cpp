// Rules 2 and 8: what is the matter with the VM itself.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "policy/guards.h"
#include "policy/thresholds.h"

namespace policy {
namespace {

constexpr double kFreeShare = 0.10;

std::uint64_t largest_delta(const Vm& vm, const std::string& datastore) {
  std::uint64_t largest = 0;
  for (const Disk& disk : vm.disks) {
    if (!datastore.empty() && disk.datastore != datastore) continue;
    const std::size_t deltas =
        std::min(disk.layers.size(), static_cast<std::size_t>(std::max(disk.depth, 0)));
    for (std::size_t i = 0; i < deltas; ++i) largest = std::max(largest, disk.layers[i].bytes);
  }
  return largest;
}

// What must stay free: the policy's own floor, else a tenth; and room for two deltas as large as
// the largest that the VM has on it.
std::uint64_t floor_of(const Datastore& datastore, const PolicyFacts& policy, const Vm& vm) {
  const double capacity = static_cast<double>(datastore.capacity_bytes);
  const std::uint64_t floor =
      policy.min_free_bytes
          ? *policy.min_free_bytes
          : static_cast<std::uint64_t>(capacity * policy.min_free_share.value_or(kFreeShare));
  return std::max(floor, 2 * largest_delta(vm, datastore.moid));
}

Evidence number(const char* key, std::uint64_t value) { return {key, std::to_string(value)}; }

}  // namespace

GuardAnswer guard_unfinished_operation(const GuardInput& input, Act) {
  if (!input.facts.unfinished) return unknown("whether an operation of ours is unfinished");
  if (input.facts.unfinished->empty()) return std::nullopt;
  return refused(Verdict::Refused,
                 "operation " + *input.facts.unfinished +
                     " of ours is not settled yet; it goes on by itself, or: deltakeep resolve " +
                     *input.facts.unfinished,
                 {{"operation", *input.facts.unfinished}});
}

GuardAnswer guard_helper_snapshot(const GuardInput& input, Act) {
  for (const Snapshot& snapshot : input.vm.snapshots) {
    if (!snapshot.helper) continue;
    return refused(Verdict::Refused,
                   "a \"Consolidate Helper\" is in the tree: a merge is running or has broken off",
                   {{"snapshot", snapshot.moid}, {"created", format_utc(snapshot.created)}});
  }
  return std::nullopt;
}

GuardAnswer guard_merge_debt(const GuardInput& input, Act) {
  if (!input.vm.state.consolidation_needed) return std::nullopt;
  return refused(Verdict::Refused,
                 "its disks need consolidation: an earlier removal left files behind",
                 {{"consolidation_needed", "true"}});
}

GuardAnswer guard_orphan_deltas(const GuardInput& input, Act) {
  for (const Disk& disk : input.vm.disks) {
    if (disk.orphans <= 0) continue;
    // A snapshot that was removed below two branches leaves one for good: then it may be forced.
    return forceable(disk.label + " has " + std::to_string(disk.orphans) +
                         " deltas that no snapshot explains: a removal did not finish",
                     {{"disk", disk.label}, {"orphans", std::to_string(disk.orphans)}});
  }
  return std::nullopt;
}

GuardAnswer guard_tree_in_doubt(const GuardInput& input, Act) {
  if (!has_flag(input.vm, VmFlag::CurrentSnapshotUnset)) return std::nullopt;
  return refused(Verdict::Refused,
                 "snapshots exist but none is current: a merge is running or the tree is damaged",
                 {{"flag", flag_name(VmFlag::CurrentSnapshotUnset)}});
}

GuardAnswer guard_broken_chain(const GuardInput& input, Act) {
  if (!has_flag(input.vm, VmFlag::FileInaccessible)) return std::nullopt;
  return refused(Verdict::Refused,
                 "a file of a disk's chain can't be read; nothing is changed until a person has "
                 "looked",
                 {{"flag", flag_name(VmFlag::FileInaccessible)}});
}

GuardAnswer guard_question_pending(const GuardInput& input, Act) {
  if (!input.vm.state.question) return std::nullopt;
  return refused(Verdict::Refused, "the VM waits for an answer: " + *input.vm.state.question,
                 {{"question", *input.vm.state.question}});
}

GuardAnswer guard_method_disabled(const GuardInput& input, Act act) {
  static constexpr std::array<std::string_view, 2> kCreating{"CreateSnapshotEx_Task",
                                                             "CreateSnapshot_Task"};
  static constexpr std::array<std::string_view, 3> kCloning{"CloneVM_Task", "CreateSnapshotEx_Task",
                                                            "CreateSnapshot_Task"};
  static constexpr std::array<std::string_view, 1> kRemoving{"RemoveSnapshot_Task"};
  std::span<const std::string_view> needed = kRemoving;
  if (act == Act::Create) needed = kCreating;
  if (act == Act::Clone) needed = kCloning;
  const auto& disabled = input.vm.state.disabled_methods;
  for (const std::string_view method : needed) {
    if (std::find(disabled.begin(), disabled.end(), method) == disabled.end()) continue;
    return refused(Verdict::Refused,
                   std::string(method) +
                       " is disabled on the VM, as backup products do while they work and leave "
                       "behind when they crash",
                   {{"method", std::string(method)}});
  }
  return std::nullopt;
}

GuardAnswer guard_depth_limit(const GuardInput& input, Act) {
  int files = input.vm.tree_depth;  // the tree ends at 31 too, whatever the disks show
  for (const Disk& disk : input.vm.disks) files = std::max(files, disk.depth + disk.inherited);
  if (files < kDepthRefuse) return std::nullopt;
  Refusal refusal = refused(
      Verdict::Refused,
      "its chain has " + std::to_string(files) + " deltas; at " + std::to_string(kDepthRefuse) +
          " no more are made, " + std::to_string(kDepthHard) + " is where vSphere ends",
      {{"depth", std::to_string(files)}, {"limit", std::to_string(kDepthRefuse)}});
  refusal.forceable = files < kDepthHard;
  return refusal;
}

GuardAnswer guard_free_space(const GuardInput& input, Act) {
  if (input.datastores.empty()) return unknown("free space");
  bool known = true;
  for (const Datastore* datastore : input.datastores) {
    if (datastore == nullptr) {
      known = false;
      continue;
    }
    if (!datastore->accessible) {
      return refused(Verdict::Refused, "datastore " + datastore->name + " is not accessible",
                     {{"datastore", datastore->name}});
    }
    const std::uint64_t floor = floor_of(*datastore, input.policy, input.vm);
    if (datastore->free_bytes >= floor) continue;
    return forceable("datastore " + datastore->name + " has " +
                         std::to_string(datastore->free_bytes >> 20U) + " MiB free; " +
                         std::to_string(floor >> 20U) + " MiB have to be",
                     {{"datastore", datastore->name},
                      number("free_bytes", datastore->free_bytes),
                      number("needed_bytes", floor)});
  }
  if (!known) return unknown("free space on each datastore");
  return std::nullopt;
}

GuardAnswer guard_unsupported(const GuardInput& input, Act act) {
  const auto skipped = [](const char* text, VmFlag flag) {
    return refused(Verdict::Skipped, text, {{"flag", flag_name(flag)}});
  };
  const Vm& vm = input.vm;
  if (vm.state.is_template) return skipped("a template has no snapshots", VmFlag::Template);
  if (vm.state.fault_tolerant) {
    return skipped("a fault tolerant VM has no snapshots", VmFlag::FaultTolerant);
  }
  if (has_flag(vm, VmFlag::RdmPhysical)) {
    return skipped("a physical RDM can't be in a snapshot", VmFlag::RdmPhysical);
  }
  if (has_flag(vm, VmFlag::SharedDisk)) {
    return skipped("a disk that several VMs write can't be in a snapshot", VmFlag::SharedDisk);
  }
  const bool independent = has_flag(vm, VmFlag::IndependentDisk);
  if (independent && input.policy.memory) {
    return skipped("a snapshot with memory is not possible with an independent disk",
                   VmFlag::IndependentDisk);
  }
  if (act != Act::Clone || input.policy.partial) return std::nullopt;
  if (independent) {
    return skipped(
        "an independent disk would be copied while it changes; without it: partial = "
        "true",
        VmFlag::IndependentDisk);
  }
  if (has_flag(vm, VmFlag::RdmVirtual)) {
    return skipped("a clone turns an RDM into a file; to accept that: partial = true",
                   VmFlag::RdmVirtual);
  }
  return std::nullopt;
}

}  // namespace policy
