// Taking layers away: a merge in time, with a helper snapshot and rounds while the guest writes.
#pragma once

#include <memory>
#include <set>

#include "tests/simulator/model/operations.h"

namespace sim {

/// One running RemoveSnapshot, RemoveAllSnapshots or ConsolidateVMDisks, from the moment its nodes
/// have left the tree. Contents of every snapshot and of the running point never change. A failure
/// leaves deltas, perhaps the helper, and raises consolidationNeeded after `flag_lag`.
class Merge : public std::enable_shared_from_this<Merge> {
 public:
  Merge(World& world, Ref vm, Ref task, std::set<std::uint64_t> targets,
        std::optional<World::NextTask> knob);
  void begin();

 private:
  struct Pair {
    LayerPtr lower, upper;
  };
  std::vector<Pair> pairs(const Vm& vm, bool with_running) const;  ///< deepest first
  std::optional<FaultValue> obstacle(const Pair& pair);
  Duration time_for(std::uint64_t bytes) const;
  void next();
  void merge_later(const Pair& pair);
  void copy_slice(const Pair& pair, std::uint64_t copied);  ///< the next one, from that block on
  void join(Vm& vm, const Pair& pair);
  void add_helper(Vm& vm);
  Snapshot* helper_of(Vm& vm) const;
  void next_round(Vm& vm);
  void stun(Vm& vm, std::uint64_t bytes);
  void end_stun();
  void finish(Vm& vm);
  void fail(const FaultValue& why);

  World& world_;
  Operations operations_;
  Ref vm_, task_;
  std::set<std::uint64_t> targets_;  ///< layers to be joined with their child
  std::optional<World::NextTask> knob_;
  std::optional<int> helper_;  ///< Snapshot::id
  int rounds_ = 0;
  std::uint64_t total_ = 0, done_ = 0;  ///< bytes
};

}  // namespace sim
