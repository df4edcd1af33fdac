#include "agent/act/command/forced_guards.h"

#include "agent/error.h"
#include "policy/guard.h"

namespace agent {

std::set<std::string> forced_guards(const std::vector<std::string>& names) {
  std::set<std::string> known;
  for (const policy::Guard& guard : policy::guards()) known.insert(guard.name);
  for (const policy::SnapshotGuard& guard : policy::removal_guards()) known.insert(guard.name);
  for (const std::string& name : names) {
    if (known.contains(name)) continue;
    std::string list;
    for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
    throw Error("usage", ExitCode::Usage,
                "--force \"" + name + "\" is no guard; guards are: " + list);
  }
  return {names.begin(), names.end()};
}

}  // namespace agent
