// Numbers as people read them. JSON has none of this: sizes are bytes there, times RFC 3339.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace agent {

/// Binary units, one decimal below 100, no ".0": "0 B", "1023 B", "1.5 GiB", "20 GiB", "123 GiB".
std::string human_bytes(std::uint64_t bytes);

/// The two largest units: "45 s", "12 min", "3 h 20 min", "3 d 4 h", "2 y 40 d". Under a second is
/// "0 s". A negative age (a clock ahead of ours) is "in 5 min".
std::string human_age(std::chrono::seconds age);

/// "1,234,567".
std::string human_count(std::uint64_t count);

/// "1 snapshot", "12,345 snapshots"; `plural` for words that do not just take an s.
std::string counted(std::uint64_t count, std::string_view noun, std::string_view plural = {});

/// A ratio such as probes with `decimals` digits after the point: "6.37". Not a number: "-".
std::string human_number(double value, int decimals = 2);

}  // namespace agent
