#include "agent/zones.h"

#include <date/tz.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <utility>
#include <vector>

#include "agent/cli/nearest.h"
#include "agent/cli/safe_text.h"
#include "agent/error.h"
#include "agent/zone_rule.h"

namespace agent {
namespace {

using policy::OffsetChange;
using std::chrono::sys_seconds;

constexpr const char* kDatabase = "/usr/share/zoneinfo/";
constexpr int kFirstYear = 1970, kLastYear = 2100;
constexpr sys_seconds kBegin = std::chrono::sys_days{std::chrono::year{kFirstYear} / 1 / 1};
constexpr sys_seconds kEnd = std::chrono::sys_days{std::chrono::year{kLastYear + 1} / 1 / 1};

[[noreturn]] void zone_error(const std::string& name, const std::string& problem) {
  throw Error("config", ExitCode::Usage,
              "loading time zone \"" + safe_text(name, Charset::Utf8, 64) + "\": " + problem);
}

const date::tzdb& database() {
  try {
    return date::get_tzdb();
  } catch (const std::exception& problem) {
    throw Error("config", ExitCode::Usage,
                std::string("reading the time zones in ") + kDatabase + ": " + problem.what() +
                    "; install the package tzdata, or use the time zone \"UTC\"");
  }
}

const date::time_zone* find_zone(const std::string& name) {
  const auto& zones = database().zones;
  const auto zone = std::lower_bound(
      zones.begin(), zones.end(), name,
      [](const date::time_zone& a, const std::string& wanted) { return a.name() < wanted; });
  // "localtime" is the host's own setting: the same configuration would mean another time
  // elsewhere.
  if (zone == zones.end() || zone->name() != name || name == "localtime") return nullptr;
  return &*zone;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// "; did you mean \"Europe/Vienna\"?" for Vienna, europe/vienna and Europe/Viena.
std::string suggestion(const std::string& name) {
  std::vector<std::string> names;
  const std::string wanted = lower(name);
  for (const date::time_zone& zone : database().zones) {
    const std::string known = lower(zone.name());
    if (known == wanted || known.ends_with("/" + wanted)) {
      return "; did you mean \"" + zone.name() + "\"?";
    }
    names.push_back(zone.name());
  }
  return did_you_mean(name, names);
}

/// What a zone's file says of the time after its last change, as a POSIX rule such as
/// "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 8536 3.3); empty when it says nothing. The library does not
/// read it, and the files list changes until 2037 only.
std::string later_rule(const std::string& name) {
  std::ifstream file(kDatabase + name, std::ios::binary);
  if (!file) zone_error(name, std::string("cannot read ") + kDatabase + name);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (content.size() < 2 || content.back() != '\n') return {};
  content.pop_back();
  const std::size_t begin = content.rfind('\n');
  return begin == std::string::npos ? std::string() : content.substr(begin + 1);
}

std::vector<OffsetChange> listed_changes(const date::time_zone& zone) {
  std::vector<OffsetChange> changes;
  for (sys_seconds from = kBegin; from < kEnd;) {
    const date::sys_info info = zone.get_info(from);
    if (info.end <= from) throw std::runtime_error("its changes do not follow one another");
    changes.push_back({from, info.offset});
    from = info.end;
  }
  return changes;
}

}  // namespace

std::optional<std::string> zone_name_problem(const std::string& name) {
  if (name == "UTC" || find_zone(name)) return std::nullopt;
  if (name == "localtime") return "it means another zone on another machine; name the zone itself";
  return "there is no such time zone" + suggestion(name);
}

policy::Zone load_zone(const std::string& name) {
  if (name == "UTC") return {};
  if (const auto problem = zone_name_problem(name)) zone_error(name, *problem);
  try {
    std::vector<OffsetChange> changes = listed_changes(*find_zone(name));
    const sys_seconds listed = changes.back().at;
    const std::string rule = later_rule(name);
    if (rule.empty()) return policy::Zone(name, std::move(changes), kEnd);
    for (const OffsetChange& change : changes_by_rule(rule, kFirstYear, kLastYear)) {
      if (change.at > listed && change.at < kEnd) changes.push_back(change);
    }
    return policy::Zone(name, std::move(changes), kEnd);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& problem) {  // a file that is damaged
    zone_error(name, std::string(problem.what()) + "; reinstall the package tzdata");
  }
}

}  // namespace agent
