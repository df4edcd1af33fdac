// Schedules, windows and time zones as they are written in the configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/config/config.h"
#include "policy/schedule.h"

namespace agent {

// Each gives what is wrong with the text, or nothing when it means something.

/// Five fields or a macro, as policy::Cron takes them.
std::optional<std::string> cron_problem(std::string_view text);

/// "22:00-06:00", "mon-fri 22:00-06:00", "sat,sun 00:00-24:00", as policy::WeeklyHours takes them.
std::optional<std::string> window_problem(std::string_view text);

/// IANA names of zones that the system knows: "UTC", "Europe/Berlin", "Etc/GMT-3"; not "UTC+2",
/// "+02:00" or a path.
std::optional<std::string> zone_problem(std::string_view text);

/// What to do with a missed run: "run-once" (the default), "skip" (when it is more than a minute
/// late), "skip-after 2h".
std::optional<std::string> misfire_problem(std::string_view text);

/// The schedule of a policy whose texts have no problem by themselves. Throws policy::ScheduleError
/// when its blackouts cover its windows, policy::CronError when it has no schedule.
policy::Schedule schedule_of(const PolicyConfig& policy, policy::Zone zone);

/// Why the parts of a policy's schedule, each of which means something, never make it run; nothing
/// when they do, and when a part is wrong by itself or missing.
std::optional<std::string> schedule_problem(const PolicyConfig& policy);

}  // namespace agent
