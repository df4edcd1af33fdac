#include "agent/act/command/standing.h"

#include <algorithm>
#include <utility>

#include "agent/act/command/record.h"

namespace agent {

Standing standing_of(const storage::Store& store) {
  storage::Journal journal(store);
  storage::Watch watch(journal);
  storage::OperationFilter open_ones;
  open_ones.open_only = true;
  Standing standing{.open = journal.operations(open_ones),
                    .pauses = storage::Holds(journal).pauses(),
                    .doubts = watch.doubts(),
                    .findings = watch.findings(),
                    .endpoints = endpoint_names(store)};
  std::reverse(standing.open.begin(), standing.open.end());
  std::erase_if(standing.findings,
                [](const policy::Finding& one) { return one.severity == policy::RiskLevel::Ok; });
  std::stable_sort(standing.findings.begin(), standing.findings.end(),
                   [](const policy::Finding& a, const policy::Finding& b) {
                     if (a.severity != b.severity) return a.severity > b.severity;
                     return a.since < b.since;
                   });
  return standing;
}

}  // namespace agent
