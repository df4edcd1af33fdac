// What the plans of all VMs look things up in: facts, datastores, shared files, marks, found once.
#pragma once

#include <cstdint>
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
  struct MarksOfVm {
    std::uint64_t key;
    MarkRange range;  // the end twice: a free place
  };
  void index_marks(const Marks& marks);
  /// A hash table with open addressing, at most half full. One look instead of a walk down a tree
  /// as large as the inventory, and nothing to allocate for each VM.
  std::vector<MarksOfVm> marks_;
};

}  // namespace policy
