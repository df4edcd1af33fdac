// A policy's rules as values, apart from where they were written: what the engines are given.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/calendar.h"

namespace policy {

/// A count of slots: a number, "all", or "MIN-MAX". Caps shrink it to min at most: N is {0, N}.
struct KeepCount {
  int min = 0;
  std::optional<int> max;  ///< unset: all
  bool operator==(const KeepCount&) const = default;
};

struct KeepRules {
  /// last, hourly, daily, weekly, monthly, quarterly, yearly
  std::map<std::string, KeepCount> counts;
  /// within, within_hourly, within_daily, ..., within_yearly
  std::map<std::string, CalendarSpan> within;
  /// Lists of ANDed tags, ORed; only `retention evaluate` has snapshots with tags.
  std::vector<std::vector<std::string>> tags;
  /// Each rule that has slots left also keeps the oldest.
  bool oldest = false;
  bool empty() const { return counts.empty() && within.empty() && tags.empty(); }
  bool operator==(const KeepRules&) const = default;
};

struct Caps {
  std::optional<int> depth, count;
  std::optional<std::uint64_t> size_bytes, min_free_bytes;
  std::optional<double> min_free_share, probes;
  bool empty() const {
    return !depth && !count && !size_bytes && !min_free_bytes && !min_free_share && !probes;
  }
  bool operator==(const Caps&) const = default;
};

/// When a person should hear of a disk or VM; unset: the default of the delta's kind, or none.
struct Thresholds {
  std::optional<double> probes;
  std::optional<std::chrono::seconds> age;
  std::optional<std::uint64_t> size_bytes;
  std::optional<int> depth;
  std::optional<double> size_share{};  ///< of a disk's capacity that its deltas take
  bool operator==(const Thresholds&) const = default;
};

/// What may go and what must stay: the whole input of retention but the snapshots.
struct RetentionRules {
  KeepRules keep;
  int min_keep = 1;
  bool allow_remove_all = false;
  std::optional<CalendarSpan> max_age;
  std::optional<CalendarSpan> detached;  ///< unset: detached snapshots are kept and reported
  Caps cap;
  bool operator==(const RetentionRules&) const = default;
};

}  // namespace policy
