#include "agent/config/schedule_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <vector>

#include "agent/cli/nearest.h"
#include "agent/config/quantity.h"
#include "agent/error.h"
#include "agent/zones.h"

namespace agent {
namespace {

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
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

constexpr std::string_view kSkipAfter = "skip-after ";

}  // namespace

std::optional<std::string> cron_problem(std::string_view text) {
  try {
    policy::Cron{text};
    return std::nullopt;
  } catch (const policy::CronError& problem) {
    const bool macro = text.starts_with('@');
    const std::vector<std::string> macros{"@hourly", "@daily", "@weekly", "@monthly", "@yearly"};
    return problem.what() + (macro ? did_you_mean(text, macros) : "");
  }
}

std::optional<std::string> window_problem(std::string_view text) {
  try {
    policy::WeeklyHours{text};
    return std::nullopt;
  } catch (const policy::ScheduleError& problem) {
    return problem.what();
  }
}

std::optional<std::string> zone_problem(std::string_view text) {
  try {
    check_zone(text);
    return zone_name_problem(std::string(text));
  } catch (const Wrong& problem) {
    return problem.what();
  } catch (const Error& problem) {  // there is no database
    return problem.what();
  }
}

std::optional<std::string> misfire_problem(std::string_view text) {
  const bool known = text == "run-once" || text == "skip";
  if (known || (text.starts_with(kSkipAfter) && parse_duration(text.substr(kSkipAfter.size())))) {
    return std::nullopt;
  }
  return "expected \"run-once\", \"skip\" or \"skip-after 2h\"";
}

policy::Schedule schedule_of(const PolicyConfig& policy, policy::Zone zone) {
  policy::ScheduleRules rules{
      .cron = policy::Cron(policy.schedule), .jitter = policy.jitter, .seed = policy.name};
  if (!policy.window.empty()) rules.hours = {};
  for (const std::string& window : policy.window) rules.hours += policy::WeeklyHours(window);
  for (const std::string& closed : policy.blackout) rules.hours -= policy::WeeklyHours(closed);
  if (policy.misfire == "skip") rules.skip_after = std::chrono::seconds{0};
  if (policy.misfire.starts_with(kSkipAfter)) {
    rules.skip_after = parse_duration(policy.misfire.substr(kSkipAfter.size()));
  }
  return policy::Schedule(std::move(rules), std::move(zone));
}

std::optional<std::string> schedule_problem(const PolicyConfig& policy) {
  const auto wrong_hours = [](const std::vector<std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(),
                       [](const std::string& text) { return window_problem(text).has_value(); });
  };
  const bool wrong_misfire = !policy.misfire.empty() && misfire_problem(policy.misfire);
  if (policy.schedule.empty() || cron_problem(policy.schedule) || wrong_misfire ||
      wrong_hours(policy.window) || wrong_hours(policy.blackout) || zone_problem(policy.timezone)) {
    return std::nullopt;
  }
  // Any year would do: what comes in none of the 75 after it comes in no other.
  constexpr policy::Time any = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  try {
    const policy::Schedule schedule = schedule_of(policy, load_zone(policy.timezone));
    if (schedule.next_run(any)) return std::nullopt;
    return "it comes only outside of window and blackout, and misfire \"" + policy.misfire +
           "\" leaves out what is late then";
  } catch (const policy::ScheduleError& problem) {
    return problem.what();
  }
}

}  // namespace agent
