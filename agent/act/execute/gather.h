// Everything beside the inventory that a plan and its guards are computed from: what is armed,
// paused, pinned, marked, in doubt or at work. One source for `plan`, `run` and the moment before a
// call.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/execute/ownership.h"
#include "agent/config/config.h"
#include "policy/plan.h"
#include "storage/copies.h"
#include "storage/holds.h"
#include "storage/journal.h"
#include "storage/store.h"
#include "storage/watch.h"

namespace agent {

/// The stored state with ownership laid over it, and the facts of the plan. Values: nothing of it
/// changes when the state does.
struct Gathered {
  policy::Inventory inventory;
  std::vector<std::string> gaps;  ///< what the inventory lacks, one sentence each
  std::map<std::string, policy::EndpointFacts> endpoints;  ///< by configured name
  std::map<std::string, std::string> endpoint_uuids;       ///< by configured name
  policy::Marks marks;
  std::vector<policy::Operation> open;  ///< operations that are not over
  std::vector<storage::Waiting> waiting;
  std::vector<storage::PauseRow> pauses;
  std::vector<storage::DetachedSnapshot> detached;
  std::vector<storage::MergeMeasure> merges;
  std::vector<OwnershipDoubt> doubts;

  policy::VmFacts vm_facts(const policy::Vm& vm) const;
  policy::MergeRates rates(const policy::Vm& vm) const;
  std::optional<policy::Time> detached_since(const policy::Vm& vm,
                                             const policy::Snapshot& snapshot) const;
};

/// `key` null: as if nothing were ours. Reads only.
Gathered gather(const Config& config, const storage::Store& store, storage::Journal& journal,
                const MarkerKey* key, policy::Time now);

/// The pause that holds for it at `now`, if any: of all, the endpoint, the policy or the VM.
std::optional<policy::Pause> pause_of(const std::vector<storage::PauseRow>& pauses,
                                      const std::string& kind, const std::string& what,
                                      policy::Time now);

}  // namespace agent
