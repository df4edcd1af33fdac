// One VM's part of a plan, apart from what all VMs of a policy have to share.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "policy/plan.h"

namespace policy {

/// The facts of an endpoint, a datastore and shared files, found once for all VMs.
class Surroundings {
 public:
  /// `input` must outlive it.
  explicit Surroundings(const PlanInput& input);

  const EndpointFacts& endpoint(const Vm& vm) const;
  VmFacts facts(const Vm& vm) const;
  /// Of each datastore of the VM; null for one that the inventory does not have.
  std::vector<const Datastore*> datastores(const Vm& vm) const;

 private:
  const PlanInput& input_;
  SharedFiles shared_;
  EndpointFacts nothing_known_;
  std::unordered_map<std::string, std::unordered_map<std::string, const Datastore*>> datastores_;
};

/// Its steps without a price, before budgets.
VmPlan plan_vm(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
               const Vm& vm);

}  // namespace policy
