#include "policy/copy.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace policy {
namespace {

CopySight changed(std::string text) { return {CopyStand::Changed, std::move(text)}; }
CopySight in_doubt(std::string text) { return {CopyStand::InDoubt, std::move(text)}; }

}  // namespace

const char* copy_stand_name(CopyStand stand) {
  switch (stand) {
    case CopyStand::Untouched:
      return "untouched";
    case CopyStand::Changed:
      return "released";
    case CopyStand::Gone:
      return "gone";
    case CopyStand::InDoubt:
      return "in-doubt";
  }
  return "unknown";
}

CopySight look_at_copy(const Copy& copy, const Vm* vm, const EndpointFacts& endpoint) {
  if (copy.released) return changed(copy.why);
  if (vm == nullptr) {
    if (!copy.scanned) return in_doubt("no scan has begun since it was made");
    if (endpoint.scan_complete == true) return {CopyStand::Gone, "somebody else deleted it"};
    return in_doubt("the last scan did not show it, and was not complete");
  }
  if (vm->identity.instance_uuid != copy.instance_uuid) {
    return in_doubt("another VM has its place: " + vm->identity.name);
  }
  if (vm->stale || vm->state.connection != Connection::Connected) {
    return in_doubt("what is shown of it may be old: its host is not connected");
  }
  if (!copy.authentic) {
    return in_doubt(
        "its row in the state is not authentic: the key is another, or the row was edited");
  }
  if (!copy.verified) return in_doubt("it was never verified");
  if (vm->identity.name != copy.name) return changed("it was renamed to " + vm->identity.name);
  switch (vm->state.power) {
    case Power::On:
    case Power::Suspended:
      return changed("it was powered on");
    case Power::Unknown:
      return in_doubt("the server does not tell whether it is powered on");
    case Power::Off:
      break;
  }
  if (!vm->snapshots.empty()) return changed("somebody made a snapshot of it");
  return {CopyStand::Untouched, {}};
}

bool believes_absence(const EndpointFacts& endpoint, const std::string& name) {
  static constexpr std::array<std::string_view, 5> kAsked{
      "scan-partial", "inventory-shrunken", "clock-jump", "vcenter-rollback", "database-restored"};
  Vm nobody;
  nobody.identity.endpoint = name;
  const PolicyFacts policy;
  const VmFacts facts;
  const GuardInput input{.vm = nobody,
                         .now = {},
                         .endpoint = endpoint,
                         .policy = policy,
                         .facts = facts,
                         .datastores = {}};
  // What is not known says no as well.
  const std::vector<Refusal> said = refusals(input, Act::Remove, Moment::Call);
  return std::none_of(said.begin(), said.end(), [](const Refusal& one) {
    return std::find(kAsked.begin(), kAsked.end(), one.rule) != kAsked.end();
  });
}

}  // namespace policy
