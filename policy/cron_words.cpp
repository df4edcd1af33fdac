// A cron schedule in its shortest form, and in words.
#include <algorithm>
#include <bit>
#include <vector>

#include "policy/cron.h"
#include "policy/cron_field.h"

namespace policy {
namespace {

constexpr int kMostTimes = 4;

std::vector<int> values_of(std::uint64_t values) {
  std::vector<int> out;
  for (; values != 0; values &= values - 1) out.push_back(std::countr_zero(values));
  return out;
}

/// "a", "a and b", "a, b and c".
std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::string two_digits(int value) { return (value < 10 ? "0" : "") + std::to_string(value); }

/// 2nd, 3rd, 4th, ...
std::string ordinal(int value) {
  const int last = value / 10 == 1 ? 0 : value % 10;
  const char* ending = last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
  return std::to_string(value) + ending;
}

std::string word_for(const CronFieldKind& kind, int value) {
  const auto at = static_cast<std::size_t>(value - kind.min);
  const bool named = at < kind.words.size() && !kind.words[at].empty();
  return named ? std::string(kind.words[at]) : std::to_string(value);
}

}  // namespace

// "1,3-5" or, in words, "Monday and Wednesday to Friday": neighbours from three on are a range.
std::string Cron::list(Index index, bool words) const {
  const CronFieldKind& kind = kCronFields[index];
  const std::vector<int> values = values_of(fields_[index].values);
  const auto text = [&](int value) {
    return words ? word_for(kind, value) : std::to_string(value);
  };
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i + 1;
    while (end < values.size() && values[end] == values[end - 1] + 1) ++end;
    if (end - i >= 3) {
      parts.push_back(text(values[i]) + (words ? " to " : "-") + text(values[end - 1]));
      i = end;
    } else {
      parts.push_back(text(values[i++]));
    }
  }
  if (words) return joined(parts);
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
  return out;
}

std::string Cron::text() const {
  std::string out;
  for (const Index index : {kMinute, kHour, kDay, kMonth, kWeekday}) {
    const Field& field = fields_[index];
    std::string part = list(index, false);
    if (field.step == 1) part = "*";
    if (field.step > 1) part = "*/" + std::to_string(field.step);
    if (index == kDay && last_day_) part += part.empty() ? "L" : ",L";
    out += (out.empty() ? "" : " ") + part;
  }
  return out;
}

/// "02:00 and 14:30" when a few fixed times are all there is; else empty.
std::string Cron::times_of_day() const {
  const std::uint64_t hour_values = fields_[kHour].values, minute_values = fields_[kMinute].values;
  const bool few = std::popcount(hour_values) * std::popcount(minute_values) <= kMostTimes;
  if (fields_[kHour].step != 0 || !few) return {};
  std::vector<std::string> times;
  for (const int hour : values_of(hour_values)) {
    for (const int minute : values_of(minute_values)) {
      times.push_back(two_digits(hour) + ":" + two_digits(minute));
    }
  }
  return joined(times);
}

/// "every 15 minutes of hours 8 to 18", "at minute 5 of every 2nd hour".
std::string Cron::intervals() const {
  const Field &minute = fields_[kMinute], &hour = fields_[kHour];
  const bool on_the_hour = minute.values == 1;
  if (on_the_hour && hour.step == 1) return "every hour";
  if (on_the_hour && hour.step > 1 && 24 % hour.step == 0) {
    return "every " + std::to_string(hour.step) + " hours";
  }
  std::string text = "at minute " + list(kMinute, true);
  bool of_every_hour = true;
  if (minute.step == 1) {
    text = "every minute";
    of_every_hour = false;
  } else if (minute.step > 1 && 60 % minute.step == 0) {
    text = "every " + std::to_string(minute.step) + " minutes";
    of_every_hour = false;
  }
  if (hour.step == 1) return text + (of_every_hour ? " of every hour" : "");
  const bool even = hour.step > 1 && 24 % hour.step == 0;
  if (even) return text + " of every " + ordinal(hour.step) + " hour";
  return text + (std::popcount(hour.values) == 1 ? " of hour " : " of hours ") + list(kHour, true);
}

/// "every day", "on Monday to Friday", "on the last day of the month in June".
std::string Cron::dates() const {
  const Field &day = fields_[kDay], &weekday = fields_[kWeekday], &month = fields_[kMonth];
  std::vector<std::string> in_month;
  if (day.values != 0) in_month.push_back("day " + list(kDay, true));
  if (last_day_) in_month.push_back("the last day");
  const std::string by_day = "on " + joined(in_month) + " of the month";
  const std::string by_weekday = "on " + list(kWeekday, true);

  std::string text = "every day";
  if (day.step == 1 && weekday.step != 1) {
    text = by_weekday;
  } else if (day.step != 1 && weekday.step == 1) {
    text = by_day;
  } else if (day.step != 1 && weekday.step != 1) {
    const bool either = day.step == 0 && weekday.step == 0;
    text = by_day + (either ? " or " : " if that is ") + by_weekday;
  }
  return month.step == 1 ? text : text + " in " + list(kMonth, true);
}

std::string Cron::description(std::string_view zone) const {
  const std::string times = times_of_day();
  if (!times.empty()) return dates() + " at " + times + " " + std::string(zone);
  const std::string on = dates();
  return intervals() + (on == "every day" ? "" : ", " + on) + ", " + std::string(zone);
}

}  // namespace policy
