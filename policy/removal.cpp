#include "policy/removal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "policy/extents.h"
#include "policy/same_id.h"

namespace policy {
namespace {

std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - a;
  return a + std::min(b, room);
}

ByteRange operator+(const ByteRange& a, const ByteRange& b) {
  return {add(a.low, b.low), add(a.best, b.best), add(a.high, b.high)};
}

bool known(const ByteRange& range) { return range.low == range.high; }

/// One file of a disk while the steps are played through.
struct Piece {
  std::string_view snapshot;  // empty: no snapshot stands for it
  ByteRange bytes;
  std::optional<std::vector<Extent>> map;  // normal
};

struct Stack {
  const std::string& datastore;
  std::uint64_t capacity = 0;
  std::vector<Piece> pieces;  // newest first, the VM's own; only those that change
};

/// No file is without a header: 0 bytes are a size that was not told, and the safe guess is full.
ByteRange size_of(const Layer& layer, std::uint64_t capacity) {
  if (layer.bytes == 0) return {0, capacity, capacity};
  return {layer.bytes, layer.bytes, layer.bytes};
}

/// A map coarser than the writes lies: it counts only within 1.3x of the size, either way.
std::optional<std::vector<Extent>> believed(const std::vector<Extent>& map, const Layer& layer,
                                            std::uint64_t capacity) {
  std::vector<Extent> normal = normalize(map, capacity);
  const auto mapped = static_cast<double>(total_length(normal));
  const auto stored = static_cast<double>(layer.bytes);
  if (mapped > 1.3 * stored || stored > 1.3 * mapped) return std::nullopt;
  return normal;
}

/// Of the layers that a removal in `order` changes: those that go, and those right below them.
Stack stack_of(const Disk& disk, const Vm& vm, std::span<const std::uint32_t> order,
               const LayerMaps& maps) {
  Stack stack{disk.datastore, disk.capacity_bytes, {}};
  stack.pieces.reserve(std::min(disk.layers.size(), 2 * order.size()));
  bool below = false;  // the one right above goes
  for (const Layer& layer : disk.layers) {
    if (layer.inherited) break;  // of another VM, and so are all below
    const bool goes =
        layer.snapshot && std::any_of(order.begin(), order.end(), [&](std::uint32_t index) {
          return index < vm.snapshots.size() && same_id(vm.snapshots[index].moid, *layer.snapshot);
        });
    if (!std::exchange(below, goes) && !goes) continue;
    const std::string_view snapshot = layer.snapshot ? *layer.snapshot : std::string_view();
    Piece piece{snapshot, size_of(layer, disk.capacity_bytes), std::nullopt};
    const auto map = maps.empty() ? maps.end() : maps.find(layer.file);
    if (map != maps.end()) piece.map = believed(map->second, layer, disk.capacity_bytes);
    stack.pieces.push_back(std::move(piece));
  }
  return stack;
}

/// Bytes that both hold: they lie on disk twice before the merge and once after it.
ByteRange overlap(const Piece& from, const Piece& into, std::uint64_t capacity) {
  if (from.map && into.map) {
    std::vector<std::vector<Extent>> both{*into.map, *from.map};
    const std::uint64_t all = total_length(*from.map);
    const std::uint64_t twice = all - first_cover(both)[1];
    return {twice, twice, twice};
  }
  const std::uint64_t low_sum = add(from.bytes.low, into.bytes.low);
  const double share =
      capacity == 0
          ? 1
          : std::min(1.0, static_cast<double>(into.bytes.best) / static_cast<double>(capacity));
  const std::uint64_t high = std::min(from.bytes.high, into.bytes.high);
  const std::uint64_t low = std::min(low_sum > capacity ? low_sum - capacity : 0, high);
  // Blocks that are independent of each other: the target holds its share of the delta's.
  const auto best = static_cast<std::uint64_t>(static_cast<double>(from.bytes.best) * share);
  return {low, std::clamp(best, low, high), high};
}

Piece merged(Piece from, Piece into, const ByteRange& twice) {
  const auto less = [](std::uint64_t sum, std::uint64_t part) { return sum - std::min(sum, part); };
  into.bytes = {less(add(from.bytes.low, into.bytes.low), twice.high),
                less(add(from.bytes.best, into.bytes.best), twice.best),
                less(add(from.bytes.high, into.bytes.high), twice.low)};
  if (from.map && into.map) {
    into.map->insert(into.map->end(), from.map->begin(), from.map->end());
    into.map = normalize(std::move(*into.map), std::numeric_limits<std::uint64_t>::max());
  } else {
    into.map.reset();
  }
  return into;
}

using Parents = std::vector<std::optional<std::uint32_t>>;

/// Plays the removals through on the files of one VM.
class Pricing {
 public:
  Pricing(const Vm& vm, std::span<const std::uint32_t> order, Parents parents,
          const MergeRates& rates, const LayerMaps& maps)
      : vm_(vm), rates_(rates), parents_(std::move(parents)), there_(parents_.size(), true) {
    stacks_.reserve(vm.disks.size());
    for (const Disk& disk : vm.disks) stacks_.push_back(stack_of(disk, vm, order, maps));
    for (std::uint32_t i = 0; i < vm.snapshots.size(); ++i) {
      if (vm.snapshots[i].current) current_ = i;
    }
  }

