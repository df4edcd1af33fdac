#include "policy/retention_slots.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace policy {
namespace {

KeepRule rule_named(const std::string& name, bool span) {
  const auto rule = keep_rule(name);
  const bool is_span = rule && static_cast<int>(*rule) % 2 == 1;
  if (!rule || *rule == KeepRule::Tags || is_span != span) {
    throw std::invalid_argument("there is no keep rule \"" + name + "\" of this kind");
  }
  return *rule;
}

}  // namespace

KeepSlots::KeepSlots(std::span<const Time> times, const Zone& zone, const KeepRules& keep)
    : candidates_(times.size()), holds_(times.size(), 0) {
  rules_.reserve(keep.counts.size() + keep.within.size());
  for (const auto& [name, count] : keep.counts) {
    Rule rule{.rule = rule_named(name, false), .all = !count.max, .least = count.min};
    count_periods(rule.rule, times, zone);
    const auto periods = static_cast<int>(tier(rule.rule).newest.size());
    rule.slots = count.max ? std::min(*count.max, periods) : periods;
    rule.from = count.max.value_or(periods);
    const bool slot_left = rule.all || rule.from > periods;
    rule.oldest =
        keep.oldest && slot_left && periods > 0 && tier(rule.rule).newest.back() + 1 != candidates_;
    add(rule);
  }
  for (const auto& [name, span] : keep.within) {
    Rule rule{.rule = rule_named(name, true), .span = true};
    count_periods(rule.rule, times, zone);
    if (candidates_ > 0) {
      const Time since = subtract(times.front(), span, zone);
      const auto& newest = tier(rule.rule).newest;
      const auto end = std::partition_point(newest.begin(), newest.end(),
                                            [&](std::uint32_t at) { return times[at] >= since; });
      rule.slots = static_cast<int>(end - newest.begin());
    }
    rule.from = rule.slots;
    add(rule);
  }
  std::sort(rules_.begin(), rules_.end(),
            [](const Rule& a, const Rule& b) { return a.rule < b.rule; });
}

void KeepSlots::add(Rule rule) {
  for (int slot = 0; slot < rule.slots; ++slot) {
    ++holds_[tier(rule.rule).newest[static_cast<std::size_t>(slot)]];
  }
  if (rule.oldest) ++holds_.back();
  rules_.push_back(rule);
}

void KeepSlots::count_periods(KeepRule rule, std::span<const Time> times, const Zone& zone) {
  Tier& tier = tiers_[static_cast<std::size_t>(rule) / 2];
  if (tier.counted) return;
  tier.counted = true;
  tier.newest.reserve(candidates_);
  tier.numbers.resize(candidates_);
  const auto kind = period_kind(rule);
  if (!kind) {  // each candidate is a period of its own
    tier.newest.resize(candidates_);
    std::iota(tier.newest.begin(), tier.newest.end(), 0U);
    tier.numbers = tier.newest;
    return;
  }
  find_days(times, zone);
  tier.periods.reserve(candidates_);
  for (std::uint32_t at = 0; at < candidates_; ++at) {
    if (kind != PeriodKind::Hour && at > 0 && days_[at] == days_[at - 1]) {
      tier.periods.push_back(tier.periods.back());
      tier.numbers[at] = tier.numbers[at - 1];
      continue;
    }
    tier.periods.push_back(kind == PeriodKind::Hour ? period_of(*kind, times[at], zone)
                                                    : period_of(*kind, days_[at]));
    tier.numbers[at] = number_of(tier, tier.periods.back());
    if (tier.numbers[at] == tier.newest.size()) tier.newest.push_back(at);
  }
}

/// The number of a period, a new one when no candidate was in it yet.
std::uint32_t KeepSlots::number_of(const Tier& tier, const Period& period) {
  // A zone that turns its clocks back across midnight has civil days in two pieces: look on where
  // the order is not the usual one.
  for (auto number = static_cast<std::uint32_t>(tier.newest.size()); number > 0; --number) {
    const Period& known = tier.periods[tier.newest[number - 1]];
    if (known == period) return number - 1;
    if (period < known) break;
  }
  return static_cast<std::uint32_t>(tier.newest.size());
}

void KeepSlots::find_days(std::span<const Time> times, const Zone& zone) {
  if (!days_.empty()) return;
  days_.reserve(candidates_);
  for (const Time time : times) {
    days_.push_back(std::chrono::floor<std::chrono::days>(zone.to_local(time)));
  }
}

std::optional<int> KeepSlots::slot(const Rule& rule, std::size_t position) const {
  const Tier& counted = tier(rule.rule);
  const std::uint32_t number = counted.numbers[position];
  if (counted.newest[number] == position && static_cast<int>(number) < rule.slots) {
    return static_cast<int>(number) + 1;
  }
  if (rule.oldest && position + 1 == candidates_) return rule.slots + 1;
  return std::nullopt;
}

std::optional<Period> KeepSlots::period(const Rule& rule, std::size_t position) const {
  if (tier(rule.rule).periods.empty()) return std::nullopt;
  return tier(rule.rule).periods[position];
}

int KeepSlots::period_number(const Rule& rule, std::size_t position) const {
  return static_cast<int>(tier(rule.rule).numbers[position]) + 1;
}

std::size_t KeepSlots::newest_of_period(const Rule& rule, std::size_t position) const {
  const Tier& counted = tier(rule.rule);
  return counted.newest[counted.numbers[position]];
}

std::size_t KeepSlots::last_held(const Rule& rule) const {
  return tier(rule.rule).newest[static_cast<std::size_t>(rule.slots) - 1];
}

void KeepSlots::take_slot(std::size_t rule) {
  --holds_[last_held(rules_[rule])];
  --rules_[rule].slots;
}

bool KeepSlots::take_oldest() {
  bool took = false;
  for (Rule& rule : rules_) {
    if (!rule.oldest) continue;
    rule.oldest = false;
    --holds_.back();
    took = true;
  }
  return took;
}

}  // namespace policy
