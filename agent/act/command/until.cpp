#include "agent/act/command/until.h"

#include "agent/config/quantity.h"
#include "agent/error.h"

namespace agent {
namespace {

// Ten years: what is to last longer needs no end.
constexpr std::chrono::hours kFarthest{24 * 3653};

}  // namespace

std::optional<policy::Time> until_of(const std::string& text, policy::Time now) {
  if (text.empty()) return std::nullopt;
  std::optional<policy::Time> until = policy::parse_utc(text);
  if (const auto span = parse_duration(text); span && *span <= kFarthest) until = now + *span;
  if (!until || *until > now + kFarthest) {
    throw Error("usage", ExitCode::Usage,
                "--until \"" + text + "\" is no time within ten years; write for instance " +
                    "2026-11-22T02:00:00Z, 4h or 7d");
  }
  if (*until <= now) {
    throw Error("usage", ExitCode::Usage,
                "--until " + text + " is over already: it is " + policy::format_utc(now));
  }
  return until;
}

}  // namespace agent
