// What the configuration says of one VM beside the plan: which policies select it and whose
// thresholds hold for it. One answer for every table, tally and list.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.h"
#include "policy/policy.h"
#include "policy/selection.h"
#include "policy/thresholds.h"

namespace agent {

class VmPolicies {
 public:
  /// `datastores` gives their names to selectors. Throws as policies_of does.
  VmPolicies(const Config& config, const std::vector<policy::Datastore>& datastores,
             policy::Time now);
  /// Of policies that are none: every VM has the defaults.
  VmPolicies() : selecting_({}, {}, {}) {}

  /// Config names, in file order.
  std::vector<std::string> names(const policy::Vm& vm) const;
  /// Those of the policy that makes or keeps its snapshots, else of the one that copies it, else
  /// the defaults: an empty pair.
  policy::ThresholdPair thresholds(const policy::Vm& vm) const;

  /// All that the answers depend on but for the VM itself, as text: equal text, equal answers.
  const std::string& identity() const { return identity_; }

 private:
  std::vector<policy::Policy> policies_;
  policy::Selecting selecting_;
  std::string identity_;
};

}  // namespace agent
