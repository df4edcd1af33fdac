// From a step and a look to the row that the journal keeps before the call is sent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/act/execute/executor.h"
#include "agent/act/execute/live_endpoint.h"

namespace agent {

/// Who acts, in markers and rows.
struct Author {
  const MarkerKey& key;
  std::string agent;  ///< of the state
  std::string run, actor;
};

struct IntentInput {
  const Job& job;
  const JobStep& step;
  const VmLook& look;  ///< with a VM
  policy::Time now{};
  std::string id;            ///< of the operation
  std::string serves;        ///< id of the clone that it is made for, or ""
  policy::NodeImage target;  ///< what is removed, reverted to, renamed or cloned from
  std::vector<std::string> forced;
};

/// Everything but a clone's target is filled in; state Intent, first attempt.
policy::Operation make_intent(const IntentInput& input, const Author& author);

/// Makes it another attempt at the same: what the last call was answered with is forgotten, and
/// the look is what it starts from. A Create's mark says which attempt made the snapshot; `note` is
/// added to its line for people.
void another_attempt(policy::Operation& operation, const VmLook& look, policy::Time now,
                     const Author& author, bool helper, const std::string& note);

/// What a clone is not to have is not missed in it.
void leave_out(policy::Operation& operation, const CallChoice& choice);

/// "web-01_2026-11-22T02-00Z", cut to 80 bytes.
std::string clone_name(const std::string& vm, policy::Time now);

}  // namespace agent
