#include "policy/zone.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace policy {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// No wall clock was ever a day away from UTC; with this bound a search knows where to look.
constexpr seconds kLargestOffset = days{1};

/// The entry of the last change at or before `time`; end() when the table begins later.
auto entry_at(const std::vector<OffsetChange>& changes, sys_seconds time) {
  const auto after =
      std::upper_bound(changes.begin(), changes.end(), time,
                       [](sys_seconds at, const OffsetChange& change) { return at < change.at; });
  return after == changes.begin() ? changes.end() : std::prev(after);
}

[[noreturn]] void out_of_table(const std::string& zone, Time time) {
  throw ZoneRangeError("the table of time zone " + zone + " does not cover " + format_utc(time));
}

}  // namespace

Zone::Zone() : name_("UTC") {}

Zone::Zone(std::string name, std::vector<OffsetChange> changes, sys_seconds end)
    : name_(std::move(name)), changes_(std::move(changes)), end_(end) {
  const auto wrong = [this](const char* why) {
    throw std::invalid_argument("time zone " + name_ + ": " + why);
  };
  if (changes_.empty()) wrong("a table needs a first entry");
  for (std::size_t i = 1; i < changes_.size(); ++i) {
    if (changes_[i].at <= changes_[i - 1].at) wrong("the entries are not in order");
  }
  if (changes_.back().at >= end) wrong("the table ends before its last entry");
  for (const OffsetChange& change : changes_) {
    if (abs(change.offset) >= kLargestOffset) wrong("an offset has a day or more");
  }
  const auto same = [](const OffsetChange& a, const OffsetChange& b) {
    return a.offset == b.offset;
  };
  changes_.erase(std::unique(changes_.begin(), changes_.end(), same), changes_.end());
}

seconds Zone::offset_at(Time time) const {
  if (changes_.empty()) return seconds{0};
  const sys_seconds second = floor<seconds>(time);
  const auto entry = entry_at(changes_, second);
  if (entry == changes_.end() || second >= *end_) out_of_table(name_, time);
  return entry->offset;
}

LocalTime Zone::to_local(Time time) const {
  return LocalTime{time.time_since_epoch() + offset_at(time)};
}

Zone::Stretch Zone::stretch_at(Time time) const {
  if (changes_.empty()) return {Time::min(), Time::max(), seconds{0}, seconds{0}};
  const seconds offset = offset_at(time);
  const auto entry = entry_at(changes_, floor<seconds>(time));
  const auto next = std::next(entry);
  return {.begin = entry->at,
          .end = next == changes_.end() ? *end_ : next->at,
          .offset = offset,
          .offset_before = entry == changes_.begin() ? offset : std::prev(entry)->offset};
}

Zone::Instants Zone::to_instants(LocalTime local) const {
  if (changes_.empty()) {
    const Time time{local.time_since_epoch()};
    return {Instants::Kind::One, time, time};
  }
  const local_seconds second = floor<seconds>(local);
  const sys_seconds as_utc{second.time_since_epoch()};
  auto entry = entry_at(changes_, as_utc - kLargestOffset);
  if (entry == changes_.end()) entry = changes_.begin();

  Instants found;
  int count = 0;
  for (; entry != changes_.end() && entry->at <= as_utc + kLargestOffset; ++entry) {
    const sys_seconds at = as_utc - entry->offset;
    const auto next = std::next(entry);
    const sys_seconds end = next == changes_.end() ? *end_ : next->at;
    if (at < entry->at) {
      // Before this offset began. Its predecessor's clock had shown later times already or it would
      // have been found there; so the change leapt over `local`.
      const bool leapt =
          count == 0 && entry != changes_.begin() && as_utc - std::prev(entry)->offset >= entry->at;
      if (leapt) return {Instants::Kind::Gap, Time{entry->at}, Time{entry->at}};
    } else if (at < end) {
      found.second = at + (local - second);
      if (count++ == 0) found.first = found.second;
    }
  }
  if (count == 0) out_of_table(name_, Time{local.time_since_epoch()});
  found.kind = count == 1 ? Instants::Kind::One : Instants::Kind::Fold;
  return found;
}

}  // namespace policy
