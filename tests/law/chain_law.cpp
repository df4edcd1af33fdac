// Laws of the chain model: right on every history that vSphere can produce, total on every other.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "policy/chain.h"
#include "tests/law/any_vm.h"
#include "tests/unit/policy/seen_vm.h"

namespace {

using policy::Disk;
using policy::Snapshot;
using policy::Vm;
using policy_test::ModelDisk;
using policy_test::ModelLayer;
using policy_test::SeenVm;

// RC_ASSERT evaluates both sides of a bare && or ||: such conditions stand in their own brackets.
void expect_sane(const Disk& disk, const std::set<std::string>& snapshots) {
  RC_ASSERT(disk.orphans >= 0);
  RC_ASSERT(disk.depth >= disk.orphans);
  RC_ASSERT(disk.inherited >= 0);
  const auto layers = static_cast<int>(disk.layers.size());
  RC_ASSERT(layers == (layers == 0 ? 0 : disk.depth + disk.inherited + 1));
  int orphans = 0;
  for (int i = 0; i < layers; ++i) {
    const policy::Layer& layer = disk.layers[static_cast<std::size_t>(i)];
    RC_ASSERT(layer.inherited == (i > disk.depth));
    RC_ASSERT((!layer.snapshot || (i < disk.depth && snapshots.count(*layer.snapshot) == 1)));
    RC_ASSERT((!layer.orphan || (i < disk.depth && !layer.snapshot)));
    orphans += layer.orphan ? 1 : 0;
  }
  RC_ASSERT(orphans == disk.orphans);
  RC_ASSERT((disk.kind == policy::DeltaKind::None) == (layers < 2));
  RC_ASSERT(1 <= disk.probes.low);
  RC_ASSERT(disk.probes.low <= disk.probes.best);
  RC_ASSERT(disk.probes.best <= disk.probes.high);
  RC_ASSERT(disk.probes.high <= disk.probes.worst);
  RC_ASSERT(disk.probes.worst <= std::max(1, layers));
}

void expect_sane(const Vm& vm) {
  std::set<std::string> known;
  int on_path = 0;
  int current = 0;
  for (const Snapshot& snapshot : vm.snapshots) {
    RC_ASSERT((!snapshot.parent || known.count(*snapshot.parent) == 1));
    RC_ASSERT(known.insert(snapshot.moid).second);
    on_path += snapshot.on_current_path ? 1 : 0;
    current += snapshot.current ? 1 : 0;
    RC_ASSERT((!snapshot.current || snapshot.on_current_path));
  }
  RC_ASSERT(vm.tree_depth == on_path);
  RC_ASSERT(current == (vm.tree_depth > 0 ? 1 : 0));
  int depth = 0;
  double probes = 1;
  for (const Disk& disk : vm.disks) {
    expect_sane(disk, known);
    depth = std::max(depth, disk.depth);
    probes = std::max(probes, disk.probes.best);
  }
  RC_ASSERT(vm.depth == depth);
  RC_ASSERT(vm.probes == probes);
  const auto by_key = [](const Disk& a, const Disk& b) { return a.key < b.key; };
  RC_ASSERT(std::is_sorted(vm.disks.begin(), vm.disks.end(), by_key));
  RC_ASSERT(std::is_sorted(vm.flags.begin(), vm.flags.end()));
  RC_ASSERT(std::adjacent_find(vm.flags.begin(), vm.flags.end()) == vm.flags.end());
}

RC_GTEST_PROP(ChainLaw, AnyObservationGivesASaneModel, ()) {
  expect_sane(policy::build_vm(policy_test::any_observation()));
}

/// Path snapshots that froze a chain of the disk: each explains one delta.
int participants(const SeenVm& model, const ModelDisk& disk) {
  int count = 0;
  for (auto at = model.current; at;) {
    const auto node = std::find_if(model.snapshots.begin(), model.snapshots.end(),
                                   [&](const auto& s) { return s.moid == *at; });
    count += node->frozen.count(disk.key) == 1 ? 1 : 0;
    at = node->parent;
  }
  return count;
}

RC_GTEST_PROP(ChainLaw, AnyHistoryIsToldAsItWas, ()) {
  const SeenVm model = policy_test::any_history();
  const Vm vm = policy::build_vm(model.seen());
  expect_sane(vm);
  RC_ASSERT(vm.disks.size() == model.disks.size());
  for (const ModelDisk& truth : model.disks) {
    const auto disk = std::find_if(vm.disks.begin(), vm.disks.end(),
                                   [&](const Disk& d) { return d.key == truth.key; });
    RC_ASSERT(disk != vm.disks.end());
    RC_ASSERT(disk->layers.size() == truth.chain.size());
    int depth = 0;
    for (std::size_t i = 0; i < truth.chain.size(); ++i) {
      const auto& layer = disk->layers[truth.chain.size() - 1 - i];
      const ModelLayer& made = model.layers[static_cast<std::size_t>(truth.chain[i])];
      RC_ASSERT(layer.file == made.file);
      RC_ASSERT(layer.bytes == made.bytes);
      const bool delta = !made.maker.empty();
      depth += delta ? 1 : 0;
      RC_ASSERT((layer.orphan == (delta && !model.alive(made.maker))));
      RC_ASSERT(layer.snapshot.value_or("") == (model.alive(made.maker) ? made.maker : ""));
    }
    RC_ASSERT(disk->depth == depth);
    RC_ASSERT(disk->orphans == std::max(0, depth - participants(model, truth)));
  }
}

RC_GTEST_PROP(ChainLaw, EveryLivingDeltaCountsOnceForItsMaker, ()) {
  const SeenVm model = policy_test::any_history();
  std::set<int> used;
  for (const ModelDisk& disk : model.disks) used.insert(disk.chain.begin(), disk.chain.end());
  for (const auto& snapshot : model.snapshots) {
    for (const auto& [key, chain] : snapshot.frozen) used.insert(chain.begin(), chain.end());
  }
  const Vm vm = policy::build_vm(model.seen());
  for (const Snapshot& snapshot : vm.snapshots) {
    std::uint64_t bytes = 0;
    for (const int layer : used) {
      const ModelLayer& made = model.layers[static_cast<std::size_t>(layer)];
      if (made.maker == snapshot.moid) bytes += made.bytes;
    }
    RC_ASSERT(snapshot.bytes == bytes);
  }
}

RC_GTEST_PROP(ChainLaw, TheOrderInWhichThingsAreListedDoesNotMatter, ()) {
  policy::VmSeen seen = policy_test::any_history().seen();
  const Vm vm = policy::build_vm(seen);
  std::reverse(seen.files.begin(), seen.files.end());
  std::reverse(seen.disks.begin(), seen.disks.end());
  std::reverse(seen.layout.begin(), seen.layout.end());
  std::reverse(seen.snapshot_layouts.begin(), seen.snapshot_layouts.end());
  std::reverse(seen.snapshots.begin(), seen.snapshots.end());
  RC_ASSERT(policy::build_vm(seen) == vm);
}

RC_GTEST_PROP(ChainLaw, ACurrentSnapshotMatchesTheDepthUnlessSomethingIsWrong, ()) {
  const SeenVm model = policy_test::any_history(policy_test::Removals::AlwaysMerge);
  const Vm vm = policy::build_vm(model.seen());
  for (const ModelDisk& truth : model.disks) {
    if (truth.key != 2000) continue;  // the first disk takes part in every snapshot
    RC_ASSERT(vm.disks[0].depth == vm.tree_depth);
  }
  RC_ASSERT(std::find(vm.flags.begin(), vm.flags.end(), policy::VmFlag::OrphanDeltas) ==
            vm.flags.end());
  RC_ASSERT(std::find(vm.flags.begin(), vm.flags.end(), policy::VmFlag::ChainMismatch) ==
            vm.flags.end());
}

}  // namespace
