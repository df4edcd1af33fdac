#include "agent/act/execute/open_notices.h"

#include <string>

#include "policy/settle.h"

namespace agent {
namespace {

using policy::OpState;

bool is_not_known(const policy::Operation& one, policy::Time now) {
  const bool in_question = one.state == OpState::Intent || one.state == OpState::Unknown ||
                           one.state == OpState::Result || one.state == OpState::OffTree;
  return in_question && now - one.sent > policy::kUnknownFinding;
}

}  // namespace

std::map<Gathered::VmKey, std::vector<policy::Notice>> open_notices(storage::Journal& journal,
                                                                    policy::Time now) {
  std::map<Gathered::VmKey, std::vector<policy::Notice>> found;
  storage::OperationFilter filter;
  filter.open_only = true;
  for (const policy::Operation& one : journal.operations(filter)) {
    const bool doubt = one.state == OpState::NeedsOperator;
    if (!doubt && !is_not_known(one, now)) continue;
    policy::Notice notice;
    notice.rule = doubt ? "operation-in-doubt" : "operation-not-settled";
    notice.level = doubt ? policy::RiskLevel::Critical : policy::RiskLevel::Warn;
    notice.text = policy::describe(one) + ": " + one.why +
                  (doubt ? "" : "; it is looked at again by the next run") +
                  "; nothing else is done to " + one.vm.name + " until it is over";
    notice.evidence = {{"operation", one.id}, {"since", policy::format_utc(one.sent)}};
    found[{one.vm.endpoint_uuid, one.vm.moid}].push_back(std::move(notice));
  }
  return found;
}

}  // namespace agent
