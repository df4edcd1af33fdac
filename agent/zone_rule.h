// The rule by which a zone's file goes on after its last listed change (RFC 8536 3.3, POSIX TZ).
#pragma once

#include <string_view>
#include <vector>

#include "policy/zone.h"

namespace agent {

/// The changes of offset that "CET-1CEST,M3.5.0,M10.5.0/3" makes in the local years `first` to
/// `last`, in order; none for a rule without daylight saving. Throws std::invalid_argument when it
/// is no such rule.
std::vector<policy::OffsetChange> changes_by_rule(std::string_view rule, int first, int last);

}  // namespace agent
