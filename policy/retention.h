// Decides which snapshots of one VM stay and which may go, with a reason for each: the one place
// where keep rules, ages, caps and holds meet. Pure; nothing here removes anything.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/calendar.h"
#include "policy/inventory.h"
#include "policy/rules.h"
#include "policy/zone.h"

namespace policy {

/// Why a snapshot stays. The count rules and their within twins come first, finest first; their
/// order is the order of reasons and the tie-break of caps.
enum class KeepRule : std::uint8_t {
  Last,
  Within,
  Hourly,
  WithinHourly,
  Daily,
  WithinDaily,
  Weekly,
  WithinWeekly,
  Monthly,
  WithinMonthly,
  Quarterly,
  WithinQuarterly,
  Yearly,
  WithinYearly,
  Tags,
  // Hard: no rule and no cap beats these.
  Pinned,
  InUse,
  InProgress,
  Foreign,
  OtherPolicy,     ///< another policy's, which keeps and removes its own
  OrphanedPolicy,  ///< of a policy that is gone or has the VM no more
  Operator,        ///< of an operator's command
  Future,          ///< its clock is ahead of now: kept, takes no slot
  MinKeep,         ///< listed only when nothing above keeps it
  Current,         ///< listed only when nothing above keeps it
  Partial,         ///< newest of all, not complete, and younger than the grace
  Detached,        ///< not an ancestor of the running point, and not long enough so
  Oldest           ///< in `shrunk` only: the extra slot of `oldest = true`
};

/// Config name: "last", "within_daily", "in-use", ...
const char* keep_rule_name(KeepRule rule);
/// The rule with this config name; nothing for the names that are no rule of a policy.
std::optional<KeepRule> keep_rule(std::string_view config_name);
/// What the rule counts by; nothing for last, within and what is not a rule of periods.
std::optional<PeriodKind> period_kind(KeepRule rule);

/// Whose rules judge a snapshot of ours. Only those of Us are judged here, the others stay.
enum class Keeper : std::uint8_t { Us, OtherPolicy, OrphanedPolicy, Operator };

struct RetentionSnapshot {
  std::string_view id;                  ///< decides between equal times on different branches only
  Time time{};                          ///< as the server gave it
  std::optional<std::uint32_t> parent;  ///< index into the same list; unset: a root
  bool current = false;                 ///< the running point stands on it
  Owner owner = Owner::Ours;
  Keeper keeper = Keeper::Us;  ///< of one of ours
  bool pinned = false;
  bool in_use = false;  ///< a copy is being read from it
  bool orphan = false;  ///< made for a job that is gone: no rule keeps it
  SnapshotState state = SnapshotState::Complete;
  std::uint64_t bytes = 0;  ///< of the deltas that its creation made
  /// Since when, without a break, it is off the current path: from the history. Unset: nobody
  /// knows, so it stays.
  std::optional<Time> detached_since;
  std::span<const std::string> tags;
};

struct RetentionInput {
  std::span<const RetentionSnapshot> snapshots;
  Time now{};
  const Zone* zone = nullptr;  ///< null: UTC
  /// When no snapshot is current: true takes the newest for it, false takes all for detached (the
  /// running point stands on none, or nobody knows).
  bool newest_is_current = false;
  /// Snapshots that caps count besides the kept ones: marked for removal, and being created.
  int reserve = 0;
  std::optional<std::uint64_t> disk_capacity_bytes;       ///< for cap probes
  std::optional<std::uint64_t> datastore_capacity_bytes;  ///< for cap min_free as a share
  std::optional<std::uint64_t> datastore_free_bytes;      ///< for cap min_free
  /// Foreign snapshots count for caps only from this age on: a younger one is another product's
  /// backup that is still running.
  std::chrono::seconds foreign_min_age = std::chrono::hours(24);
  std::chrono::seconds partial_grace = std::chrono::hours(4);
  std::chrono::seconds clock_skew = std::chrono::minutes(5);  ///< later than now + skew: future
};

struct KeepReason {
  KeepRule rule = KeepRule::Last;
  bool oldest = false;    ///< the extra slot of `oldest = true`
  int slot = 0;           ///< from 1; 0: the rule has no slots
  std::optional<int> of;  ///< slots the rule has, after caps; unset: all, or a span
  std::optional<Period> period;
  bool operator==(const KeepReason&) const = default;
};

struct Kept {
  std::uint32_t index = 0;
  std::uint32_t first_reason = 0, reasons = 0;  ///< a run of RetentionResult::reasons
  bool operator==(const Kept&) const = default;
};

enum class RemoveReason : std::uint8_t {
  Superseded,   ///< `other` is newer in the same period
  BeyondCount,  ///< `rules` would need more slots
  MaxAge,
  Shrunk,  ///< a rule would keep it, were it not for a cap; see RetentionResult::shrunk
  Partial,
  Orphan,
  Detached
};
/// "superseded", "beyond-count", ...
const char* remove_reason_name(RemoveReason reason);

struct Removed {
  std::uint32_t index = 0;
  RemoveReason reason = RemoveReason::BeyondCount;
  KeepRule rule = KeepRule::Last;  ///< of Superseded and Shrunk
  std::uint32_t other = 0;         ///< of Superseded: the index of the newer one
  std::optional<Period> period;    ///< of Superseded
  std::uint32_t rules = 0;         ///< of BeyondCount: bit n is KeepRule n
  bool operator==(const Removed&) const = default;
};

enum class Cap : std::uint8_t { Depth, Count, Probes, Size, MinFree, MaxAge };
/// Config name: "depth", "min_free", ... (max_age is none, but it has conflicts too).
const char* cap_name(Cap cap);

/// A cap took slots from a rule. Two caps on one rule are two entries, in the order they took.
struct Shrunk {
  KeepRule rule = KeepRule::Last;
  int from = 0, to = 0;
  Cap because = Cap::Depth;
  bool operator==(const Shrunk&) const = default;
};

struct Blocker {
  std::optional<std::uint32_t> index;  ///< unset: the reserve
  KeepRule why = KeepRule::Pinned;     ///< of a snapshot; a rule of periods stands at its MIN
  bool operator==(const Blocker&) const = default;
};

/// What could not be met, and by whose fault. MinFree: actual is below limit, else above it.
struct Conflict {
  Cap cap = Cap::Depth;
  double limit = 0, actual = 0, unmet = 0;  ///< snapshots, bytes, probes; MaxAge: seconds, seconds,
                                            ///< snapshots
  std::vector<Blocker> blockers;
  bool operator==(const Conflict&) const = default;
};

struct RetentionResult {
  std::vector<Kept> keep;       ///< newest first
  std::vector<Removed> remove;  ///< in removal order
  std::vector<Shrunk> shrunk;
  std::vector<Conflict> conflicts;
  std::vector<KeepReason> reasons;

  std::span<const KeepReason> reasons_of(const Kept& kept) const {
    return std::span(reasons).subspan(kept.first_reason, kept.reasons);
  }
};

/// Every snapshot comes back once, kept or removed. The order of the input does not matter, but for
/// the indices. Laws and formulas: policy/README.md, "Retention".
/// Not an error: no snapshot, a policy that keeps nothing (the config refuses it), clocks that
/// contradict the tree. Throws std::invalid_argument when parents form a ring or lead outside, a
/// rule has no such name, or a cap is set without the capacity or free space it needs;
/// ZoneRangeError when a time lies outside of the zone's table.
RetentionResult evaluate(const RetentionInput& input, const RetentionRules& rules);

}  // namespace policy
