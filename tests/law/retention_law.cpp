// Laws of retention on pasts and policies that nobody thought of. Each case of RapidCheck tries
// many.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "policy/retention.h"
#include "policy/retention_kept.h"
#include "tests/law/retention_past.h"

namespace {

using namespace policy_test;
using policy::Cap;
using policy::evaluate;
using policy::KeepRule;
using policy::RetentionInput;
using policy::RetentionResult;
using policy::RetentionRules;
using policy::RetentionSnapshot;

constexpr int kPasts = 20;  // per case of RapidCheck, which has a hundred

/// Calls `law` with fresh dice for each past; size and seed shrink.
template <typename Law>
void many(Law law) {
  const int size = *rc::gen::inRange(0, 24);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  for (std::uint64_t i = 0; i < kPasts; ++i) {
    Dice dice(seed + i);
    law(dice, size);
  }
}

/// A cap that bites about as often as not; `loose` makes it 0 to 9 steps looser.
policy::Caps cap_of(Cap cap, int tight, int loose) {
  policy::Caps caps;
  switch (cap) {
    case Cap::Depth:
      caps.depth = tight + loose;
      break;
    case Cap::Count:
      caps.count = tight + loose;
      break;
    case Cap::Probes:
      caps.probes = 1 + tight * 0.7 + loose;
      break;
    case Cap::Size:
      caps.size_bytes = static_cast<std::uint64_t>(9 * (tight + loose));
      break;
    case Cap::MinFree:
      caps.min_free_bytes = static_cast<std::uint64_t>(std::max(0, 20 * (12 - tight - loose)));
      break;
    case Cap::MaxAge:
      break;  // no cap
  }
  return caps;
}

Cap any_cap(Dice& dice) { return static_cast<Cap>(dice.between(0, 4)); }

bool is_hard(const RetentionSnapshot& snapshot) {
  return snapshot.pinned || snapshot.in_use || snapshot.owner == policy::Owner::Foreign ||
         snapshot.keeper != policy::Keeper::Us ||
         snapshot.state == policy::SnapshotState::InProgress;
}

RC_GTEST_PROP(RetentionLaw, EverySnapshotIsKeptOrRemovedOnceAndHasAReason, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size);
    RetentionRules rules = any_rules(dice);
    if (dice.one_in(2)) rules.cap = cap_of(any_cap(dice), dice.between(1, 6), 0);
    const RetentionResult result = evaluate(past.with(), rules);
    std::vector<int> seen(past.snapshots.size(), 0);
    std::size_t next_reason = 0;
    std::vector<bool> stays(past.snapshots.size(), false);
    for (const policy::Kept& kept : result.keep) {
      ++seen.at(kept.index);
      stays.at(kept.index) = true;
      RC_ASSERT(kept.reasons > 0U);
      RC_ASSERT(kept.first_reason == next_reason);
      next_reason += kept.reasons;
    }
    RC_ASSERT(next_reason == result.reasons.size());
    RC_ASSERT(policy::kept_by_rules(past.with(), rules) == stays);
    for (const policy::Removed& removed : result.remove) {
      ++seen.at(removed.index);
      // What is named as newer is there, and is kept.
      if (removed.reason != policy::RemoveReason::Superseded) continue;
      RC_ASSERT(std::any_of(result.keep.begin(), result.keep.end(),
                            [&](const auto& kept) { return kept.index == removed.other; }));
    }
    RC_ASSERT(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; }));
  });
}

