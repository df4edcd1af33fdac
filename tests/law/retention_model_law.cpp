// The engine against a model of it that is as plain as the sentence it is told by, and slow: on one
// line of snapshots, where nothing but rules and caps decides.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "policy/lints.h"
#include "policy/retention.h"
#include "tests/law/retention_past.h"

namespace {

using namespace policy_test;
using policy::KeepRules;
using policy::PeriodKind;
using policy::RetentionInput;
using policy::RetentionRules;
using policy::Time;

using Slots = std::map<std::string, int>;  // by rule; of "all" very many

constexpr int kAll = 1 << 20;

/// What two snapshots have in common when a rule keeps but one of them.
std::string key(const std::string& rule, std::size_t i, Time time, const policy::Zone& zone) {
  static const std::map<std::string, PeriodKind> kKinds{
      {"hourly", PeriodKind::Hour}, {"daily", PeriodKind::Day},
      {"weekly", PeriodKind::Week}, {"monthly", PeriodKind::Month},
      {"yearly", PeriodKind::Year}, {"quarterly", PeriodKind::Quarter}};
  const auto kind = kKinds.find(rule);
  if (kind == kKinds.end()) return std::to_string(i);  // last, within
  return policy::period_name(policy::period_of(kind->second, time, zone));
}

class Model {
 public:
  Model(const Past& past, const RetentionRules& rules)
      : past_(past), rules_(rules), zone_(past.input.zone ? *past.input.zone : utc_) {}

  Slots slots() const {
    Slots slots;
    for (const auto& [rule, count] : rules_.keep.counts) slots[rule] = count.max.value_or(kAll);
    return slots;
  }

  /// Newest is the last of the line.
  std::set<std::size_t> kept(const Slots& slots) const {
    std::set<std::size_t> kept;
    const std::size_t count = past_.snapshots.size();
    for (const auto& [rule, most] : slots) keep_newest(rule, most, std::nullopt, kept);
    for (const auto& [rule, span] : rules_.keep.within) {
      if (count == 0) break;
      const std::string of = rule == "within" ? "last" : rule.substr(7);
      keep_newest(of, kAll, subtract(past_.snapshots.back().time, span, zone_), kept);
    }
    if (rules_.max_age) {
      const Time since = subtract(past_.input.now, *rules_.max_age, zone_);
      std::erase_if(kept, [&](std::size_t i) { return past_.snapshots[i].time < since; });
    }
    for (int i = 0; i < rules_.min_keep && i < static_cast<int>(count); ++i) {
      kept.insert(count - 1 - static_cast<std::size_t>(i));
    }
    return kept;
  }

  std::uint64_t bytes(const std::set<std::size_t>& kept) const {
    std::uint64_t sum = 0;
    for (const std::size_t i : kept) sum += past_.snapshots[i].bytes;
    return sum;
  }

  bool violated(const std::set<std::size_t>& kept) const {
    const auto count = static_cast<int>(kept.size()) + past_.input.reserve;
    if (rules_.cap.depth && count > *rules_.cap.depth) return true;
    return rules_.cap.size_bytes && bytes(kept) > *rules_.cap.size_bytes;
  }

  /// One slot at a time from the rule where it is worth the least, and again from the start.
  std::set<std::size_t> capped() const {
    Slots now = slots();
    for (auto& [rule, most] : now) most = filled(rule, most);  // an empty slot costs nothing
    std::set<std::size_t> stays = kept(slots());
    while (violated(stays)) {
      std::optional<std::string> victim;
      std::tuple<double, std::uint64_t, int> best;
      for (std::size_t fine = 0; fine < count_rules().size(); ++fine) {
        const std::string& rule = count_rules()[fine];
        if (!now.contains(rule) || now.at(rule) <= rules_.keep.counts.at(rule).min) continue;
        Slots less = now;
        --less[rule];
        const std::uint64_t freed = bytes(stays) - bytes(kept(less));
        const bool by_size = !rules_.cap.depth;
        const double worth = 1.0 / now.at(rule);
        const double price = by_size ? worth / static_cast<double>(freed) : worth;
        const int order = by_size ? -static_cast<int>(fine) : static_cast<int>(fine);
        const std::tuple offer{price, freed, order};
        if (victim && offer >= best) continue;
        victim = rule;
        best = offer;
      }
      if (!victim) break;
      --now[*victim];
      stays = kept(now);
    }
    return stays;
  }

 private:
  int filled(const std::string& rule, int most) const {
    std::set<std::size_t> of_rule;
    keep_newest(rule, most, std::nullopt, of_rule);
    return static_cast<int>(of_rule.size());
  }

  void keep_newest(const std::string& rule, int most, std::optional<Time> since,
                   std::set<std::size_t>& kept) const {
    std::set<std::string> seen;
    for (std::size_t i = past_.snapshots.size(); i-- > 0;) {
      const Time time = past_.snapshots[i].time;
      if (since && time < *since) break;
      if (static_cast<int>(seen.size()) >= most) break;
      if (seen.insert(key(rule, i, time, zone_)).second) kept.insert(i);
    }
  }

  const Past& past_;
  const RetentionRules& rules_;
  policy::Zone utc_;
  const policy::Zone& zone_;
};

std::set<std::size_t> engine(const Past& past, const RetentionRules& rules) {
  std::set<std::size_t> kept;
  for (const policy::Kept& one : evaluate(past.with(), rules).keep) kept.insert(one.index);
  return kept;
}

template <typename Law>
void many(Law law) {
  const int size = *rc::gen::inRange(0, 30);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  for (std::uint64_t i = 0; i < 10; ++i) {
    Dice dice(seed + i);
    law(dice, size);
  }
}

RetentionRules any_line_rules(Dice& dice) {
  RetentionRules rules = any_rules(dice);
  rules.keep.tags.clear();
  rules.keep.oldest = false;
  return rules;
}

RC_GTEST_PROP(RetentionModel, KeepsWhatThePlainModelKeeps, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size, Clocks::Agree, Shape::OneLine);
    const RetentionRules rules = any_line_rules(dice);
    const Model model(past, rules);
    RC_ASSERT(engine(past, rules) == model.kept(model.slots()));
  });
}

RC_GTEST_PROP(RetentionModel, ShrinksAsThePlainModelDoes, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size, Clocks::Agree, Shape::OneLine);
    RetentionRules rules = any_line_rules(dice);
    rules.keep.within.clear();
    if (dice.one_in(2)) {
      rules.cap.depth = dice.between(1, 8);
    } else {
      rules.cap.size_bytes = static_cast<std::uint64_t>(dice.between(0, 120));
    }
    const Model model(past, rules);
    RC_ASSERT(engine(past, rules) == model.capped());
  });
}

RC_GTEST_PROP(RetentionModel, ARuleThatIsCalledCoveredAddsNothing, ()) {
  many([](Dice& dice, int size) {
    const Past past = any_past(dice, size, Clocks::Agree, Shape::OneLine);
    RetentionRules rules = any_line_rules(dice);
    rules.keep.within.clear();
    for (const policy::Lint& lint : policy::lint(rules)) {
      if (lint.kind != policy::LintKind::CoveredByFiner) continue;
      RetentionRules without = rules;
      without.keep.counts.erase(lint.rule);
      RC_ASSERT(engine(past, rules) == engine(past, without));
    }
  });
}

}  // namespace
