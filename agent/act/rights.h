// Which vSphere privileges the account needs, and which it had better not have.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.h"

namespace agent {

struct RightsWanted {
  std::vector<std::string> needed;    ///< without these something configured will fail
  std::vector<std::string> optional;  ///< used when an operator asks for it (revert)
  std::vector<std::string>
      excess;  ///< never used by deltakeep: a leak of the password would cost more
};

/// What mode and policies of this endpoint call for. Ids as in AuthorizationManager.privilegeList.
RightsWanted rights_wanted(const VcenterConfig& vcenter, const std::vector<PolicyConfig>& policies);

}  // namespace agent
