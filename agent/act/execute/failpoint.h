// Named points at which a crash test kills the process: one at every boundary between the journal
// and the server, where it matters most what a restart finds.
#pragma once

#include <span>
#include <string_view>

#include "policy/operation.h"

namespace agent {

/// Where an operation stands. Each is a place in the executor, in the order they are passed.
enum class Boundary {
  BeforeIntent,  ///< guards have passed, nothing is written
  AfterIntent,   ///< the intent is durable, the call is not sent
  AfterCall,     ///< the server has answered, the journal does not know
  AfterTask,     ///< the journal knows the task
  BeforeVerify,  ///< the task is over, nothing was looked at
  BeforeDone,    ///< verified, the journal does not know
  AfterDone,     ///< the journal says done, other tables lag behind
};

struct FailpointRow {
  policy::OpKind kind;
  Boundary boundary;
  const char* name;  ///< "create.after-intent"
};
/// Every point there is.
std::span<const FailpointRow> failpoints();

#ifdef DELTAKEEP_FAILPOINTS
/// Kills the process with SIGKILL when DELTAKEEP_FAILPOINT in the environment is the point's name,
/// or "name:n" and it is passed for the n-th time. Aborts for a point that the table lacks.
void failpoint(policy::OpKind kind, Boundary boundary);
#else
inline void failpoint(policy::OpKind, Boundary) {}
#endif

}  // namespace agent
