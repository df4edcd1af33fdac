#include "agent/config/schedule_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cctype>
#include <charconv>
#include <span>
#include <stdexcept>
#include <vector>

#include "agent/cli/nearest.h"
#include "agent/cli/safe_text.h"
#include "agent/config/quantity.h"

namespace agent {
namespace {

using Set = std::bitset<64>;

struct CronField {
  const char* name;
  int min, max;
  std::vector<std::string> words;  ///< names of min, min + 1, ...
};

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

const std::vector<std::string>& weekdays() {
  static const std::vector<std::string> names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  return names;
}

const std::vector<CronField>& cron_fields() {
  static const std::vector<CronField> fields{
      {"minute", 0, 59, {}},
      {"hour", 0, 23, {}},
      {"day", 1, 31, {}},
      {"month",
       1,
       12,
       {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
      {"weekday", 0, 7, weekdays()}};
  return fields;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stop != end || text.front() == '-') return std::nullopt;
  return value;
}

int cron_value(const CronField& field, std::string_view text) {
  const auto name = std::find(field.words.begin(), field.words.end(), lower(text));
  if (name != field.words.end()) return field.min + static_cast<int>(name - field.words.begin());
  const std::optional<int> value = number(text);
  if (value && *value >= field.min && *value <= field.max) return *value;
  const std::string names =
      field.words.empty() ? ""
                          : fmt::format(" or {} to {}", field.words.front(), field.words.back());
  throw Wrong(fmt::format("\"{}\" is no {}: {} to {}{}", safe_text(text, Charset::Utf8, 40),
                          field.name, field.min, field.max, names));
}

// One of the comma-separated parts: "*", "*/5", "7", "1-5", "1-5/2".
void add_cron_part(const CronField& field, std::string_view part, Set& set) {
  const std::size_t slash = part.find('/');
  const std::string_view range = part.substr(0, slash);
  int first = field.min, last = field.max;
  bool is_range = true;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    first = last = cron_value(field, range.substr(0, dash));
    is_range = dash != std::string_view::npos;
    if (is_range) last = cron_value(field, range.substr(dash + 1));
    if (last < first) {
      throw Wrong(fmt::format("the {} range \"{}\" runs backwards; write it as two ranges",
                              field.name, safe_text(range)));
    }
  }
  int step = 1;
  if (slash != std::string_view::npos) {
    const std::optional<int> value = number(part.substr(slash + 1));
    if (!value || *value < 1 || *value > field.max) {
      throw Wrong(fmt::format("the {} step \"{}\" is no number from 1 to {}", field.name,
                              safe_text(part.substr(slash), Charset::Utf8, 40), field.max));
    }
    if (!is_range) {
      throw Wrong(fmt::format("a step needs a range or *: \"{}\"", safe_text(part)));
    }
    step = *value;
  }
  for (int value = first; value <= last; value += step) set.set(static_cast<std::size_t>(value));
}

void check_days(const std::vector<Set>& sets, bool any_weekday) {
  if (!any_weekday) return;  // cron ORs day and weekday
  constexpr std::array<std::size_t, 13> longest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (std::size_t month = 1; month <= 12; ++month) {
    for (std::size_t day = 1; sets[3][month] && day <= longest[month]; ++day) {
      if (sets[2][day]) return;
    }
  }
  throw Wrong("this day never comes in these months");
}

void check_macro(std::string_view text) {
  const std::vector<std::string> macros{"@hourly",  "@daily",  "@midnight", "@weekly",
                                        "@monthly", "@yearly", "@annually"};
  if (std::find(macros.begin(), macros.end(), text) != macros.end()) return;
  throw Wrong("\"" + safe_text(text, Charset::Utf8, 40) +
              "\" is none of @hourly, @daily, @weekly, @monthly, @yearly" +
              did_you_mean(text, macros));
}

void check_cron(std::string_view text) {
  if (text.starts_with("@")) return check_macro(text);
  std::vector<std::string_view> words = split(text, ' ');
  std::erase(words, std::string_view());
  if (words.size() != 5) {
    throw Wrong(fmt::format(
        "it has {} fields; cron has five: minute hour day month weekday, as in \"0 2 * * *\"",
        words.size()));
  }
  std::vector<Set> sets(5);
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const std::string_view part : split(words[i], ',')) {
      add_cron_part(cron_fields()[i], part, sets[i]);
    }
  }
  check_days(sets, words[4] == "*");
}

