#include "agent/act/execute/failpoint.h"

#ifdef DELTAKEEP_FAILPOINTS
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace agent {
namespace {

using policy::OpKind;

struct BoundaryName {
  Boundary boundary;
  std::string_view name;
};
constexpr BoundaryName kBoundaries[] = {
    {Boundary::BeforeIntent, "before-intent"}, {Boundary::AfterIntent, "after-intent"},
    {Boundary::AfterCall, "after-call"},       {Boundary::AfterLost, "after-lost"},
    {Boundary::AfterTask, "after-task"},       {Boundary::BeforeVerify, "before-verify"},
    {Boundary::BeforeDone, "before-done"},     {Boundary::AfterClaim, "after-claim"},
    {Boundary::AfterDone, "after-done"},
};

struct PlaceName {
  Place place;
  std::string_view name;
};
constexpr PlaceName kPlaces[] = {
    {Place::RecoverBegin, "recover.begin"},
    {Place::RecoverEnd, "recover.end"},
    {Place::SettleLooked, "settle.looked"},
    {Place::SettleWritten, "settle.written"},
    {Place::JournalBefore, "journal.before-update"},
    {Place::JournalAfter, "journal.after-update"},
    {Place::RunPlanned, "run.planned"},
    {Place::RunExecuted, "run.executed"},
};

constexpr OpKind kKinds[] = {OpKind::Create, OpKind::Remove, OpKind::Consolidate, OpKind::Revert,
                             OpKind::Clone,  OpKind::Rename, OpKind::Destroy};

bool is_passed(OpKind kind, Boundary boundary) {
  // A rename has no task: its answer is the end of it.
  if (boundary == Boundary::AfterTask) return kind != OpKind::Rename;
  if (boundary == Boundary::AfterClaim) return kind == OpKind::Clone || kind == OpKind::Destroy;
  return true;
}

std::string name_of(OpKind kind, const BoundaryName& boundary) {
  return std::string(policy::op_kind_name(kind)) + "." + std::string(boundary.name);
}

/// The point that is to kill, and how many more times it is passed before.
struct Chosen {
  std::string name;
  long left = 1;
};

Chosen chosen() {
  const char* const set = std::getenv("DELTAKEEP_FAILPOINT");
  Chosen chosen;
  if (set == nullptr) return chosen;
  chosen.name = set;
  const std::size_t colon = chosen.name.find(':');
  if (colon == std::string::npos) return chosen;
  chosen.left = std::strtol(chosen.name.c_str() + colon + 1, nullptr, 10);
  chosen.name.resize(colon);
  return chosen;
}

void pass(std::string_view name) {
  if (name.empty()) std::abort();
  static Chosen kill = chosen();
  if (kill.name == name && --kill.left == 0) std::raise(SIGKILL);
}

}  // namespace

std::vector<std::string> failpoint_names() {
  std::vector<std::string> names;
  for (const OpKind kind : kKinds) {
    for (const BoundaryName& one : kBoundaries) {
      if (is_passed(kind, one.boundary)) names.push_back(name_of(kind, one));
    }
  }
  for (const PlaceName& one : kPlaces) names.emplace_back(one.name);
  return names;
}

void failpoint(OpKind kind, Boundary boundary) {
  std::string name;
  for (const BoundaryName& one : kBoundaries) {
    if (one.boundary == boundary && is_passed(kind, boundary)) name = name_of(kind, one);
  }
  pass(name);
}

void failpoint(Place place) {
  std::string_view name;
  for (const PlaceName& one : kPlaces) {
    if (one.place == place) name = one.name;
  }
  pass(name);
}

}  // namespace agent
#endif
