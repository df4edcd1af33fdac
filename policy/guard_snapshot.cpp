// Rules 4, 6 and 7 once more, for the one snapshot that is to go. Retention asks for none of these;
// this is other code, so that one mistake is not enough to lose something.
#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "policy/guards.h"
#include "policy/retention.h"
#include "policy/same_id.h"

namespace policy {
namespace {

/// Whether removing `snapshot` changes this layer: its delta goes into the layer right below it.
bool merges(const Disk& disk, std::size_t layer, const std::string& snapshot) {
  const auto made_by = [&](std::size_t i) { return disk.layers[i].snapshot == snapshot; };
  return made_by(layer) || (layer > 0 && made_by(layer - 1));
}

bool touches(const Vm& vm, const Snapshot& snapshot, const std::string& file) {
  return std::any_of(vm.disks.begin(), vm.disks.end(), [&](const Disk& disk) {
    for (std::size_t i = 0; i < disk.layers.size(); ++i) {
      if (disk.layers[i].file == file && merges(disk, i, snapshot.moid)) return true;
    }
    return false;
  });
}

/// A snapshot off the current path owns no layer of the running chain: which files it has is not
/// known, so every shared one may be among them.
bool layers_known(const Vm& vm, const Snapshot& snapshot) {
  return std::any_of(vm.disks.begin(), vm.disks.end(), [&](const Disk& disk) {
    return std::any_of(disk.layers.begin(), disk.layers.end(),
                       [&](const Layer& layer) { return layer.snapshot == snapshot.moid; });
  });
}

/// Where the snapshot stands in the VM's list; the list's end when it is not of it.
std::size_t place_of(const Vm& vm, const Snapshot& snapshot) {
  const auto& all = vm.snapshots;
  // Mostly it is the very one of the list.
  const std::less_equal<const Snapshot*> not_after;
  if (!all.empty() && not_after(&all.front(), &snapshot) && not_after(&snapshot, &all.back())) {
    return static_cast<std::size_t>(&snapshot - all.data());
  }
  const auto found = std::find_if(all.begin(), all.end(), [&](const Snapshot& one) {
    return same_id(one.moid, snapshot.moid);
  });
  return static_cast<std::size_t>(found - all.begin());
}

/// The server dates snapshots by its own clock, which may be ahead of ours.
bool good(const Snapshot& snapshot, Time now) {
  static const auto kSkew = RetentionInput{}.clock_skew;
  return snapshot.owner == Owner::Ours && !snapshot.helper && !snapshot.leftover &&
         snapshot.state == SnapshotState::Complete && snapshot.created <= now + kSkew;
}

/// Whether two snapshots are one policy's, under whatever name it made them.
bool same_maker(const Snapshot& a, const Snapshot& b, const PolicyFacts& policy) {
  const auto named = [&](const std::string& name) {
    return !policy.renamed_from.empty() && name == policy.renamed_from ? policy.name : name;
  };
  return a.policy == b.policy || named(a.policy) == named(b.policy);
}

}  // namespace

bool is_straight(const Vm& vm) {
  const auto& all = vm.snapshots;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0 && (!all[i].parent || !same_id(*all[i].parent, all[i - 1].moid))) return false;
    if (all[i].current && i + 1 < all.size()) return false;
  }
  return true;
}

GuardAnswer guard_foreign_snapshot(const GuardInput&, const Snapshot& snapshot) {
  if (snapshot.owner == Owner::Ours && !snapshot.helper) return std::nullopt;
  return refused(Verdict::Refused, "the snapshot is not ours: no record and no valid marker",
                 {{"snapshot", snapshot.moid}});
}

GuardAnswer guard_pinned(const GuardInput&, const Snapshot& snapshot) {
  if (!snapshot.pinned) return std::nullopt;
  return refused(Verdict::Refused, "the snapshot is pinned", {{"snapshot", snapshot.moid}});
}

