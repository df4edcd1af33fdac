// `ops` and `runs`: the journal's side of the story. Both only read, while a run goes on as well.
#pragma once

#include <optional>
#include <vector>

#include "agent/act/context.h"
#include "agent/cli/request_act.h"
#include "storage/journal.h"
#include "storage/runs.h"

namespace agent {

struct OpsResponse {
  std::vector<policy::Operation> operations;    ///< newest first
  bool whole = false;                           ///< one was asked for, with all that is known
  std::vector<storage::Journal::Event> events;  ///< of that one, oldest first
  bool more = false;                            ///< older ones were left out
};
/// Throws Error: as find_vm, "config" (exit 2) for a vCenter that is not configured, "not-found"
/// and "ambiguous" for an id.
OpsResponse handle(const OpsRequest& request, Context& context);

struct RunsResponse {
  std::vector<storage::Run> runs;  ///< newest first; without plan and report unless one was asked
  bool whole = false;
  bool more = false;
};
RunsResponse handle(const RunsRequest& request, Context& context);

}  // namespace agent
