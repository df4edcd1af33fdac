#include "agent/act/command/find_snapshot.h"

#include <algorithm>
#include <vector>

#include "agent/error.h"
#include "policy/names.h"

namespace agent {
namespace {

constexpr std::size_t kListed = 40;

using Found = std::vector<const policy::Snapshot*>;

/// A line each: moid, time, owner, name.
std::string lines(const Found& snapshots) {
  std::string text;
  for (std::size_t i = 0; i < std::min(snapshots.size(), kListed); ++i) {
    const policy::Snapshot& one = *snapshots[i];
    const auto created = std::chrono::floor<std::chrono::seconds>(one.created);
    text += "\n  " + one.moid + "  " + policy::format_utc(created) + "  " +
            std::string(policy::owner_name(one.owner)) + "  " + one.name;
  }
  if (snapshots.size() > kListed) {
    text += "\n  and " + std::to_string(snapshots.size() - kListed) + " more";
  }
  return text;
}

bool is_named(const policy::Snapshot& snapshot, const std::string& text) {
  return snapshot.name == text || snapshot.raw_name == text ||
         (text == "current" && snapshot.current);
}

[[noreturn]] void refuse_unknown(const policy::Vm& vm, const std::string& text) {
  if (vm.snapshots.empty()) {
    throw Error("not-found", ExitCode::Failed,
                "virtual machine " + vm.identity.name + " has no snapshot");
  }
  Found all;
  for (const policy::Snapshot& one : vm.snapshots) all.push_back(&one);
  throw Error("not-found", ExitCode::Failed,
              "virtual machine " + vm.identity.name + " has no snapshot called \"" + text +
                  "\"; it has:" + lines(all));
}

}  // namespace

const policy::Snapshot& find_snapshot(const policy::Vm& vm, const std::string& text) {
  Found found;
  for (const policy::Snapshot& one : vm.snapshots) {
    if (one.moid == text) return one;
    if (is_named(one, text)) found.push_back(&one);
  }
  if (found.empty()) refuse_unknown(vm, text);
  if (found.size() > 1) {
    throw Error("ambiguous", ExitCode::Usage,
                "\"" + text + "\" names " + std::to_string(found.size()) + " snapshots of " +
                    vm.identity.name + "; use a moid:" + lines(found));
  }
  return *found.front();
}

std::string snapshot_words(const policy::Snapshot& snapshot) {
  return snapshot.name + " (" + snapshot.moid + ")";
}

}  // namespace agent
