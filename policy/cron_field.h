// What the five fields of a cron schedule may hold: shared by its reader and its writer.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace policy {

struct CronFieldKind {
  const char* name;
  int min, max;
  /// Words for min, min + 1, ..., of which the first three letters are enough; may be empty.
  std::array<std::string_view, 12> words;
};

inline constexpr std::array<CronFieldKind, 5> kCronFields{{
    {"minute", 0, 59, {}},
    {"hour", 0, 23, {}},
    {"day", 1, 31, {}},
    {"month",
     1,
     12,
     {"January", "February", "March", "April", "May", "June", "July", "August", "September",
      "October", "November", "December"}},
    {"weekday",
     0,
     7,
     {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}},
}};

}  // namespace policy
