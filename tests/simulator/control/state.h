// The truth about the world as JSON, for the oracle of a test: what no client can see is in it too.
#pragma once

#include <nlohmann/json.hpp>

#include "tests/simulator/model/world.h"

namespace sim {

/// {"time","boots","version","vms":[..],"tasks":[..],"datastores":[..],"hosts":[..],"locked_files":[..]}.
/// Chains newest first; "allocated_blocks" of a layer are its own; "contents" is a digest of what
/// the guest would read, equal exactly when every block is equal. Called with the world's mutex
/// held.
nlohmann::json state_json(World& world);
nlohmann::json vm_json(World& world, const Vm& vm);
/// {"tasks":[..]} as in state_json, oldest first, with those that the server shows no more but in
/// its history. What a restart or a rollback made it forget is not there.
nlohmann::json tasks_json(const World& world);

}  // namespace sim
