// /control/*: how a test steers the simulator and learns the truth. No vCenter has it, and a client
// under test must not use it.
#pragma once

#include <string>

#include "tests/simulator/control/control.h"
#include "tests/simulator/wire/http.h"

namespace sim {

/// GET  /control/state               the truth (state.h); ?vm=MOID for one VM
/// GET  /control/inventory           the world as --inventory takes it (inventory/inventory.h)
/// GET  /control/log?since=N         requests in order; DELETE forgets them
/// GET  /control/time                {"time","speed"}
/// POST /control/step?seconds=N      moves virtual time ahead, answers the new time
/// GET  /control/faults              rules with how often they were seen and fired
/// POST /control/faults              adds rules; PUT replaces them; DELETE ends them
/// POST /control/touch               a human's act: {"act": create | rename | delete | delete_all |
///     revert | consolidate | power_on | power_off | destroy | lock | unlock | disconnect |
///     reconnect | question | restart | rollback | cancel, "vm", "snapshot", "name", "user", ...}
/// Every answer is JSON; a wrong request is a 400 with {"error": what}. Takes the world's mutex.
class ControlEndpoint {
 public:
  ControlEndpoint(World& world, Control& control) : world_(world), control_(control) {}
  HttpReply handle(const HttpRequest& request);

 private:
  nlohmann::json answer(const HttpRequest& request);
  nlohmann::json faults(const HttpRequest& request);
  nlohmann::json step(const HttpRequest& request);

  World& world_;
  Control& control_;
};

/// Does what a person at another console would; answers {"task": moid} or {"fault": type} or {}.
/// Throws std::invalid_argument for an act that makes no sense.
nlohmann::json human_act(World& world, const nlohmann::json& act);

}  // namespace sim
