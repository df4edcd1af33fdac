// The copies that we made, as a plan takes them: rows of the state, held against the key.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/act/execute/marker_key.h"
#include "policy/copy.h"
#include "policy/inventory.h"
#include "storage/copies.h"
#include "storage/store.h"

namespace agent {

/// `key` null: nothing can be shown to be ours. `scan` is the last one of its endpoint.
policy::Copy plan_copy(const storage::Copy& copy, const MarkerKey* key,
                       const storage::ScanSummary& scan);

/// What is known of copies on the configured endpoints.
struct KnownCopies {
  /// Those that stand, released ones included; none that was deleted or is lost.
  std::vector<policy::Copy> copies;
  /// Instance uuids of VMs that no policy selects, because they are copies. A released one that was
  /// moved out of the folder of copies is a VM like others.
  std::set<std::string> never_selected;
};
/// `scans`: the last one of each endpoint.
KnownCopies known_copies(storage::Journal& journal, const MarkerKey* key,
                         const std::vector<storage::ScanSummary>& scans);
/// Takes the copies away that we deleted ourselves: nothing has shrunk without our doing.
void forget_deleted_copies(storage::Journal& journal, std::vector<storage::GoneVm>& gone);

/// What `known_copies` can't know of released ones without the inventory: it forgets those that are
/// not there, for their owners may have deleted them long ago, and has no policy select those that
/// are still in the folder of copies.
void look_at_released(const policy::Inventory& inventory, KnownCopies& known);

}  // namespace agent
