#include "tests/simulator/services/read_cost.h"

#include <algorithm>

namespace sim {
namespace {

/// When a delta came to be: when the snapshot that froze its parent was taken.
bool existed(const Vm& vm, const Disk& disk, const Layer& layer, Time when) {
  for (const auto& snapshot : vm.snapshots) {
    const auto frozen = snapshot.frozen.find(disk.key);
    if (frozen != snapshot.frozen.end() && frozen->second == layer.parent)
      return snapshot.created <= when;
  }
  return true;
}

double fill_of(const World& world, const Layer& layer) {
  if (layer.capacity_bytes == 0) return 0;
  const double bytes = static_cast<double>(layer.blocks.allocated() * world.options().block_bytes);
  return std::min(1.0, bytes / static_cast<double>(layer.capacity_bytes));
}

double milliseconds_per_layer(LayerForm form) {
  switch (form) {
    case LayerForm::VmfsSparse:
    case LayerForm::SeSparse:
      return 1.5;
    case LayerForm::VsanSparse:
      return 0.3;
    case LayerForm::Flat:
    case LayerForm::Native:
      return 0;
  }
  return 0;
}

}  // namespace

double expected_probes(const World& world, const Vm& vm, const Disk& disk, Time when) {
  const auto& writes = vm.writes;
  const bool skewed = writes.pattern == WriteModel::Pattern::HotSet && writes.hot_fraction > 0 &&
                      writes.hot_fraction < 1;
  const double fraction = skewed ? writes.hot_fraction : 1, share = skewed ? writes.hot_share : 1;
  double hot = 1, cold = skewed ? 1 : 0;     // expected layers, the base or newest counted
  double through_hot = 1, through_cold = 1;  // chance that no layer so far had the block
  for (const auto* layer : World::chain(disk.running)) {
    if (!layer->parent) break;  // the base ends every search
    if (!existed(vm, disk, *layer, when)) continue;
    const double fill = fill_of(world, *layer);
    const double hot_fill = std::min(1.0, fill * share / fraction);
    const double cold_fill =
        skewed ? std::clamp((fill - hot_fill * fraction) / (1 - fraction), 0.0, 1.0) : 0;
    through_hot *= 1 - hot_fill;
    through_cold *= 1 - cold_fill;
    hot += through_hot;
    if (skewed) cold += through_cold;
  }
  return share * hot + (1 - share) * cold;
}

double read_milliseconds(const World& world, const Vm& vm, const Disk& disk, Time when) {
  if (!disk.running) return 0;
  return 2 +
         (expected_probes(world, vm, disk, when) - 1) * milliseconds_per_layer(disk.running->form);
}

}  // namespace sim
