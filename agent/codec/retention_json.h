// `retention evaluate`: the retention engine on JSON, so that anyone can try a policy on any past.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "policy/retention.h"
#include "policy/zone.h"

namespace agent {

/// Loads an IANA zone by name; nothing else is read. Throws agent::Error for a name it does not
/// know.
using ZoneSource = std::function<policy::Zone(const std::string& name)>;

/// `{"rule":"daily","slot":1,"of":7,"period":"2026-11-21"}`: why a snapshot is kept, here and in a
/// plan. What a rule has not is left out.
nlohmann::ordered_json keep_reason_json(const policy::KeepReason& reason);

/// Request text in, reply text out (one line, no newline at the end).
/// Beyond the members of the contract a request may have: in a snapshot `orphan` and
/// `detached_since`, in the policy `detached` and `allow_remove_all`, at the top `capacity_bytes`
/// (the disk's, for cap probes; also the datastore's unless `datastore_capacity_bytes` is there),
/// `free_bytes`, and `upcoming`, rising times of the next runs: then each kept snapshot that a run
/// loses has `would_lose_next`.
/// Sizes of a conflict are in the cap's unit; those of max_age are limit and actual in seconds and
/// unmet in snapshots.
/// Throws agent::Error "input" (exit 2) naming the JSON pointer of what is wrong.
std::string retention_reply(std::string_view request_text, const ZoneSource& zones);

}  // namespace agent
