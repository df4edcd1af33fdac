#include "agent/config/settled.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "agent/config/policies.h"
#include "policy/thresholds.h"

namespace agent {
namespace {

using std::chrono::hours;

constexpr std::size_t kFewestRuns = 60;
constexpr std::size_t kMostRuns = 2000;
constexpr hours kFurthest{24 * 366 * 12};

struct Period {
  const char* rule;
  hours longest;
};
constexpr Period kPeriods[] = {{"hourly", hours{1}},
                               {"daily", hours{25}},
                               {"weekly", hours{24 * 7 + 1}},
                               {"monthly", hours{24 * 31 + 1}},
                               {"quarterly", hours{24 * 92 + 1}},
                               {"yearly", hours{24 * 366 + 1}}};

hours length(const policy::CalendarSpan& span) {
  return hours{24} * (366 * span.years + 31 * span.months + 7 * span.weeks + span.days) +
         hours{span.hours};
}

/// How far back its rules look; nothing when they keep without an end.
std::optional<hours> look_back(const policy::RetentionRules& rules) {
  hours furthest{0};
  bool endless = false;
  for (const auto& [rule, count] : rules.keep.counts) {
    endless = endless || !count.max;
    for (const Period& period : kPeriods) {
      if (count.max && rule == period.rule) {
        furthest = std::max(furthest, period.longest * (*count.max + 1));
      }
    }
  }
  for (const auto& [rule, span] : rules.keep.within) furthest = std::max(furthest, length(span));
  if (!rules.max_age) return endless ? std::nullopt : std::optional(furthest);
  return endless ? length(*rules.max_age) : std::min(furthest, length(*rules.max_age));
}

std::size_t fewest_runs(const policy::RetentionRules& rules) {
  const auto last = rules.keep.counts.find("last");
  if (last == rules.keep.counts.end()) return kFewestRuns;
  const auto slots = static_cast<std::size_t>(std::max(last->second.max.value_or(0), 0));
  return std::min(std::max(kFewestRuns, 2 * slots), kMostRuns);
}

std::string days_of(std::chrono::seconds age) {
  const auto whole = std::chrono::duration_cast<hours>(age).count();
  return whole % 24 == 0 ? std::to_string(whole / 24) + " d" : std::to_string(whole) + " h";
}

std::string digits(double number) {
  std::string text = std::to_string(number);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

/// The worse of two thresholds that a value reaches: "critical.depth 8".
template <class Value>
std::optional<std::string> reached(const Value& value, const char* key,
                                   const std::optional<Value>& warn,
                                   const std::optional<Value>& critical,
                                   std::string (*tell)(Value)) {
  if (critical && value >= *critical) return std::string("critical.") + key + " " + tell(*critical);
  if (warn && value >= *warn) return std::string("warn.") + key + " " + tell(*warn);
  return std::nullopt;
}

std::vector<std::string> crossed(const policy::SteadyState& state,
                                 const policy::ThresholdPair& policy) {
  const policy::ThresholdPair limits = policy::thresholds_of(policy::DeltaKind::Unknown, policy);
  const std::string deltas = std::to_string(state.between_runs) + " deltas between runs";
  std::vector<std::string> crosses;
  const auto number = [](int value) { return std::to_string(value); };
  if (const auto limit = reached<int>(state.between_runs, "depth", limits.warn.depth,
                                      limits.critical.depth, number)) {
    crosses.push_back(deltas + " reach " + *limit);
  }
  // A read that finds its block higher up looks in fewer: all files are a bound, never the mean.
  const double probes = std::nextafter(state.between_runs + 1.0, 0.0);
  if (const auto limit =
          reached<double>(probes, "probes", limits.warn.probes, limits.critical.probes, digits)) {
    crosses.push_back(deltas + " are up to " + std::to_string(state.between_runs + 1) +
                      " files a read looks in, which reaches " + *limit +
                      " where the deltas are small");
  }
  if (const auto limit = reached<std::chrono::seconds>(state.oldest, "age", limits.warn.age,
                                                       limits.critical.age, days_of)) {
    crosses.push_back("the oldest snapshot gets " + days_of(state.oldest) + " old, which reaches " +
                      *limit);
  }
  if (state.deepest > policy::kDepthRefuse) {
    crosses.push_back("its runs want " + std::to_string(state.deepest) + " deltas; at " +
                      std::to_string(policy::kDepthRefuse) + " no more are made");
  }
  if (state.conflict) crosses.push_back("its caps can't be met: rules or the reserve hold more");
  return crosses;
}

}  // namespace

std::vector<SettledPolicy> settle_policies(const Config& config, policy::Time now) {
  std::vector<SettledPolicy> settled;
  const std::vector<policy::Policy> policies = policies_of(config, now);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const policy::Policy& policy = policies[i];
    const std::string& schedule = config.policies[i].schedule;
    if (policy.method() != policy::Method::Snapshot || schedule.empty()) continue;
    const std::optional<hours> back = look_back(policy.rules);
    // Twice as far: what a rule keeps last is there only when what it kept first has gone.
    const policy::Time until = now + std::min(2 * back.value_or(hours{0}), kFurthest);
    const std::vector<policy::Time> runs =
        runs_after(now, schedule, policy.zone,
                   {.most = kMostRuns, .fewest = fewest_runs(policy.rules), .until = until});
    SettledPolicy one{.name = policy.name(), .state = {}, .runs = runs.size()};
    one.settled = back && 2 * *back <= kFurthest && !runs.empty() && runs.size() < kMostRuns;
    one.state = policy::steady_state(policy.rules, policy.zone, runs, policy.marks_first() ? 1 : 0);
    one.crosses = crossed(one.state, policy.thresholds);
    settled.push_back(std::move(one));
  }
  return settled;
}

}  // namespace agent