int clock_minutes(std::string_view text) {
  const bool shaped = text.size() == 5 && text[2] == ':';
  const std::optional<int> hour = shaped ? number(text.substr(0, 2)) : std::nullopt;
  const std::optional<int> minute = shaped ? number(text.substr(3)) : std::nullopt;
  const bool valid = hour && minute && *minute < 60 && *hour * 60 + *minute <= 24 * 60;
  if (!valid) throw Wrong("\"" + safe_text(text, Charset::Utf8, 40) + "\" is no time like 22:30");
  return *hour * 60 + *minute;
}

void check_weekday(std::string_view text) {
  const auto& names = weekdays();
  if (std::find(names.begin(), names.end(), lower(text)) != names.end()) return;
  throw Wrong("\"" + safe_text(text, Charset::Utf8, 40) + "\" is no weekday: sun to sat");
}

void check_window(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space != std::string_view::npos) {
    for (const std::string_view part : split(text.substr(0, space), ',')) {
      for (const std::string_view day : split(part, '-')) check_weekday(day);
    }
    text.remove_prefix(space + 1);
  }
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    throw Wrong("expected a window such as \"22:00-06:00\" or \"sat,sun 00:00-24:00\"");
  }
  if (clock_minutes(text.substr(0, dash)) == clock_minutes(text.substr(dash + 1))) {
    throw Wrong("the window has no length; the whole day is 00:00-24:00");
  }
}

void check_zone(std::string_view text) {
  const std::string_view hint = "expected an IANA name such as \"Europe/Berlin\" or \"UTC\"";
  const auto wrong = [&](std::string_view why) { throw Wrong(fmt::format("{}; {}", why, hint)); };
  if (text.size() > 64) wrong("it is too long");
  for (const std::string_view part : split(text, '/')) {
    if (part.empty() || std::isalpha(static_cast<unsigned char>(part.front())) == 0) {
      wrong(text.find_first_of("+-") == 0 ? "it is an offset" : "it is no zone's name");
    }
    const bool fits = std::all_of(part.begin(), part.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '+';
    });
    if (!fits) wrong("it has a character that no zone's name has");
  }
  const bool offset = text.find_first_of("+0123456789") != std::string_view::npos &&
                      text.find('/') == std::string_view::npos && text.starts_with("UTC");
  if (offset) wrong("it is an offset");
}

void check_misfire(std::string_view text) {
  if (text == "run-once" || text == "skip") return;
  constexpr std::string_view after = "skip-after ";
  if (text.starts_with(after) && parse_duration(text.substr(after.size()))) return;
  throw Wrong("expected \"run-once\", \"skip\" or \"skip-after 2h\"");
}

std::optional<std::string> problem_of(void (*check)(std::string_view), std::string_view text) {
  try {
    check(text);
    return std::nullopt;
  } catch (const Wrong& wrong) {
    return wrong.what();
  }
}

}  // namespace

std::optional<std::string> cron_problem(std::string_view text) {
  return problem_of(check_cron, text);
}

std::optional<std::string> window_problem(std::string_view text) {
  return problem_of(check_window, text);
}

std::optional<std::string> zone_problem(std::string_view text) {
  return problem_of(check_zone, text);
}

std::optional<std::string> misfire_problem(std::string_view text) {
  return problem_of(check_misfire, text);
}

}  // namespace agent
