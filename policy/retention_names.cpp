#include <algorithm>
#include <array>
#include <utility>

#include "policy/retention.h"

namespace policy {
namespace {

constexpr std::array<std::pair<KeepRule, const char*>, 28> kKeepRules{{
    {KeepRule::Last, "last"},
    {KeepRule::Within, "within"},
    {KeepRule::Hourly, "hourly"},
    {KeepRule::WithinHourly, "within_hourly"},
    {KeepRule::Daily, "daily"},
    {KeepRule::WithinDaily, "within_daily"},
    {KeepRule::Weekly, "weekly"},
    {KeepRule::WithinWeekly, "within_weekly"},
    {KeepRule::Monthly, "monthly"},
    {KeepRule::WithinMonthly, "within_monthly"},
    {KeepRule::Quarterly, "quarterly"},
    {KeepRule::WithinQuarterly, "within_quarterly"},
    {KeepRule::Yearly, "yearly"},
    {KeepRule::WithinYearly, "within_yearly"},
    {KeepRule::Tags, "tags"},
    {KeepRule::Pinned, "pinned"},
    {KeepRule::InUse, "in-use"},
    {KeepRule::InProgress, "in-progress"},
    {KeepRule::Foreign, "foreign"},
    {KeepRule::OtherPolicy, "other-policy"},
    {KeepRule::OrphanedPolicy, "orphaned-policy"},
    {KeepRule::Operator, "operator"},
    {KeepRule::Future, "future"},
    {KeepRule::MinKeep, "min_keep"},
    {KeepRule::Current, "current"},
    {KeepRule::Partial, "partial"},
    {KeepRule::Detached, "detached"},
    {KeepRule::Oldest, "oldest"},
}};

}  // namespace

const char* keep_rule_name(KeepRule rule) {
  return kKeepRules.at(static_cast<std::size_t>(rule)).second;
}

std::optional<KeepRule> keep_rule(std::string_view config_name) {
  const auto* const end = kKeepRules.begin() + static_cast<int>(KeepRule::Pinned);
  const auto* const found = std::find_if(
      kKeepRules.begin(), end, [&](const auto& entry) { return entry.second == config_name; });
  if (found == end) return std::nullopt;
  return found->first;
}

std::optional<PeriodKind> period_kind(KeepRule rule) {
  if (rule < KeepRule::Hourly || rule > KeepRule::WithinYearly) return std::nullopt;
  return static_cast<PeriodKind>(static_cast<int>(rule) / 2 - 1);
}

const char* remove_reason_name(RemoveReason reason) {
  switch (reason) {
    case RemoveReason::Superseded:
      return "superseded";
    case RemoveReason::BeyondCount:
      return "beyond-count";
    case RemoveReason::MaxAge:
      return "max-age";
    case RemoveReason::Shrunk:
      return "shrunk";
    case RemoveReason::Partial:
      return "partial";
    case RemoveReason::Orphan:
      return "orphan";
    case RemoveReason::Detached:
      return "detached";
  }
  return "unknown";
}

const char* cap_name(Cap cap) {
  switch (cap) {
    case Cap::Depth:
      return "depth";
    case Cap::Count:
      return "count";
    case Cap::Probes:
      return "probes";
    case Cap::Size:
      return "size";
    case Cap::MinFree:
      return "min_free";
    case Cap::MaxAge:
      return "max_age";
  }
  return "unknown";
}

}  // namespace policy
