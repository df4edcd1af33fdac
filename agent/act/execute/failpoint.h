// Named points at which a crash test kills the process: one at every boundary between the journal
// and the server, where it matters most what a restart finds. A program that is not tested has
// none.
#pragma once

#include <string>
#include <vector>

#include "policy/operation.h"

namespace agent {

/// Where an operation stands. Each is a place in the executor, in the order they are passed.
enum class Boundary {
  BeforeIntent,  ///< guards have passed, nothing is written
  AfterIntent,   ///< the intent is durable, the call is not sent
  AfterCall,     ///< the server has answered, the journal does not know
  AfterLost,     ///< the answer was lost, and the journal says that nobody knows
  AfterTask,     ///< the journal knows the task
  BeforeVerify,  ///< the task is over, nothing was looked at
  BeforeDone,    ///< verified, the journal does not know
  AfterClaim,    ///< clone, destroy: the list of copies knows, the operation's row does not
  AfterDone,     ///< the journal says done, other tables lag behind
};

/// Places that belong to no one operation.
enum class Place {
  RecoverBegin,   ///< open operations are known, none was looked at
  RecoverEnd,     ///< all were looked at once; what they were is not scanned yet
  SettleLooked,   ///< a look was made, nothing is concluded
  SettleWritten,  ///< what was concluded is written, what follows from it is not done
  JournalBefore,  ///< before a row is written anew
  JournalAfter,
  RunPlanned,   ///< the plan is stored, nothing of it was tried
  RunExecuted,  ///< all was tried; neither marks nor the run's end are stored
};

#ifdef DELTAKEEP_FAILPOINTS
/// All names there are: "create.after-intent", "run.planned", ...
std::vector<std::string> failpoint_names();

/// Kill the process with SIGKILL when DELTAKEEP_FAILPOINT in the environment is the point's name,
/// or "name:n" and it is passed for the n-th time. Abort for a point that has no name.
void failpoint(policy::OpKind kind, Boundary boundary);
void failpoint(Place place);
#else
inline void failpoint(policy::OpKind, Boundary) {}
inline void failpoint(Place) {}
#endif

}  // namespace agent
