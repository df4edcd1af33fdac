#include "agent/act/execute/old_rows.h"

#include <set>
#include <string>

#include "agent/act/command/record.h"
#include "policy/marker.h"

namespace agent {

void take_old_rows_away(const Context& context, const std::vector<policy::Vm>& vms,
                        storage::Journal& journal) {
  std::set<std::string> named;
  for (const policy::Vm& vm : vms) {
    for (const policy::Snapshot& snapshot : vm.snapshots) {
      if (auto found = policy::find_marker(snapshot.description)) {
        named.insert(std::move(found->marker.op));
      }
    }
  }
  journal.prune(context.clock.now() - context.config.keep_journal, named,
                audit_line(context, "prune", "keep_journal of [agent]"));
}

}  // namespace agent
