// The update stream of one property collector: what is new for its filters, page by page.
#pragma once

#include <string>

#include "tests/simulator/wire/collector_services.h"

namespace sim {

/// Forgets what the client was told: the next look is a baseline.
void restart_stream(Collector& collector);

/// Queues every object that may have news since the last look. Cheap when the world stands still.
void look(Call& call, const Properties& from, Collector& collector, std::uint64_t changes);

/// Takes from the queue what really has news, at most `limit` objects, as <filterSet> elements; ""
/// when there is none.
std::string take_page(Call& call, const Properties& from, Collector& collector, std::size_t limit);

}  // namespace sim
