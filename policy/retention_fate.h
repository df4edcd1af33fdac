// Sorts the snapshots of a VM by what retention may do with them at all, before any rule is asked.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/retention.h"
#include "policy/retention_order.h"

namespace policy {

enum class Fate : std::uint8_t {
  Hard,        ///< pinned, in use, in progress, or not this policy's to judge: stays
  Future,      ///< stays, takes no slot
  Candidate,   ///< complete, ours, on the current path: the rules decide
  Partial,     ///< not complete
  Orphan,      ///< made for a job that is gone: goes
  Detached,    ///< off the current path: stays and is reported
  DetachedGo,  ///< off the current path for long enough: goes
};

struct Fates {
  std::vector<Fate> of;                       ///< of each snapshot
  std::vector<std::uint32_t> candidates;      ///< newest first
  std::vector<std::uint32_t> going_detached;  ///< deepest first
};

/// `zone` for the span of `detached`; throws ZoneRangeError.
Fates classify(const RetentionInput& input, const SnapshotOrder& order, const RetentionRules& rules,
               const Zone& zone);

}  // namespace policy
