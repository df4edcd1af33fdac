// The slots of the keep rules: which candidate sits in which, so that a cap can take them one by
// one without counting periods again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policy/retention.h"

namespace policy {

/// Candidates are known by position: 0 is the newest, each later one is older.
class KeepSlots {
 public:
  struct Rule {
    KeepRule rule = KeepRule::Last;
    bool all = false;     ///< no limit, so no `of`
    bool span = false;    ///< a within rule
    int from = 0;         ///< what the policy gives; of "all" and spans what they hold uncapped
    int slots = 0;        ///< what it holds now
    int least = 0;        ///< no cap takes more
    bool oldest = false;  ///< also keeps the oldest candidate, in one more slot
  };

  /// `times` newest first and never rising. Throws std::invalid_argument for a rule that has no
  /// such name, ZoneRangeError.
  KeepSlots(std::span<const Time> times, const Zone& zone, const KeepRules& keep);

  std::span<const Rule> rules() const { return rules_; }
  bool held(std::size_t position) const { return holds_[position] > 0; }
  /// The rule's slot that the candidate sits in, from 1; nothing when it does not.
  std::optional<int> slot(const Rule& rule, std::size_t position) const;
  /// The period of the rule that the candidate lies in; nothing for last and within.
  std::optional<Period> period(const Rule& rule, std::size_t position) const;
  /// Which of the rule's non-empty periods that is, from 1, filled or not.
  int period_number(const Rule& rule, std::size_t position) const;
  /// The newest candidate of its period: the only one that the rule would keep.
  std::size_t newest_of_period(const Rule& rule, std::size_t position) const;

  /// The candidate in the rule's last slot. Precondition: it has one.
  std::size_t last_held(const Rule& rule) const;
  bool held_once(std::size_t position) const { return holds_[position] == 1; }
  /// Takes the last slot from a rule.
  void take_slot(std::size_t rule);
  /// Takes the extra slots of `oldest = true`; false when there are none.
  bool take_oldest();

 private:
  struct Tier {
    bool counted = false;
    std::vector<Period> periods;         // of each candidate; none for last and within
    std::vector<std::uint32_t> numbers;  // of each candidate: the period's, from 0
    std::vector<std::uint32_t> newest;   // of each period: the candidate
  };
  const Tier& tier(KeepRule rule) const { return tiers_[static_cast<std::size_t>(rule) / 2]; }
  void count_periods(KeepRule rule, std::span<const Time> times, const Zone& zone);
  void find_days(std::span<const Time> times, const Zone& zone);
  static std::uint32_t number_of(const Tier& tier, const Period& period);
  void add(Rule rule);

  std::size_t candidates_;
  std::vector<std::chrono::local_days> days_;  // of each candidate
  std::array<Tier, 7> tiers_;
  std::vector<Rule> rules_;
  std::vector<std::uint16_t> holds_;  // of each candidate: the slots it sits in
};

}  // namespace policy
