// Remove and Consolidate: the node first, then the layers. A removal is never sent again, a
// consolidation may be: it asks for a state.
#include <algorithm>

#include "policy/settle_parts.h"
#include "policy/verify_parts.h"

namespace policy {
namespace {

/// Helper: none is left to wait for, so that a merge has broken off.
bool broken_off(const Case& c) {
  return c.now.helper && c.look.at - sent_at(c.operation) > kHelperGrace;
}

Settled settle_off_tree(const Case& c) {
  if (c.call.outcome == Outcome::Running) return wait(c);
  Verification seen = verify_removed(c.operation, c.now);
  if (seen.verdict == Verified::Yes) return done(c, seen);
  if (c.call.others_run) return stay(c, seen.text + "; another task runs on the VM");
  if (c.call.outcome == Outcome::Unclear) {
    return c.call.forgotten ? unclear(c) : stay(c, seen.text);
  }
  if (seen.verdict == Verified::NotYet && !broken_off(c)) {
    if (node_of(c.now, c.operation.snapshot.moid) == nullptr) return stay(c, seen.text);
    const TwoLooks looks = two_looks(c, sent_at(c.operation));
    if (!looks.equal) return stay(c, seen.text, looks);
    return operator_needed(c, c.operation.snapshot.moid + " was off the tree and is in it again");
  }
  if (seen.verdict == Verified::No) {
    const TwoLooks looks = two_looks(c, sent_at(c.operation));
    return looks.equal ? operator_needed(c, seen.text, seen.evidence) : stay(c, seen.text, looks);
  }
  if (c.operation.state == OpState::MergePending) return merge_pending(c, seen);
  // Deltas are left. The merge may still run though its task is lost, and the flag may lag.
  const bool ended = c.call.outcome == Outcome::Success || c.call.outcome == Outcome::Error;
  if (!ended || !c.now.consolidation_needed) {
    const TwoLooks looks = two_looks(c, ended ? sent_at(c.operation) : settled_from(c.operation));
    if (!looks.equal) return stay(c, seen.text, looks);
  }
  return merge_pending(c, seen);
}

Settled settle_still_there(const Case& c) {
  const std::string& target = c.operation.snapshot.moid;
  if (c.call.others_run)
    return stay(c, target + " is in the tree, and another task runs on the VM");
  const bool failed = c.call.outcome == Outcome::Error;
  const TwoLooks looks = two_looks(c, failed ? sent_at(c.operation) : settled_from(c.operation));
  if (!looks.equal) return stay(c, target + " is still in the tree" + fault_words(c.call), looks);
  if (c.call.outcome == Outcome::Success) {
    return operator_needed(c,
                           "the server says that it removed " + target + ", but the tree has it");
  }
  if (c.call.outcome == Outcome::Ambiguous) {
    return operator_needed(c, "several tasks of the history may have been it, and " + target +
                                  " is still in the tree");
  }
  const bool settled = c.look.at >= settled_from(c.operation);
  return become(c, OpState::Failed, settled ? NextStep::Retry : NextStep::Nothing,
                failed ? "the server could not remove " + target + fault_words(c.call)
                       : target + " was not removed: two looks show it, and no task runs");
}

}  // namespace

Settled merge_pending(const Case& c, const Verification& seen) {
  if (has_flag(*c.look.vm, VmFlag::FileInaccessible)) {
    return operator_needed(c,
                           "a file of a disk's chain can't be read: nothing is consolidated "
                           "before a person has looked",
                           seen.evidence);
  }
  const bool removal = c.operation.kind == OpKind::Remove;
  const int sent = c.operation.attempt - (removal ? 1 : 0);
  Time due = c.look.at;
  if (sent > 0) {
    const TaskSeen* task = c.call.task;
    const bool told = task != nullptr && task->kind == OpKind::Consolidate && task->completed;
    due = (told ? *task->completed : sent_at(c.operation)) + retry_after(sent);
  }
  Settled settled = become(c, OpState::MergePending, NextStep::Consolidate,
                           seen.text + fault_words(c.call), seen.evidence);
  if (c.look.at >= due) return settled;
  settled.next = NextStep::LookAgain;
  settled.look_at = due;
  return settled;
}

Settled settle_remove(const Case& c) {
  const OpState state = c.operation.state;
  const NodeImage* node = node_of(c.now, c.operation.snapshot.moid);
  if (node != nullptr && !same_snapshot(*node, c.operation.snapshot)) {
    return operator_needed(c, node->moid + " is another snapshot now than the one to be removed",
                           {{"created", format_utc(node->created)}});
  }
  if (state == OpState::OffTree || state == OpState::MergePending) return settle_off_tree(c);
  if (c.call.outcome == Outcome::Running) return wait(c);
  if (node == nullptr) {
    return step(c, OpState::OffTree,
                c.operation.snapshot.moid + " is off the tree" + fault_words(c.call));
  }
  if (c.call.outcome == Outcome::Unclear) return unclear(c);
  return settle_still_there(c);
}

Settled settle_consolidate(const Case& c) {
  if (c.call.outcome == Outcome::Running) return wait(c);
  if (c.call.others_run) return stay(c, "another task runs on the VM");
  const Verification seen = verify_consolidated(c.operation, c.now, c.look.vm->tree_depth);
  if (is_unclear(c, seen)) return unclear(c);
  const bool ended = c.call.outcome == Outcome::Success || c.call.outcome == Outcome::Error ||
                     c.operation.state == OpState::MergePending;
  if (!ended && c.look.at < settled_from(c.operation)) {
    return stay(c, "nobody knows yet whether the server does it", settled_from(c.operation));
  }
  if (seen.verdict == Verified::Yes) return done(c, seen);
  if (seen.verdict == Verified::NotYet && !broken_off(c)) return stay(c, seen.text);
  return merge_pending(c, seen);
}

}  // namespace policy
