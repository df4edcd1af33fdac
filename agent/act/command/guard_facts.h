// What the guards of one endpoint are told outside of a run: the stored state's facts, and what may
// change while a command runs read anew.
#pragma once

#include <optional>
#include <string>

#include "agent/act/context.h"
#include "agent/act/execute/executor.h"
#include "agent/act/execute/gather.h"
#include "policy/shared_files.h"
#include "storage/holds.h"

namespace agent {

/// Of an operator's command, which no policy decides.
policy::PolicyFacts operator_facts(bool partial_clone);

class GuardFacts {
 public:
  /// All must outlive it, and `source()` it. `settles_doubts`: see OperatorRights.
  GuardFacts(const Context& context, const storage::Store& store, storage::Journal& journal,
             const MarkerKey& key, const policy::Endpoint& endpoint, bool settles_doubts);
  GuardFacts(const GuardFacts&) = delete;
  GuardFacts& operator=(const GuardFacts&) = delete;

  /// Reads the state again, once operations of before are settled.
  void refresh();
  GuardSource source(bool partial_clone);

 private:
  policy::EndpointFacts endpoint_facts() const;
  policy::VmFacts vm_facts(const policy::Vm& vm) const;

  const Context& context_;
  const storage::Store& store_;
  storage::Journal& journal_;
  storage::Holds holds_;
  const MarkerKey& key_;
  std::string name_, uuid_;
  bool settles_doubts_;
  Gathered gathered_;
  std::optional<policy::SharedFiles> shared_;
};

}  // namespace agent
