// What a run would do to each VM and why: steps, refusals and conflicts, computed from values
// alone. The same input gives the same plan, in whatever order the inventory lists its VMs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "policy/copy.h"
#include "policy/guard.h"
#include "policy/inventory.h"
#include "policy/policy.h"
#include "policy/removal.h"
#include "policy/retention.h"

namespace policy {

/// A snapshot or a copy that an earlier run chose for removal.
struct Mark {
  Time at{};
  std::string run;
};
/// By endpoint, VM (moid) and snapshot (moid); of a copy its own VM and its operation.
using Marks = std::map<std::tuple<std::string, std::string, std::string>, Mark>;

enum class StepKind { Create, Clone, Mark, Remove, MarkCopy, Destroy };
/// "create", "clone", "mark", "remove", "mark-copy", "destroy".
const char* step_name(StepKind kind);

struct Step {
  StepKind kind = StepKind::Create;
  std::optional<std::uint32_t> snapshot;     ///< index into Vm::snapshots, of Mark and Remove
  std::shared_ptr<const RemovalStep> price;  ///< of Remove
  const Copy* copy = nullptr;                ///< of MarkCopy and Destroy: one of the input
  /// Of all that mark or remove: only what this plan makes lets it go. When that was not made, this
  /// is not to be done.
  bool needs_create = false;
};

/// Unique in a plan and the same in every plan: "daily/prod/vm-1/remove/snapshot-3",
/// "weekly/prod/vm-1/destroy/01JD...".
std::string step_id(const Policy& policy, const Vm& vm, const Step& step);

/// A guard's no to one removal.
struct SnapshotRefusal {
  std::uint32_t snapshot = 0;  ///< index into Vm::snapshots
  Refusal refusal;
};

/// What a plan of a VM was computed from beside the VM and the policy.
struct PlanBasis {
  std::string_view endpoint_uuid;  ///< lasts as long as the inventory
  struct MarkSeen {
    std::uint32_t snapshot = 0;  ///< index into Vm::snapshots
    Time at{};
  };
  std::vector<MarkSeen> marks;  ///< by index
  struct CopySeen {
    std::string_view op;  ///< lasts as long as the input's copies
    Time taken{};
    std::optional<Time> marked{};
  };
  std::vector<CopySeen> copies{};  ///< judged ones, oldest first
};

struct CopiesPlan;  // plan_copies.h

/// A copy that stays whatever the rules say.
struct CopyLeft {
  const Copy* copy = nullptr;
  /// Stable: as copy_stand_name, or "operator", "orphaned-policy", "source-gone", "not-selected".
  std::string_view why;
  std::string text{};  ///< a clause about "it", may be empty
};

struct VmPlan {
  const Vm* vm = nullptr;
  std::vector<Step> steps;      ///< in the order in which they would be sent
  std::vector<Refusal> create;  ///< what stands against a create or clone
  std::vector<Refusal> remove;  ///< what stands against any removal from the VM
  std::vector<SnapshotRefusal> snapshots;
  /// Guards whose facts are not known here and that are asked before each call.
  std::vector<std::string_view> unchecked_create, unchecked_remove;  ///< names that last for ever
  /// What stays and what goes, when the create succeeds; the new snapshot has the index one past
  /// the last. Nothing: the policy keeps no snapshots (method clone, where no helper was left), or
  /// a time can't be reckoned with.
  std::optional<RetentionResult> retention;
  std::shared_ptr<CopiesPlan> copies{};  ///< null: the policy has made none of this VM
  PlanBasis basis;
  bool creates() const;
  /// Something was to be done, and a guard said no to all of it, not just for now or for good.
  bool refused() const;
  /// Something was to be done, and all of it has to wait: for others, or for a later run's budget.
  bool waits() const;
};

struct Totals {
  std::uint64_t selected = 0, creates = 0, clones = 0, marks = 0, removals = 0;
  std::uint64_t refused = 0;    ///< VMs with something to do and a guard against all of it
  std::uint64_t waiting = 0;    ///< VMs of which all has to wait
  std::uint64_t conflicts = 0;  ///< VMs with a cap that can't be met
  std::uint64_t merge_bytes = 0, freed_bytes = 0;
  std::chrono::seconds merge_time{0};  ///< of the removals that have a measured rate
  std::uint64_t unpriced = 0;          ///< removals that have none
  std::uint64_t copy_marks = 0, destroys = 0;
};

struct PolicyPlan {
  const Policy* policy = nullptr;
  std::vector<VmPlan> vms;  ///< by name, endpoint, moid
  Totals totals;
  int max_removals = 0;
  /// Holds that are the same for all of its VMs on an endpoint: not armed, paused. Steps are listed
  /// and would not be sent.
  std::vector<Refusal> held;
};

/// A VM that a policy selects and none may touch, or that an earlier policy took.
struct LeftAlone {
  const Vm* vm = nullptr;
  std::string why;         ///< Selection::never, or "shadowed"
  std::string policy, by;  ///< of shadowed
};

struct Plan {
  Time at{};
  Time taken{};  ///< of the inventory
  bool complete = false;
  std::vector<PolicyPlan> policies;  ///< in file order
  std::vector<LeftAlone> left_alone;
  std::vector<CopyLeft> copies_left;  ///< that are no policy's to judge, in the input's order
  std::uint64_t unselected = 0;       ///< VMs that no policy is about
  Totals totals() const;
};

struct PlanInput {
  const Inventory& inventory;        ///< must outlive the plan
  std::span<const Policy> policies;  ///< all of them, in file order; must outlive the plan
  Time now{};
  std::set<std::string> only{};  ///< names to plan for; empty: all. Selection heeds all the same.
  bool create = true;            ///< false: retention only
  Protected protected_vms{};
  std::map<std::string, EndpointFacts> endpoints{};
  /// What is known of a VM beside the inventory; `shared` is filled in from the inventory.
  std::function<VmFacts(const Vm&)> vm_facts{};
  Marks marks{};
  /// What was measured of merging the VM's disks.
  std::function<MergeRates(const Vm&)> rates{};
  /// Since when, without a break, a snapshot has been off the current path; nothing where the
  /// history does not know, and for all when it is not given: then detached ones stay.
  std::function<std::optional<Time>(const Vm&, const Snapshot&)> detached_since{};
  RemovalBudget budget{};  ///< of each policy, beside its own max_removals
  std::set<std::string> forced{};
  std::span<const Copy> copies{};  ///< all that are not deleted; must outlive the plan
};

/// Throws std::invalid_argument as evaluate() does. A VM with a time outside of the zone's table
/// has no steps, but a refusal `time-out-of-range`. Facts that nobody gave are named in the plan,
/// never assumed.
Plan make_plan(const PlanInput& input);

/// The VM's snapshots as retention takes them, by the same indices; `made`: and after them one,
/// with the id "new", that is made then.
std::vector<RetentionSnapshot> retention_snapshots(const Vm& vm, const std::optional<Time>& made);

/// What caps count besides the kept ones. They hold at the deepest moment: when the next snapshot
/// has been made and what the run before marked is still there. Of snapshots alone: a policy of
/// method clone keeps none.
int cap_reserve(const Policy& policy);

/// Everything that the plan of this VM was computed from, but for time, as canonical text: equal
/// text means that a stored plan still says what it said. Sizes are left out: they grow while
/// nothing changes.
std::string fingerprint_text(const Vm& vm, const Policy& policy, const PlanBasis& basis);

}  // namespace policy
