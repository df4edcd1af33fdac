#include "policy/lints.h"

#include <algorithm>
#include <array>

#include "policy/calendar.h"
#include "policy/retention.h"

namespace policy {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

struct Tier {
  KeepRule rule;
  seconds shortest, longest;  // of a period, changes of the clocks included
};

constexpr std::array kTiers{Tier{KeepRule::Hourly, hours{0}, hours{1}},
                            Tier{KeepRule::Daily, hours{23}, hours{25}},
                            Tier{KeepRule::Weekly, hours{167}, hours{169}},
                            Tier{KeepRule::Monthly, days{28} - hours{1}, days{31} + hours{1}},
                            Tier{KeepRule::Quarterly, days{90} - hours{1}, days{92} + hours{1}},
                            Tier{KeepRule::Yearly, days{365} - hours{1}, days{366} + hours{1}}};

/// Periods of the finer tier in one of the coarser, at most; nothing when they are not nested: a
/// week lies in two months.
std::optional<int> most_in_one(KeepRule finer, KeepRule coarser) {
  static constexpr std::array<std::array<int, 6>, 6> kMost{{{0, 26, 170, 746, 2210, 8786},
                                                            {0, 0, 7, 31, 92, 366},
                                                            {0, 0, 0, 0, 0, 0},
                                                            {0, 0, 0, 0, 3, 12},
                                                            {0, 0, 0, 0, 0, 4},
                                                            {0, 0, 0, 0, 0, 0}}};
  const auto index = [](KeepRule rule) { return static_cast<std::size_t>(rule) / 2 - 1; };
  const int most = kMost[index(finer)][index(coarser)];
  return most == 0 ? std::nullopt : std::optional(most);
}

/// No shorter than the calendar makes it.
seconds longest(const CalendarSpan& span) {
  return days{366} * span.years + days{31} * span.months + days{7} * span.weeks +
         days{1} * span.days + hours{span.hours + 1};
}

seconds shortest(const CalendarSpan& span) {
  const seconds whole = days{365} * span.years + days{28} * span.months + days{7} * span.weeks +
                        days{1} * span.days + hours{span.hours};
  return whole - std::min<seconds>(whole, hours{1});
}

std::string given(const std::string& rule, const KeepCount& count) {
  return rule + " = " + (count.max ? std::to_string(*count.max) : "\"all\"");
}

class Linting {
 public:
  explicit Linting(const RetentionRules& rules) : rules_(rules) {}

  void against_max_age() {
    if (!rules_.max_age) return;
    const std::string age = "max_age = " + format_span(*rules_.max_age);
    for (const Tier& tier : kTiers) {
      const KeepCount* count = find(tier.rule);
      if (!count || !count->max || *count->max < 2) continue;
      // The newest of the last period was made at the latest when that period ended.
      const seconds least = tier.shortest * (*count->max - 2);
      if (least <= longest(*rules_.max_age)) continue;
      add(LintKind::UnreachableUnderMaxAge, keep_rule_name(tier.rule), "max_age",
          given(keep_rule_name(tier.rule), *count) + " can't fill its slots: " + age +
              " removes them first");
    }
    for (const auto& [rule, span] : rules_.keep.within) {
      if (shortest(span) <= longest(*rules_.max_age)) continue;
      add(LintKind::SpanBeyondMaxAge, rule, "max_age",
          rule + " = " + format_span(span) + " reaches back further than " + age);
    }
  }

  void against_caps() {
    const std::array<std::pair<const char*, std::optional<int>>, 2> caps{
        {{"depth", rules_.cap.depth}, {"count", rules_.cap.count}}};
    for (const auto& [cap, most] : caps) {
      if (!most) continue;
      if (rules_.min_keep > *most) contradiction("min_keep", rules_.min_keep, cap, *most);
      for (const auto& [rule, count] : rules_.keep.counts) {
        if (count.min > *most) contradiction(rule, count.min, cap, *most);
      }
    }
  }

  void against_each_other() {
    for (const Tier& coarse : kTiers) {
      const KeepCount* count = find(coarse.rule);
      if (!count || count->max == 0) continue;
      for (const Tier& fine : kTiers) {
        if (fine.rule >= coarse.rule) break;
        if (covers(fine.rule, coarse.rule, *count)) {
          covered(coarse.rule, *count, fine.rule);
          break;
        }
      }
      const KeepCount* last = find(KeepRule::Last);
      if (last && !last->max) covered(coarse.rule, *count, KeepRule::Last);
    }
  }

  void against_schedule(seconds gap) {
    for (const Tier& tier : kTiers) {
      const KeepCount* count = find(tier.rule);
      if (!count || gap <= tier.longest) continue;
      const std::string rule = keep_rule_name(tier.rule);
      add(LintKind::FinerThanSchedule, rule, "schedule",
          given(rule, *count) + " counts runs, like last: the schedule runs less often than that");
    }
  }

  std::vector<Lint> take() { return std::move(lints_); }

 private:
  const KeepCount* find(KeepRule rule) const {
    const auto found = rules_.keep.counts.find(keep_rule_name(rule));
    return found == rules_.keep.counts.end() ? nullptr : &found->second;
  }

  /// The m-th newest coarse period has at most (m - 1) x most fine ones after its newest.
  bool covers(KeepRule fine, KeepRule coarse, const KeepCount& count) const {
    const KeepCount* finer = find(fine);
    const auto most = most_in_one(fine, coarse);
    if (!finer || !most) return false;
    if (!finer->max) return true;
    return count.max && (*count.max - 1LL) * *most + 1 <= *finer->max;
  }

  void covered(KeepRule coarse, const KeepCount& count, KeepRule fine) {
    const std::string rule = keep_rule_name(coarse);
    add(LintKind::CoveredByFiner, rule, keep_rule_name(fine),
        given(rule, count) + " adds nothing: " + given(keep_rule_name(fine), *find(fine)) +
            " keeps all of it");
  }

  void contradiction(const std::string& rule, int least, const std::string& cap, int most) {
    add(LintKind::LeastAboveCap, rule, cap,
        rule + " holds at least " + std::to_string(least) + ", but cap." + cap + " is " +
            std::to_string(most) + "; one of them has to give");
    lints_.back().error = true;
  }

  void add(LintKind kind, std::string rule, std::string other, std::string text) {
    lints_.push_back({kind, false, std::move(rule), std::move(other), std::move(text)});
  }

  const RetentionRules& rules_;
  std::vector<Lint> lints_;
};

}  // namespace

std::vector<Lint> lint(const RetentionRules& rules, std::optional<seconds> shortest_gap) {
  Linting linting(rules);
  linting.against_caps();
  linting.against_max_age();
  linting.against_each_other();
  if (shortest_gap) linting.against_schedule(*shortest_gap);
  return linting.take();
}

}  // namespace policy
