// Durations, sizes and counts as people write them in the config and on the command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/config/config.h"

namespace agent {

/// "96h", "7d", "10m", "1h30m": units s, m (minutes), h, d, w, each at most once and in falling
/// order; 0 only as "0s" and the like. Nothing when it is not such a text or does not fit.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// "1y2m3w4d5h", where m is months.
using policy::parse_span;

/// "20GiB", "1.5 TiB", "500MB", "4096B": binary and decimal units; a bare number is refused because
/// nobody knows its unit.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// "10%" as 0.1; above 0, at most 100.
std::optional<double> parse_percent(std::string_view text);

/// "7", "all" or "2-8". A plain N is {0, N}: a cap may shrink it to nothing; "2-8" keeps at least
/// 2.
std::optional<KeepCount> parse_keep_count(std::string_view text);

}  // namespace agent
