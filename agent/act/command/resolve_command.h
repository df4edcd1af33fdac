// `resolve`: ends what no look can settle, by the word of somebody who looked himself.
#pragma once

#include <string>
#include <vector>

#include "agent/act/context.h"
#include "agent/act/execute/executor.h"
#include "agent/cli/request_act.h"
#include "storage/journal.h"

namespace agent {

struct ResolveResponse {
  policy::Operation operation;
  bool looked = false;                       ///< at the server, just now
  bool by_word = false;                      ///< ended as the operator said
  std::vector<policy::Operation> recovered;  ///< others of that server, as they are now
  ExitCode code = ExitCode::Ok;              ///< Partial: it is still open
};

/// Looks first, where that server is configured to be acted on; an operation that is over by then
/// stays as it was seen. Throws Error: "not-found", "ambiguous" for the id, "observe" (exit 4) when
/// a look alone was asked for where nothing may be changed, "refused" (exit 4) for a word that
/// can't be: its task still runs, or nobody knows what it made. vsphere::Error, storage::Error.
ResolveResponse handle(const ResolveRequest& request, Context& context, const ExecuteWatch& watch);

}  // namespace agent
