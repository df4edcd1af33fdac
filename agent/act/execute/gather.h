// Everything beside the inventory that a plan and its guards are computed from: what is armed,
// paused, pinned, marked, in doubt or at work. One source for `plan`, `run` and the moment before a
// call.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/act/execute/gather_copies.h"
#include "agent/act/execute/ownership.h"
#include "agent/config/config.h"
#include "policy/plan.h"
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
  KnownCopies copies;
  std::vector<policy::Operation> open;    ///< operations that are not over
  std::vector<storage::PauseRow> pauses;  ///< also those that have run out
  std::vector<OwnershipDoubt> doubts;
  policy::Time now{};
  bool journalled = false;  ///< false: the state is older than journals, and nothing is known

  using VmKey = std::pair<std::string, std::string>;  ///< endpoint uuid, moid of the VM
  std::map<VmKey, policy::Time> waiting_since;
  std::map<VmKey, std::map<std::string, policy::Time>> detached;  ///< by snapshot moid
  /// Measured merges, bytes per second: of a VM, and of a datastore (endpoint uuid, moid).
  std::map<VmKey, double> vm_rates, datastore_rates;

  /// Every policy of the configuration in file order, with the pauses that hold for it. Throws as
  /// policies_of does.
  std::vector<policy::Policy> policies(const Config& config) const;
  /// What the guards of a VM ask for and the state can tell: unfinished, waiting_since, paused.
  policy::VmFacts vm_facts(const policy::Vm& vm) const;
  /// Of the VM's own merges, else of the slowest of its datastores, else not measured.
  policy::MergeRates rates(const policy::Vm& vm) const;
  std::optional<policy::Time> detached_since(const policy::Vm& vm,
                                             const policy::Snapshot& snapshot) const;
};

/// `key` null: as if nothing were ours. Reads only. Throws storage::Error.
Gathered gather(const Config& config, const storage::Store& store, storage::Journal& journal,
                const MarkerKey* key, policy::Time now);

/// What a person has not accepted yet of the endpoint; facts that nobody doubts stay as they are.
/// Reads only. Throws storage::Error.
void add_standing_doubts(const storage::Watch& watch, const std::string& uuid,
                         policy::EndpointFacts& facts);

/// The pause that holds for it at `now`, if any; one of all holds for everything. `kind` and `what`
/// are those of a PauseRow.
std::optional<policy::Pause> pause_of(const std::vector<storage::PauseRow>& pauses,
                                      const std::string& kind, const std::string& what,
                                      policy::Time now);

/// What a PauseRow of a VM calls it.
std::string pause_key(const std::string& endpoint_uuid, const std::string& vm_moid);

}  // namespace agent
