// `db check`, `db backup` and `db restore`: the state with its marker key, as one thing.
#pragma once

#include <string>

#include "agent/act/context.h"
#include "agent/cli/request_act.h"
#include "agent/exit_code.h"
#include "storage/backup.h"

namespace agent {

struct DbResponse {
  DbRequest::Act act = DbRequest::Act::Check;
  std::string state;          ///< file
  std::string file;           ///< the copy, of backup and restore
  storage::StateCheck check;  ///< of the state; of backup: of the copy
  /// The marker key: without it, no snapshot is ours.
  enum class Key {
    Same,      ///< it is where it belongs, or was copied
    Replaced,  ///< restore: by the copy's; the one before is kept beside it
    Kept,      ///< restore: there is none beside the copy
    None       ///< there is none at all
  };
  Key key = Key::Same;
  storage::Restored restored;
  ExitCode code = ExitCode::Ok;  ///< Failed where damage was found
};

/// Throws agent::Error: "locked" (exit 11) where a restore meets a process that has the state open,
/// "state" or "output" (exit 1) for files that are there already, can't be read or written.
DbResponse handle(const DbRequest& request, Context& context);

}  // namespace agent
