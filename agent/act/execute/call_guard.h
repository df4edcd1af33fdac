// The last question before a call: does anything stand against it, going by a look that is seconds
// old.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/act/execute/executor.h"
#include "agent/act/execute/live_endpoint.h"
#include "policy/guard.h"

namespace agent {

struct CallQuestion {
  policy::OpKind kind = policy::OpKind::Create;
  const VmLook& look;  ///< with owners and pins
  policy::Time now{};  ///< server time
  policy::EndpointFacts endpoint;
  policy::PolicyFacts policy;
  policy::VmFacts facts;
  bool for_clone = false;      ///< Create of a helper
  bool by_operator = false;    ///< who named this one snapshot
  std::string instance_uuid;   ///< of the VM that was decided on
  policy::NodeImage snapshot;  ///< of those that have a target, and Clone from a snapshot
};

/// Empty: nothing. A VM that is not there, is another one, or whose target is not what it was,
/// refuses, too.
std::vector<policy::Refusal> call_refusals(const CallQuestion& question,
                                           const std::set<std::string>& forced);

/// Those of `forced` that made a difference.
std::vector<std::string> overridden(const CallQuestion& question,
                                    const std::set<std::string>& forced);

/// "guard: text; guard: text".
std::string describe(const std::vector<policy::Refusal>& refusals);

}  // namespace agent
