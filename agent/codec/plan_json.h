// A plan as JSON (format 1): what is stored, compared and replayed is what `plan --json` prints.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "policy/plan.h"

namespace agent {

/// SHA-256 in hex over policy::fingerprint_text: what the plan of one VM was computed from.
std::string plan_fingerprint(const policy::Vm& vm, const policy::Policy& policy,
                             const policy::PlanBasis& basis);

/// The words for what retention decided, from the input that it had.
class RetentionSource {
 public:
  /// All must outlive it; the plan has a retention result.
  RetentionSource(const policy::VmPlan& plan, const policy::Policy& policy, policy::Time at);
  RetentionSource(const RetentionSource&) = delete;
  RetentionSource& operator=(const RetentionSource&) = delete;
  std::string detail(const policy::Removed& removed) const;
  const policy::RetentionInput& input() const { return input_; }

 private:
  const policy::VmPlan& plan_;
  const policy::Policy& policy_;
  std::vector<policy::RetentionSnapshot> snapshots_;
  policy::RetentionInput input_;
};

/// One document without a newline at its end, written VM by VM. Equal plans give equal bytes.
/// `only`: leaves out all other VMs, but not what the totals say.
void write_plan(std::ostream& out, const policy::Plan& plan, const policy::Vm* only = nullptr);

/// A step of a stored plan: all that is needed to find what it was about and to see whether that
/// is still as it was.
struct StoredStep {
  std::string id;  ///< as policy::step_id
  policy::StepKind kind = policy::StepKind::Create;
  std::string needs;  ///< id of the create without which it is not to be done; empty: of none
  std::string policy, endpoint, vm, instance_uuid;
  std::string fingerprint;
  std::string snapshot;  ///< moid, of Mark and Remove
  std::string copy;      ///< id of the operation that made it, of MarkCopy and Destroy
  int snapshot_id = 0;
  policy::Time snapshot_created{};
};

struct StoredPlan {
  policy::Time at{};
  std::vector<StoredStep> steps;  ///< in the plan's order
};

/// Reads what write_plan writes; members that it does not know are left alone. Throws agent::Error
/// "input" (exit 2) that names the place.
StoredPlan read_plan(std::istream& in);

}  // namespace agent
