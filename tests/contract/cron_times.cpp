// Prints when schedules fire and where zones change, for test_cron.py to compare with other
// implementations. Each line of stdin is a question:
//
//   next ZONE COUNT AFTER CRON...   prints COUNT times of the schedule after AFTER, and then goes
//   the
//                                   same way back: the line ends in "back" when it met them again
//   zone ZONE                       prints every change of the zone's table as UTC,offset
//
// AFTER and the times are seconds since 1970. A line of answer for a line of question.
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "agent/zones.h"
#include "policy/cron.h"

namespace {

using policy::Time;

std::int64_t seconds_of(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

void answer_next(std::istringstream& line) {
  std::string zone_name, text;
  std::size_t count = 0;
  std::int64_t after = 0;
  line >> zone_name >> count >> after;
  std::getline(line, text);
  const policy::Cron cron(text);
  const policy::Zone zone = agent::load_zone(zone_name);
  std::vector<Time> times;
  std::optional<Time> time = Time{std::chrono::seconds{after}};
  while (times.size() < count && (time = cron.next(*time, zone))) times.push_back(*time);
  for (const Time fired : times) std::cout << seconds_of(fired) << ' ';
  bool same = !times.empty();
  for (std::size_t i = times.size(); i-- > 1;) {
    same = same && cron.previous(times[i], zone) == times[i - 1];
  }
  std::cout << (same ? "back" : "lost") << '\n';
}

void answer_zone(std::istringstream& line) {
  std::string name;
  line >> name;
  const policy::Zone zone = agent::load_zone(name);
  Time at = std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
  const Time end = std::chrono::sys_days{std::chrono::year{2101} / 1 / 1};
  while (at < end) {
    const policy::Zone::Stretch stretch = zone.stretch_at(at);
    std::cout << seconds_of(at) << ',' << stretch.offset.count() << ' ';
    at = stretch.end;
  }
  std::cout << '\n';
}

}  // namespace

int main() {
  for (std::string text; std::getline(std::cin, text);) {
    std::istringstream line(text);
    std::string question;
    line >> question;
    try {
      if (question == "next") {
        answer_next(line);
      } else if (question == "zone") {
        answer_zone(line);
      } else {
        throw std::invalid_argument("unknown question " + question);
      }
    } catch (const std::exception& problem) {
      std::cout << "error: " << problem.what() << '\n';
    }
  }
  return 0;
}
