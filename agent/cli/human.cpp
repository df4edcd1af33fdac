#include "agent/cli/human.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace agent {
namespace {

struct Unit {
  std::int64_t seconds;
  const char* name;
};

// A year of 365 days: ages are for eyes, calendar arithmetic is policy's.
constexpr std::array kUnits{Unit{365 * 86400, "y"}, Unit{86400, "d"}, Unit{3600, "h"},
                            Unit{60, "min"}, Unit{1, "s"}};

std::string duration(std::int64_t seconds) {
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (seconds < kUnits[i].seconds) continue;
    std::string text = fmt::format("{} {}", seconds / kUnits[i].seconds, kUnits[i].name);
    // Seconds beside minutes would only flicker.
    const bool has_second = i + 1 < kUnits.size() && kUnits[i + 1].seconds > 1;
    const std::int64_t rest = has_second ? seconds % kUnits[i].seconds / kUnits[i + 1].seconds : 0;
    if (rest > 0) text += fmt::format(" {} {}", rest, kUnits[i + 1].name);
    return text;
  }
  return "0 s";
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array names{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 1023.95 would round up to 1024 of its unit: that is 1 of the next.
  while (unit + 1 < names.size() && (value >= 1023.5 || unit == 0)) {
    value /= 1024;
    ++unit;
  }
  const double tenths = std::round(value * 10) / 10;
  if (tenths >= 100) return fmt::format("{:.0f} {}", value, names[unit]);
  const bool whole = tenths == std::floor(tenths);
  return whole ? fmt::format("{:.0f} {}", tenths, names[unit])
               : fmt::format("{:.1f} {}", tenths, names[unit]);
}

std::string human_age(std::chrono::seconds age) {
  if (age == age.min()) age += std::chrono::seconds(1);  // has no positive counterpart
  if (age.count() < 0) return "in " + duration(-age.count());
  return duration(age.count());
}

std::string human_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

std::string counted(std::uint64_t count, std::string_view noun, std::string_view plural) {
  if (count == 1) return "1 " + std::string(noun);
  const std::string many = plural.empty() ? std::string(noun) + "s" : std::string(plural);
  return human_count(count) + " " + many;
}

std::string human_number(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace agent
