#include "agent/act/execute/copies_step.h"

#include <algorithm>
#include <optional>

#include "agent/act/execute/gather_copies.h"

namespace agent {

CopiesStep::CopiesStep(storage::Journal& journal, const std::vector<storage::ScanSummary>& scans,
                       const std::map<std::string, policy::Policy>& policies)
    : policies_(policies) {
  // Whether a row is authentic changes nothing of what is told here.
  KnownCopies known = known_copies(journal, nullptr, scans);
  copies_ = std::move(known.copies);
  never_selected_ = std::move(known.never_selected);
  for (const policy::Copy& copy : copies_) {
    wanted_.emplace(copy.endpoint, copy.moid);
    sources_[source_of(copy)];
  }
}

CopiesStep::Place CopiesStep::source_of(const policy::Copy& copy) {
  return {copy.endpoint, copy.source_uuid.empty() ? copy.source_moid : copy.source_uuid};
}

bool CopiesStep::is_copy(const policy::Vm& vm) const {
  if (never_selected_.contains(vm.identity.instance_uuid)) return true;
  return std::any_of(copies_.begin(), copies_.end(), [&](const policy::Copy& copy) {
    return copy.released && copy.instance_uuid == vm.identity.instance_uuid &&
           policy::lies_in_its_folder(copy, vm);
  });
}

void CopiesStep::see(const policy::Vm& vm, const std::vector<std::string>& selected_by) {
  const policy::VmIdentity& who = vm.identity;
  const Place place{who.endpoint, who.moid};
  if (wanted_.contains(place) && !vm.stale) {
    policy::Vm& clone = clones_[place];
    clone.identity = who;
    clone.place.path = vm.place.path;
  }
  const auto source =
      sources_.find({who.endpoint, who.instance_uuid.empty() ? who.moid : who.instance_uuid});
  if (source == sources_.end()) return;
  source->second = selected_by;
  seen_sources_.insert(source->first);
}

std::string_view CopiesStep::left(const policy::Copy& copy) const {
  const auto makes_it = [&](const policy::Policy& policy) {
    return policy.method() == policy::Method::Clone && policy.answers_to(copy.policy);
  };
  const bool known = std::any_of(policies_.begin(), policies_.end(),
                                 [&](const auto& entry) { return makes_it(entry.second); });
  if (!known) return "orphaned-policy";
  if (!seen_sources_.contains(source_of(copy))) return "source-gone";
  const std::vector<std::string>& names = sources_.at(source_of(copy));
  const bool selected = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return makes_it(policies_.at(name));
  });
  return selected ? "" : "not-selected";
}

std::vector<policy::Condition> CopiesStep::conditions() const {
  std::vector<policy::Condition> told;
  for (const policy::Copy& copy : copies_) {
    const auto clone = clones_.find({copy.endpoint, copy.moid});
    if (clone == clones_.end()) continue;
    if (clone->second.identity.instance_uuid != copy.instance_uuid) continue;
    if (auto one = policy::copy_condition(copy, clone->second, left(copy))) {
      told.push_back(*std::move(one));
    }
  }
  return told;
}

}  // namespace agent
