// Generators: any past of a VM's snapshots, and any rules to judge it by. RapidCheck draws size and
// seed, the rest is dice: so that one case can try many pasts in little time.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/retention.h"

namespace policy_test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  /// From low to high, both included.
  int between(int low, int high) {
    const auto span = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<int>(random_() % span);
  }
  bool one_in(int sides) { return between(1, sides) == 1; }

 private:
  std::mt19937_64 random_;
};

/// Clocks go forward in March and back in October.
inline const policy::Zone& berlin() {
  using std::chrono::hours;
  using std::chrono::sys_days;
  using std::chrono::year;
  static const policy::Zone zone = [] {
    std::vector<policy::OffsetChange> changes{{sys_days{year{1980} / 1 / 1}, hours{1}}};
    for (int y = 1981; y < 2060; ++y) {
      const auto last = [y](std::chrono::month month) {
        return sys_days{year{y} / month / std::chrono::Sunday[std::chrono::last]} + hours{1};
      };
      changes.push_back({last(std::chrono::March), hours{2}});
      changes.push_back({last(std::chrono::October), hours{1}});
    }
    return policy::Zone("Europe/Berlin", changes, sys_days{year{2060} / 1 / 1});
  }();
  return zone;
}

struct Past {
  std::vector<std::string> ids;
  std::vector<policy::RetentionSnapshot> snapshots;
  policy::RetentionInput input;  ///< without its snapshots: with() gives them

  policy::RetentionInput with() const {
    policy::RetentionInput whole = input;
    whole.snapshots = snapshots;
    return whole;
  }
};

enum class Clocks { Agree, MayContradict };
enum class Shape { AnyTree, OneLine };

inline Past any_past(Dice& dice, int size, Clocks clocks = Clocks::MayContradict,
                     Shape shape = Shape::AnyTree) {
  using policy::SnapshotState;
  static const std::vector<std::vector<std::string>> kTags{{}, {"a"}, {"b"}, {"a", "b"}};
  Past past;
  // Around the end of a year and the end of summer time.
  policy::Time time = std::chrono::sys_days{std::chrono::year{2026} / 10 / 20};
  if (dice.one_in(2)) time = std::chrono::sys_days{std::chrono::year{2026} / 12 / 20};
  const int step = dice.between(1, 4);
  const int count = dice.between(0, size);
  for (int i = 0; i < count; ++i) past.ids.push_back("s" + std::to_string(i));
  for (int i = 0; i < count; ++i) {
    const int most = step == 1 ? 90 : step == 2 ? 600 : step == 3 ? 3000 : 50'000;
    time += std::chrono::minutes{dice.between(0, most)};
    policy::RetentionSnapshot snapshot;
    snapshot.id = past.ids[static_cast<std::size_t>(i)];
    snapshot.time = time;
    snapshot.bytes = static_cast<std::uint64_t>(dice.between(0, 20));
    if (i > 0) snapshot.parent = static_cast<std::uint32_t>(i - 1);
    if (shape == Shape::AnyTree) {
      if (i > 0 && dice.one_in(8))
        snapshot.parent = static_cast<std::uint32_t>(dice.between(0, i - 1));
      if (i > 0 && dice.one_in(40)) snapshot.parent.reset();
      snapshot.pinned = dice.one_in(12);
      snapshot.in_use = dice.one_in(20);
      snapshot.orphan = dice.one_in(15);
      if (dice.one_in(12)) snapshot.keeper = static_cast<policy::Keeper>(dice.between(0, 3));
      if (dice.one_in(3)) snapshot.detached_since = time + std::chrono::hours{dice.between(0, 400)};
      if (dice.one_in(8)) snapshot.owner = policy::Owner::Foreign;
      if (dice.one_in(8)) snapshot.state = static_cast<SnapshotState>(dice.between(0, 3));
      snapshot.tags = kTags[static_cast<std::size_t>(dice.between(0, 3))];
    }
    if (clocks == Clocks::MayContradict && dice.one_in(6)) {
      snapshot.time += std::chrono::hours{dice.between(-40, 40)};
    }
    past.snapshots.push_back(snapshot);
  }
  if (shape == Shape::AnyTree && count > 0 && dice.one_in(3)) {
    past.snapshots[static_cast<std::size_t>(dice.between(0, count - 1))].current = true;
  }
  past.input.now = time + std::chrono::minutes{dice.between(0, 3000)};
  past.input.newest_is_current = shape == Shape::OneLine || !dice.one_in(8);
  past.input.zone = dice.one_in(2) ? &berlin() : nullptr;
  past.input.reserve = dice.between(0, 2);
  past.input.disk_capacity_bytes = 40;
  past.input.datastore_capacity_bytes = 400;
  past.input.datastore_free_bytes = static_cast<std::uint64_t>(dice.between(0, 200));
  return past;
}

inline policy::CalendarSpan any_span(Dice& dice) {
  switch (dice.between(0, 4)) {
    case 0:
      return {.hours = dice.between(1, 60)};
    case 1:
      return {.days = dice.between(1, 20)};
    case 2:
      return {.weeks = dice.between(1, 6)};
    case 3:
      return {.months = dice.between(1, 8)};
    default:
      return {.years = 1, .days = dice.between(0, 3)};
  }
}

inline const std::vector<std::string>& count_rules() {
  static const std::vector<std::string> kRules{"last",    "hourly",    "daily", "weekly",
                                               "monthly", "quarterly", "yearly"};
  return kRules;
}

inline policy::KeepCount any_count(Dice& dice) {
  if (dice.one_in(10)) return {0, std::nullopt};
  const int most = dice.between(0, 9);
  return {dice.one_in(4) ? dice.between(0, most) : 0, most};
}

/// No cap; a cap is added by those who test caps.
inline policy::RetentionRules any_rules(Dice& dice) {
  policy::RetentionRules rules;
  for (const std::string& rule : count_rules()) {
    if (dice.one_in(3)) rules.keep.counts[rule] = any_count(dice);
    if (dice.one_in(9)) {
      rules.keep.within[rule == "last" ? "within" : "within_" + rule] = any_span(dice);
    }
  }
  if (dice.one_in(6)) rules.keep.tags = {{"a"}};
  if (dice.one_in(6)) rules.keep.tags = {{"a", "b"}, {""}};
  rules.keep.oldest = dice.one_in(4);
  rules.min_keep = dice.between(0, 3);
  rules.allow_remove_all = rules.min_keep == 0;
  if (dice.one_in(3)) rules.max_age = any_span(dice);
  if (dice.one_in(3)) rules.detached = any_span(dice);
  return rules;
}

inline std::set<std::string> kept_ids(const policy::RetentionResult& result,
                                      const policy::RetentionInput& input) {
  std::set<std::string> ids;
  for (const policy::Kept& kept : result.keep) {
    ids.insert(std::string(input.snapshots[kept.index].id));
  }
  return ids;
}

inline bool includes(const std::set<std::string>& more, const std::set<std::string>& less) {
  return std::includes(more.begin(), more.end(), less.begin(), less.end());
}

}  // namespace policy_test
