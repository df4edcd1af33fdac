#include "policy/copy_findings.h"

#include <string>

namespace policy {
namespace {

Condition about(const Copy& copy, const Vm& vm, const char* rule, std::string text) {
  return {.rule = rule,
          .subject = {vm.identity.endpoint, vm.identity.moid, vm.identity.name, {}},
          .value = 1,
          .warn = 1,
          .critical = {},
          .text = std::move(text),
          .evidence = {{"copy", copy.op}, {"policy", copy.policy}, {"source", copy.source_name}},
          .at_once = true};
}

}  // namespace

bool lies_in_its_folder(const Copy& copy, const Vm& vm) {
  return !copy.path.empty() && vm.place.path.starts_with(copy.path + "/");
}

std::optional<Condition> copy_condition(const Copy& copy, const Vm& vm, std::string_view left) {
  if (copy.policy.empty()) return std::nullopt;
  if (!copy.path.empty() && !lies_in_its_folder(copy, vm)) return std::nullopt;
  const std::string whose = "this copy of " + copy.source_name;
  if (copy.released) {
    return about(
        copy, vm, "copy-released",
        whose + " is yours now and is never deleted: " + copy.why +
            (copy.path.empty() ? "" : "; this is told until it is moved out of " + copy.path));
  }
  if (left == "orphaned-policy") {
    return about(
        copy, vm, "orphaned-policy",
        whose + " was made by \"" + copy.policy +
            "\", which is gone or is of another method: it stays until somebody deletes it");
  }
  if (left == "not-selected") {
    return about(copy, vm, "orphaned-policy",
                 whose + " was made by \"" + copy.policy +
                     "\", which selects that VM no more: it stays until somebody deletes it");
  }
  if (left == "source-gone") {
    return about(copy, vm, "orphaned-copy",
                 whose + " has outlived its VM: it stays until somebody deletes it");
  }
  return std::nullopt;
}

}  // namespace policy