RC_GTEST_PROP(RetentionLaw, TheOrderOfTheInputDoesNotMatter, ()) {
  many([](Dice& dice, int size) {
    Past past = any_past(dice, size);
    RetentionRules rules = any_rules(dice);
    if (dice.one_in(2)) rules.cap = cap_of(any_cap(dice), dice.between(1, 6), 0);
    // Two that are current contradict each other; the law is about one.
    const std::size_t count = past.snapshots.size();
    std::vector<std::uint32_t> place(count);  // where each one moves
    std::iota(place.begin(), place.end(), 0U);
    for (std::size_t i = count; i > 1; --i) {
      std::swap(place[i - 1],
                place[static_cast<std::size_t>(dice.between(0, static_cast<int>(i) - 1))]);
    }
    Past mixed = past;
    for (std::size_t i = 0; i < count; ++i) {
      RetentionSnapshot moved = past.snapshots[i];
      if (moved.parent) moved.parent = place[*moved.parent];
      mixed.snapshots[place[i]] = moved;
    }
    const RetentionResult a = evaluate(past.with(), rules);
    const RetentionResult b = evaluate(mixed.with(), rules);
    RC_ASSERT(a.reasons == b.reasons);
    RC_ASSERT(a.shrunk == b.shrunk);
    RC_ASSERT(a.conflicts.size() == b.conflicts.size());
    RC_ASSERT(a.keep.size() == b.keep.size());
    for (std::size_t i = 0; i < a.keep.size(); ++i) {
      RC_ASSERT(place[a.keep[i].index] == b.keep[i].index);
    }
    RC_ASSERT(a.remove.size() == b.remove.size());
    for (std::size_t i = 0; i < a.remove.size(); ++i) {
      RC_ASSERT(place[a.remove[i].index] == b.remove[i].index);
      RC_ASSERT(a.remove[i].reason == b.remove[i].reason);
    }
  });
}

/// The one that is current, or taken for it: the newest, of equally old ones the deepest.
std::optional<std::uint32_t> current_of(const Past& past) {
  const auto rank = [&](std::uint32_t i) {
    int depth = 0;
    for (auto at = past.snapshots[i].parent; at; at = past.snapshots[*at].parent) ++depth;
    return std::tuple(past.snapshots[i].time, depth, past.ids[i]);
  };
  std::optional<std::uint32_t> newest;
  for (std::uint32_t i = 0; i < past.snapshots.size(); ++i) {
    if (past.snapshots[i].current) return i;
    if (past.input.newest_is_current && (!newest || rank(i) > rank(*newest))) newest = i;
  }
  return newest;
}

/// The VM once all that is to go is gone.
Past after(const Past& past, const RetentionResult& result) {
  std::vector<bool> kept(past.snapshots.size(), false);
  for (const policy::Kept& one : result.keep) kept[one.index] = true;
  const auto staying = [&](std::optional<std::uint32_t> at) {
    while (at && !kept[*at]) at = past.snapshots[*at].parent;
    return at;
  };
  std::vector<std::uint32_t> place(past.snapshots.size(), 0);
  Past left = past;
  left.snapshots.clear();
  std::uint64_t freed = 0;
  for (std::uint32_t i = 0; i < past.snapshots.size(); ++i) {
    place[i] = static_cast<std::uint32_t>(left.snapshots.size());
    if (kept[i]) {
      left.snapshots.push_back(past.snapshots[i]);
    } else {
      freed += past.snapshots[i].bytes;
    }
  }
  for (RetentionSnapshot& snapshot : left.snapshots) {
    const auto parent = staying(snapshot.parent);
    snapshot.parent = parent ? std::optional(place[*parent]) : std::nullopt;
    snapshot.current = false;
  }
  // The running point stays where it is: on what was current, or the next below that stays.
  const std::optional<std::uint32_t> current = current_of(past);
  if (const auto stands_on = staying(current)) left.snapshots[place[*stands_on]].current = true;
  left.input.newest_is_current = false;
  left.input.datastore_free_bytes = *past.input.datastore_free_bytes + freed;
  return left;
}

// Where clocks contradict the tree, removing a parent also removes what was known of its child's
// age; the law is about clocks that agree.
RC_GTEST_PROP(RetentionLaw, PlanningTheSurvivorsAgainRemovesNothing, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size, Clocks::Agree);
    RetentionRules rules = any_rules(dice);
    if (dice.one_in(2)) rules.cap = cap_of(any_cap(dice), dice.between(1, 6), 0);
    if (dice.one_in(4)) rules.cap.count = dice.between(1, 6);
    const Past left = after(past, evaluate(past.with(), rules));
    const RetentionResult again = evaluate(left.with(), rules);
    RC_ASSERT(again.remove.empty());
    RC_ASSERT(again.keep.size() == left.snapshots.size());
  });
}

