// GOVC_*: a govc user's environment in place of a [[vcenter]].
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.h"

namespace agent {

/// The variable's value; empty and unset are the same here.
std::string variable(const Environment& env, const char* name);

/// Nothing when GOVC_URL is not set. Problems have the file "environment" and no place.
std::optional<VcenterConfig> vcenter_from_environment(const Environment& env,
                                                      std::vector<ConfigProblem>& problems);

/// What GOVC_PASSWORD, else GOVC_URL, gives: the password or, from the former, perhaps the path of
/// the file that holds it. Empty when neither has one.
struct GovcPassword {
  std::string value;
  bool may_be_file = false;
};
GovcPassword govc_password(const Environment& env);

/// Where the state lies by default. With a config file: $STATE_DIRECTORY (systemd), else
/// /var/lib/deltakeep. Without: $STATE_DIRECTORY, $XDG_STATE_HOME/deltakeep or
/// ~/.local/state/deltakeep; empty when none of them is known.
std::string default_state(const Environment& env, bool has_file);

}  // namespace agent
