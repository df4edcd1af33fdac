#include "agent/zone_rule.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace agent {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year;

/// "M3.5.0/2": in which form a day is told, and the time of day.
struct Date {
  enum class Form { Weekday, DayOfYear, DayWithoutLeap } form = Form::Weekday;
  unsigned month = 0, week = 0;
  int day = 0;  ///< of the week, or of the year
  seconds time = hours{2};
};

/// Takes pieces off the front of the rule.
class Reader {
 public:
  explicit Reader(std::string_view text) : whole_(text), rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool at_number() const { return !rest_.empty() && is_number(rest_.front()); }

  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!skip(c)) wrong();
  }

  void abbreviation() {
    const std::size_t end = rest_.starts_with('<') ? rest_.find('>') : name_end() - 1;
    if (end == std::string_view::npos || end + 1 < 3) wrong();
    rest_.remove_prefix(end + 1);
  }

  int number(int least, int most) {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && digits < 4; ++digits) {
      const char c = rest_[digits];
      if (c < '0' || c > '9') break;
      value = value * 10 + (c - '0');
    }
    if (digits == 0 || value < least || value > most) wrong();
    rest_.remove_prefix(digits);
    return value;
  }

  /// "-1", "+2:30", "26:00:00"
  seconds time() {
    const bool negative = skip('-');
    if (!negative) skip('+');
    seconds value = hours{number(0, 167)};
    if (skip(':')) value += minutes{number(0, 59)};
    if (skip(':')) value += seconds{number(0, 59)};
    return negative ? -value : value;
  }

  Date date() {
    Date date;
    expect(',');
    if (skip('M')) {
      date.month = static_cast<unsigned>(number(1, 12));
      expect('.');
      date.week = static_cast<unsigned>(number(1, 5));
      expect('.');
      date.day = number(0, 6);
    } else if (skip('J')) {
      date.form = Date::Form::DayWithoutLeap;
      date.day = number(1, 365);
    } else {
      date.form = Date::Form::DayOfYear;
      date.day = number(0, 365);
    }
    if (skip('/')) date.time = time();
    return date;
  }

  [[noreturn]] void wrong() const {
    throw std::invalid_argument("its rule \"" + std::string(whole_.substr(0, 80)) +
                                "\" cannot be read");
  }

 private:
  static bool is_number(char c) { return (c >= '0' && c <= '9') || c == '+' || c == '-'; }

  std::size_t name_end() const {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    return static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), letter) -
                                    rest_.begin());
  }

  std::string_view whole_, rest_;
};

/// The date's wall clock time in `y`, as if it were UTC's.
std::chrono::sys_seconds local_time(const Date& date, year y) {
  switch (date.form) {
    case Date::Form::Weekday: {
      const std::chrono::year_month month = y / static_cast<int>(date.month);
      const weekday day{static_cast<unsigned>(date.day)};
      const sys_days on = date.week == 5 ? sys_days{month / day[std::chrono::last]}
                                         : sys_days{month / day[date.week]};
      return on + date.time;
    }
    case Date::Form::DayOfYear:
      return sys_days{y / 1 / 1} + days{date.day} + date.time;
    case Date::Form::DayWithoutLeap: {  // 29 February is not counted
      const int leap = y.is_leap() && date.day >= 60 ? 1 : 0;
      return sys_days{y / 1 / 1} + days{date.day - 1 + leap} + date.time;
    }
  }
  return {};
}

}  // namespace

std::vector<policy::OffsetChange> changes_by_rule(std::string_view rule, int first, int last) {
  Reader reader(rule);
  reader.abbreviation();
  const seconds standard = -reader.time();  // POSIX counts west of Greenwich
  if (reader.at_end()) return {};
  reader.abbreviation();
  const seconds saving = reader.at_number() ? -reader.time() : standard + hours{1};
  const Date begin = reader.date();
  const Date end = reader.date();
  if (!reader.at_end()) reader.wrong();

  std::vector<policy::OffsetChange> changes;
  for (int number = first; number <= last; ++number) {
    const year y{number};
    changes.push_back({local_time(begin, y) - standard, saving});
    changes.push_back({local_time(end, y) - saving, standard});
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return changes;
}

}  // namespace agent