policy::CalendarSpan longer(policy::CalendarSpan span, Dice& dice) {
  span.days += dice.between(0, 40);
  return span;
}

/// One thing is looser: a count, a span, a rule more, the oldest, min_keep, max_age, detached.
RetentionRules loosened(RetentionRules rules, Dice& dice) {
  const std::string& rule = count_rules()[static_cast<std::size_t>(dice.between(0, 6))];
  switch (dice.between(0, 6)) {
    case 0: {
      const auto [at, is_new] = rules.keep.counts.try_emplace(rule, policy::KeepCount{0, 0});
      if (at->second.max) at->second.max = *at->second.max + dice.between(1, 4);
      break;
    }
    case 1:
      for (auto& [name, span] : rules.keep.within) span = longer(span, dice);
      if (rules.keep.within.empty()) rules.keep.within["within"] = any_span(dice);
      break;
    case 2:
      for (auto& [name, count] : rules.keep.counts) {
        if (dice.one_in(2)) count.max.reset();
      }
      break;
    case 3:
      rules.keep.oldest = true;
      break;
    case 4:
      ++rules.min_keep;
      break;
    case 5:
      rules.keep.tags.push_back({"b"});
      break;
    default:
      if (rules.max_age) rules.max_age = longer(*rules.max_age, dice);
      if (rules.detached) rules.detached = longer(*rules.detached, dice);
      if (dice.one_in(4)) rules.max_age.reset();
      break;
  }
  return rules;
}

RC_GTEST_PROP(RetentionLaw, WithoutCapsALooserRuleKeepsAtLeastTheSame, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size);
    const RetentionRules rules = any_rules(dice);
    const RetentionRules looser = loosened(rules, dice);
    const auto less = kept_ids(evaluate(past.with(), rules), past.with());
    const auto more = kept_ids(evaluate(past.with(), looser), past.with());
    RC_ASSERT(includes(more, less));
  });
}

RC_GTEST_PROP(RetentionLaw, WithOneCapALooserCapKeepsAtLeastTheSame, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size);
    RetentionRules rules = any_rules(dice);
    const Cap cap = any_cap(dice);
    const int tight = dice.between(1, 6);
    rules.cap = cap_of(cap, tight, 0);
    const auto less = kept_ids(evaluate(past.with(), rules), past.with());
    rules.cap = cap_of(cap, tight, dice.between(1, 9));
    const auto more = kept_ids(evaluate(past.with(), rules), past.with());
    RC_ASSERT(includes(more, less));
  });
}

RC_GTEST_PROP(RetentionLaw, HardKeepsAndTheNewestCompleteCandidateStay, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size);
    RetentionRules rules = any_rules(dice);
    rules.min_keep = std::max(rules.min_keep, 1);
    rules.allow_remove_all = false;
    if (dice.one_in(2)) rules.cap = cap_of(any_cap(dice), 1, 0);
    const RetentionResult result = evaluate(past.with(), rules);
    for (const policy::Removed& removed : result.remove) {
      RC_ASSERT(!is_hard(past.snapshots[removed.index]));
    }
    // A removed candidate has a kept one above it that is complete and ours.
    for (const policy::Removed& removed : result.remove) {
      const bool by_rule = removed.reason != policy::RemoveReason::Partial &&
                           removed.reason != policy::RemoveReason::Orphan &&
                           removed.reason != policy::RemoveReason::Detached;
      if (!by_rule) continue;
      RC_ASSERT(std::any_of(result.keep.begin(), result.keep.end(), [&](const auto& kept) {
        const RetentionSnapshot& newer = past.snapshots[kept.index];
        std::optional<std::uint32_t> at = newer.parent;
        while (at && *at != removed.index) at = past.snapshots[*at].parent;
        return at && !is_hard(newer) && newer.state == policy::SnapshotState::Complete;
      }));
    }
  });
}

