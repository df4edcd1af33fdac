// When a hold ends, as an operator writes it.
#pragma once

#include <optional>
#include <string>

#include "policy/time.h"

namespace agent {

/// RFC 3339, or a duration from `now` on such as "4h" or "7d"; "": never. Throws Error "usage" for
/// anything else, and for a time that is not after `now`.
std::optional<policy::Time> until_of(const std::string& text, policy::Time now);

}  // namespace agent
