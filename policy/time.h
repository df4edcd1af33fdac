// The one notion of an instant that the whole product shares, so that no two layers disagree.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace policy {

/// UTC with microseconds, the resolution that vCenter gives in createTime.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

/// RFC 3339 in UTC, always with `Z`; the fraction is left out when it is zero.
std::string format_utc(Time time);

/// Reads RFC 3339 with `Z` or a numeric offset and 0 to 6 (more are cut) fractional digits.
/// Nothing when the text is not such a time; never throws.
std::optional<Time> parse_utc(std::string_view text);

}  // namespace policy