  RemovalStep price(std::uint32_t index) {
    if (index >= there_.size() || !there_[index]) {
      throw std::invalid_argument("VM " + vm_.identity.name + " has no snapshot number " +
                                  std::to_string(index) + " (any more) to remove");
    }
    const Snapshot& snapshot = vm_.snapshots[index];
    RemovalStep step{.snapshot = snapshot.moid, .kind = kind_of(index)};
    const std::uint64_t bytes = snapshot.bytes;
    switch (step.kind) {
      case MergeKind::IntoBase:
      case MergeKind::IntoDelta:
      case MergeKind::Running:
        merge_disks(step);
        break;
      case MergeKind::Dropped:
        step.freed = {bytes, bytes, bytes};
        step.exact = true;
        break;
      case MergeKind::Branch:
        step.merge = {bytes, bytes, bytes};
        step.freed = {0, 0, bytes};
        step.space = bytes;
        break;
      case MergeKind::Fork:
        step.exact = true;
        break;
    }
    const std::uint64_t memory = snapshot.memory_bytes;
    step.freed = step.freed + ByteRange{memory, memory, memory};
    set_duration(step);
    leave_tree(index);
    return step;
  }

 private:
  MergeKind kind_of(std::uint32_t index) const {
    int children = 0;
    for (std::uint32_t i = 0; i < parents_.size(); ++i) {
      if (there_[i] && parents_[i] == index) ++children;
    }
    const bool running = current_ == index;
    // The running point is a branch, too.
    if (children + (running ? 1 : 0) > 1) return MergeKind::Fork;
    if (!vm_.snapshots[index].on_current_path) {
      return children == 0 ? MergeKind::Dropped : MergeKind::Branch;
    }
    if (running) return MergeKind::Running;
    return parents_[index] ? MergeKind::IntoDelta : MergeKind::IntoBase;
  }

  void merge_disks(RemovalStep& step) {
    step.exact = true;
    for (Stack& stack : stacks_) {
      auto& pieces = stack.pieces;
      const auto from = std::find_if(pieces.begin(), pieces.end(), [&](const Piece& piece) {
        return piece.snapshot == step.snapshot;
      });
      // The disk takes no part in the snapshot, or nothing of the VM's own is below.
      if (from == pieces.end() || from + 1 == pieces.end()) continue;
      const auto into = from + 1;
      const ByteRange twice = overlap(*from, *into, stack.capacity);
      step.merge = step.merge + from->bytes;
      step.freed = step.freed + twice;
      const std::uint64_t growth = from->bytes.high - std::min(from->bytes.high, twice.low);
      step.space = add(step.space, growth);
      std::uint64_t& here = step.space_by_datastore[stack.datastore];
      here = add(here, growth);
      step.exact = step.exact && known(twice) && known(from->bytes);
      *into = merged(std::move(*from), std::move(*into), twice);
      pieces.erase(from);
      step.layers = 1;
    }
  }

