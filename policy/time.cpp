#include "policy/time.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace policy {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

// RFC 3339 has four digits for the year: what lies outside is shown as the nearest end.
constexpr Time kFirst = sys_days{std::chrono::year{0} / 1 / 1};
constexpr Time kLast = sys_days{std::chrono::year{9999} / 12 / 31} + days{1} - microseconds{1};

void append(std::string& out, std::uint64_t value, std::size_t digits) {
  const std::size_t end = out.size() + digits;
  out.resize(end, '0');
  for (std::size_t at = end; value != 0; value /= 10) {
    out[--at] = static_cast<char>('0' + value % 10);
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes pieces off the front of a text; after the first thing that does not fit all takes fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  unsigned number(std::size_t digits, unsigned low, unsigned high) {
    unsigned value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    if (value < low || value > high) ok_ = false;
    return value;
  }

  void one_of(std::string_view chars) {
    if (rest_.empty() || chars.find(rest_.front()) == std::string_view::npos) ok_ = false;
    if (ok_) rest_.remove_prefix(1);
  }

  bool skip(char c) {
    if (!ok_ || rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  microseconds fraction() {
    if (!skip('.')) return microseconds{0};
    std::int64_t value = 0;
    std::int64_t unit = 100'000;
    value += digit() * unit;
    while (ok_ && !rest_.empty() && is_digit(rest_.front())) {
      unit /= 10;
      value += digit() * unit;
    }
    return microseconds{value};
  }

  minutes offset() {
    if (skip('Z') || skip('z')) return minutes{0};
    const bool west = skip('-');
    if (!west) one_of("+");
    const unsigned h = number(2, 0, 23);
    one_of(":");
    const unsigned m = number(2, 0, 59);
    const minutes east = hours{h} + minutes{m};
    return west ? -east : east;
  }

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  unsigned digit() {
    if (rest_.empty() || !is_digit(rest_.front())) ok_ = false;
    if (!ok_) return 0;
    const auto value = static_cast<unsigned>(rest_.front() - '0');
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::string format_utc(Time time) {
  const Time shown = std::clamp(time, kFirst, kLast);
  const auto day = floor<days>(shown);
  const year_month_day date{day};
  const auto since_midnight = shown - day;
  const auto second = floor<seconds>(since_midnight);
  const auto number = [](auto value) { return static_cast<std::uint64_t>(value); };

  std::string out;
  out.reserve(27);
  append(out, number(static_cast<int>(date.year())), 4);
  out += '-';
  append(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append(out, number(second.count() / 3600), 2);
  out += ':';
  append(out, number(second.count() / 60 % 60), 2);
  out += ':';
  append(out, number(second.count() % 60), 2);
  if (since_midnight != second) {
    out += '.';
    append(out, number((since_midnight - second).count()), 6);
  }
  out += 'Z';
  return out;
}

std::optional<Time> parse_utc(std::string_view text) {
  Reader reader(text);
  const auto year = static_cast<int>(reader.number(4, 0, 9999));
  reader.one_of("-");
  const unsigned month = reader.number(2, 1, 12);
  reader.one_of("-");
  const unsigned day = reader.number(2, 1, 31);
  reader.one_of("Tt ");
  const unsigned hour = reader.number(2, 0, 23);
  reader.one_of(":");
  const unsigned minute = reader.number(2, 0, 59);
  reader.one_of(":");
  const unsigned second = reader.number(2, 0, 60);  // 60: a leap second is the next minute's start
  const microseconds fraction = reader.fraction();
  const minutes offset = reader.offset();
  if (!reader.ok() || !reader.at_end()) return std::nullopt;

  const year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                            std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  return Time{sys_days{date}} + hours{hour} + minutes{minute} + seconds{second} + fraction - offset;
}

}  // namespace policy
