#include "tests/simulator/model/merge.h"

#include <algorithm>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/removal.h"

namespace sim {
namespace {

// The guest may stand still this long without notice; ESXi gives up on shorter rounds after the
// 9th.
constexpr Duration kShortStun = std::chrono::seconds(1);
constexpr int kMostRounds = 9;
constexpr int kMostSlices = 8;

// The part of a map that lies between two of its own allocated blocks, counted from its first.
BlockMap part_of(const BlockMap& all, std::uint64_t from, std::uint64_t to) {
  BlockMap part;
  std::uint64_t passed = 0;
  for (const Run& run : all.runs()) {
    const std::uint64_t first = std::clamp(from, passed, passed + run.count) - passed;
    const std::uint64_t end = std::clamp(to, passed, passed + run.count) - passed;
    part.write(run.start + first, end - first, run.stamp);
    passed += run.count;
  }
  return part;
}

std::size_t depth_of(const LayerPtr& layer) { return World::chain(layer).size(); }

}  // namespace

Merge::Merge(World& world, Ref vm, Ref task, std::set<std::uint64_t> targets,
             std::optional<World::NextTask> knob)
    : world_(world),
      operations_(world),
      vm_(std::move(vm)),
      task_(std::move(task)),
      targets_(std::move(targets)),
      knob_(std::move(knob)) {}

std::vector<Merge::Pair> Merge::pairs(const Vm& vm, bool with_running) const {
  std::vector<Pair> found;
  const auto layers = Operations::layers_of(vm);
  for (const LayerPtr& lower : operations_.unneeded(vm)) {
    if (!targets_.contains(lower->id)) continue;
    const auto upper = std::find_if(layers.begin(), layers.end(),
                                    [&](const LayerPtr& layer) { return layer->parent == lower; });
    const bool runs = std::any_of(vm.disks.begin(), vm.disks.end(),
                                  [&](const Disk& disk) { return disk.running == *upper; });
    if (!runs || with_running) found.push_back({lower, *upper});
  }
  std::sort(found.begin(), found.end(), [](const Pair& a, const Pair& b) {
    return std::pair(depth_of(a.lower), a.lower->id) < std::pair(depth_of(b.lower), b.lower->id);
  });
  return found;
}

Duration Merge::time_for(std::uint64_t bytes) const {
  return Duration(static_cast<std::int64_t>(static_cast<double>(bytes) * 1e6 /
                                            world_.options().merge_bytes_per_second));
}

std::optional<FaultValue> Merge::obstacle(const Pair& pair) {
  for (const LayerPtr& layer : {pair.lower, pair.upper}) {
    if (world_.locked_files.contains(layer->file)) return file_locked(layer->file);
  }
  // Mostly there is room beyond any doubt, and no need to lay the maps over each other to see it.
  constexpr std::uint64_t kRounding = 32 << 20;
  const std::uint64_t bytes = pair.upper->blocks.allocated() * world_.options().block_bytes;
  if (operations_.room_on(pair.lower->datastore.value) > 2 * (bytes + kRounding))
    return std::nullopt;
  Layer grown = *pair.lower;
  grown.blocks.overlay(pair.upper->blocks);
  const auto datastore = world_.datastores.find(pair.lower->datastore.value);
  if (datastore == world_.datastores.end()) return std::nullopt;
  const std::uint64_t more = world_.stored_bytes(grown) - world_.stored_bytes(*pair.lower);
  if (more <= world_.free_bytes(datastore->second)) return std::nullopt;
  return no_disk_space(pair.lower->file, datastore->second.name);
}

void Merge::begin() {
  const Vm* vm = world_.vm(vm_.value);
  if (vm) {
    for (const Pair& pair : pairs(*vm, true)) {
      total_ += pair.upper->blocks.allocated() * world_.options().block_bytes;
    }
  }
  next();
}

void Merge::next() {
  Vm* vm = world_.vm(vm_.value);
  if (!vm) return operations_.close(task_, vm_.value, {object_not_found(vm_), {}, {}, {}});
  const bool online = vm->power == PowerState::On;
  const auto ready = pairs(*vm, !online);
  if (!ready.empty()) return merge_later(ready.front());
  if (helper_) return next_round(*vm);
  if (pairs(*vm, true).empty()) return finish(*vm);
  if (const auto blocked = obstacle(pairs(*vm, true).front())) return fail(*blocked);
  add_helper(*vm);
  next();
}

void Merge::merge_later(const Pair& pair) {
  if (const auto blocked = obstacle(pair)) return fail(*blocked);
  copy_slice(pair, 0);
}

// The lower file grows while the copy goes on. Nobody sees other data for it: what was copied lies
// above it still, until `join` puts the upper one away.
void Merge::copy_slice(const Pair& pair, std::uint64_t copied) {
  const std::uint64_t blocks = pair.upper->blocks.allocated();
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(time_for(blocks * world_.options().block_bytes));
  const int slices = std::clamp(static_cast<int>(seconds.count()), 1, kMostSlices);
  const std::uint64_t upto = std::min(blocks, copied + blocks / static_cast<unsigned>(slices) + 1);
  const std::uint64_t bytes = (upto - copied) * world_.options().block_bytes;
  world_.at(world_.now() + time_for(bytes), [self = shared_from_this(), pair, copied, upto, bytes] {
    Vm* vm = self->world_.vm(self->vm_.value);
    if (!vm) return self->next();
    self->done_ += bytes;
    const std::uint64_t total = std::max<std::uint64_t>({self->total_, self->done_, 1});
    self->operations_.set_progress(
        self->task_, static_cast<int>(std::min<std::uint64_t>(99, self->done_ * 100 / total)));
    if (upto >= pair.upper->blocks.allocated()) {
      self->join(*vm, pair);
      return self->next();
    }
    self->operations_.discount(*pair.lower);
    pair.lower->blocks.overlay(part_of(pair.upper->blocks, copied, upto));
    self->operations_.count(*pair.lower);
    if (const auto blocked = self->obstacle(pair)) return self->fail(*blocked);
    self->copy_slice(pair, upto);
  });
}

void Merge::join(Vm& vm, const Pair& pair) {
  operations_.discount(*pair.lower);
  operations_.discount(*pair.upper);
  pair.lower->blocks.overlay(pair.upper->blocks);
  operations_.count(*pair.lower);
  for (const LayerPtr& layer : Operations::layers_of(vm)) {
    if (layer->parent == pair.upper) layer->parent = pair.lower;
  }
  for (Disk& disk : vm.disks) {
    if (disk.running == pair.upper) disk.running = pair.lower;
  }
  for (Snapshot& one : vm.snapshots) {
    for (auto& [key, layer] : one.frozen) {
      if (layer == pair.upper) layer = pair.lower;
    }
  }
  // What was to be joined with the upper's child still is, under the lower's name.
  if (targets_.erase(pair.upper->id) == 0) targets_.erase(pair.lower->id);
  world_.touch(vm.ref, "layoutEx");
  world_.touch(vm.ref, "config.hardware.device");
}

void Merge::add_helper(Vm& vm) {
  Snapshot helper;
  helper.ref = world_.next_ref("VirtualMachineSnapshot");
  helper.id = ++vm.last_snapshot_id;
  helper.name = "Consolidate Helper- 0";
  helper.description = "Helper snapshot for online consolidate.";
  helper.created = world_.now();
  helper.parent = vm.current_snapshot;
  helper.data_file =
      vm.home.substr(0, vm.home.rfind('.')) + "-Snapshot" + std::to_string(helper.id) + ".vmsn";
  helper.helper = true;
  helper.frozen = operations_.freeze(vm);
  for (const auto& [key, layer] : helper.frozen) targets_.insert(layer->id);
  helper_ = helper.id;
  vm.current_snapshot = helper.ref;
  vm.snapshots.push_back(std::move(helper));
  operations_.tree_changed(vm);
}

// By its id, for a roll_back may give it another number.
Snapshot* Merge::helper_of(Vm& vm) const {
  const auto found = std::find_if(vm.snapshots.begin(), vm.snapshots.end(),
                                  [&](const Snapshot& one) { return one.id == helper_; });
  return found == vm.snapshots.end() ? nullptr : &*found;
}

void Merge::next_round(Vm& vm) {
  Snapshot* helper = helper_of(vm);
  if (!helper) return finish(vm);
  std::uint64_t bytes = 0;
  for (const Disk& disk : vm.disks) {
    if (helper->frozen.contains(disk.key))
      bytes += disk.running->blocks.allocated() * world_.options().block_bytes;
  }
  if (time_for(bytes) <= kShortStun || ++rounds_ >= kMostRounds) return stun(vm, bytes);
  for (Disk& disk : vm.disks) {
    const auto frozen = helper->frozen.find(disk.key);
    if (frozen == helper->frozen.end()) continue;
    frozen->second = disk.running;
    targets_.insert(disk.running->id);
    disk.running = operations_.delta_on(vm, disk, disk.running);
    operations_.count(*disk.running);
  }
  total_ += bytes;
  operations_.tree_changed(vm);
  next();
}

void Merge::stun(Vm& vm, std::uint64_t bytes) {
  vm.stunned = true;
  world_.at(world_.now() + time_for(bytes), [self = shared_from_this()] { self->end_stun(); });
}

void Merge::end_stun() {
  Vm* vm = world_.vm(vm_.value);
  if (!vm) return next();
  vm->stunned = false;
  if (const Snapshot* helper = helper_of(*vm)) take_out(world_, *vm, {Ref(helper->ref)});
  helper_.reset();
  for (auto left = pairs(*vm, true); !left.empty(); left = pairs(*vm, true)) {
    if (const auto blocked = obstacle(left.front())) return fail(*blocked);
    join(*vm, left.front());
  }
  finish(*vm);
}

void Merge::finish(Vm& vm) {
  operations_.tree_changed(vm);
  Operations::Outcome outcome;
  if (knob_) outcome.error = knob_->error;
  operations_.close(task_, vm_.value, outcome);
}

void Merge::fail(const FaultValue& why) {
  raise_debt(world_, vm_, knob_ ? knob_->flag_lag : Duration{0});
  operations_.close(task_, vm_.value, {why, {}, {}, {}});
}

}  // namespace sim
