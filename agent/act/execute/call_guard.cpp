#include "agent/act/execute/call_guard.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "agent/translate/operation_calls.h"

namespace agent {
namespace {

using policy::OpKind;
using policy::Refusal;

/// What an operation is guarded like, and which of those guards are about something that it does
/// not do.
struct Likeness {
  OpKind kind;
  policy::Act act;
  std::array<std::string_view, 7> beside;  ///< "" at the end
};

constexpr std::array kLikenesses{
    Likeness{OpKind::Create, policy::Act::Create, {}},
    Likeness{OpKind::Remove, policy::Act::Remove, {}},
    // It makes no delta, and helps against debt rather than being kept from it.
    Likeness{OpKind::Consolidate,
             policy::Act::Remove,
             {"merge-debt", "helper-snapshot", "method-disabled"}},
    Likeness{
        OpKind::Revert, policy::Act::Create, {"depth-limit", "orphan-deltas", "method-disabled"}},
    // The snapshot that it may need is there already.
    Likeness{OpKind::Clone, policy::Act::Clone, {"depth-limit", "method-disabled"}},
    // Text alone: no file is touched.
    Likeness{OpKind::Rename,
             policy::Act::Remove,
             {"merge-debt", "scan-partial", "inventory-shrunken", "clock-jump", "esxi-delete",
              "method-disabled"}},
    Likeness{OpKind::Destroy, policy::Act::Remove, {"method-disabled", "other-product"}},
};

const Likeness& likeness_of(OpKind kind) {
  return *std::find_if(kLikenesses.begin(), kLikenesses.end(),
                       [&](const Likeness& one) { return one.kind == kind; });
}

bool is_beside(const Likeness& like, const Refusal& refusal) {
  const bool listed =
      std::find(like.beside.begin(), like.beside.end(), refusal.rule) != like.beside.end();
  return listed && !refusal.rule.empty();
}

Refusal refused(const char* rule, std::string text, std::vector<policy::Evidence> evidence = {}) {
  Refusal refusal;
  refusal.rule = rule;
  refusal.text = std::move(text);
  refusal.evidence = std::move(evidence);
  return refusal;
}

/// Removing an ancestor gives a snapshot another parent; a parent that is still there and is not
/// its own any more means that somebody rebuilt the tree.
bool was_moved(const policy::Vm& vm, const policy::Snapshot& now, const policy::NodeImage& then) {
  return !then.parent.empty() && now.parent.value_or("") != then.parent &&
         policy::snapshot_of(vm, then.parent) != nullptr;
}

void judge_target(const CallQuestion& question, std::vector<Refusal>& out) {
  const policy::Vm& vm = *question.look.vm;
  const policy::NodeImage& then = question.snapshot;
  const policy::Snapshot* const now = policy::snapshot_of(vm, then.moid);
  if (now == nullptr) {
    out.push_back(refused("snapshot-gone", "the snapshot " + then.moid +
                                               " is no longer there: somebody else removed it"));
    out.back().verdict = policy::Verdict::Skipped;
    return;
  }
  if (now->id != then.id || now->created != then.created || was_moved(vm, *now, then)) {
    out.push_back(refused("identity",
                          then.moid + " is not the snapshot that was decided on any more: its id, "
                                      "time or place in the tree is another",
                          {{"created", policy::format_utc(now->created)},
                           {"decided_on", policy::format_utc(then.created)}}));
  }
  const bool changes_it = question.kind == OpKind::Remove || question.kind == OpKind::Rename;
  if (question.kind == OpKind::Remove) return;  // policy's own guards ask the rest
  if (now->helper ||
      (changes_it && now->owner == policy::Owner::Foreign && !question.by_operator)) {
    out.push_back(refused("foreign-snapshot",
                          "the snapshot is not ours: no record and no valid "
                          "marker; to change it all the same, name it"));
  }
}

void judge_method(const CallQuestion& question, std::vector<Refusal>& out) {
  if (question.kind == OpKind::Create || question.kind == OpKind::Remove) return;
  const std::vector<std::string>& disabled = question.look.vm->state.disabled_methods;
  const char* const method = method_of(question.kind);
  if (std::find(disabled.begin(), disabled.end(), method) == disabled.end()) return;
  out.push_back(refused("method-disabled",
                        std::string(method) + " is disabled on the VM at the moment",
                        {{"method", method}}));
}

/// A delta that a consolidation would merge, and another VM stands on.
void judge_shared_debt(const CallQuestion& question, std::vector<Refusal>& out) {
  if (question.kind != OpKind::Consolidate || !question.facts.shared) return;
  for (const policy::SharedFile& file : *question.facts.shared) {
    if (!file.is_ours) continue;
    for (const policy::Disk& disk : question.look.vm->disks) {
      for (const policy::Layer& layer : disk.layers) {
        if (layer.file != file.file || !layer.orphan) continue;
        out.push_back(refused(
            "shared-files", file.other_name + " stands on " + file.file + ", which would be merged",
            {{"file", file.file}, {"vm", file.other_moid}}));
      }
    }
  }
}

std::optional<Refusal> wrong_vm(const CallQuestion& question) {
  if (!question.look.vm) {
    return refused("vm-not-seen", question.look.gone ? "the VM is no longer there"
                                                     : "the server did not show the VM");
  }
  const std::string& uuid = question.look.vm->identity.instance_uuid;
  if (uuid == question.instance_uuid) return std::nullopt;
  return refused("identity",
                 "another VM has its place: " + question.look.vm->identity.moid +
                     " has the instance uuid " + (uuid.empty() ? "(none)" : uuid) +
                     "; scan, and decide anew",
                 {{"instance_uuid", uuid}, {"decided_on", question.instance_uuid}});
}

/// In the order of the VM's list, null where the look did not show it.
std::vector<const policy::Datastore*> datastores_of(const VmLook& look) {
  std::vector<const policy::Datastore*> of;
  for (const std::string& moid : look.vm->place.datastores) {
    const auto found = std::find_if(look.datastores.begin(), look.datastores.end(),
                                    [&](const auto& one) { return one.moid == moid; });
    of.push_back(found == look.datastores.end() ? nullptr : &*found);
  }
  return of;
}

}  // namespace

std::vector<Refusal> call_refusals(const CallQuestion& question,
                                   const std::set<std::string>& forced) {
  std::vector<Refusal> found;
  if (auto wrong = wrong_vm(question)) {
    found.push_back(*std::move(wrong));
    return found;
  }
  const policy::Vm& vm = *question.look.vm;
  const auto datastores = datastores_of(question.look);
  const policy::GuardInput input{.vm = vm,
                                 .now = question.now,
                                 .endpoint = question.endpoint,
                                 .policy = question.policy,
                                 .facts = question.facts,
                                 .datastores = datastores};
  const Likeness& like = likeness_of(question.kind);
  const policy::Act act = question.for_clone ? policy::Act::Clone : like.act;
  found = policy::refusals(input, act, policy::Moment::Call, forced);
  std::erase_if(found, [&](const Refusal& refusal) { return is_beside(like, refusal); });
  const bool needs_target = question.kind == OpKind::Remove || question.kind == OpKind::Revert ||
                            question.kind == OpKind::Rename;
  if (needs_target || !question.snapshot.moid.empty()) judge_target(question, found);
  judge_method(question, found);
  judge_shared_debt(question, found);
  const policy::Snapshot* const target = policy::snapshot_of(vm, question.snapshot.moid);
  if (question.kind != OpKind::Remove || target == nullptr) return found;
  for (Refusal& refusal : policy::removal_refusals(input, *target, policy::Moment::Call, forced)) {
    const bool named = question.by_operator && !target->helper;
    if (named && refusal.rule == "foreign-snapshot") continue;
    found.push_back(std::move(refusal));
  }
  return found;
}

std::vector<std::string> overridden(const CallQuestion& question,
                                    const std::set<std::string>& forced) {
  std::vector<std::string> rules;
  if (forced.empty()) return rules;
  for (const Refusal& refusal : call_refusals(question, {})) {
    if (forced.contains(refusal.rule)) rules.push_back(refusal.rule);
  }
  return rules;
}

std::string describe(const std::vector<Refusal>& refusals) {
  std::string text;
  for (const Refusal& refusal : refusals) {
    text += (text.empty() ? "" : "; ") + refusal.rule + ": " + refusal.text;
  }
  return text;
}

}  // namespace agent
