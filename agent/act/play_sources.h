// What `forecast` and `simulate` play forward: an inventory, the policies that are about its VMs,
// and what the history says they write.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/context.h"
#include "policy/forecast.h"
#include "policy/policy.h"
#include "policy/schedule.h"
#include "policy/selection.h"
#include "storage/store.h"

namespace agent {

/// The last scan with its history, or a saved inventory without one.
struct PlaySource {
  policy::Inventory inventory;
  policy::Time now{};             ///< the clock's; of a saved inventory when it was taken
  std::vector<std::string> gaps;  ///< what it lacks, one sentence each
  std::optional<storage::Store> store;
};
/// Throws agent::Error "input" (exit 2) for a file that is no inventory, and what open_state
/// throws.
PlaySource load_source(const std::string& inventory_file, Context& context);

/// Leaves only the VM that `text` names. Throws agent::Error "not-found" or "ambiguous".
void keep_only(const std::string& text, policy::Inventory& inventory);

/// One policy with the runs that it will make.
struct PlannedPolicy {
  policy::Policy policy;
  std::optional<policy::Schedule> schedule;  ///< none: it never runs by itself
  std::vector<policy::Time> runs;            ///< starts, after now
  std::optional<CloneConfig> clone;
  /// Runs that it should have made in a span that is over.
  int runs_between(policy::Time from, policy::Time to) const;
};

/// The policies of one configuration.
class PlannedPolicies {
 public:
  /// `inventory` must outlive it.
  PlannedPolicies(const Config& config, const policy::Inventory& inventory, policy::Time now,
                  policy::Time until);
  /// The one that decides how deep the VM's chains become: of several methods snapshot, then
  /// retain, then clone. Null: none selects it, or none may touch it.
  const PlannedPolicy* of(const policy::Vm& vm) const;
  /// The policy of this name, or `of(vm)` for an empty name. Null: it does not have the VM, which
  /// is another one's or nobody's.
  const PlannedPolicy* of(const policy::Vm& vm, const std::string& name) const;
  /// Throws agent::Error "config" (exit 2) with the names that there are.
  const PlannedPolicy& named(const std::string& name) const;
  /// Both the policy and the vCenter of the VM are armed.
  bool armed(const PlannedPolicy& policy, const policy::Vm& vm) const;

 private:
  std::string source_;
  std::vector<PlannedPolicy> policies_;
  policy::Selecting selecting_;
  std::map<std::string, policy::EndpointFacts> endpoints_;
};

/// What a VM's disks write and how others use it.
struct VmHabits {
  std::vector<policy::DiskWrites> writes;
  std::vector<policy::DeltaKind> kinds;  ///< of a disk without deltas: what its datastore makes
  std::optional<policy::ForeignHabit> foreign;
};
/// `ours` made snapshots of the VM so far; null: nobody of us did.
VmHabits habits_of(const policy::Vm& vm, const PlaySource& source, const PlannedPolicy* ours);

/// The playback of a VM under a policy (null: under none), with the guards that refuse for as long
/// as nobody helps. All arguments must outlive it.
policy::PlaybackInput playback_of(const policy::Vm& vm, const PlannedPolicy* policy,
                                  const VmHabits& habits, const PlaySource& source,
                                  std::span<const policy::Time> ticks, policy::Time until);

}  // namespace agent
