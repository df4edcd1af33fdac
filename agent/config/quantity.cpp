#include "agent/config/quantity.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace agent {
namespace {

struct Part {
  std::int64_t value;
  std::size_t unit;  ///< index into the units
};

// "1h30m" in parts, each unit once and in the order of `units`; nothing when it is anything else.
std::optional<std::vector<Part>> parse_parts(std::string_view text, std::string_view units) {
  std::vector<Part> parts;
  std::size_t next = 0;
  while (!text.empty()) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stop == end || text.front() == '-') return std::nullopt;
    const std::size_t unit = units.find(*stop, next);
    if (unit == std::string_view::npos) return std::nullopt;
    parts.push_back({value, unit});
    next = unit + 1;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  }
  if (parts.empty()) return std::nullopt;
  return parts;
}

std::optional<int> parse_count(std::string_view text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stop != end || value < 0) return std::nullopt;
  return value;
}

// A positive number and what follows it.
std::optional<double> leading_number(std::string_view text, std::string_view& rest) {
  double value = 0;
  const auto [stop, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (problem != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  rest = text.substr(static_cast<std::size_t>(stop - text.data()));
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return value;
}

struct SizeUnit {
  std::string_view name;
  double bytes;
};

constexpr std::array kSizeUnits{SizeUnit{"B", 1},
                                SizeUnit{"KiB", 1024},
                                SizeUnit{"MiB", 1048576},
                                SizeUnit{"GiB", 1073741824},
                                SizeUnit{"TiB", 1099511627776},
                                SizeUnit{"PiB", 1125899906842624},
                                SizeUnit{"kB", 1e3},
                                SizeUnit{"KB", 1e3},
                                SizeUnit{"MB", 1e6},
                                SizeUnit{"GB", 1e9},
                                SizeUnit{"TB", 1e12},
                                SizeUnit{"PB", 1e15}};

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  constexpr std::array<std::int64_t, 5> seconds{7 * 86400, 86400, 3600, 60, 1};
  // A century is more than anything here can mean, and keeps the sum far from overflow.
  constexpr std::int64_t longest = 100LL * 366 * 86400;
  const auto parts = parse_parts(text, "wdhms");
  if (!parts) return std::nullopt;
  std::int64_t sum = 0;
  for (const Part& part : *parts) {
    if (part.value > longest / seconds[part.unit]) return std::nullopt;
    sum += part.value * seconds[part.unit];
  }
  if (sum > longest) return std::nullopt;
  return std::chrono::seconds(sum);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::string_view unit;
  const std::optional<double> number = leading_number(text, unit);
  if (!number) return std::nullopt;
  for (const SizeUnit& candidate : kSizeUnits) {
    if (candidate.name != unit) continue;
    const double bytes = std::floor(*number * candidate.bytes);
    if (bytes >= 9.2e18) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
  }
  return std::nullopt;
}

std::optional<double> parse_percent(std::string_view text) {
  std::string_view unit;
  const std::optional<double> number = leading_number(text, unit);
  if (!number || unit != "%" || *number <= 0 || *number > 100) return std::nullopt;
  return *number / 100;
}

std::optional<KeepCount> parse_keep_count(std::string_view text) {
  if (text == "all") return KeepCount{0, std::nullopt};
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    const std::optional<int> count = parse_count(text);
    if (!count) return std::nullopt;
    return KeepCount{0, count};
  }
  const std::optional<int> min = parse_count(text.substr(0, dash));
  const std::optional<int> max = parse_count(text.substr(dash + 1));
  if (!min || !max || *min > *max) return std::nullopt;
  return KeepCount{*min, max};
}

}  // namespace agent
