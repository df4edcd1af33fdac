// What stands in the way, or waits for somebody: open operations, pauses, doubts and findings.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/act/context.h"
#include "policy/findings.h"
#include "policy/operation.h"
#include "storage/holds.h"
#include "storage/store.h"
#include "storage/watch.h"

namespace agent {

struct Standing {
  std::vector<policy::Operation> open;    ///< oldest first
  std::vector<storage::PauseRow> pauses;  ///< with those that have run out and nobody was told
  std::vector<storage::Doubt> doubts;
  std::vector<policy::Finding> findings;         ///< critical first, then the oldest
  std::map<std::string, std::string> endpoints;  ///< configured name by uuid
};

/// Reads only; a state from before the journal has nothing of all this.
Standing standing_of(const storage::Store& store);

}  // namespace agent
