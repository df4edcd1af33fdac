// What the operations of a World share: leases on VMs, the life of a task, layers, preconditions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/model/world.h"

namespace sim {

/// A cheap view on the world; make one where needed. The world's mutex is held throughout.
class Operations {
 public:
  explicit Operations(World& world) : world_(world) {}

  // --- tasks (tasks.cpp)
  struct Kind {
    const char* method;       ///< wire name
    const char* description;  ///< descriptionId
    bool exclusive = true;    ///< false: several may run at once (clones of one template)
    bool cancelable = false;
  };
  struct Outcome {
    std::optional<FaultValue> error;
    std::optional<Ref> result;
    std::string result_type;
    std::vector<std::pair<Ref, std::uint64_t>> storage;
    std::vector<FoundFolder> folders;
  };
  using Work = std::function<Outcome(Vm&)>;
  /// Opens a task and does `work` after `duration`. Knobs of World::next_tasks apply.
  Started start(Vm& vm, const Kind& kind, const std::string& user, Duration duration, Work work);
  /// The same for what is no VM: nothing is leased, no knob applies, no event tells of it.
  Started start_on(const Ref& entity, const std::string& name, const Kind& kind,
                   const std::string& user, Duration duration, std::function<Outcome()> work);
  Ref open(Vm& vm, const Kind& kind, const std::string& user);
  /// Ends a task. Its object may be gone (a restart): then only the lease ends.
  void close(const Ref& task, const std::string& vm, const Outcome& outcome);
  void set_progress(const Ref& task, int percent);
  bool runs(const Ref& task, const std::string& vm) const;
  /// The first knob that fits, which is thereby used up.
  std::optional<World::NextTask> take_knob(const std::string& method, const std::string& entity);
  void log(const std::string& type, const std::string& user, const std::string& text, const Vm& vm,
           std::uint64_t chain = 0);
  /// Events from before the start; numbers them in order of time.
  void log_past(std::vector<Event> past);

  // --- preconditions (preconditions.cpp)
  /// Why `method` cannot start on this VM now, common to all: host, disabled methods, other tasks.
  std::optional<FaultValue> refuse(const Vm& vm, const Kind& kind) const;
  std::optional<FaultValue> busy(const Vm& vm, bool exclusive = true) const;
  std::optional<FaultValue> locked(const Vm& vm) const;
  std::optional<FaultValue> unfit_for_snapshot(const Vm& vm, bool memory) const;

  // --- layers (layers.cpp)
  static bool in_snapshots(const Disk& disk);  ///< not independent, not a physical RDM
  static std::vector<LayerPtr> layers_of(
      const Vm& vm);  ///< each once, from all disks and snapshots
  static std::string folder_of(const std::string& file);  ///< "[ds] a/b.vmdk" -> "a"
  /// Layers that nothing needs as they are: not frozen, not running, one child only, this VM's own
  /// and no other's. A merge may take them away; between operations they are consolidation debt.
  std::vector<LayerPtr> unneeded(const Vm& vm) const;
  LayerPtr new_layer();
  /// "50..." for instances, "42..." for BIOS uuids, as vCenter makes them.
  static std::string uuid_from(std::uint64_t random, const std::string& prefix);
  /// A delta on `parent`, empty, for this disk of this VM.
  LayerPtr delta_on(const Vm& vm, const Disk& disk, const LayerPtr& parent);
  /// Freezes every disk that takes part in snapshots: running becomes a delta. Answers what froze.
  std::map<int, LayerPtr> freeze(Vm& vm);
  /// Layers of `before` that the VM and all others no longer hold: their space is free again.
  void drop_lost(const Vm& vm, const std::vector<LayerPtr>& before);
  /// Disks taken out since `target` come back, those added since leave: their files stay for
  /// nobody.
  void disks_as_of(Vm& vm, const Snapshot& target);
  /// Adds, takes out or alters disks (disks.cpp); a refusal leaves the VM as it was.
  std::optional<FaultValue> change_disks(Vm& vm, std::vector<DiskChange> changes);
  /// Another VM stands on it, directly or not.
  bool stood_on_by_others(const Vm& vm, const LayerPtr& layer) const;
  static Snapshot* find(Vm& vm, const Ref& snapshot);
  static int depth(const Vm& vm);  ///< nodes from the root to the current snapshot

  // --- space and guests (space.cpp)
  std::uint64_t room_on(const std::string& datastore);
  void count(const Layer& layer);
  void discount(const Layer& layer);
  void count_memory(const Vm& vm, std::uint64_t bytes,
                    bool more);  ///< of a snapshot, on the VM's home
  void play(Vm& vm, Time to);
  bool guest_write(Vm& vm, Disk& disk, std::uint64_t start, std::uint64_t blocks,
                   std::uint64_t stamp);

  // --- changes that are not a task of their own
  void activate_tracking(Vm& vm);  ///< what reconfigure asked for takes effect
  void set_power(Vm& vm, PowerState to);
  void tree_changed(Vm& vm);  ///< snapshots or layers: tells the update streams, lists sizes anew
  /// Closes an epoch of change tracking on each disk; answers the changeIds by disk key.
  static std::map<int, std::string> close_epochs(Vm& vm);
  /// Starts tracking anew: older changeIds no longer work.
  void restart_tracking(Vm& vm);

 private:
  const Task& enroll(const Ref& entity, const std::string& name, const Kind& kind,
                     const std::string& user);

  World& world_;
};

}  // namespace sim
