// Shapes of schedules, windows and time zones: whether a text can mean anything, not what.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agent {

// Each gives what is wrong with the text, or nothing when its shape is right.

/// Five fields (minute hour day month weekday) of `*`, numbers, names (jan, sun), ranges, lists and
/// steps, or @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually. A schedule that can
/// never come (30 February) is wrong, too.
std::optional<std::string> cron_problem(std::string_view text);

/// "22:00-06:00", "mon-fri 22:00-06:00", "sat,sun 00:00-24:00"; an end before the begin is the next
/// day's.
std::optional<std::string> window_problem(std::string_view text);

/// IANA names by shape: "UTC", "Europe/Berlin", "Etc/GMT-3"; not "UTC+2", "+02:00" or a path.
/// Whether the zone exists is found out when it is loaded.
std::optional<std::string> zone_problem(std::string_view text);

/// What to do with a missed run: "run-once", "skip", "skip-after 2h".
std::optional<std::string> misfire_problem(std::string_view text);

}  // namespace agent
