// `pin add|remove|list`: holds that retention must not touch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/act/context.h"
#include "agent/cli/request_act.h"
#include "storage/holds.h"

namespace agent {

struct PinResponse {
  PinRequest::Act act = PinRequest::Act::List;
  std::vector<storage::Pin> pins;  ///< of list: all that hold; of add and remove: that one
  std::map<std::string, std::string> endpoints;  ///< configured name by uuid
};

/// From the last scan; asks no server. Throws Error: as find_vm and find_snapshot, "usage" for a
/// time that is none, "not-found" (exit 1) for a hold that is not there, "locked" (exit 11).
PinResponse handle(const PinRequest& request, Context& context);

}  // namespace agent
