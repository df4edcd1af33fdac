// May this be done to this VM now? Each guard is one pure function that says no with evidence; all
// that a guard must know is in one value, and what nobody looked at is said to be so.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/inventory.h"
#include "policy/selection.h"
#include "policy/shared_files.h"

namespace policy {

/// What is to be done. Clone: create a helper snapshot and clone from it.
enum class Act { Create, Clone, Remove };

enum class Verdict {
  Held,         ///< not armed or paused: planned, but not sent
  Waits,        ///< another product is at work; it may be done later
  Refused,      ///< no, until something changes
  Skipped,      ///< no, for good: the VM is of a kind that this can't be done to
  NotLookedAt,  ///< the fact is not known here; it is looked at right before the call
};
/// "held", "waits", "refused", "skipped", "not-looked-at".
const char* verdict_name(Verdict verdict);

struct Evidence {
  std::string key, value;
  bool operator==(const Evidence&) const = default;
};

/// What a guard answers when it doesn't let the act pass.
struct Refusal {
  std::string rule;  ///< stable: the guard's name
  Verdict verdict = Verdict::Refused;
  std::string text;  ///< for a person: what is the matter, and what to do where that isn't plain
  std::vector<Evidence> evidence;
  bool forceable = false;     ///< an operator may override it with --force RULE
  std::optional<Time> until;  ///< of Waits and Held: when it will be looked at anew or ends
  /// Of NotLookedAt, from a guard itself: what is not known. Who asks for a text gets it in `text`.
  const char* missing = nullptr;
  bool operator==(const Refusal&) const = default;
};

/// A stop that an operator asked for.
struct Pause {
  std::string scope;  ///< "vcenter prod", "policy daily", "vm web-01"
  std::optional<Time> until;
  std::string reason;
};

/// What is known of an endpoint. Everything unset is not known, which no removal takes for good.
struct EndpointFacts {
  std::optional<bool> armed;  ///< mode = "act"
  std::optional<bool> scan_complete;
  std::vector<std::string> gaps;  ///< of a scan that is not complete, one sentence each
  /// Managed VMs of the last complete scan, and those of them that are gone without a deletion
  /// seen.
  struct Shrunken {
    std::uint64_t before = 0, gone = 0;
  };
  std::optional<Shrunken> shrunken;
  std::optional<std::chrono::seconds> clock_skew;  ///< the server's clock less ours
  std::optional<std::chrono::seconds> clock_step;  ///< how far either jumped since the last look
  std::optional<bool> rolled_back;        ///< its counters or time went back since they were seen
  std::optional<bool> database_restored;  ///< our own state is older than what the server shows
  bool is_host = false;                   ///< an ESXi host, not a vCenter
  bool allow_esxi_delete = false;
  std::optional<std::string> managed_by;  ///< of a host: its vCenter's address, "" for none
  std::optional<Pause> paused;
};

/// What the policy allows and asks for.
struct PolicyFacts {
  std::string name{},
      renamed_from{};  ///< what it calls its snapshots, and what it called them once
  bool armed = false;  ///< apply = true
  bool allow_remove_all = false;
  bool partial = false;        ///< clone: leave out disks that can't be cloned
  bool delete_copies = false;  ///< clone.delete
  bool memory = false;
  std::chrono::seconds defer = std::chrono::hours{4};
  std::optional<std::uint64_t> min_free_bytes;  ///< unset both: a tenth of the datastore
  std::optional<double> min_free_share;
  std::optional<Pause> paused;
};

enum class HostState { Ready, EnteringMaintenance, InMaintenance };

/// What is known of the VM beside what a scan shows.
struct VmFacts {
  std::optional<std::string> unfinished;  ///< id of our own open operation on it; "" for none
  std::optional<std::vector<std::string>> tasks;  ///< running ones of others, as text
  std::optional<HostState> host;
  std::optional<std::vector<SharedFile>> shared;
  std::optional<Time> waiting_since;  ///< since when an act waits for others
  std::optional<Time> read;           ///< when all this was read
  std::optional<Pause> paused;
};

/// All that a guard may look at. Datastores are those of the VM, null where one isn't known.
struct GuardInput {
  const Vm& vm;
  Time now;
  const EndpointFacts& endpoint;
  const PolicyFacts& policy;
  const VmFacts& facts;
  std::span<const Datastore* const> datastores;
  /// What is_straight says of the VM, for who asks about many of its snapshots; false: each is
  /// looked at.
  bool straight = false;
};
/// Whether the tree is one line that ends at the running point or without one, so that nothing in
/// it is a fork. A list in another order than that of a server is not called straight.
bool is_straight(const Vm& vm);

struct Guard {
  const char* name;
  bool creates, removes;  ///< which acts it guards
  std::optional<Refusal> (*judge)(const GuardInput& input, Act act);
};
/// Every guard of a VM, in the order in which they are asked.
std::span<const Guard> guards();

struct SnapshotGuard {
  const char* name;
  std::optional<Refusal> (*judge)(const GuardInput& input, const Snapshot& snapshot);
};
/// Every guard of one snapshot that is to be removed. They hold what retention should never ask
/// for: they are the second look, by other code.
std::span<const SnapshotGuard> removal_guards();

/// Now: an act is planned. Call: it is about to be sent, so that what nobody looked at, or looked
/// at over 5 s ago, refuses.
enum class Moment { Plan, Call };

/// What stands against the act, in the order of `guards`; empty: nothing. `forced` are the rules
/// that the operator overrides; only forceable ones are.
std::vector<Refusal> refusals(const GuardInput& input, Act act, Moment moment,
                              const std::set<std::string>& forced = {});
std::vector<Refusal> removal_refusals(const GuardInput& input, const Snapshot& snapshot,
                                      Moment moment, const std::set<std::string>& forced = {});

/// The same at Moment::Plan, for many VMs: what nobody looked at is no refusal, but its rule is
/// added to `unchecked`, once. The names are those of the tables.
std::vector<Refusal> plan_refusals(const GuardInput& input, Act act,
                                   const std::set<std::string>& forced,
                                   std::vector<std::string_view>& unchecked);
std::vector<Refusal> plan_removal_refusals(const GuardInput& input, const Snapshot& snapshot,
                                           const std::set<std::string>& forced,
                                           std::vector<std::string_view>& unchecked);

/// Whether one of them keeps the act from being planned (Waits, Refused, Skipped).
bool stops(const std::vector<Refusal>& refusals);

constexpr int kDepthHard = 31;  ///< vSphere opens 32 files a disk: the base and 31 deltas
constexpr std::chrono::seconds kFreshRead{5};
/// Until then a foreign snapshot is taken for a product at work, and from a day on it shrinks
/// what our policies may keep.
constexpr std::chrono::hours kYoungForeign{4};
constexpr std::chrono::hours kSettledForeign{24};

/// Whether a snapshot's name is one that a known backup product gives to its own.
bool known_backup_name(const Snapshot& snapshot);

}  // namespace policy
