// The guards that an operator overrides by name: a mistyped one must not pass for an override.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace agent {

/// Throws Error "usage" (exit 2) that lists the guards for a name that is none. Whether one may be
/// overridden is told by its refusal.
std::set<std::string> forced_guards(const std::vector<std::string>& names);

}  // namespace agent
