// Says why: turns a decision that is already made into reasons. Decides nothing.
#pragma once

#include <vector>

#include "policy/caps.h"
#include "policy/retention.h"
#include "policy/retention_fate.h"
#include "policy/retention_order.h"

namespace policy {

/// What was decided, and all that it was decided from.
struct Decision {
  const RetentionInput& input;
  const RetentionRules& rules;
  const SnapshotOrder& order;
  const Fates& fates;
  const CapSubject& subject;
  std::optional<Time> oldest_allowed;  ///< by max_age
  std::vector<bool> kept, kept_without_caps;
  std::vector<Shrunk> shrunk;
  std::vector<Conflict> conflicts;  ///< their blockers not named yet
};

/// Is the snapshot kept by the tag rule?
bool tagged(const RetentionSnapshot& snapshot, const KeepRules& keep);

RetentionResult explain(Decision decision);

}  // namespace policy
