// A time zone as a value, so that calendars can be pure: what wall clocks showed, and when.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "policy/time.h"

namespace policy {

/// What a wall clock shows, with no zone attached.
using LocalTime = std::chrono::local_time<std::chrono::microseconds>;

/// From `at` on (until the next one) local time is UTC plus `offset`.
struct OffsetChange {
  std::chrono::sys_seconds at;
  std::chrono::seconds offset;
  bool operator==(const OffsetChange&) const = default;
};

/// Asked for an instant that the zone's table does not cover.
class ZoneRangeError : public std::out_of_range {
 public:
  using std::out_of_range::out_of_range;
};

/// An IANA zone between two instants. Copying shares nothing and costs a table of a few hundred
/// entries: pass it by reference.
class Zone {
 public:
  /// UTC for ever.
  Zone();
  /// `changes` sorted by `at` and not empty, the first one is where the table begins (one that
  /// keeps the offset as it was changes nothing and may be there); it ends before `end`; no offset
  /// has a day or more. Throws std::invalid_argument when that does not hold.
  Zone(std::string name, std::vector<OffsetChange> changes, std::chrono::sys_seconds end);

  const std::string& name() const { return name_; }

  /// UTC offset at an instant. Throws ZoneRangeError outside of the table.
  std::chrono::seconds offset_at(Time time) const;
  /// What the wall clock shows at an instant. Throws ZoneRangeError.
  LocalTime to_local(Time time) const;

  /// The longest stretch of one offset around `time`: from `begin` on and before `end`. Ends of the
  /// table are ends of a stretch, UTC's are Time's. Throws ZoneRangeError.
  struct Stretch {
    Time begin, end;
    std::chrono::seconds offset;
    std::chrono::seconds offset_before;  ///< until `begin`; `offset` where the table begins
  };
  Stretch stretch_at(Time time) const;

  /// The instants at which the wall clock shows `local`: one; two in a fold (first, second); none
  /// in a gap, then `first` is the first instant after the gap. Throws ZoneRangeError.
  struct Instants {
    enum class Kind { One, Fold, Gap } kind = Kind::One;
    Time first{};
    Time second{};  ///< of a fold; else equal to `first`
  };
  Instants to_instants(LocalTime local) const;

  bool operator==(const Zone&) const = default;

 private:
  std::string name_;
  std::vector<OffsetChange> changes_;
  std::optional<std::chrono::sys_seconds> end_;
};

}  // namespace policy
