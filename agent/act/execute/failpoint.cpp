#include "agent/act/execute/failpoint.h"

#include <array>

#ifdef DELTAKEEP_FAILPOINTS
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#endif

namespace agent {
namespace {

using policy::OpKind;

// A rename has no task, so that its answer is the end of it.
constexpr std::array kFailpoints{
    FailpointRow{OpKind::Create, Boundary::BeforeIntent, "create.before-intent"},
    FailpointRow{OpKind::Create, Boundary::AfterIntent, "create.after-intent"},
    FailpointRow{OpKind::Create, Boundary::AfterCall, "create.after-call"},
    FailpointRow{OpKind::Create, Boundary::AfterTask, "create.after-task"},
    FailpointRow{OpKind::Create, Boundary::BeforeVerify, "create.before-verify"},
    FailpointRow{OpKind::Create, Boundary::BeforeDone, "create.before-done"},
    FailpointRow{OpKind::Create, Boundary::AfterDone, "create.after-done"},
    FailpointRow{OpKind::Remove, Boundary::BeforeIntent, "remove.before-intent"},
    FailpointRow{OpKind::Remove, Boundary::AfterIntent, "remove.after-intent"},
    FailpointRow{OpKind::Remove, Boundary::AfterCall, "remove.after-call"},
    FailpointRow{OpKind::Remove, Boundary::AfterTask, "remove.after-task"},
    FailpointRow{OpKind::Remove, Boundary::BeforeVerify, "remove.before-verify"},
    FailpointRow{OpKind::Remove, Boundary::BeforeDone, "remove.before-done"},
    FailpointRow{OpKind::Remove, Boundary::AfterDone, "remove.after-done"},
    FailpointRow{OpKind::Consolidate, Boundary::BeforeIntent, "consolidate.before-intent"},
    FailpointRow{OpKind::Consolidate, Boundary::AfterIntent, "consolidate.after-intent"},
    FailpointRow{OpKind::Consolidate, Boundary::AfterCall, "consolidate.after-call"},
    FailpointRow{OpKind::Consolidate, Boundary::AfterTask, "consolidate.after-task"},
    FailpointRow{OpKind::Consolidate, Boundary::BeforeVerify, "consolidate.before-verify"},
    FailpointRow{OpKind::Consolidate, Boundary::BeforeDone, "consolidate.before-done"},
    FailpointRow{OpKind::Consolidate, Boundary::AfterDone, "consolidate.after-done"},
    FailpointRow{OpKind::Revert, Boundary::BeforeIntent, "revert.before-intent"},
    FailpointRow{OpKind::Revert, Boundary::AfterIntent, "revert.after-intent"},
    FailpointRow{OpKind::Revert, Boundary::AfterCall, "revert.after-call"},
    FailpointRow{OpKind::Revert, Boundary::AfterTask, "revert.after-task"},
    FailpointRow{OpKind::Revert, Boundary::BeforeVerify, "revert.before-verify"},
    FailpointRow{OpKind::Revert, Boundary::BeforeDone, "revert.before-done"},
    FailpointRow{OpKind::Revert, Boundary::AfterDone, "revert.after-done"},
    FailpointRow{OpKind::Clone, Boundary::BeforeIntent, "clone.before-intent"},
    FailpointRow{OpKind::Clone, Boundary::AfterIntent, "clone.after-intent"},
    FailpointRow{OpKind::Clone, Boundary::AfterCall, "clone.after-call"},
    FailpointRow{OpKind::Clone, Boundary::AfterTask, "clone.after-task"},
    FailpointRow{OpKind::Clone, Boundary::BeforeVerify, "clone.before-verify"},
    FailpointRow{OpKind::Clone, Boundary::BeforeDone, "clone.before-done"},
    FailpointRow{OpKind::Clone, Boundary::AfterDone, "clone.after-done"},
    FailpointRow{OpKind::Rename, Boundary::BeforeIntent, "rename.before-intent"},
    FailpointRow{OpKind::Rename, Boundary::AfterIntent, "rename.after-intent"},
    FailpointRow{OpKind::Rename, Boundary::AfterCall, "rename.after-call"},
    FailpointRow{OpKind::Rename, Boundary::BeforeVerify, "rename.before-verify"},
    FailpointRow{OpKind::Rename, Boundary::BeforeDone, "rename.before-done"},
    FailpointRow{OpKind::Rename, Boundary::AfterDone, "rename.after-done"},
    FailpointRow{OpKind::Destroy, Boundary::BeforeIntent, "destroy.before-intent"},
    FailpointRow{OpKind::Destroy, Boundary::AfterIntent, "destroy.after-intent"},
    FailpointRow{OpKind::Destroy, Boundary::AfterCall, "destroy.after-call"},
    FailpointRow{OpKind::Destroy, Boundary::AfterTask, "destroy.after-task"},
    FailpointRow{OpKind::Destroy, Boundary::BeforeVerify, "destroy.before-verify"},
    FailpointRow{OpKind::Destroy, Boundary::BeforeDone, "destroy.before-done"},
    FailpointRow{OpKind::Destroy, Boundary::AfterDone, "destroy.after-done"},
};

}  // namespace

std::span<const FailpointRow> failpoints() { return kFailpoints; }

#ifdef DELTAKEEP_FAILPOINTS
namespace {

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

}  // namespace

void failpoint(OpKind kind, Boundary boundary) {
  const char* name = nullptr;
  for (const FailpointRow& row : kFailpoints) {
    if (row.kind == kind && row.boundary == boundary) name = row.name;
  }
  if (name == nullptr) std::abort();
  static Chosen kill = chosen();
  if (kill.name == name && --kill.left == 0) std::raise(SIGKILL);
}
#endif

}  // namespace agent
