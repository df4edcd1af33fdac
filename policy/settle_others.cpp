// Revert, Clone, Rename and Destroy.
#include <algorithm>
#include <string_view>

#include "policy/settle_parts.h"
#include "policy/verify_parts.h"

namespace policy {
namespace {

/// The one fault that explains why the name is taken.
constexpr std::string_view kDuplicateName = "DuplicateName";

Settled settle_made_clone(const Case& c) {
  if (c.operation.state != OpState::Result) {
    return step(c, OpState::Result, "a VM with this operation's mark is there",
                {{"clone", c.look.clone->identity.moid}});
  }
  Verification seen = verify_cloned(c.operation, *c.look.vm, *c.look.clone);
  seen.evidence.push_back({"clone", c.look.clone->identity.moid});
  switch (seen.verdict) {
    case Verified::Yes:
      return done(c, seen);
    case Verified::NotYet:
      return stay(c, seen.text);
    case Verified::Pending:
    case Verified::No:
      break;
  }
  if (c.look.clone->state.power == Power::On) {
    return become(c, OpState::Released, NextStep::Nothing,
                  seen.text + "; it is its owner's from now on", seen.evidence);
  }
  return operator_needed(c, seen.text, seen.evidence);
}

Settled settle_missing_clone(const Case& c) {
  const auto& names = c.look.clone_names;
  const bool failed = c.call.outcome == Outcome::Error;
  const bool made = c.call.outcome == Outcome::Success || c.operation.state == OpState::Result;
  // Told by the task, or in place of one. By itself it does not say whose VM has the name.
  const bool taken = failed
                         ? c.call.task->fault == kDuplicateName
                         : c.call.outcome == Outcome::None && c.operation.fault == kDuplicateName;
  const TwoLooks looks =
      two_looks(c, failed || made || taken ? sent_at(c.operation) : settled_from(c.operation));
  if (!looks.equal) return stay(c, "no VM carries its mark" + fault_words(c.call), looks);
  if (taken) {
    return become(c, OpState::Failed, NextStep::Retry,
                  "the clone's name is taken" + (names.empty() ? "" : " by " + names.front()),
                  {{"taken by", names.empty() ? "" : names.front()}});
  }
  if (!names.empty()) {
    return operator_needed(c,
                           "a VM has the clone's name, but not its mark: what is left of the "
                           "clone, or another's",
                           {{"taken by", names.front()}});
  }
  if (made) {
    return become(c, OpState::Gone, NextStep::Nothing,
                  "the server made the clone, and it was removed or lost its mark before it was "
                  "verified");
  }
  if (c.call.outcome == Outcome::Ambiguous) {
    return operator_needed(c,
                           "several tasks of the history may have been it, and no VM carries its "
                           "mark");
  }
  return become(c, OpState::Failed, NextStep::Retry,
                failed ? "the server could not clone" + fault_words(c.call)
                       : "it was not cloned: two looks show no trace of it, and no task runs");
}

bool is_renamed(const Snapshot& snapshot, const Operation& operation) {
  const bool name = operation.name.empty() || snapshot.raw_name == operation.name ||
                    snapshot.name == operation.name;
  return name && (operation.description.empty() || snapshot.description == operation.description);
}

}  // namespace

Settled settle_revert(const Case& c) {
  if (c.call.outcome == Outcome::Running) return wait(c);
  if (c.call.others_run) return stay(c, "another task runs on the VM");
  const Verification seen = verify_reverted(c.operation, c.now);
  if (is_unclear(c, seen)) return unclear(c);
  if (seen.verdict == Verified::Yes) return done(c, seen);
  const VmImage& before = c.operation.before;
  const bool failed = c.call.outcome == Outcome::Error;
  const TwoLooks looks = two_looks(c, failed ? sent_at(c.operation) : settled_from(c.operation));
  if (!looks.equal) return stay(c, seen.text + fault_words(c.call), looks);
  // A person may have reverted, or reverted and come back: only what is untouched was not reverted.
  const bool untouched = same_state(before, c.now);
  const bool unchanged =
      !before.change_version.empty() && before.change_version == c.now.change_version;
  if (untouched && (failed || (c.call.outcome == Outcome::None && unchanged))) {
    return become(c, OpState::Failed, NextStep::Nothing,
                  failed ? "the server could not revert" + fault_words(c.call)
                         : "it was not reverted: nothing about the VM changed, and no task runs");
  }
  return operator_needed(c, "what became of the revert can't be told: " + seen.text, seen.evidence);
}

Settled settle_clone(const Case& c) {
  if (c.call.outcome == Outcome::Running) return wait(c);
  if (c.look.clone) return settle_made_clone(c);
  if (c.call.others_run) return stay(c, "no VM carries its mark, and a task runs on the source");
  if (c.call.outcome == Outcome::Unclear) return unclear(c);
  return settle_missing_clone(c);
}

Settled settle_rename(const Case& c) {
  const std::string& target = c.operation.snapshot.moid;
  const NodeImage* node = node_of(c.now, target);
  if (node != nullptr && !same_snapshot(*node, c.operation.snapshot)) {
    return operator_needed(c, target + " is another snapshot now than the one to be renamed");
  }
  const Snapshot* const found = snapshot_of(*c.look.vm, target);
  if (found == nullptr) {
    return become(c, OpState::Gone, NextStep::Nothing, target + " is not in the tree any more");
  }
  if (is_renamed(*found, c.operation)) {
    return become(c, OpState::Done, NextStep::Nothing, target + " has the name it was to get");
  }
  if (c.call.outcome == Outcome::Running) return wait(c);
  if (c.call.others_run) return stay(c, "another task runs on the VM");
  if (c.look.at < settled_from(c.operation)) {
    return stay(c, target + " does not have its new name yet", settled_from(c.operation));
  }
  return become(c, OpState::Failed, NextStep::Retry,
                target + " was not renamed" + fault_words(c.call), {{"name", found->raw_name}});
}

Settled settle_destroy(const Case& c) {
  if (c.call.outcome == Outcome::Running) return wait(c);
  if (c.call.others_run) return stay(c, "another task runs on the clone");
  if (c.call.outcome == Outcome::Unclear) return unclear(c);
  const bool failed = c.call.outcome == Outcome::Error;
  const TwoLooks looks = two_looks(c, failed ? sent_at(c.operation) : settled_from(c.operation));
  if (!looks.equal) return stay(c, "the clone is still there" + fault_words(c.call), looks);
  if (c.call.outcome == Outcome::Success || c.call.outcome == Outcome::Ambiguous) {
    return operator_needed(c, "the server says that it deleted the clone, but it is still there");
  }
  return become(c, OpState::Failed, NextStep::Nothing,
                failed ? "the server could not delete the clone" + fault_words(c.call)
                       : "the clone was not deleted: two looks show it, and no task runs");
}

}  // namespace policy
