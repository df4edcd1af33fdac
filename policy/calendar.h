// Calendar periods and spans in a zone: what "daily", "weekly" and "a month ago" mean.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/time.h"
#include "policy/zone.h"

namespace policy {

enum class PeriodKind { Hour, Day, Week, Month, Quarter, Year };

/// One calendar period: two instants are in the same one when their keys are equal, and a later
/// period has the greater key. Hours carry the UTC offset: the repeated hour of a fold is two.
/// `number` counts the kind's periods from 1970 on, or is the UTC second at which an hour begins.
struct Period {
  PeriodKind kind = PeriodKind::Day;
  std::int64_t number = 0;
  std::int32_t offset_seconds = 0;  ///< of hours only
  auto operator<=>(const Period&) const = default;
};

/// The period that `time` lies in. Weeks are ISO 8601. Throws ZoneRangeError, here and below also
/// for local years before 0 or after 9999.
Period period_of(PeriodKind kind, Time time, const Zone& zone);
/// That of a whole day, of any kind but Hour (std::logic_error).
Period period_of(PeriodKind kind, std::chrono::local_days day);

/// "2026-10-25T02+01:00", "2026-11-21", "2026-W47", "2026-11", "2026-Q4", "2026".
std::string period_name(const Period& period);

/// First instant after the period, from which on it never comes back. Throws ZoneRangeError.
Time period_end(const Period& period, const Zone& zone);

/// "1y2m3w4d5h": calendar parts, not seconds (m is months, as in restic and its peers).
struct CalendarSpan {
  int years = 0, months = 0, weeks = 0, days = 0, hours = 0;
  bool operator==(const CalendarSpan&) const = default;
};

/// Reads "1y2m3w4d5h": parts in this order, each at most once; all parts zero is not a span.
std::optional<CalendarSpan> parse_span(std::string_view text);
/// The text that parse_span reads back as `span`; "0h" for the empty one, which it refuses.
std::string format_span(const CalendarSpan& span);

/// `time` less `span`: years and months on the civil date (clamped to the month's end), then weeks
/// and days on the civil date, same wall-clock time (the first instant of a fold, the first after a
/// gap), then hours as elapsed time. Throws ZoneRangeError.
Time subtract(Time time, const CalendarSpan& span, const Zone& zone);
/// The mirror image, for "when will this expire".
Time add(Time time, const CalendarSpan& span, const Zone& zone);

}  // namespace policy