GuardAnswer guard_in_progress(const GuardInput&, const Snapshot& snapshot) {
  if (snapshot.state != SnapshotState::InProgress) return std::nullopt;
  return refused(Verdict::Refused, "the snapshot is being made", {{"snapshot", snapshot.moid}});
}

GuardAnswer guard_last_good(const GuardInput& input, const Snapshot& snapshot) {
  if (input.policy.allow_remove_all || !good(snapshot, input.now)) return std::nullopt;
  // On the current path the later one in the list is the descendant, so the newer one, whatever
  // the clocks say. One off the path is older than what the guest stands on.
  const auto& all = input.vm.snapshots;
  const std::size_t own = place_of(input.vm, snapshot);
  for (std::size_t i = snapshot.on_current_path ? own + 1 : 0; i < all.size(); ++i) {
    if (i == own || !all[i].on_current_path || !good(all[i], input.now)) continue;
    if (same_maker(snapshot, all[i], input.policy)) return std::nullopt;
  }
  const std::string whose = snapshot.policy.empty() ? "ours" : "policy \"" + snapshot.policy + "\"";
  return refused(Verdict::Refused,
                 "it is the newest complete snapshot of " + whose + " on the current path",
                 {{"snapshot", snapshot.moid}, {"created", format_utc(snapshot.created)}});
}

GuardAnswer guard_fork(const GuardInput& input, const Snapshot& snapshot) {
  if (input.straight) return std::nullopt;
  std::vector<Evidence> branches;
  for (const Snapshot& other : input.vm.snapshots) {
    if (!other.parent || !same_id(*other.parent, snapshot.moid)) continue;
    branches.push_back({"child", other.moid});
  }
  if (snapshot.current) branches.push_back({"child", "running point"});
  if (branches.size() < 2) return std::nullopt;
  return refused(Verdict::Refused,
                 std::to_string(branches.size()) +
                     " branches stand on it: without it its delta would be one that no snapshot "
                     "explains and no consolidation merges; remove the branches first",
                 std::move(branches));
}

GuardAnswer guard_shared_files(const GuardInput& input, const Snapshot& snapshot) {
  if (!input.facts.shared) return unknown("whether linked clones stand on its files");
  if (input.facts.shared->empty()) return std::nullopt;
  const bool known = layers_known(input.vm, snapshot);
  for (const SharedFile& file : *input.facts.shared) {
    if (!file.is_ours || (known && !touches(input.vm, snapshot, file.file))) continue;
    return refused(Verdict::Refused,
                   file.other_name + " stands on " + file.file + ", which would be merged",
                   {{"file", file.file}, {"vm", file.other_moid}});
  }
  return std::nullopt;
}

GuardAnswer guard_merge_space(const GuardInput& input, const Snapshot& snapshot) {
  if (input.datastores.empty()) return unknown("space for the merge");
  bool known = true;
  for (const Datastore* datastore : input.datastores) {
    if (datastore == nullptr) {
      known = false;
      continue;
    }
    // The layer below grows by at most what is merged into it; what is freed comes after. All its
    // deltas together mostly fit already: then nobody asks which of them lies where.
    if (snapshot.bytes > 0 && datastore->free_bytes >= snapshot.bytes) continue;
    std::uint64_t bytes = 0;
    for (const Disk& disk : input.vm.disks) {
      if (disk.datastore != datastore->moid) continue;
      for (const Layer& layer : disk.layers) {
        if (layer.snapshot == snapshot.moid) bytes += layer.bytes;
      }
    }
    if (datastore->free_bytes >= bytes) continue;
    return forceable("merging it may need " + std::to_string(bytes >> 20U) + " MiB on datastore " +
                         datastore->name + ", which has " +
                         std::to_string(datastore->free_bytes >> 20U) + " MiB free",
                     {{"datastore", datastore->name},
                      {"free_bytes", std::to_string(datastore->free_bytes)},
                      {"needed_bytes", std::to_string(bytes)}});
  }
  if (!known) return unknown("space for the merge on each datastore");
  return std::nullopt;
}

}  // namespace policy
