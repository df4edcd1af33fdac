// IANA time zones from the system's database (Debian: tzdata), as tables that policy can reckon
// with.
#pragma once

#include <optional>
#include <string>

#include "policy/zone.h"

namespace agent {

/// What is wrong with a name, and the one that was probably meant; nothing when there is such a
/// zone. "UTC" needs no database.
std::optional<std::string> zone_name_problem(const std::string& name);

/// The zone from 1970 until the end of 2100. Throws agent::Error "config" when there is no such
/// zone or its file cannot be read.
policy::Zone load_zone(const std::string& name);

}  // namespace agent
