#include "agent/codec/retention_text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "policy/calendar.h"

namespace agent {
namespace {

using policy::keep_rule_name;
using policy::KeepRule;
using policy::Removed;
using policy::RemoveReason;
using policy::RetentionResult;
using policy::RetentionRules;

/// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

/// Slots that caps left the rule; nothing when they took none.
std::optional<int> slots_left(KeepRule rule, const RetentionResult& result) {
  for (auto shrunk = result.shrunk.rbegin(); shrunk != result.shrunk.rend(); ++shrunk) {
    if (shrunk->rule == rule) return shrunk->to;
  }
  return std::nullopt;
}

std::string beyond_count(const Removed& removed, const RetentionRules& rules,
                         const RetentionResult& result) {
  std::map<int, std::vector<std::string>> by_slots;
  std::vector<std::string> clauses;
  // Coarsest first: it is the one that reaches furthest back.
  for (int number = static_cast<int>(KeepRule::WithinYearly); number >= 0; --number) {
    if ((removed.rules >> static_cast<unsigned>(number) & 1U) == 0) continue;
    const auto rule = static_cast<KeepRule>(number);
    const std::string name = keep_rule_name(rule);
    const auto count = rules.keep.counts.find(name);
    const auto span = rules.keep.within.find(name);
    const auto left = slots_left(rule, result);
    if (left) {
      clauses.push_back(name + " keeps " + std::to_string(*left) + " under its caps");
    } else if (count != rules.keep.counts.end() && count->second.max) {
      by_slots[*count->second.max].push_back(name);
    } else if (span != rules.keep.within.end()) {
      clauses.push_back(name + " reaches back " + policy::format_span(span->second));
    }
  }
  for (auto group = by_slots.rbegin(); group != by_slots.rend(); ++group) {
    clauses.push_back(listed(group->second) + (group->second.size() == 1 ? " keeps " : " keep ") +
                      std::to_string(group->first));
  }
  if (clauses.empty()) return "no rule asks for it";
  std::string text;
  for (const std::string& clause : clauses) text += (text.empty() ? "" : "; ") + clause;
  return text;
}

std::string shrunk(const Removed& removed, const RetentionResult& result) {
  std::vector<std::string> caps;
  std::optional<int> from;
  int to = 0;
  for (const policy::Shrunk& entry : result.shrunk) {
    if (entry.rule != removed.rule) continue;
    if (!from) from = entry.from;
    to = entry.to;
    caps.emplace_back(policy::cap_name(entry.because));
  }
  return std::string(keep_rule_name(removed.rule)) + " went from " +
         std::to_string(from.value_or(0)) + " to " + std::to_string(to) + " because of cap " +
         listed(caps);
}

}  // namespace

std::string removal_detail(const Removed& removed, const policy::RetentionInput& input,
                           const RetentionRules& rules, const RetentionResult& result) {
  switch (removed.reason) {
    case RemoveReason::Superseded:
      return std::string(input.snapshots[removed.other].id) + " is newer in " +
             keep_rule_name(removed.rule) +
             (removed.period ? " " + policy::period_name(*removed.period) : "");
    case RemoveReason::BeyondCount:
      return beyond_count(removed, rules, result);
    case RemoveReason::MaxAge:
      return "older than " + (rules.max_age ? policy::format_span(*rules.max_age) : "max_age");
    case RemoveReason::Shrunk:
      return shrunk(removed, result);
    case RemoveReason::Partial:
      return "not complete, and a complete one is newer or its time to complete is over";
    case RemoveReason::Orphan:
      return "made for a job that is gone";
    case RemoveReason::Detached:
      return "off the current path for longer than " +
             (rules.detached ? policy::format_span(*rules.detached) : "detached");
  }
  return "unknown";
}

std::string conflict_hint(const policy::Conflict& conflict) {
  std::vector<std::string> advice;
  const auto advise = [&](std::string what) {
    if (std::find(advice.begin(), advice.end(), what) == advice.end()) {
      advice.push_back(std::move(what));
    }
  };
  for (const policy::Blocker& blocker : conflict.blockers) {
    if (!blocker.index) {
      advise("let the marked ones go first");
      continue;
    }
    switch (blocker.why) {
      case KeepRule::Pinned:
        advise("unpin");
        break;
      case KeepRule::Foreign:
        advise("adopt or remove the foreign ones");
        break;
      case KeepRule::OtherPolicy:
        advise("let the other policy keep fewer");
        break;
      case KeepRule::OrphanedPolicy:
        advise("adopt those of the policy that is gone");
        break;
      case KeepRule::Operator:
        advise("remove or adopt what an operator made");
        break;
      case KeepRule::InUse:
      case KeepRule::InProgress:
      case KeepRule::Partial:
        advise("wait until the work on them is done");
        break;
      case KeepRule::Future:
        advise("set the clocks right");
        break;
      case KeepRule::MinKeep:
        advise("lower min_keep");
        break;
      case KeepRule::Tags:
        advise("remove their tags");
        break;
      case KeepRule::Detached:
        advise("set detached");
        break;
      case KeepRule::Last:
      case KeepRule::Within:
      case KeepRule::Hourly:
      case KeepRule::WithinHourly:
      case KeepRule::Daily:
      case KeepRule::WithinDaily:
      case KeepRule::Weekly:
      case KeepRule::WithinWeekly:
      case KeepRule::Monthly:
      case KeepRule::WithinMonthly:
      case KeepRule::Quarterly:
      case KeepRule::WithinQuarterly:
      case KeepRule::Yearly:
      case KeepRule::WithinYearly:
      case KeepRule::Current:
      case KeepRule::Oldest:
        advise(std::string("lower the least of ") + keep_rule_name(blocker.why));
        break;
    }
  }
  std::string text;
  for (const std::string& one : advice) text += (text.empty() ? "" : ", or ") + one;
  return text.empty() ? "raise the cap" : text;
}

}  // namespace agent
