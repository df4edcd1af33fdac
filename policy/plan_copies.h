// Which copies of a VM stay and which may go: the part of a plan that method clone adds. The rules
// are those of snapshots; what is deleted is a whole VM of ours, never anything of the source.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/copy.h"
#include "policy/plan.h"
#include "policy/plan_vm.h"

namespace policy {

/// What was decided about the copies that one policy made of one VM. Every copy is either judged or
/// left.
struct CopiesPlan {
  CopiesPlan() = default;
  CopiesPlan(const CopiesPlan&) = delete;
  CopiesPlan& operator=(const CopiesPlan&) = delete;

  /// Untouched as far as is seen; oldest first. Retention speaks of them by index.
  std::vector<const Copy*> judged;
  std::vector<CopyLeft> left;  ///< stay, whatever the rules say, and count for none of them
  /// What retention was given: `judged`, and after them the copy that this run makes, if it makes
  /// one, with the id "new".
  std::vector<RetentionSnapshot> snapshots;
  RetentionInput input;
  RetentionRules rules;
  RetentionResult retention;
  std::vector<Refusal> all;  ///< what stands against deleting any of them
  struct One {
    std::uint32_t copy = 0;  ///< index into `judged`
    Refusal refusal;
  };
  std::vector<One> refusals;
  /// Guards whose facts are not known here and that are asked before each call.
  std::vector<std::string_view> unchecked;
};

/// The copies of a plan by policy and source VM, found once.
class CopyShares {
 public:
  /// All must outlive it. Copies that are nobody's to judge are added to `left`.
  CopyShares(const PlanInput& input, const Surroundings::Shares& shares,
             std::vector<CopyLeft>& left);

  /// Those of the VM that the policy judges, oldest first.
  std::vector<const Copy*> of(const Policy& policy, const Vm& vm) const;
  /// Null when the inventory has none under its moid.
  const Vm* vm_of(const Copy& copy) const;

 private:
  void find_vms();
  /// Why no policy judges it; empty when one does, which then has it.
  std::string_view give_out(const Copy& copy, const Surroundings::Shares& shares);

  const PlanInput& input_;
  std::unordered_map<const Vm*, std::vector<const Copy*>> by_source_;
  std::unordered_map<const Copy*, const Vm*> vms_, sources_;
  std::unordered_map<const Copy*, const Policy*> judges_;
};

/// Adds what is to be done about the VM's copies to its plan, before budgets. Nothing where there
/// are none.
void plan_copies(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
                 const CopyShares& shares, VmPlan& plan);

/// Whether a guard answered so about deleting one of them, or all.
bool has_verdict(const CopiesPlan& plan, Verdict verdict);

/// Leaves only as many deletions as the run has removals left.
void spend_copy_budget(PolicyPlan& plan);

}  // namespace policy
