// Which scans of an endpoint fall into one span of a down-sampled history.
#pragma once

#include <vector>

#include "storage/samples.h"

namespace storage {

/// Scans of one endpoint, in order, of which only the last stays.
using Span = std::vector<std::int64_t>;

/// Raw for 48 h, then one per hour for 30 d, then one per day. A span (UTC hour or day) is thinned
/// only when all of it is past the border, so at least 48 h (30 d) stay fine-grained; what is left
/// does not depend on how often this runs. Spans of one scan are not named.
std::vector<Span> spans_to_thin(const std::vector<ScanPoint>& axis, policy::Time now);

}  // namespace storage
