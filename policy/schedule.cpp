#include "policy/schedule.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

namespace policy {
namespace {

using std::chrono::duration_cast;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Nobody wakes up on the microsecond.
constexpr seconds kPunctual = minutes{1};
constexpr int kMostMissed = 1000;
// Times to look at before a schedule counts as one that never runs: five years of days, the whole
// of a zone's table for what comes once a month.
constexpr int kMostTries = 2000;

/// FNV-1a and a finalizer, so that names that differ in one letter end up far apart.
double share_of(std::string_view seed) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : seed) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  hash ^= hash >> 33;
  return static_cast<double>(hash >> 11) * 0x1.0p-53;
}

/// "3h 12m", "2d", "40s": two units are enough to tell how late something is.
std::string length(microseconds time) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr Unit units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
  const std::int64_t whole = duration_cast<seconds>(time).count();
  const Unit* unit = std::begin(units);
  while (unit->seconds > std::max(whole, std::int64_t{1})) ++unit;
  std::string text = std::to_string(whole / unit->seconds) + unit->name;
  const std::int64_t rest = whole % unit->seconds;
  if (unit->seconds == 1) return text;
  const Unit* finer = unit + 1;
  if (rest / finer->seconds == 0) return text;
  return text + " " + std::to_string(rest / finer->seconds) + finer->name;
}

}  // namespace

Schedule::Schedule(ScheduleRules rules, Zone zone)
    : rules_(std::move(rules)), zone_(std::move(zone)), share_(share_of(rules_.seed)) {
  if (rules_.hours.empty()) {
    throw ScheduleError("its blackouts cover all of its window, so that it could never run");
  }
}

bool Schedule::too_late(microseconds late) const {
  return rules_.skip_after && late > std::max(*rules_.skip_after, kPunctual);
}

Schedule::Plan Schedule::plan(Time slot) const {
  const Time opening = rules_.hours.open_from(slot, zone_).value();  // the hours are not empty
  if (too_late(opening - slot)) return {slot, opening, opening, true};
  microseconds room = rules_.jitter;
  if (room > seconds{0}) {
    if (const auto next = rules_.cron.next(opening, zone_)) room = std::min(room, *next - opening);
    if (const auto end = window_end(opening)) room = std::min(room, *end - opening);
  }
  const auto put_off =
      microseconds{static_cast<std::int64_t>(share_ * static_cast<double>(room.count()))};
  return {slot, opening, opening + floor<seconds>(put_off), false};
}

// Later times never start earlier: the jitter ends before the next time of cron, and times that
// wait for the same opening start together.
std::optional<PlannedRun> Schedule::first_run(Time slot_after, Time start_after) const {
  for (int tries = 0; tries < kMostTries; ++tries) {
    const std::optional<Time> slot = rules_.cron.next(slot_after, zone_);
    if (!slot) return std::nullopt;
    const Plan planned = plan(*slot);
    if (!planned.too_late && planned.start > start_after) return PlannedRun{*slot, planned.start};
    slot_after = *slot;
    if (planned.too_late) {  // on to the first time that is not too late for this opening
      const seconds patience = std::max(*rules_.skip_after, kPunctual);
      slot_after = std::max(slot_after, planned.opening - patience - microseconds{1});
    }
  }
  return std::nullopt;
}

std::optional<PlannedRun> Schedule::next_run(Time after) const {
  // The last time may still be waiting for its start.
  const std::optional<Time> last = rules_.cron.previous(after + microseconds{1}, zone_);
  try {
    return first_run(last ? *last - microseconds{1} : after, after);
  } catch (const ZoneRangeError&) {
    return std::nullopt;
  }
}

int Schedule::count_missed(Time settled, Time slot) const {
  int count = 0;
  auto missed = rules_.cron.next(settled, zone_);
  for (; missed && *missed < slot && count < kMostMissed; ++count) {
    missed = rules_.cron.next(*missed, zone_);
  }
  return count;
}

DueRun Schedule::late_run(const Plan& plan, Time now) const {
  DueRun run{.kind = DueRun::Kind::Due, .slot = plan.slot, .at = plan.start};
  // What is late is the wait for the hours and what came after the planned start; not the jitter.
  const Time opening = rules_.hours.open_from(now, zone_).value();
  const microseconds late = (plan.opening - plan.slot) + (opening - plan.start);
  if (too_late(late)) {
    run.kind = DueRun::Kind::Skipped;
    run.at = opening;
    run.reason = "it would be " + length(late) + " late, and is skipped after " +
                 length(std::max(*rules_.skip_after, kPunctual));
  } else if (opening > now) {
    run.kind = DueRun::Kind::Waiting;
    run.at = opening;
    run.reason = "outside of its hours until " + format_utc(opening);
  }
  return run;
}

DueRun Schedule::due(Time settled, Time now) const {
  const std::optional<Time> slot = rules_.cron.previous(now + microseconds{1}, zone_);
  try {
    if (!slot || *slot <= settled) {
      const auto next = first_run(std::max(settled, now), now);
      if (!next) return {};
      return {.kind = DueRun::Kind::Waiting, .slot = next->slot, .at = next->start};
    }
    const Plan planned = plan(*slot);
    DueRun run{.kind = DueRun::Kind::Waiting, .slot = *slot, .at = planned.start};
    if (planned.too_late) {
      run.kind = DueRun::Kind::Skipped;
      run.reason = "its hours open " + length(planned.opening - *slot) +
                   " later, and it is skipped after " +
                   length(std::max(*rules_.skip_after, kPunctual));
    } else if (planned.start <= now) {
      run = late_run(planned, now);
    } else if (planned.opening > now) {
      run.reason = "outside of its hours until " + format_utc(planned.opening);
    }
    run.missed = count_missed(settled, *slot);
    return run;
  } catch (const ZoneRangeError&) {
    return {};
  }
}

}  // namespace policy
