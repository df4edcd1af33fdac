#include "policy/surroundings.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>
#include <tuple>

namespace policy {
namespace {

std::uint64_t key_of(std::string_view endpoint, std::string_view vm) {
  const std::hash<std::string_view> hash;
  return hash(vm) + 31 * hash(endpoint);
}

}  // namespace

Surroundings::Surroundings(const PlanInput& input, const Shares& shares)
    : input_(input), shares_(shares), shared_(input.inventory.vms) {
  for (const Datastore& datastore : input.inventory.datastores) {
    datastores_[datastore.endpoint][datastore.moid] = &datastore;
  }
  index_marks(input.marks);
}

void Surroundings::index_marks(const Marks& marks) {
  std::vector<MarksOfVm> found;
  for (auto first = marks.begin(); first != marks.end();) {
    const auto& [endpoint, vm, snapshot] = first->first;
    auto last = std::next(first);
    while (last != marks.end() && std::get<1>(last->first) == vm &&
           std::get<0>(last->first) == endpoint) {
      ++last;
    }
    found.push_back({key_of(endpoint, vm), {first, last}});
    first = last;
  }
  if (found.empty()) return;
  const MarkRange none(marks.end(), marks.end());
  marks_.assign(std::bit_ceil(2 * found.size()), MarksOfVm{0, none});
  for (const MarksOfVm& one : found) {
    std::size_t at = one.key & (marks_.size() - 1);
    while (marks_[at].range != none) at = (at + 1) & (marks_.size() - 1);
    marks_[at] = one;
  }
}

Surroundings::MarkRange Surroundings::marks(const Vm& vm) const {
  const MarkRange none(input_.marks.end(), input_.marks.end());
  if (marks_.empty()) return none;
  const VmIdentity& who = vm.identity;
  const std::uint64_t key = key_of(who.endpoint, who.moid);
  for (std::size_t at = key & (marks_.size() - 1); marks_[at].range != none;
       at = (at + 1) & (marks_.size() - 1)) {
    if (marks_[at].key != key) continue;
    const auto& first = marks_[at].range.first->first;
    if (std::get<1>(first) == who.moid && std::get<0>(first) == who.endpoint) {
      return marks_[at].range;
    }
  }
  return none;
}

std::string_view Surroundings::endpoint_uuid(const Vm& vm) const {
  for (const Endpoint& endpoint : input_.inventory.endpoints) {
    if (endpoint.name == vm.identity.endpoint) return endpoint.uuid;
  }
  return {};
}

bool Surroundings::kept_by(const std::string& policy, const Vm& vm) const {
  const auto place = static_cast<std::uint32_t>(&vm - input_.inventory.vms.data());
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    if (!input_.policies[i].answers_to(policy)) continue;
    if (std::binary_search(shares_[i].begin(), shares_[i].end(), place)) return true;
  }
  return false;
}

const EndpointFacts& Surroundings::endpoint(const Vm& vm) const {
  const auto found = input_.endpoints.find(vm.identity.endpoint);
  return found == input_.endpoints.end() ? nothing_known_ : found->second;
}

VmFacts Surroundings::facts(const Vm& vm) const {
  VmFacts facts = input_.vm_facts ? input_.vm_facts(vm) : VmFacts{};
  facts.shared = shared_.of(vm);
  return facts;
}

std::vector<const Datastore*> Surroundings::datastores(const Vm& vm) const {
  std::vector<const Datastore*> found;
  found.reserve(vm.place.datastores.size());
  const auto all = datastores_.find(vm.identity.endpoint);
  for (const std::string& moid : vm.place.datastores) {
    const Datastore* datastore = nullptr;
    if (all != datastores_.end()) {
      const auto one = all->second.find(moid);
      if (one != all->second.end()) datastore = one->second;
    }
    found.push_back(datastore);
  }
  return found;
}

}  // namespace policy