  void set_duration(RemovalStep& step) const {
    if (step.merge.high == 0) {
      step.duration = std::chrono::seconds{0};
      return;
    }
    if (!rates_.merge_bytes_per_second || *rates_.merge_bytes_per_second <= 0) return;
    double rate = *rates_.merge_bytes_per_second;
    // What the guest writes meanwhile has to be merged as well, but only of the delta it writes to.
    if (step.kind == MergeKind::Running) rate -= rates_.guest_bytes_per_second;
    step.may_not_finish = rate <= 0;
    if (step.may_not_finish) return;
    const double seconds = std::ceil(static_cast<double>(step.merge.best) / rate);
    constexpr double kMost = 1e12;  // far beyond any window, and safe to add up
    step.duration = std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, kMost)));
  }

  void leave_tree(std::uint32_t index) {
    const std::optional<std::uint32_t> parent = parents_[index];
    for (auto& above : parents_) {
      if (above == index) above = parent;
    }
    there_[index] = false;
    if (current_ == index) current_ = parent;
  }

  const Vm& vm_;
  const MergeRates& rates_;
  std::vector<Stack> stacks_;
  Parents parents_;          // of what is left in the tree; unset: a root
  std::vector<bool> there_;  // in the tree still
  std::optional<std::uint32_t> current_;
};

/// Where the snapshot stands in the VM's list.
std::optional<std::uint32_t> index_of(const Vm& vm, const std::string& moid) {
  const Snapshot* const found = snapshot_of(vm, moid);
  if (found == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(found - vm.snapshots.data());
}

}  // namespace

std::vector<RemovalStep> price_removals(const Vm& vm, std::span<const std::string> order,
                                        const MergeRates& rates, const LayerMaps& maps) {
  Parents parents;
  for (const Snapshot& snapshot : vm.snapshots) {
    parents.push_back(snapshot.parent ? index_of(vm, *snapshot.parent) : std::nullopt);
  }
  std::vector<std::uint32_t> indices;
  for (const std::string& moid : order) {
    const auto index = index_of(vm, moid);
    if (!index) {
      throw std::invalid_argument("VM " + vm.identity.name + " has no snapshot " + moid +
                                  " to remove");
    }
    indices.push_back(*index);
  }
  return price_removals(vm, indices, parents, rates, maps);
}

std::vector<RemovalStep> price_removals(const Vm& vm, std::span<const std::uint32_t> order,
                                        std::span<const std::optional<std::uint32_t>> parents,
                                        const MergeRates& rates, const LayerMaps& maps) {
  if (parents.size() != vm.snapshots.size()) {
    throw std::invalid_argument("VM " + vm.identity.name + ": not one parent for each snapshot");
  }
  Pricing pricing(vm, order, {parents.begin(), parents.end()}, rates, maps);
  std::vector<RemovalStep> steps;
  steps.reserve(order.size());
  for (const std::uint32_t index : order) steps.push_back(pricing.price(index));
  return steps;
}

WithinBudget within_budget(std::span<const RemovalStep> steps, const RemovalBudget& budget) {
  WithinBudget result;
  std::uint64_t bytes = 0;
  std::chrono::seconds time{0};
  bool measured = true;
  const auto stop_before = [&](const RemovalStep& step) {
    const auto most = static_cast<std::size_t>(std::max(budget.removals.value_or(0), 0));
    if (budget.removals && result.steps >= most) return BudgetStop::Removals;
    if (budget.merge_bytes && add(bytes, step.merge.best) > *budget.merge_bytes) {
      return BudgetStop::MergeBytes;
    }
    if (!budget.window) return BudgetStop::None;
    const bool too_long = time + step.duration.value_or(std::chrono::seconds{0}) > *budget.window;
    const bool blind = !measured || (!step.duration && result.steps > 0);
    return too_long || blind || step.may_not_finish ? BudgetStop::Window : BudgetStop::None;
  };
  for (const RemovalStep& step : steps) {
    result.stop = stop_before(step);
    if (result.stop != BudgetStop::None) {
      result.never = result.steps == 0;
      break;
    }
    ++result.steps;
    bytes = add(bytes, step.merge.best);
    time += step.duration.value_or(std::chrono::seconds{0});
    measured = measured && step.duration.has_value();
  }
  return result;
}

}  // namespace policy