/// The policy that a shrunk one amounts to, with no caps: fewer slots, spans cut to slots.
RetentionRules plain(RetentionRules rules, const RetentionResult& result) {
  for (const policy::Shrunk& shrunk : result.shrunk) {
    if (shrunk.rule == KeepRule::Oldest) {
      rules.keep.oldest = false;
      continue;
    }
    std::string name = policy::keep_rule_name(shrunk.rule);
    const bool span = rules.keep.within.erase(name) > 0;
    if (name == "within") name = "last";
    if (name.starts_with("within_")) name = name.substr(7);
    auto& counts = rules.keep.counts;
    if (!span) {
      counts[name] = {0, shrunk.to};
    } else if (!counts.contains(name) || counts[name].max.value_or(1 << 20) < shrunk.to) {
      counts[name] = {0, shrunk.to};
    }
  }
  rules.cap = {};
  return rules;
}

RC_GTEST_PROP(RetentionLaw, AShrunkSetIsWhatSomePlainPolicyKeeps, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size);
    RetentionRules rules = any_rules(dice);
    rules.cap = cap_of(any_cap(dice), dice.between(1, 6), 0);
    if (dice.one_in(3)) rules.cap.depth = dice.between(1, 6);
    // A rule of periods and its span twin share slots; which of them gave up is told apart only
    // when one of them is there.
    for (const std::string& rule : count_rules()) {
      if (rules.keep.counts.contains(rule)) {
        rules.keep.within.erase(rule == "last" ? "within" : "within_" + rule);
      }
    }
    rules.min_keep = std::max(rules.min_keep, 1);  // else `current` may go, which is no rule
    const RetentionResult result = evaluate(past.with(), rules);
    const RetentionResult other = evaluate(past.with(), plain(rules, result));
    RC_ASSERT(kept_ids(result, past.with()) == kept_ids(other, past.with()));
  });
}

RC_GTEST_PROP(RetentionLaw, ACapHoldsOrItsConflictNamesAllThatStandInItsWay, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size, Clocks::Agree);
    RetentionRules rules = any_rules(dice);
    const int most = dice.between(1, 5);
    rules.cap.count = most;
    const RetentionResult result = evaluate(past.with(), rules);
    std::set<std::uint32_t> cost;
    for (const policy::Kept& kept : result.keep) {
      const RetentionSnapshot& snapshot = past.snapshots[kept.index];
      const bool young = snapshot.owner == policy::Owner::Foreign &&
                         snapshot.time + past.input.foreign_min_age > past.input.now;
      if (!young) cost.insert(kept.index);
    }
    const int total = static_cast<int>(cost.size()) + past.input.reserve;
    const auto conflict = std::find_if(result.conflicts.begin(), result.conflicts.end(),
                                       [](const auto& one) { return one.cap == Cap::Count; });
    RC_ASSERT((conflict == result.conflicts.end()) == (total <= most));
    if (total <= most) return;
    RC_ASSERT(static_cast<int>(conflict->actual) == total);
    RC_ASSERT(static_cast<int>(conflict->unmet) == static_cast<int>(conflict->actual) - most);
    std::size_t named = 0;
    bool reserve = false;
    for (const policy::Blocker& blocker : conflict->blockers) {
      if (blocker.index) {
        RC_ASSERT(cost.contains(*blocker.index));
        ++named;
      }
      reserve = reserve || !blocker.index;
    }
    RC_ASSERT(reserve == (past.input.reserve > 0));
    RC_ASSERT(static_cast<int>(named) + past.input.reserve == static_cast<int>(conflict->actual));
    // Nothing that a rule could still have given up is left.
    for (const policy::Blocker& blocker : conflict->blockers) {
      if (!blocker.index || blocker.why > KeepRule::WithinYearly) continue;
      const auto rule = rules.keep.counts.find(policy::keep_rule_name(blocker.why));
      RC_ASSERT(rule != rules.keep.counts.end());
      RC_ASSERT(rule->second.min > 0);
    }
  });
}

}  // namespace
