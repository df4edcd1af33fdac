#include "agent/act/vm_policies.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/config/policies.h"

namespace agent {
namespace {

std::vector<policy::SelectionRule> selections(const std::vector<policy::Policy>& policies) {
  std::vector<policy::SelectionRule> rules;
  for (const policy::Policy& one : policies) rules.push_back(one.selection);
  return rules;
}

/// Texts one after the other, each with its length, so that no two lists read alike.
class Canonical {
 public:
  Canonical& add(const std::string& text) {
    text_ += std::to_string(text.size()) + ":" + text;
    return *this;
  }
  Canonical& add(const std::vector<std::string>& texts) {
    add(std::to_string(texts.size()));
    for (const std::string& one : texts) add(one);
    return *this;
  }
  template <class Number>
  Canonical& add_number(const std::optional<Number>& number) {
    return add(number ? std::to_string(*number) : std::string());
  }
  Canonical& add(const policy::Selector& selector) {
    add(selector.name).add(selector.folder).add(selector.cluster).add(selector.datastore);
    add(selector.tag).add(selector.vcenter).add(std::to_string(selector.attribute.size()));
    for (const auto& [name, pattern] : selector.attribute) add(name).add(pattern);
    return *this;
  }
  Canonical& add(const policy::Thresholds& one) {
    add_number(one.probes).add_number(one.size_bytes).add_number(one.depth);
    add_number(one.size_share);
    return add(one.age ? std::to_string(one.age->count()) : std::string());
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string identity_of(const std::vector<policy::Policy>& policies,
                        const std::vector<policy::Datastore>& datastores,
                        const policy::Protected& protected_vms) {
  if (policies.empty()) return {};
  Canonical text;
  bool by_datastore = false;
  for (const policy::Policy& one : policies) {
    text.add(one.name()).add(policy::method_name(one.method()));
    text.add(one.selection.select).add(one.selection.exclude);
    text.add(one.thresholds.warn).add(one.thresholds.critical);
    by_datastore = by_datastore || !one.selection.select.datastore.empty() ||
                   !one.selection.exclude.datastore.empty();
  }
  for (const auto& [endpoint, names] : protected_vms.servers) {
    text.add(endpoint).add(std::vector<std::string>(names.begin(), names.end()));
  }
  if (!by_datastore) return text.take();
  std::vector<std::string> names;  // in whatever order the server listed them
  for (const policy::Datastore& one : datastores) {
    names.push_back(Canonical().add(one.endpoint).add(one.moid).add(one.name).take());
  }
  std::sort(names.begin(), names.end());
  return text.add(names).take();
}

}  // namespace

VmPolicies::VmPolicies(const Config& config, const std::vector<policy::Datastore>& datastores,
                       policy::Time now)
    : policies_(policies_of(config, now)),
      selecting_(selections(policies_), datastores, protected_vms(config)),
      identity_(identity_of(policies_, datastores, protected_vms(config))) {}

std::vector<std::string> VmPolicies::names(const policy::Vm& vm) const {
  return selecting_.of(vm).policies;
}

policy::ThresholdPair VmPolicies::thresholds(const policy::Vm& vm) const {
  if (policies_.empty()) return {};
  const std::vector<std::string> names = selecting_.of(vm).policies;
  for (const policy::Method method :
       {policy::Method::Snapshot, policy::Method::Retain, policy::Method::Clone}) {
    for (const policy::Policy& one : policies_) {
      const bool selects = std::find(names.begin(), names.end(), one.name()) != names.end();
      if (selects && one.method() == method) return one.thresholds;
    }
  }
  return {};
}

}  // namespace agent
