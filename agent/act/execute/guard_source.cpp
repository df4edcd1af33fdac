#include "agent/act/execute/executor.h"
#include "agent/act/execute/ownership.h"

namespace agent {

void own_by_journal(GuardSource& source, const storage::Journal& journal,
                    const storage::Holds& holds, const MarkerKey& key, const Clock& clock,
                    const std::string& endpoint_uuid) {
  const auto ownership = [&, endpoint_uuid](const policy::Vm& vm) {
    return Ownership(journal, holds, &key, clock.now(), endpoint_uuid, vm.identity.moid);
  };
  source.own = [=](policy::Vm& vm) { ownership(vm).apply(vm, endpoint_uuid); };
  source.marks = [=](const policy::Vm& vm) { return ownership(vm).marks(vm, endpoint_uuid); };
}

policy::SlotLimits slot_limits(const LimitsConfig& limits) {
  return {.per_vcenter = limits.per_vcenter,
          .per_host = limits.per_host,
          .per_datastore = limits.per_datastore};
}

}  // namespace agent
