// The text of a cron schedule.
#include <algorithm>
#include <charconv>
#include <vector>

#include "policy/cron.h"
#include "policy/cron_field.h"

namespace policy {
namespace {

/// For messages; texts are plain ASCII when they get here.
std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 40;
  if (text.size() > longest) return "\"" + std::string(text.substr(0, longest)) + "...\"";
  return "\"" + std::string(text) + "\"";
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// jan for January, and the whole word as well.
bool is_word(std::string_view text, std::string_view word) {
  return !word.empty() && (same_letters(text, word.substr(0, 3)) || same_letters(text, word));
}

std::string short_word(std::string_view word) {
  std::string text(word.substr(0, 3));
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
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

[[noreturn]] void wrong_value(const CronFieldKind& kind, std::string_view text) {
  std::string message = quoted(text) + " is no " + kind.name + ": " + std::to_string(kind.min) +
                        " to " + std::to_string(kind.max);
  if (!kind.words[0].empty()) {
    const auto last = std::find_if(kind.words.rbegin(), kind.words.rend(),
                                   [](std::string_view word) { return !word.empty(); });
    message += " or " + short_word(kind.words[0]) + " to " + short_word(*last);
  }
  if (same_letters(text, "L")) message += "; L stands for the last day, in the day field alone";
  throw CronError(message);
}

int value_of(const CronFieldKind& kind, std::string_view text) {
  for (std::size_t i = 0; i < kind.words.size(); ++i) {
    if (is_word(text, kind.words[i])) return kind.min + static_cast<int>(i);
  }
  const std::optional<int> value = number(text);
  if (value && *value >= kind.min && *value <= kind.max) return *value;
  wrong_value(kind, text);
}

struct Range {
  int first, last;
};

Range range_of(const CronFieldKind& kind, std::string_view text) {
  const std::size_t dash = text.find('-');
  const int first = value_of(kind, text.substr(0, dash));
  if (dash == std::string_view::npos) return {first, first};
  int last = value_of(kind, text.substr(dash + 1));
  // A week may end with its Sunday: fri-sun.
  if (last == 0 && first > 0 && kind.max == 7) last = 7;
  if (last < first) {
    throw CronError(std::string("the ") + kind.name + " range " + quoted(text) +
                    " runs backwards; write it as two ranges");
  }
  return {first, last};
}

int step_of(const CronFieldKind& kind, std::string_view text) {
  const std::optional<int> step = number(text.substr(1));
  if (step && *step >= 1 && *step <= kind.max) return *step;
  throw CronError(std::string("the ") + kind.name + " step " + quoted(text) +
                  " is no number from 1 to " + std::to_string(kind.max));
}

std::string_view macro(std::string_view text) {
  struct Macro {
    std::string_view name, fields;
  };
  constexpr std::array<Macro, 7> macros{{{"@hourly", "0 * * * *"},
                                         {"@daily", "0 0 * * *"},
                                         {"@midnight", "0 0 * * *"},
                                         {"@weekly", "0 0 * * 0"},
                                         {"@monthly", "0 0 1 * *"},
                                         {"@yearly", "0 0 1 1 *"},
                                         {"@annually", "0 0 1 1 *"}}};
  for (const Macro& known : macros) {
    if (same_letters(text, known.name)) return known.fields;
  }
  throw CronError(quoted(text) + " is none of @hourly, @daily, @weekly, @monthly, @yearly");
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view run : split(text, ' ')) {
    for (const std::string_view word : split(run, '\t')) {
      if (!word.empty()) words.push_back(word);
    }
  }
  return words;
}

}  // namespace

Cron::Cron(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
  if (!plain) throw CronError("it has a character that no schedule has");
  std::vector<std::string_view> words = words_of(text);
  if (words.size() == 1 && words[0].starts_with('@')) words = words_of(macro(words[0]));
  if (words.size() != fields_.size()) {
    throw CronError("it has " + std::to_string(words.size()) +
                    " fields; cron has five: minute hour day month weekday, as in \"0 2 * * *\"");
  }
  for (std::size_t i = 0; i < words.size(); ++i) read_field(Index{i}, words[i]);
  refuse_days_that_never_come();
}

void Cron::read_field(Index index, std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ',');
  for (const std::string_view part : parts) read_part(index, part);
  Field& field = fields_[index];
  if (parts.size() > 1) field.step = 0;
  constexpr std::uint64_t seventh = 1U << 7;
  if (index == kWeekday && (field.values & seventh) != 0) {
    field.values = (field.values & ~seventh) | 1;
  }
}

// One of the comma-separated parts: "*", "*/5", "7", "1-5", "1-5/2", "L".
void Cron::read_part(Index index, std::string_view part) {
  const CronFieldKind& kind = kCronFields[index];
  if (index == kDay && same_letters(part, "L")) {
    last_day_ = true;
    return;
  }
  const std::size_t slash = part.find('/');
  const std::string_view written = part.substr(0, slash);
  const bool star = written == "*";
  const Range range = star ? Range{kind.min, kind.max} : range_of(kind, written);
  int step = 1;
  if (slash != std::string_view::npos) {
    step = step_of(kind, part.substr(slash));
    if (!star && written.find('-') == std::string_view::npos) {
      throw CronError("a step needs a range or *: " + quoted(part));
    }
  }
  if (star) fields_[index].step = step;
  for (int value = range.first; value <= range.last; value += step) {
    fields_[index].values |= std::uint64_t{1} << value;
  }
}

// Every date that exists falls on every weekday in the course of 400 years, so that only days and
// months can contradict each other.
void Cron::refuse_days_that_never_come() const {
  const bool either = fields_[kDay].step == 0 && fields_[kWeekday].step == 0;
  if (either || last_day_) return;
  constexpr std::array<unsigned, 13> longest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (std::size_t month = 1; month <= 12; ++month) {
    if ((fields_[kMonth].values >> month & 1) == 0) continue;
    const std::uint64_t days = (std::uint64_t{2} << longest[month]) - 1;
    if ((fields_[kDay].values & days) != 0) return;
  }
  throw CronError("this day never comes in these months");
}

}  // namespace policy
