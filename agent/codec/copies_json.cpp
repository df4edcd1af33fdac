#include "agent/codec/copies_json.h"

#include <nlohmann/json.hpp>

#include "agent/codec/retention_json.h"
#include "agent/codec/retention_text.h"
#include "agent/codec/run_json.h"

namespace agent {
namespace {

using nlohmann::ordered_json;

/// One that the plan itself makes has the operation "new".
ordered_json copy_at(const policy::CopiesPlan& plan, std::uint32_t index, policy::Time at) {
  if (index < plan.judged.size()) return copy_json(*plan.judged[index]);
  return {{"operation", "new"}, {"taken", policy::format_utc(at)}};
}

ordered_json conflict_json(const policy::CopiesPlan& plan, const policy::Conflict& conflict) {
  ordered_json told{{"cap", policy::cap_name(conflict.cap)},
                    {"limit", conflict.limit},
                    {"actual", conflict.actual},
                    {"unmet", conflict.unmet}};
  told["blockers"] = ordered_json::array();
  for (const policy::Blocker& blocker : conflict.blockers) {
    if (!blocker.index) {
      told["blockers"].push_back({{"why", "reserve"}});
      continue;
    }
    const bool made = *blocker.index >= plan.judged.size();
    told["blockers"].push_back({{"operation", made ? "new" : plan.judged[*blocker.index]->op},
                                {"why", policy::keep_rule_name(blocker.why)}});
  }
  told["hint"] = conflict_hint(conflict);
  return told;
}

}  // namespace

ordered_json copy_json(const policy::Copy& copy) {
  return {{"operation", copy.op},
          {"moid", copy.moid},
          {"instance_uuid", copy.instance_uuid},
          {"name", copy.name},
          {"taken", policy::format_utc(copy.taken)},
          {"bytes", copy.bytes}};
}

ordered_json copy_left_json(const policy::CopyLeft& left) {
  ordered_json told = copy_json(*left.copy);
  told["source"] = left.copy->source_name;
  told["policy"] = left.copy->policy;
  told["why"] = left.why;
  told["text"] = left.text;
  return told;
}

ordered_json copies_json(const policy::CopiesPlan& plan, policy::Time at) {
  ordered_json told;
  for (const char* name : {"keep", "remove", "left", "shrunk", "conflicts"}) {
    told[name] = ordered_json::array();
  }
  for (const policy::Kept& kept : plan.retention.keep) {
    ordered_json one = copy_at(plan, kept.index, at);
    one["reasons"] = ordered_json::array();
    for (const auto& reason : plan.retention.reasons_of(kept)) {
      one["reasons"].push_back(keep_reason_json(reason));
    }
    told["keep"].push_back(std::move(one));
  }
  for (const policy::Removed& removed : plan.retention.remove) {
    ordered_json one = copy_at(plan, removed.index, at);
    one["reason"] = policy::remove_reason_name(removed.reason);
    one["detail"] = removal_detail(removed, plan.input, plan.rules, plan.retention);
    told["remove"].push_back(std::move(one));
  }
  for (const policy::CopyLeft& one : plan.left) told["left"].push_back(copy_left_json(one));
  for (const policy::Shrunk& shrunk : plan.retention.shrunk) {
    told["shrunk"].push_back({{"rule", policy::keep_rule_name(shrunk.rule)},
                              {"from", shrunk.from},
                              {"to", shrunk.to},
                              {"because", policy::cap_name(shrunk.because)}});
  }
  for (const auto& conflict : plan.retention.conflicts) {
    told["conflicts"].push_back(conflict_json(plan, conflict));
  }
  told["not_looked_at"] = plan.unchecked;
  return told;
}

std::vector<ordered_json> copy_refusals_json(const policy::CopiesPlan& plan) {
  std::vector<ordered_json> told;
  const auto add = [&](const policy::Refusal& refusal) -> ordered_json& {
    ordered_json one{{"against", "destroy"}};
    one.update(refusal_json(refusal));
    return told.emplace_back(std::move(one));
  };
  for (const policy::Refusal& one : plan.all) add(one);
  for (const auto& one : plan.refusals) add(one.refusal)["copy"] = plan.judged[one.copy]->op;
  return told;
}

}  // namespace agent
