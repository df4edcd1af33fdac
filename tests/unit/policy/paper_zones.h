// Six zones and a seventh written down from their laws, so that calendars are tested without a time
// zone database, and the database against them.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "policy/zone.h"

namespace policy {

/// A change that comes every year at the same local or UTC time of a Sunday.
struct YearlyChange {
  int first_year, last_year;
  unsigned month;
  unsigned sunday;                ///< 1: the first of the month, ...; 0: the last
  std::chrono::seconds utc_time;  ///< since that Sunday's 00:00 UTC; may be negative
  std::chrono::seconds offset;    ///< from then on
};

inline Zone zone_of(const char* name, std::chrono::seconds first,
                    const std::vector<YearlyChange>& yearly,
                    const std::vector<OffsetChange>& single = {}) {
  using namespace std::chrono;
  std::vector<OffsetChange> changes(single);
  for (const YearlyChange& change : yearly) {
    for (int y = change.first_year; y <= change.last_year; ++y) {
      const year_month month = year{y} / static_cast<int>(change.month);
      const sys_days day = change.sunday == 0 ? sys_days{month / Sunday[last]}
                                              : sys_days{month / Sunday[change.sunday]};
      changes.push_back({day + change.utc_time, change.offset});
    }
  }
  std::sort(changes.begin(), changes.end(),
            [](const OffsetChange& a, const OffsetChange& b) { return a.at < b.at; });
  changes.insert(changes.begin(), {sys_days{year{2008} / 1 / 1}, first});
  return Zone(name, changes, sys_days{year{2037} / 1 / 1});
}

// All from 2008 to 2036, where every one of them follows one law (Apia: some, and a skipped day).

inline Zone vienna() {
  using namespace std::chrono_literals;
  return zone_of("Europe/Vienna", 1h, {{2008, 2036, 3, 0, 1h, 2h}, {2008, 2036, 10, 0, 1h, 1h}});
}

inline Zone new_york() {
  using namespace std::chrono_literals;
  return zone_of("America/New_York", -5h,
                 {{2008, 2036, 3, 2, 7h, -4h}, {2008, 2036, 11, 1, 6h, -5h}});
}

/// Half an hour of daylight saving.
inline Zone lord_howe() {
  using namespace std::chrono_literals;
  return zone_of("Australia/Lord_Howe", 11h,
                 {{2008, 2036, 4, 1, -9h, 10h + 30min}, {2008, 2036, 10, 1, -8h - 30min, 11h}});
}

/// Had no 30 December 2011: its clocks leapt from UTC-10 (in summer) to UTC+14.
inline Zone apia() {
  using namespace std::chrono;
  const auto at = [](int y, unsigned m, unsigned d, seconds time) {
    return sys_seconds{sys_days{year{y} / static_cast<int>(m) / static_cast<int>(d)} + time};
  };
  return zone_of(
      "Pacific/Apia", -hours{11},
      {{2012, 2020, 9, 0, -hours{10}, hours{14}}, {2013, 2021, 4, 1, -hours{10}, hours{13}}},
      {{at(2010, 9, 26, hours{11}), -hours{10}},
       {at(2011, 4, 2, hours{14}), -hours{11}},
       {at(2011, 9, 24, hours{14}), -hours{10}},
       {at(2011, 12, 30, hours{10}), hours{14}},
       {at(2012, 3, 31, hours{14}), hours{13}}});
}

inline Zone kathmandu() {
  using namespace std::chrono_literals;
  return zone_of("Asia/Kathmandu", 5h + 45min, {});
}

/// Changed its clocks at 00:01 until 2011: midnight came twice in autumn.
inline Zone st_johns() {
  using namespace std::chrono;
  const seconds summer = -hours{2} - minutes{30}, winter = -hours{3} - minutes{30};
  const seconds early = hours{3} + minutes{31}, late = hours{2} + minutes{31};
  const sys_days last_late{year{2011} / 11 / 6};
  return zone_of("America/St_Johns", winter,
                 {{2008, 2011, 3, 2, early, summer},
                  {2008, 2010, 11, 1, late, winter},
                  {2012, 2036, 3, 2, hours{5} + minutes{30}, summer},
                  {2012, 2036, 11, 1, hours{4} + minutes{30}, winter}},
                 {{last_late + hours{4} + minutes{30}, winter}});
}

inline std::vector<Zone> all_zones() {
  return {Zone(), vienna(), new_york(), lord_howe(), apia(), kathmandu(), st_johns()};
}

}  // namespace policy
