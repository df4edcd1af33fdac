// One VM's part of a plan, apart from what all VMs of a policy have to share.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policy/plan.h"

namespace policy {

/// The facts of an endpoint, a datastore, shared files and marks, found once for all VMs.
class Surroundings {
 public:
  /// Which VMs each policy has, by their place in the inventory, rising; parallel to the policies.
  using Shares = std::vector<std::vector<std::uint32_t>>;
  /// Both must outlive it.
  Surroundings(const PlanInput& input, const Shares& shares);

  const EndpointFacts& endpoint(const Vm& vm) const;
  VmFacts facts(const Vm& vm) const;
  /// Of each datastore of the VM; null for one that the inventory does not have.
  std::vector<const Datastore*> datastores(const Vm& vm) const;
  /// The marks on snapshots of the VM; they stand together.
  using MarkRange = std::pair<Marks::const_iterator, Marks::const_iterator>;
  MarkRange marks(const Vm& vm) const;
  /// Empty when the inventory does not know the endpoint.
  std::string_view endpoint_uuid(const Vm& vm) const;
  /// Whether a policy that answers to the name has the VM.
  bool kept_by(const std::string& policy, const Vm& vm) const;

 private:
  const PlanInput& input_;
  const Shares& shares_;
  SharedFiles shared_;
  EndpointFacts nothing_known_;
  std::unordered_map<std::string, std::unordered_map<std::string, const Datastore*>> datastores_;
  /// By endpoint and moid. One look instead of a walk down a tree as large as the inventory.
  std::unordered_map<std::string_view, std::unordered_map<std::string_view, MarkRange>> marks_;
};

/// Its steps with their prices, before budgets. `scratch` is room that is used again for each VM.
VmPlan plan_vm(const PlanInput& input, const Policy& policy, const Surroundings& surroundings,
               const Vm& vm, std::vector<RetentionSnapshot>& scratch);

}  // namespace policy
