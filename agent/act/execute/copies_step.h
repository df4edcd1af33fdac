// Findings about copies: gathered while the VMs go by, once, when they are measured.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/copy_findings.h"
#include "policy/policy.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace agent {

class CopiesStep {
 public:
  /// `policies` are the configured ones; `scans` the last one of each endpoint.
  CopiesStep(storage::Journal& journal, const std::vector<storage::ScanSummary>& scans,
             const std::map<std::string, policy::Policy>& policies);

  /// No policy selects it, whatever its `select` says.
  bool is_copy(const policy::Vm& vm) const;
  /// `selected_by`: names of the policies that have the VM. Nothing is told of a stale copy.
  void see(const policy::Vm& vm, const std::vector<std::string>& selected_by);
  /// When all VMs were seen.
  std::vector<policy::Condition> conditions() const;

 private:
  using Place = std::pair<std::string, std::string>;  ///< endpoint, moid or instance uuid
  static Place source_of(const policy::Copy& copy);
  std::string_view left(const policy::Copy& copy) const;

  const std::map<std::string, policy::Policy>& policies_;
  std::vector<policy::Copy> copies_;
  std::set<std::string> never_selected_;
  std::set<Place> wanted_;                             ///< VMs of copies, by moid
  std::map<Place, policy::Vm> clones_;                 ///< by moid
  std::map<Place, std::vector<std::string>> sources_;  ///< policies that have the source
  std::set<Place> seen_sources_;
};

}  // namespace agent
