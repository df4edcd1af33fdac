// Plays one VM forward under a policy, event by event: what `forecast` reads off and `simulate`
// shows. No random number and no clock: the same input plays the same way.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/inventory.h"
#include "policy/policy.h"
#include "policy/retention.h"
#include "policy/write_model.h"

namespace policy {

constexpr std::chrono::hours kLongestPlay{400 * 24};

/// What a disk is expected to write: `vm.disks` and these are parallel.
struct DiskWrites {
  WriteModel model;
  Growth growth;  ///< of the delta that runs now
};

/// Copies that a policy of method clone leaves behind.
struct PlayedCopies {
  std::string datastore;     ///< moid
  bool deletes_old = false;  ///< else they pile up
};

struct PlaybackInput {
  const Vm& vm;
  const Policy* policy = nullptr;  ///< null: time passes and nothing is done
  std::span<const Time> runs;      ///< starts of the policy's runs, rising, after `now`
  std::span<const Time> ticks;     ///< when to look besides, rising, after `now`
  std::span<const DiskWrites> writes;
  Time now{};
  Time until{};  ///< at most kLongestPlay after now: std::invalid_argument
  /// Guards that refuse creates or removals now and for as long as nobody helps; empty: none.
  std::string create_refused, removal_refused;
  std::optional<PlayedCopies> copies;
  /// The policy is tried out in another one's place: it judges what that one made as well.
  bool takes_over = false;
};

struct PlayedDelta {
  GrowthRange bytes;
  std::uint32_t snapshot = 0;  ///< serial of the one that made it; 0: an orphan
};

struct PlayedDisk {
  const Disk* disk = nullptr;
  bool takes_part = true;     ///< in snapshots to come
  bool writes_known = false;  ///< else the bytes of new deltas are 0, and anything at the high end
  double copies = 1;          ///< how often each byte is stored; sizes here count them all
  double base_bytes = 0;      ///< 0: not known, or not growing
  std::vector<PlayedDelta> deltas;  ///< oldest first; the last one runs
  GrowthRange delta_bytes() const;
  int files_below() const { return disk->inherited; }
};

struct PlayedSnapshot {
  std::uint32_t serial = 0;
  std::string id;
  Time created{};
  std::uint32_t parent = 0;  ///< serial; 0: a root
  std::string_view policy;   ///< that made it; lasts as long as the input
  Owner owner = Owner::Ours;
  Keeper keeper = Keeper::Us;  ///< Us: the policy that is played judges it
  bool current = false;
  bool pinned = false;
  bool leftover = false;  ///< of a copy that is over
  SnapshotState state = SnapshotState::Complete;
  std::optional<Time> marked;
  std::optional<Time> leaves;  ///< another product's backup, expected to be gone by then
  std::uint64_t memory_bytes = 0;
};

enum class PlayedEvent {
  Start,        ///< as things are
  RunStart,     ///< a run is about to begin
  Create,       ///< the deepest moment of a run
  Refuse,       ///< a create was refused, by `why`
  Remove,       ///< one snapshot of ours went
  ForeignGone,  ///< one of another product went
  RunEnd,       ///< what a run left behind
  Tick,
  End  ///< `until`
};

struct PlayedMoment {
  PlayedEvent event = PlayedEvent::Start;
  Time at{};
  int depth = 0;                  ///< deltas of the deepest disk
  std::uint64_t merge_bytes = 0;  ///< of Remove
  const char* why = "";
  std::span<const PlayedDisk> disks;
  std::span<const PlayedSnapshot> snapshots;  ///< parents before children
  double copy_bytes = 0;
  int copies = 0;
};

/// Calls `seen` at the start, after each event and at the end. A run: the create guard, a new delta
/// on each disk that takes part, retention as a plan makes it, removal of what an earlier run
/// marked (one by one, ancestors first), marks for the rest. Decisions go by the best guess of
/// sizes. Removals wait for nothing but the marks: budgets and windows are not played.
/// A VM with a time outside of the zone's table is refused both ways, as in a plan. Throws
/// std::invalid_argument as evaluate() does.
void play(const PlaybackInput& input, const std::function<void(const PlayedMoment&)>& seen);

/// Probes of a disk as played; the bounds take in how uncertain the sizes are. Native deltas: 1.
struct PlayedProbes {
  double low = 1, best = 1, high = 1;
};
PlayedProbes played_probes(const PlayedDisk& disk);
double played_probes_best(const PlayedDisk& disk);

}  // namespace policy
